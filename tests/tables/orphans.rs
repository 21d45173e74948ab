//! Events whose user or track does not exist: letters that wait, and what becomes of them.

use crate::bed::{Bed, WAITING, execute, letter_settings, session_with, write};
use crate::letter::{StoredLetter, letters};
use crate::log::Log;
use crate::random::{instant, parents, play_id, record_with, track, user};
use crate::reference::Pair;
use crate::sample::{like, play_record, unlike};
use audiohm_ingest::batch::Outcome;
use audiohm_ingest::pipeline::{FailureKind, Lane};
use audiohm_ingest::record::Record;
use audiohm_ingest::store::connection::session;
use audiohm_ingest::store::letters::{LetterSettings, Letters, Retried};

const STRANGER: u128 = 8;

/// A play, a like and an unlike of the pair, all after one another.
fn one_of_each(pair: Pair) -> [Record; 3] {
    [
        play_record(play_id(STRANGER), pair.0, pair.1),
        like(pair, 5, Some("notes")),
        unlike(pair, 3),
    ]
}

async fn bed_and_log() -> (Bed, Log) {
    let bed = Bed::with(&parents()).await;
    let log = bed.log(0).await;
    (bed, log)
}

async fn make_due(bed: &mut Bed) {
    bed.execute("update ingest.dead_letters set next_retry_at = now() where state = 'waiting'")
        .await;
}

async fn retry_all(bed: &mut Bed) -> Retried {
    make_due(bed).await;
    bed.letters().retry().await.unwrap()
}

fn resolved(retried: &Retried) -> i64 {
    let total = retried.tallies.iter().map(|(_, tally)| tally.total());
    total
        .map(|ledger| ledger.consumed() - ledger.of(Outcome::DeadLettered))
        .sum()
}

async fn states(bed: &mut Bed) -> Vec<String> {
    let letters = letters(&mut bed.backend).await;
    letters.into_iter().map(|letter| letter.state).collect()
}

#[tokio::test]
async fn each_kind_of_orphan_waits_with_the_parents_that_are_missing() {
    for (pair, reason, detail) in [
        ((user(STRANGER), track(0)), "unknown_user", "user_id: no user "),
        ((user(0), track(STRANGER)), "unknown_track", "track_id: no track "),
        ((user(STRANGER), track(STRANGER)), "unknown_user", "user_id: no user "),
    ] {
        let (mut bed, mut log) = bed_and_log().await;
        write(&mut bed.lane(), &mut log, one_of_each(pair)).await;
        let stored: Vec<StoredLetter> = letters(&mut bed.backend).await;
        assert_eq!(
            stored.iter().map(|letter| &*letter.kind).collect::<Vec<_>>(),
            ["play", "like", "unlike"]
        );
        for letter in &stored {
            assert_eq!((&*letter.reason, &*letter.state), (reason, "waiting"));
            assert!(letter.detail.starts_with(detail), "{}", letter.detail);
            assert_eq!(letter.user_id, Some(pair.0.0));
            assert_eq!(letter.missing_user_id, (pair.0 == user(STRANGER)).then_some(pair.0.0));
            assert_eq!(letter.missing_track_id, (pair.1 == track(STRANGER)).then_some(pair.1.0));
        }
        let first = "select extract(epoch from min(next_retry_at - first_failed_at))::bigint from ingest.dead_letters";
        assert_eq!(bed.number(first).await, 5, "first after the retry interval");
        assert_eq!(bed.progress(&log.partition).await.dead_lettered, 3);
        let left = "select (select count(*) from listening_history) + (select count(*) from liked_tracks)
            + (select count(*) from ingest.like_state)";
        assert_eq!(bed.number(left).await, 0);
    }
}

#[tokio::test]
async fn letters_become_rows_once_both_parents_are_there_and_are_not_counted_again() {
    let (mut bed, mut log) = bed_and_log().await;
    let pair = (user(STRANGER), track(STRANGER));
    write(&mut bed.lane(), &mut log, one_of_each(pair)).await;
    let ledger = bed.progress(&log.partition).await;
    bed.add_user(pair.0).await;
    let retried = retry_all(&mut bed).await;
    assert_eq!(
        (resolved(&retried), retried.still_failing),
        (0, 3),
        "one of two is not enough"
    );
    assert_eq!(states(&mut bed).await, ["waiting"; 3]);
    bed.add_track(pair.1).await;
    let retried = retry_all(&mut bed).await;
    assert_eq!((resolved(&retried), retried.still_failing), (3, 0));
    assert_eq!(states(&mut bed).await, ["resolved"; 3]);
    let tables = bed.tables().await;
    assert_eq!(tables.history[&play_id(STRANGER)].played_at, instant(0));
    assert_eq!(tables.liked[&pair].updated_at, instant(5));
    assert_eq!(
        bed.progress(&log.partition).await,
        ledger,
        "the ledger counted them when they came"
    );
    let attempts = letters(&mut bed.backend).await;
    assert!(attempts.iter().all(|letter| letter.attempts == 3 && letter.in_ledger));
    assert_eq!(retry_all(&mut bed).await, Retried::default(), "nothing waits any more");
}

