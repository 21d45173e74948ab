use super::*;
use crate::command::check::finding::Verdict;

fn right() -> Server {
    Server {
        role: "worker".to_owned(),
        database: "audiohm".to_owned(),
        version: "15.18 (Debian 15.18-0+deb12u1)".to_owned(),
        version_number: 150_018,
        encoding: "UTF8".to_owned(),
        is_standby: false,
        is_read_only: false,
        fsync: true,
        full_page_writes: true,
        synchronous_commit: "on".to_owned(),
    }
}

fn verdicts(server: &Server) -> [Verdict; 4] {
    [version(server), encoding(server), writable(server), durability(server)].map(|finding| finding.verdict)
}

#[test]
fn a_right_server_raises_no_complaint() {
    assert_eq!(verdicts(&right()), [Verdict::Ok; 4]);
}

#[test]
fn each_wrong_setting_of_the_server_is_one_complaint() {
    use Verdict::{Fail, Ok, Warn};
    let old = Server {
        version_number: 120_022,
        ..right()
    };
    assert_eq!(verdicts(&old), [Fail, Ok, Ok, Ok]);
    let latin = Server {
        encoding: "LATIN1".to_owned(),
        ..right()
    };
    assert_eq!(verdicts(&latin), [Ok, Fail, Ok, Ok]);
    let standby = Server {
        is_standby: true,
        ..right()
    };
    assert_eq!(verdicts(&standby), [Ok, Ok, Fail, Ok]);
    let careless = Server {
        fsync: false,
        ..right()
    };
    assert_eq!(verdicts(&careless), [Ok, Ok, Ok, Warn]);
    let torn = Server {
        full_page_writes: false,
        ..right()
    };
    assert_eq!(verdicts(&torn), [Ok, Ok, Ok, Warn]);
}

#[test]
fn clocks_two_seconds_apart_are_fine_and_further_apart_are_not() {
    assert_eq!(judge_clock(2000).verdict, Verdict::Ok);
    let behind = judge_clock(-2001);
    assert_eq!(behind.verdict, Verdict::Warn);
    assert!(behind.found.contains("2.001 s behind"), "{}", behind.found);
    assert!(judge_clock(61_000).found.contains("61.000 s ahead of"));
}
