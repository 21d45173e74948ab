//! The whole store on real PostgreSQL: several writers at once, any split, and the tables of the contract.

use crate::bed::{Bed, Progress, like_as_backend, naive};
use crate::letter::{StoredLetter, letters};
use crate::log::{Log, batch};
use crate::random::{Dice, decode, events, instant, parents, seeds};
use crate::reference::{LikedRow, Pair, Story, Tables};
use audiohm_ingest::batch::SealedBatch;
use audiohm_ingest::event::{Decoded, Reason};
use audiohm_ingest::pipeline::{FailureKind, Lane};
use audiohm_ingest::record::{Header, Record};
use audiohm_ingest::store::PgLane;
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// Writers, each with a lane of its own and two partitions.
const WRITERS: usize = 3;

/// What was sent to one writer.
struct Share {
    logs: Vec<Log>,
    batches: Vec<SealedBatch>,
}

impl Share {
    fn records(&self) -> impl Iterator<Item = (i32, &Record)> {
        self.batches.iter().flat_map(|batch| {
            let record = |entry| (batch.partition(entry).partition, &entry.record);
            batch.entries().iter().map(record)
        })
    }
}

/// Spreads the records over the writers' partitions and cuts them into batches.
async fn shares(bed: &Bed, dice: &mut Dice, records: Vec<Record>) -> Vec<Share> {
    let mut parts: Vec<Vec<(usize, Record)>> = vec![Vec::new(); WRITERS];
    for record in records {
        parts[dice.below(WRITERS)].push((dice.below(2), record));
    }
    let mut shares = Vec::new();
    for (number, part) in (0..).zip(parts) {
        let mut logs = vec![bed.log(2 * number).await, bed.log(2 * number + 1).await];
        let batches = dice.cut(part).into_iter().map(|part| batch(&mut logs, part)).collect();
        shares.push(Share { logs, batches });
    }
    shares
}

/// Writes all shares at the same time.
async fn write(lanes: Vec<PgLane>, shares: &[Share]) -> Vec<PgLane> {
    let tasks: Vec<_> = lanes
        .into_iter()
        .zip(shares)
        .map(|(lane, share)| tokio::spawn(write_share(lane, share.batches.clone())))
        .collect();
    let mut lanes = Vec::new();
    for task in tasks {
        lanes.push(task.await.unwrap());
    }
    lanes
}