#[tokio::test]
async fn a_letter_that_is_not_due_is_left_alone() {
    let (mut bed, mut log) = bed_and_log().await;
    write(&mut bed.lane(), &mut log, one_of_each((user(STRANGER), track(0)))).await;
    bed.add_user(user(STRANGER)).await;
    assert_eq!(bed.letters().retry().await.unwrap(), Retried::default());
    assert_eq!(states(&mut bed).await, ["waiting"; 3]);
}

#[tokio::test]
async fn retries_come_at_growing_distances_of_at_most_five_minutes() {
    let (mut bed, mut log) = bed_and_log().await;
    write(&mut bed.lane(), &mut log, one_of_each((user(STRANGER), track(0)))).await;
    let mut distances = Vec::new();
    for _ in 0..12 {
        retry_all(&mut bed).await;
        let distance =
            "select extract(epoch from max(next_retry_at - last_failed_at))::bigint from ingest.dead_letters";
        distances.push(bed.number(distance).await);
    }
    assert!(distances.is_sorted(), "{distances:?}");
    assert!(distances[0] > 5 && distances[1] > distances[0], "{distances:?}");
    assert_eq!(distances.last(), Some(&300), "{distances:?}");
}

#[tokio::test]
async fn a_long_retry_interval_is_cut_to_five_minutes_as_well() {
    let (mut bed, mut log) = bed_and_log().await;
    write(&mut bed.lane(), &mut log, one_of_each((user(STRANGER), track(0)))).await;
    let patient = LetterSettings {
        retry_interval: std::time::Duration::from_hours(1),
        ..letter_settings()
    };
    make_due(&mut bed).await;
    let mut letters = Letters::new(session(bed.database.options()), patient);
    letters.retry().await.unwrap();
    let distance = "select extract(epoch from max(next_retry_at - last_failed_at))::bigint from ingest.dead_letters";
    assert_eq!(bed.number(distance).await, 300);
}

#[tokio::test]
async fn after_its_patience_a_letter_is_open_or_discarded_and_never_tried_again() {
    for (discard, state) in [(false, "open"), (true, "discarded")] {
        let (mut bed, mut log) = bed_and_log().await;
        write(&mut bed.lane(), &mut log, one_of_each((user(STRANGER), track(0)))).await;
        bed.execute(
            "update ingest.dead_letters set first_failed_at = now() - interval '25 hours', next_retry_at = now()",
        )
        .await;
        let settings = LetterSettings {
            discard_after_patience: discard,
            ..letter_settings()
        };
        let mut retrying = Letters::new(session(bed.database.options()), settings);
        retrying.retry().await.unwrap();
        assert_eq!(states(&mut bed).await, [state; 3]);
        bed.add_user(user(STRANGER)).await;
        assert_eq!(retrying.retry().await.unwrap(), Retried::default());
        assert_eq!(states(&mut bed).await, [state; 3]);
        assert_eq!(
            letters(&mut bed.backend).await[0].value,
            one_of_each((user(STRANGER), track(0)))[0]
                .value
                .as_deref()
                .map(<[u8]>::to_vec)
        );
    }
}

#[tokio::test]
async fn a_parent_that_appears_after_the_patience_but_before_the_last_attempt_still_counts() {
    let (mut bed, mut log) = bed_and_log().await;
    write(&mut bed.lane(), &mut log, one_of_each((user(STRANGER), track(0)))).await;
    bed.execute("update ingest.dead_letters set first_failed_at = now() - interval '25 hours'")
        .await;
    bed.add_user(user(STRANGER)).await;
    assert_eq!(resolved(&retry_all(&mut bed).await), 3);
}

