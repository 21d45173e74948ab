//! Folding and settling in small; whole sets of events are held to the contract in `tests/tables`.

use super::pairs::{LikedRow, StoredPair, fate};
use super::{Fate, Fates, Ledger, Missing, OpenBatch, Outcome, Refusal, SealedBatch};
use crate::event::{Decoded, Event, Kind, Like, Play, PlayId, Reason, Rejection, Timestamp, TrackId, Unlike, UserId};
use crate::position::{Epoch, TopicPartition};
use crate::record::Record;
use bytes::Bytes;
use uuid::Uuid;

fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

fn track(number: u128) -> TrackId {
    TrackId(Uuid::from_u128(number))
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn play(id: u128, user_id: UserId, played_for: i32) -> Decoded {
    Decoded::Event(Event::Play(Play {
        id: PlayId(Uuid::from_u128(id)),
        user_id,
        track_id: track(1),
        played_at: at(0),
        played_for,
        completed: false,
        source: None,
    }))
}

fn like(micros: i64) -> Decoded {
    Decoded::Event(Event::Like(Like {
        user_id: user(1),
        track_id: track(1),
        liked_at: at(micros),
        notes: None,
    }))
}

fn unlike(micros: i64) -> Decoded {
    Decoded::Event(Event::Unlike(Unlike {
        user_id: user(1),
        track_id: track(1),
        unliked_at: at(micros),
    }))
}

fn partition(number: i32) -> TopicPartition {
    TopicPartition::new("plays", number)
}

/// One batch of one partition, offsets from 10.
fn batch(decoded: impl IntoIterator<Item = Decoded>) -> SealedBatch {
    let mut open = OpenBatch::default();
    let slot = open.span(&partition(0), Epoch(1), 10);
    for (offset, decoded) in (10..).zip(decoded) {
        let record = Record {
            offset,
            ..Record::default()
        };
        open.push(slot, record, decoded);
    }
    open.seal().unwrap()
}

/// The outcomes of all records, and the entries that are letters.
fn settle(batch: &SealedBatch, fates: &Fates) -> (Ledger, Vec<(usize, Reason)>) {
    let settled = batch.settle(fates);
    let letters = settled.letters.iter().map(|letter| (letter.entry, letter.reason));
    (settled.tallies[0].total(), letters.collect())
}

fn row(created_at: i64, updated_at: i64) -> LikedRow {
    LikedRow {
        created_at: at(created_at),
        updated_at: at(updated_at),
        notes: None,
    }
}

/// What becomes of a row, and the entry that it is credited to.
fn credited(before: Option<LikedRow>, decoded: impl IntoIterator<Item = Decoded>) -> (Fate, Option<u32>) {
    let batch = batch(decoded);
    let stored = StoredPair {
        row: before,
        ..StoredPair::default()
    };
    let pair = &batch.pairs()[0];
    fate(pair, stored.row.as_ref(), stored.with(pair).row.as_ref())
}

#[test]
fn a_plays_outcome_goes_to_the_record_that_brought_something_last() {
    let batch = batch([
        play(1, user(1), 5),
        play(1, user(1), 9),
        play(1, user(1), 9),
        play(1, user(1), 1),
    ]);
    assert_eq!(batch.plays().len(), 1);
    assert_eq!((batch.plays()[0].winner, batch.plays()[0].play.played_for), (1, 9));
}

#[test]
fn records_keep_their_rows_when_the_rows_are_sorted() {
    let batch = batch([play(3, user(3), 30), play(1, user(1), 10), play(2, user(2), 20)]);
    let fates = Fates {
        plays: vec![Fate::Inserted, Fate::Conflict, Fate::Unchanged],
        ..Fates::default()
    };
    let (ledger, letters) = settle(&batch, &fates);
    assert_eq!((ledger.inserted, ledger.unchanged, ledger.dead_lettered), (1, 1, 1));
    assert_eq!(letters, [(2, Reason::IdConflict)], "the play of user 2 came third");
}

#[test]
fn every_record_of_a_row_that_is_kept_out_is_a_letter_with_the_rows_reason() {
    let batch = batch([play(1, user(1), 5), like(1), unlike(2), play(1, user(1), 9)]);
    let refusals = vec![Refusal {
        sqlstate: "23514".to_owned(),
        detail: "too long".to_owned(),
    }];
    let fates = Fates {
        plays: vec![Fate::Refused(0)],
        pairs: vec![(Fate::Orphan(Missing::of(None, Some(track(1))).unwrap()), None)],
        refusals,
    };
    let (ledger, letters) = settle(&batch, &fates);
    assert_eq!((ledger.dead_lettered, ledger.consumed()), (4, 4));
    let reasons: Vec<Reason> = letters.iter().map(|(_, reason)| *reason).collect();
    assert_eq!(
        reasons,
        [
            Reason::RejectedByDatabase,
            Reason::UnknownTrack,
            Reason::UnknownTrack,
            Reason::RejectedByDatabase
        ]
    );
    assert_eq!(batch.settle(&fates).letters[0].sqlstate, Some("23514"));
}

#[test]
fn a_missing_user_is_named_before_a_missing_track() {
    let batch = batch([like(1)]);
    let missing = Missing::of(Some(user(1)), Some(track(1)));
    let fates = Fates {
        pairs: vec![(Fate::Orphan(missing.unwrap()), None)],
        ..Fates::default()
    };
    let settled = batch.settle(&fates);
    assert_eq!(settled.letters[0].reason, Reason::UnknownUser);
    assert_eq!(settled.letters[0].missing, missing);
    assert!(settled.letters[0].detail.contains("track_id: no track"));
    assert_eq!(Missing::of(None, None), None);
}

#[test]
fn a_tombstone_is_skipped_and_a_rejection_is_a_letter_of_its_kind() {
    let rejection = Rejection::new(Reason::InvalidField, Kind::Like, "notes: no text");
    let batch = batch([Decoded::Tombstone, Decoded::Rejection(rejection)]);
    let fates = Fates::default();
    let settled = batch.settle(&fates);
    let of = |kind| {
        settled.tallies[0]
            .by_kind()
            .into_iter()
            .find(|(it, _)| *it == kind)
            .unwrap()
            .1
    };
    assert_eq!(of(Kind::Unknown).skipped, 1);
    assert_eq!(of(Kind::Like).dead_lettered, 1);
}

#[test]
fn a_new_row_is_credited_to_the_latest_like_and_a_removed_one_to_the_unlike() {
    assert_eq!(
        credited(None, [like(5), like(9), like(7), unlike(6)]),
        (Fate::Inserted, Some(1))
    );
    assert_eq!(
        credited(Some(row(1, 1)), [like(0), unlike(4)]),
        (Fate::Removed, Some(1))
    );
    assert_eq!(credited(None, [unlike(4), like(3)]), (Fate::Unchanged, None));
}

#[test]
fn a_change_is_credited_to_the_record_whose_value_the_row_has_now() {
    let before = || Some(row(4, 8));
    assert_eq!(
        credited(before(), [like(5), like(9)]),
        (Fate::Updated, Some(1)),
        "updated_at moved"
    );
    assert_eq!(
        credited(before(), [like(5), like(2)]),
        (Fate::Updated, Some(1)),
        "created_at moved"
    );
    assert_eq!(
        credited(before(), [like(5), unlike(4)]),
        (Fate::Updated, Some(1)),
        "created_at is the latest like"
    );
    assert_eq!(credited(before(), [like(5), unlike(3)]), (Fate::Unchanged, None));
}

#[test]
fn a_batch_continues_each_partition_and_may_move_a_position_without_records() {
    let mut open = OpenBatch::default();
    assert!(open.is_empty());
    let first = open.span(&partition(0), Epoch(1), 10);
    let second = open.span(&partition(1), Epoch(2), 20);
    open.push(
        first,
        Record {
            offset: 14,
            ..Record::default()
        },
        Decoded::Tombstone,
    );
    open.advance(second, 25);
    open.advance(second, 22);
    let again = open.span(&partition(0), Epoch(1), 99);
    open.push(
        again,
        Record {
            offset: 15,
            ..Record::default()
        },
        Decoded::Tombstone,
    );
    assert!(open.holds(&partition(1)) && !open.holds(&partition(2)));
    let batch = open.seal().unwrap();
    let spans: Vec<_> = batch
        .spans()
        .iter()
        .map(|span| (span.start_offset, span.next_offset, span.last_record))
        .collect();
    assert_eq!(spans, [(10, 16, Some((15, None))), (20, 25, None)]);
}

#[test]
fn a_batch_without_a_partition_is_nothing_to_store() {
    assert!(OpenBatch::default().seal().is_none());
}

/// Of a batch with one record.
fn size(value: usize) -> usize {
    let mut open = OpenBatch::default();
    let slot = open.span(&partition(0), Epoch(1), 0);
    let record = Record {
        value: Some(Bytes::from(vec![0; value])),
        ..Record::default()
    };
    open.push(slot, record, Decoded::Tombstone);
    open.bytes()
}

#[test]
fn the_size_of_a_batch_grows_by_what_its_records_hold() {
    assert_eq!(size(1_000), size(0) + 1_000);
    assert!(size(0) > 0, "an empty record takes memory too");
}

/// More would mean fewer records in a batch of the same memory.
#[test]
fn a_record_takes_at_most_256_bytes_beside_its_own() {
    assert!(size(0) <= 256, "{}", size(0));
}

#[test]
fn a_ledger_is_the_sum_of_its_six_outcomes() {
    let mut ledger = Ledger::default();
    for (count, outcome) in (1..).zip(Outcome::ALL) {
        for _ in 0..count {
            ledger.count(outcome);
        }
    }
    let counts: Vec<i64> = Outcome::ALL.iter().map(|outcome| ledger.of(*outcome)).collect();
    assert_eq!(counts, [1, 2, 3, 4, 5, 6]);
    assert_eq!(ledger.consumed(), 21);
    let mut twice = ledger;
    twice += ledger;
    assert_eq!(twice.consumed(), 42);
}
