//! Rows that the database refuses: they alone become dead letters, at the cost of few statements.

use crate::bed::Bed;
use crate::letter::letters;
use crate::log::Log;
use crate::random::{instant, parents, play_id, record_of, track, user};
use crate::sample::{like, play, play_record};
use audiohm_ingest::event::{Event, Play};
use audiohm_ingest::pipeline::{Failure, FailureKind, Lane, Receipt};
use audiohm_ingest::record::Record;
use std::collections::BTreeSet;

async fn bed_and_log() -> (Bed, Log) {
    let bed = Bed::with(&parents()).await;
    let log = bed.log(0).await;
    (bed, log)
}

async fn write(bed: &Bed, log: &mut Log, records: impl IntoIterator<Item = Record>) -> Result<Receipt, Failure> {
    bed.lane().write(&log.batch(records)).await
}

/// Plays with these lengths in seconds, ids counting from 0.
fn plays_of(lengths: impl IntoIterator<Item = i32>) -> Vec<Record> {
    let record = |(number, played_for)| {
        record_of(&Event::Play(Play {
            played_for,
            ..play(play_id(number), user(number % 3), track(0))
        }))
    };
    (0..).zip(lengths).map(record).collect()
}

#[tokio::test]
async fn a_row_that_a_constraint_refuses_is_a_letter_and_all_others_are_stored() {
    let (mut bed, mut log) = bed_and_log().await;
    bed.execute("alter table listening_history add constraint short_enough check (played_for < 1000)")
        .await;
    let mut records = plays_of([1, 2_000, 3, 4]);
    records.push(like((user(0), track(0)), 1, None));
    let receipt = write(&bed, &mut log, records.clone()).await.unwrap();
    let ledger = receipt.tallies[0].total();
    assert_eq!((ledger.inserted, ledger.dead_lettered), (4, 1));
    let [letter] = &letters(&mut bed.backend).await[..] else {
        panic!("one letter");
    };
    assert_eq!((&*letter.reason, &*letter.state), ("rejected_by_database", "open"));
    assert_eq!(letter.sqlstate.as_deref(), Some("23514"));
    assert!(letter.detail.contains("short_enough"), "{}", letter.detail);
    assert_eq!(letter.value.as_deref(), records[1].value.as_deref());
    assert_eq!((letter.missing_user_id, letter.missing_track_id), (None, None));
    assert_eq!(letter.user_id, Some(user(1).0));
}