#[tokio::test]
async fn a_letter_whose_other_parent_went_meanwhile_waits_for_that_one() {
    let (mut bed, mut log) = bed_and_log().await;
    write(&mut bed.lane(), &mut log, one_of_each((user(STRANGER), track(0)))).await;
    bed.add_user(user(STRANGER)).await;
    let gone = format!("delete from tracks where id = '{}'", track(0));
    bed.execute(&gone).await;
    let retried = retry_all(&mut bed).await;
    assert_eq!((resolved(&retried), retried.still_failing), (0, 3));
    for letter in letters(&mut bed.backend).await {
        assert_eq!((&*letter.reason, &*letter.state), ("unknown_track", "waiting"));
        assert_eq!(
            (letter.missing_user_id, letter.missing_track_id),
            (None, Some(track(0).0))
        );
        assert_eq!(letter.attempts, 2);
    }
    let distance = "select extract(epoch from max(next_retry_at - last_failed_at))::bigint from ingest.dead_letters";
    assert_eq!(bed.number(distance).await, 10, "at growing distances as well");
    bed.add_track(track(0)).await;
    assert_eq!(resolved(&retry_all(&mut bed).await), 3);
}

#[tokio::test]
async fn a_waiting_play_whose_id_was_taken_meanwhile_is_an_open_conflict() {
    let (mut bed, mut log) = bed_and_log().await;
    let orphan = play_record(play_id(1), user(STRANGER), track(0));
    let lucky = play_record(play_id(1), user(0), track(0));
    write(&mut bed.lane(), &mut log, [orphan, lucky]).await;
    assert_eq!(bed.tables().await.history[&play_id(1)].user_id, user(0));
    bed.add_user(user(STRANGER)).await;
    retry_all(&mut bed).await;
    let letter = &letters(&mut bed.backend).await[0];
    assert_eq!((&*letter.reason, &*letter.state), ("id_conflict", "open"));
    assert_eq!((letter.missing_user_id, letter.missing_track_id), (None, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_workers_may_retry_at_once_and_try_each_letter_once() {
    let (mut bed, mut log) = bed_and_log().await;
    let orphans = (0..1_300).map(|number| play_record(play_id(number), user(STRANGER), track(number % 3)));
    write(&mut bed.lane(), &mut log, orphans).await;
    bed.add_user(user(STRANGER)).await;
    make_due(&mut bed).await;
    let (mut one, mut other) = (bed.letters(), bed.letters());
    let all = async |letters: &mut Letters| {
        let mut count = 0;
        loop {
            let retried = letters.retry().await.unwrap();
            count += resolved(&retried);
            assert_eq!(retried.still_failing, 0);
            if !retried.more {
                return count;
            }
        }
    };
    let (of_one, of_other) = tokio::join!(all(&mut one), all(&mut other));
    assert_eq!(of_one + of_other, 1_300);
    assert_eq!(bed.number("select count(*) from listening_history").await, 1_300);
    let twice = "select count(*) from ingest.dead_letters where state <> 'resolved' or attempts <> 2";
    assert_eq!(bed.number(twice).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_live_flow_goes_on_beside_a_retry_that_stands_still() {
    let (mut bed, mut log) = bed_and_log().await;
    write(&mut bed.lane(), &mut log, one_of_each((user(STRANGER), track(0)))).await;
    bed.add_user(user(STRANGER)).await;
    make_due(&mut bed).await;
    // somebody else is about to insert the same play, so the retry waits with its letters and parents locked
    let mut other = bed.database.connect().await;
    let taken = format!(
        "begin; insert into listening_history (id, user_id, track_id) values ('{}', '{}', '{}')",
        play_id(STRANGER),
        user(0),
        track(0)
    );
    execute(&mut other, &taken).await;
    let mut retrying = bed.letters();
    let standing = tokio::spawn(async move { retrying.retry().await });
    bed.until_a_session_waits().await;
    let live = [
        play_record(play_id(1), user(STRANGER), track(0)),
        like((user(STRANGER), track(1)), 1, None),
        play_record(play_id(2), user(STRANGER + 1), track(0)),
        record_with("no event"),
    ];
    let options = session_with(bed.database.options(), "lock_timeout", "1s");
    let store = audiohm_ingest::store::PgStore::new(options, crate::bed::writer());
    let receipt = audiohm_ingest::pipeline::Store::lane(&store)
        .write(&log.batch(live))
        .await
        .unwrap();
    let ledger = receipt.tallies[0].total();
    assert_eq!((ledger.inserted, ledger.dead_lettered), (2, 2));
    execute(&mut other, "rollback").await;
    assert_eq!(resolved(&standing.await.unwrap().unwrap()), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_that_is_deleted_between_look_and_lock_makes_letters() {
    for parent in ["users", "tracks"] {
        let (mut bed, mut log) = bed_and_log().await;
        let id = if parent == "users" { user(0).0 } else { track(0).0 };
        let mut other = bed.database.connect().await;
        execute(&mut other, &format!("begin; delete from {parent} where id = '{id}'")).await;
        let mut lane = bed.lane();
        let mut records = one_of_each((user(0), track(0))).to_vec();
        records.extend(one_of_each((user(1), track(1))).into_iter().skip(1));
        let batch = log.batch(records);
        let writing = tokio::spawn(async move { lane.write(&batch).await });
        bed.until_a_session_waits().await;
        execute(&mut other, "commit").await;
        writing.await.unwrap().unwrap();
        assert_eq!(states(&mut bed).await, ["waiting"; 3]);
        let ledger = bed.progress(&log.partition).await;
        assert_eq!((ledger.dead_lettered, ledger.inserted, ledger.unchanged), (3, 1, 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_by_the_backend_waits_for_the_batch_and_takes_its_rows_along() {
    let (mut bed, mut log) = bed_and_log().await;
    let mut other = bed.database.connect().await;
    let taken = format!(
        "begin; insert into listening_history (id, user_id, track_id) values ('{}', '{}', '{}')",
        play_id(STRANGER),
        user(1),
        track(1)
    );
    execute(&mut other, &taken).await;
    let mut lane = bed.lane();
    let batch = log.batch(one_of_each((user(0), track(0))));
    let writing = tokio::spawn(async move { lane.write(&batch).await });
    bed.until_a_session_waits().await;
    let mut backend = bed.database.connect().await;
    let delete = format!("delete from users where id = '{}'", user(0));
    let deleting = tokio::spawn(async move { execute(&mut backend, &delete).await });
    bed.until(WAITING, |count| count == 2).await;
    execute(&mut other, "rollback").await;
    writing.await.unwrap().unwrap();
    deleting.await.unwrap();
    assert_eq!(bed.tables().await, crate::reference::Tables::default());
    assert_eq!(bed.progress(&log.partition).await.inserted, 2);
}

#[tokio::test]
async fn rows_of_a_deleted_user_do_not_come_back_with_a_replay() {
    let (mut bed, mut log) = bed_and_log().await;
    let mut lane = bed.lane();
    write(&mut lane, &mut log, one_of_each((user(0), track(0)))).await;
    bed.execute("delete from users").await;
    write(&mut lane, &mut log, one_of_each((user(0), track(0)))).await;
    assert_eq!(bed.tables().await, crate::reference::Tables::default());
    assert_eq!(states(&mut bed).await, ["waiting"; 3]);
}

#[tokio::test]
async fn an_event_of_a_removed_pair_whose_user_is_gone_is_an_orphan_as_well() {
    let (mut bed, mut log) = bed_and_log().await;
    let mut lane = bed.lane();
    let pair = (user(0), track(0));
    write(&mut lane, &mut log, [like(pair, 1, None), unlike(pair, 2)]).await;
    bed.execute("delete from users").await;
    write(&mut lane, &mut log, [like(pair, 1, None)]).await;
    assert_eq!(states(&mut bed).await, ["waiting"]);
}

#[tokio::test]
async fn old_letters_that_nobody_needs_are_emptied_and_keep_their_coordinates() {
    let (mut bed, mut log) = bed_and_log().await;
    write(&mut bed.lane(), &mut log, one_of_each((user(STRANGER), track(0)))).await;
    bed.execute(
        "update ingest.dead_letters set state = 'resolved', next_retry_at = null where kind = 'play';
         update ingest.dead_letters set state = 'discarded', next_retry_at = null where kind = 'like';
         update ingest.dead_letters set last_failed_at = now() - interval '91 days'",
    )
    .await;
    assert_eq!(bed.letters().empty_old().await.unwrap(), 2);
    let kept: Vec<bool> = letters(&mut bed.backend)
        .await
        .iter()
        .map(|letter| letter.value.is_some())
        .collect();
    assert_eq!(kept, [false, false, true]);
    assert_eq!(bed.letters().empty_old().await.unwrap(), 0);
}

#[tokio::test]
async fn a_failure_of_the_database_while_retrying_leaves_the_letters_waiting() {
    let (mut bed, mut log) = bed_and_log().await;
    write(&mut bed.lane(), &mut log, one_of_each((user(STRANGER), track(0)))).await;
    bed.add_user(user(STRANGER)).await;
    make_due(&mut bed).await;
    bed.execute("alter table listening_history rename to elsewhere").await;
    let mut retrying = bed.letters();
    retrying.retry().await.unwrap_err();
    assert_eq!(states(&mut bed).await, ["waiting"; 3]);
    let failure = bed
        .lane()
        .write(&log.batch(one_of_each((user(0), track(0)))))
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Defect);
    bed.execute("alter table elsewhere rename to listening_history").await;
    assert_eq!(resolved(&retrying.retry().await.unwrap()), 3);
}
