//! Results whose reader leaves early.

use std::process::{Command, Output, Stdio};

/// The program with a stdout that nobody reads any more.
fn unread(arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_audiohm-ingest"));
    command.args(arguments).env_clear().stdin(Stdio::null()).stdout(writer);
    command.output().unwrap()
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    for line in [
        "config show",
        "config show --format json",
        "man",
        "completions bash",
        "--help",
    ] {
        let output = unread(&line.split(' ').collect::<Vec<_>>());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*stderr), (Some(0), ""), "{line}");
    }
}

#[test]
fn what_a_command_finds_is_its_exit_code_though_nobody_reads_it() {
    // ports on which nobody listens
    let output = unread(&[
        "--set",
        "kafka.brokers=127.0.0.1:1",
        "--set",
        "database.url=postgres://127.0.0.1:1/x",
        "check",
    ]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.ends_with("checks failed\n"), "{stderr}");
}