#[tokio::test]
async fn each_code_that_blames_a_row_makes_a_letter_with_that_code() {
    for (change, code) in [
        ("alter table listening_history alter source type varchar(3)", "22001"),
        ("alter table listening_history add check (source is null or source <> 'radio')", "23514"),
        ("create unique index on listening_history (source) where source is not null;
          insert into listening_history (user_id, track_id, source) select users.id, tracks.id, 'radio' from users, tracks limit 1", "23505"),
        ("alter table listening_history add extra int", "00000"),
        (&raises("P0001")[..], "P0001"),
        (&raises("44000"), "44000"),
        (&raises("54000"), "54000"),
        (&raises("22P02"), "22P02"),
        (&raises("23503"), "23503"),
        (&raises("23000"), "23000"),
    ] {
        let (mut bed, mut log) = bed_and_log().await;
        bed.execute(change).await;
        let refused = record_of(&Event::Play(Play {
            source: Some("radio".into()),
            ..play(play_id(1), user(0), track(0))
        }));
        write(&bed, &mut log, [play_record(play_id(2), user(0), track(0)), refused]).await.unwrap();
        let found: Vec<_> = letters(&mut bed.backend).await.into_iter().map(|letter| letter.sqlstate).collect();
        if code == "00000" {
            assert!(found.is_empty(), "an extra column is no fault");
        } else {
            assert_eq!(found, [Some(code.to_owned())], "{change}");
        }
        assert!(bed.tables().await.history.contains_key(&play_id(2)), "{change}");
    }
}

/// A trigger that raises this code for the source `radio`.
fn raises(code: &str) -> String {
    format!(
        "create function refuse() returns trigger language plpgsql as $$
         begin raise exception 'refused' using errcode = '{code}'; end $$;
         create trigger refuse before insert on listening_history for each row
         when (new.source = 'radio') execute function refuse()"
    )
}

#[tokio::test]
async fn a_like_and_an_unlike_may_be_refused_too() {
    let (mut bed, mut log) = bed_and_log().await;
    bed.execute("alter table liked_tracks add constraint polite check (notes <> 'rude')")
        .await;
    let pair = |number| (user(number), track(number));
    let records = [
        like(pair(0), 1, Some("fine")),
        like(pair(1), 1, Some("rude")),
        crate::sample::unlike(pair(1), 0),
        like(pair(2), 1, None),
        play_record(play_id(1), user(0), track(0)),
    ];
    write(&bed, &mut log, records).await.unwrap();
    let stored = letters(&mut bed.backend).await;
    assert_eq!(stored.len(), 2, "what keeps a row out keeps out all its records");
    assert!(
        stored
            .iter()
            .all(|letter| letter.detail.contains("polite") && letter.user_id == Some(user(1).0))
    );
    assert_eq!(bed.tables().await.liked.len(), 2);
    let state = format!("select count(*) from ingest.like_state where user_id = '{}'", user(1));
    assert_eq!(bed.number(&state).await, 0, "a refused pair leaves no state");
}

#[tokio::test]
async fn k_refused_rows_among_n_cost_about_k_log_n_attempts() {
    const ROWS: usize = 1_024;
    for refused in [1, 4, 16] {
        let (mut bed, mut log) = bed_and_log().await;
        // a sequence counts on whatever is rolled back
        bed.execute(
            "create sequence attempts;
             create function count_attempt() returns trigger language plpgsql as $$
             begin perform nextval('attempts'); return null; end $$;
             create trigger count_attempt before insert on listening_history
             for each statement execute function count_attempt();
             alter table listening_history add check (played_for < 1000)",
        )
        .await;
        let step = ROWS / refused;
        let bad: BTreeSet<usize> = (0..refused).map(|number| number * step + step / 2).collect();
        let lengths = (0..ROWS).map(|number| if bad.contains(&number) { 2_000 } else { 1 });
        write(&bed, &mut log, plays_of(lengths)).await.unwrap();
        assert_eq!(letters(&mut bed.backend).await.len(), refused);
        assert_eq!(bed.tables().await.history.len(), ROWS - refused);
        let attempts = bed.number("select last_value from attempts").await;
        // the whole batch twice, and two halves for each refused row on each of its levels
        let most = i64::try_from(2 + 2 * refused * 10).unwrap();
        assert!(attempts <= most, "{attempts} attempts for {refused} of {ROWS}");
    }
}

#[tokio::test]
async fn orphans_and_conflicts_beside_a_refused_row_keep_their_own_reasons() {
    let (mut bed, mut log) = bed_and_log().await;
    bed.execute("alter table listening_history add check (played_for < 1000)")
        .await;
    let mut records = plays_of([1, 2_000, 3]);
    records.push(play_record(play_id(50), user(9), track(0)));
    records.push(record_of(&Event::Play(Play {
        played_at: instant(1),
        played_for: 1,
        ..play(play_id(0), user(0), track(0))
    })));
    write(&bed, &mut log, records).await.unwrap();
    let stored = letters(&mut bed.backend).await;
    let reasons: Vec<&str> = stored.iter().map(|letter| &*letter.reason).collect();
    assert_eq!(reasons, ["rejected_by_database", "unknown_user", "id_conflict"]);
    let ledger = bed.progress(&log.partition).await;
    assert_eq!((ledger.inserted, ledger.dead_lettered, ledger.consumed), (2, 3, 5));
}

#[tokio::test]
async fn a_waiting_letter_that_is_refused_in_the_end_is_open_with_the_code() {
    let (mut bed, mut log) = bed_and_log().await;
    bed.execute("alter table listening_history add constraint short_enough check (played_for < 1000)")
        .await;
    let stranger = |number, played_for| {
        record_of(&Event::Play(Play {
            played_for,
            ..play(play_id(number), user(9), track(0))
        }))
    };
    write(&bed, &mut log, [stranger(1, 10), stranger(2, 2_000), stranger(3, 10)])
        .await
        .unwrap();
    bed.add_user(user(9)).await;
    bed.execute("update ingest.dead_letters set next_retry_at = now()")
        .await;
    bed.letters().retry().await.unwrap();
    let stored = letters(&mut bed.backend).await;
    let states: Vec<&str> = stored.iter().map(|letter| &*letter.state).collect();
    assert_eq!(states, ["resolved", "open", "resolved"]);
    assert_eq!(stored[1].reason, "rejected_by_database");
    assert_eq!(stored[1].sqlstate.as_deref(), Some("23514"));
    assert!(stored[1].detail.contains("short_enough"));
}

#[tokio::test]
async fn what_the_database_says_is_kept_as_one_clean_line_of_at_most_a_kibibyte() {
    let (mut bed, mut log) = bed_and_log().await;
    bed.execute(
        "create function refuse() returns trigger language plpgsql as $$
         begin raise exception '%', E'first\\nsecond\\t\\x01' || repeat('é', 2000); end $$;
         create trigger refuse before insert on listening_history for each row execute function refuse()",
    )
    .await;
    write(
        &bed,
        &mut log,
        [
            play_record(play_id(1), user(0), track(0)),
            play_record(play_id(2), user(9), track(0)),
        ],
    )
    .await
    .unwrap();
    bed.add_user(user(9)).await;
    bed.execute("update ingest.dead_letters set next_retry_at = now() where state = 'waiting'")
        .await;
    bed.letters().retry().await.unwrap();
    let stored = letters(&mut bed.backend).await;
    assert_eq!(stored.len(), 2);
    for letter in stored {
        assert_eq!(letter.reason, "rejected_by_database");
        assert!(letter.detail.starts_with(r"first\nsecond\t\u{1}é"), "{}", letter.detail);
        assert!(letter.detail.len() <= 1_024 && !letter.detail.chars().any(char::is_control));
    }
}

#[tokio::test]
async fn a_constraint_that_is_checked_at_the_commit_blames_its_row_as_well() {
    let (mut bed, mut log) = bed_and_log().await;
    bed.execute(
        "create function refuse() returns trigger language plpgsql as $$
         begin if new.played_for > 1000 then raise exception 'late refusal'; end if; return null; end $$;
         create constraint trigger refuse after insert on listening_history
         deferrable initially deferred for each row execute function refuse()",
    )
    .await;
    write(&bed, &mut log, plays_of([1, 2_000, 3])).await.unwrap();
    let stored = letters(&mut bed.backend).await;
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].sqlstate.as_deref(), Some("P0001"));
    assert_eq!(bed.tables().await.history.len(), 2);
}

#[tokio::test]
async fn a_refusal_outside_the_rows_blames_no_record() {
    let (mut bed, mut log) = bed_and_log().await;
    bed.execute("alter table ingest.progress add check (next_offset < 2)")
        .await;
    let failure = write(&bed, &mut log, plays_of([1, 2, 3])).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Defect);
    assert!(letters(&mut bed.backend).await.is_empty());
    assert!(bed.tables().await.history.is_empty());
}

#[tokio::test]
async fn rows_that_a_trigger_drops_without_an_error_are_not_taken_for_stored() {
    let (mut bed, mut log) = bed_and_log().await;
    bed.execute(
        "create function public.dropping() returns trigger language plpgsql as 'begin return null; end';
         create trigger dropping before insert on listening_history for each row execute function public.dropping()",
    )
    .await;
    let records = plays_of([1, 2]);
    let failure = write(&bed, &mut log, records).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Defect);
    assert!(failure.message.contains("trigger"), "{}", failure.message);
    assert_eq!(bed.progress(&log.partition).await.consumed, 0);
}