async fn write_share(mut lane: PgLane, batches: Vec<SealedBatch>) -> PgLane {
    for batch in batches {
        let mut attempts = 0;
        while let Err(failure) = lane.write(&batch).await {
            // another transaction may be in the way, but never by a deadlock
            assert_eq!(failure.kind, FailureKind::Contention, "{failure}");
            assert!(!failure.message.contains("deadlock"), "{failure}");
            attempts += 1;
            assert!(attempts < 10, "{failure}");
        }
    }
    lane
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_writers_at_once_give_the_tables_of_the_contract() {
    let mut bed = Bed::with(&parents()).await;
    let mut lanes: Vec<PgLane> = bed.lanes(WRITERS);
    for seed in seeds(150) {
        let mut dice = Dice::new(seed);
        let before = dice.tables();
        bed.clear().await;
        bed.fill(&before).await;
        let length = 1 + dice.below(60);
        let records = dice.records(length);
        let arranged = dice.arrange(&records);
        let shares = shares(&bed, &mut dice, arranged).await;
        lanes = write(lanes, &shares).await;
        let (parents, events) = (parents(), events(&records));
        let backend: Vec<_> = before.liked.clone().into_iter().collect();
        let story = Story {
            parents: &parents,
            events: &events,
            history_before: &before.history,
            liked_by_backend: &backend,
        };
        let after = bed.tables().await;
        story.check(&after, &format!("seed {seed}"));
        let sent: Vec<(i32, &Record)> = shares.iter().flat_map(Share::records).collect();
        check_letters(&mut bed, &story, &after, &sent).await;
        check_ledger(&mut bed, &shares, &before, &after).await;
    }
    drop(lanes);
    assert_eq!(bed.number(DEADLOCKS).await, 0);
}

/// Sessions report what they counted when they end at the latest.
const DEADLOCKS: &str = "select deadlocks from pg_stat_database where datname = current_database()";

/// Exactly the records of which no row can come are letters, with everything that they brought.
async fn check_letters(bed: &mut Bed, story: &Story<'_>, tables: &Tables, sent: &[(i32, &Record)]) {
    let stored: BTreeMap<(i32, i64), StoredLetter> = letters(&mut bed.backend)
        .await
        .into_iter()
        .map(|letter| ((letter.partition, letter.offset), letter))
        .collect();
    let mut expected = 0;
    for (partition, record) in sent {
        let found = stored.get(&(*partition, record.offset));
        let decoded = decode(record);
        let reason = match &decoded {
            Decoded::Tombstone => None,
            Decoded::Rejection(rejection) => Some(rejection.reason),
            Decoded::Event(event) => story.letter(event, &tables.history),
        };
        assert_eq!(found.map(|letter| letter.reason.as_str()), reason.map(Reason::as_str));
        if let Some(letter) = found {
            expected += 1;
            check_letter(letter, record, &decoded, story);
        }
    }
    assert_eq!(stored.len(), expected, "nothing else is a letter");
}

fn check_letter(letter: &StoredLetter, record: &Record, decoded: &Decoded, story: &Story<'_>) {
    assert_eq!(letter.value.as_deref(), record.value.as_deref());
    assert_eq!(letter.key.as_deref(), record.key.as_deref());
    assert_eq!(letter.timestamp, record.timestamp);
    let header = |header: &Header| (header.name.clone(), header.value.as_ref().map(|value| value.to_vec()));
    assert_eq!(letter.headers, record.headers.iter().map(header).collect::<Vec<_>>());
    assert!(letter.in_ledger);
    assert_eq!((letter.attempts, &letter.sqlstate), (1, &None));
    let mut missing = (None, None);
    if let Decoded::Event(event) = decoded {
        assert_eq!(letter.kind, event.kind().as_str());
        assert_eq!(letter.user_id, Some(event.user_id().0));
        let (user, track) = (event.user_id(), event.track_id());
        missing.0 = (!story.parents.users.contains(&user)).then_some(user.0);
        missing.1 = (!story.parents.tracks.contains(&track)).then_some(track.0);
    }
    assert_eq!((letter.missing_user_id, letter.missing_track_id), missing);
    let waits = missing != (None, None);
    assert_eq!(letter.state, if waits { "waiting" } else { "open" });
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap()
}

async fn check_ledger(bed: &mut Bed, shares: &[Share], before: &Tables, after: &Tables) {
    let stored = letters(&mut bed.backend).await;
    let mut net = 0;
    for share in shares {
        for log in &share.logs {
            let number = log.partition.partition;
            let progress: Progress = bed.progress(&log.partition).await;
            let mine = || share.records().filter(|(partition, _)| *partition == number);
            assert_eq!(progress.next_offset, log.next_offset);
            assert_eq!(progress.consumed, count(mine().count()));
            assert_eq!(
                progress.skipped,
                count(mine().filter(|(_, record)| record.value.is_none()).count())
            );
            let letters = stored.iter().filter(|letter| letter.partition == number);
            assert_eq!(progress.dead_lettered, count(letters.count()));
            net += progress.inserted - progress.removed;
        }
    }
    let rows = |tables: &Tables| count(tables.history.len() + tables.liked.len());
    assert_eq!(
        net,
        rows(after) - rows(before),
        "inserted - removed is the change in rows"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_the_backend_writes_meanwhile_count_as_likes() {
    let mut bed = Bed::with(&parents()).await;
    let mut lanes: Vec<PgLane> = bed.lanes(WRITERS);
    for seed in seeds(80) {
        let mut dice = Dice::new(seed);
        bed.clear().await;
        let length = 20 + dice.below(40);
        let records = dice.records(length);
        let arranged = dice.arrange(&records);
        let first = shares(&bed, &mut dice, arranged).await;
        let (written, backend) = tokio::join!(write(lanes, &first), edits(&mut bed, &mut dice));
        let arranged = dice.arrange(&records);
        // every pair with events is touched once more after the last edit
        let again = shares(&bed, &mut dice, arranged).await;
        lanes = write(written, &again).await;
        let (parents, events) = (parents(), events(&records));
        let story = Story {
            parents: &parents,
            events: &events,
            history_before: &BTreeMap::new(),
            liked_by_backend: &backend,
        };
        story.check(&bed.tables().await, &format!("seed {seed}"));
    }
}

/// Likes as the backend writes them while others write: new rows, and edits that move `updated_at`.
async fn edits(bed: &mut Bed, dice: &mut Dice) -> Vec<(Pair, LikedRow)> {
    let mut made = Vec::new();
    for number in 0..8 {
        let (pair, mut row) = (dice.existing_pair(), dice.liked_row());
        row.updated_at = row.updated_at.max(row.created_at);
        if number < 4 {
            if insert_as_backend(&mut bed.backend, pair, &row).await {
                made.push((pair, row));
            }
        } else {
            // later than any event, so that the edit moves the row's time whatever it is
            row.updated_at = instant(100 + number);
            row.created_at = row.updated_at;
            row.created_at = like_as_backend(&mut bed.backend, pair, &row).await;
            made.push((pair, row));
        }
    }
    made
}

/// A new like, unless the pair has a row.
async fn insert_as_backend(connection: &mut PgConnection, pair: Pair, row: &LikedRow) -> bool {
    let inserted = sqlx::query(
        "insert into liked_tracks (user_id, track_id, created_at, updated_at, notes) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
    )
    .bind(pair.0.0)
    .bind(pair.1.0)
    .bind(naive(row.created_at))
    .bind(naive(row.updated_at))
    .bind(&row.notes)
    .execute(connection)
    .await
    .unwrap();
    inserted.rows_affected() == 1
}
