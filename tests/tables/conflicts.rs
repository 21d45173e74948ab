//! Play ids that are claimed by different plays.

use crate::bed::{Bed, execute, naive, write};
use crate::letter::letters;
use crate::random::{instant, parents, play_id, record_of, track, user};
use crate::sample::{play, play_record};
use audiohm_ingest::event::{Event, Play};
use audiohm_ingest::pipeline::Lane;
use audiohm_ingest::record::Record;

const STRANGER: u128 = 8;

/// A claim of one id by this user.
fn claim(number: u128) -> Record {
    play_record(play_id(1), user(number), track(0))
}

/// The offsets of the records that are conflicts; every other letter waits.
async fn conflicts(bed: &mut Bed) -> Vec<i64> {
    let mut offsets = Vec::new();
    for letter in letters(&mut bed.backend).await {
        match (&*letter.reason, &*letter.state) {
            ("id_conflict", "open") => offsets.push(letter.offset),
            ("unknown_user", "waiting") => {}
            other => panic!("{other:?}"),
        }
    }
    offsets
}

#[tokio::test]
async fn the_play_that_was_stored_first_stays() {
    let mut bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    for number in [2, 0, 2, 1] {
        write(&mut bed.lane(), &mut log, [claim(number)]).await;
    }
    assert_eq!(bed.tables().await.history[&play_id(1)].user_id, user(2));
    assert_eq!(conflicts(&mut bed).await.len(), 2);
    let ledger = bed.progress(&log.partition).await;
    assert_eq!((ledger.inserted, ledger.unchanged, ledger.dead_lettered), (1, 1, 2));
}

#[tokio::test]
async fn within_a_batch_the_first_claimant_whose_parents_exist_gets_the_id() {
    for (order, winner) in [
        (vec![2, 0, 1], 2),
        (vec![STRANGER, 2, 0], 2),
        (vec![STRANGER, STRANGER + 1, 1, 0, 1], 1),
    ] {
        let mut bed = Bed::with(&parents()).await;
        let mut log = bed.log(0).await;
        let first = log.next_offset;
        let batch = log.batch(order.iter().map(|number| claim(*number)));
        bed.lane().write(&batch).await.unwrap();
        assert_eq!(
            bed.tables().await.history[&play_id(1)].user_id,
            user(winner),
            "{order:?} from {first}"
        );
        let losers = order
            .iter()
            .filter(|number| **number < STRANGER && **number != winner)
            .count();
        assert_eq!(conflicts(&mut bed).await.len(), losers, "{order:?}");
    }
}

#[tokio::test]
async fn user_track_and_time_tell_plays_of_one_id_apart() {
    let mut bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    let rightful = play(play_id(1), user(0), track(0));
    let claims = [
        Play {
            user_id: user(1),
            ..rightful.clone()
        },
        Play {
            track_id: track(1),
            ..rightful.clone()
        },
        Play {
            played_at: instant(1),
            ..rightful.clone()
        },
    ];
    let longer = Play {
        played_for: 200,
        ..rightful.clone()
    };
    let all = [&rightful, &claims[0], &claims[1], &claims[2], &longer];
    let batch = log.batch(all.map(|play| record_of(&Event::Play(play.clone()))));
    bed.lane().write(&batch).await.unwrap();
    let row = bed.tables().await.history.remove(&play_id(1)).unwrap();
    assert_eq!(
        (row.user_id, row.track_id, row.played_at, row.played_for),
        (user(0), track(0), instant(0), 200)
    );
    assert_eq!(conflicts(&mut bed).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claimant_that_lost_within_its_batch_is_merged_if_somebody_else_stores_the_same_play() {
    let mut bed = Bed::with(&parents()).await;
    let (mut log, mut other_log) = (bed.log(0).await, bed.log(1).await);
    // another transaction is about to store the play of user 1
    let mut other = bed.database.connect().await;
    let stored = format!(
        "begin; insert into listening_history (id, user_id, track_id, played_at) values ('{}', '{}', '{}', '2024-01-01')",
        play_id(1),
        user(1),
        track(0)
    );
    execute(&mut other, &stored).await;
    let mut lane = bed.lane();
    let longer = Play {
        played_for: 500,
        ..play(play_id(1), user(1), track(0))
    };
    let batch = log.batch([claim(0), record_of(&Event::Play(longer))]);
    let writing = tokio::spawn(async move { lane.write(&batch).await });
    bed.until_a_session_waits().await;
    execute(&mut other, "commit").await;
    writing.await.unwrap().unwrap();
    let row = &bed.tables().await.history[&play_id(1)];
    assert_eq!((row.user_id, row.played_for), (user(1), 500));
    let ledger = bed.progress(&log.partition).await;
    assert_eq!((ledger.updated, ledger.dead_lettered), (1, 1));
    write(&mut bed.lane(), &mut other_log, [claim(1)]).await;
    assert_eq!(bed.progress(&other_log.partition).await.unchanged, 1);
}

/// The look finds the id free; the backend takes it before the worker does.
#[tokio::test]
async fn an_id_that_is_taken_between_look_and_copy_costs_no_other_row() {
    for (taken_by, unchanged, conflicting) in [(0, 1, 0), (1, 0, 1)] {
        let mut bed = Bed::with(&parents()).await;
        let mut log = bed.log(0).await;
        let contested = play(play_id(1), user(0), track(0));
        let mut other = bed.database.connect().await;
        let taking = format!(
            "begin; insert into listening_history (id, user_id, track_id, played_at, played_for, completed, source)
             values ('{}', '{}', '{}', timestamp '{}', 86400, true, repeat('z', 50))",
            contested.id.0,
            user(taken_by).0,
            contested.track_id.0,
            naive(contested.played_at),
        );
        execute(&mut other, &taking).await;
        let batch = log.batch([claim(0), play_record(play_id(2), user(0), track(0))]);
        let mut lane = bed.lane();
        let writing = tokio::spawn(async move { lane.write(&batch).await });
        bed.until_a_session_waits().await;
        execute(&mut other, "commit").await;
        writing.await.unwrap().unwrap();
        let ledger = bed.progress(&log.partition).await;
        let counted = (ledger.inserted, ledger.unchanged, ledger.dead_lettered);
        assert_eq!(counted, (1, unchanged, conflicting), "taken by {taken_by}");
        assert_eq!(conflicts(&mut bed).await.len(), usize::try_from(conflicting).unwrap());
        assert_eq!(bed.tables().await.history[&play_id(1)].user_id, user(taken_by));
    }
}
