//! The pure half: folding, deciding and settling, on a database of plain maps.

use crate::log::{Log, batch};
use crate::random::{Dice, decode, events, parents, seeds};
use crate::reference::{HistoryRow, LikedRow, Pair, Parents, Story, Tables};
use audiohm_ingest::batch::pairs::{self, PairState, StoredPair, fate};
use audiohm_ingest::batch::plays::{Step, Stored, decide};
use audiohm_ingest::batch::{Fate, Fates, Ledger, Missing, PairFate, PairRow, PlayRow, SealedBatch};
use audiohm_ingest::event::{Decoded, Kind, Play, Reason, TrackId, UserId};
use audiohm_ingest::record::Record;
use std::collections::BTreeMap;

/// A dead letter, with the record that it keeps.
#[derive(Debug)]
struct Kept {
    record: Record,
    reason: Reason,
    user_id: Option<UserId>,
    missing: Option<Missing>,
}

/// A database of plain maps.
#[derive(Debug)]
struct Memory {
    parents: Parents,
    tables: Tables,
    states: BTreeMap<Pair, PairState>,
    letters: Vec<Kept>,
}

impl Memory {
    fn new(tables: Tables) -> Self {
        Self {
            parents: parents(),
            tables,
            states: BTreeMap::new(),
            letters: Vec::new(),
        }
    }

    fn missing(&self, user_id: UserId, track_id: TrackId) -> Option<Missing> {
        let user = (!self.parents.users.contains(&user_id)).then_some(user_id);
        let track = (!self.parents.tracks.contains(&track_id)).then_some(track_id);
        Missing::of(user, track)
    }

    fn stored_play(&self, play: &Play) -> Stored {
        let Some(row) = self.tables.history.get(&play.id) else {
            return Stored::Absent;
        };
        if (row.user_id, row.track_id, row.played_at) != (play.user_id, play.track_id, play.played_at) {
            Stored::Other
        } else if merged(Some(row), play) == *row {
            Stored::Covers
        } else {
            Stored::Differs
        }
    }

    fn write_plays(&mut self, rows: &[PlayRow]) -> Vec<Fate> {
        let mut fates = vec![None; rows.len()];
        while fates.contains(&None) {
            let pending: Vec<usize> = (0..rows.len()).filter(|place| fates[*place].is_none()).collect();
            let looked_at: Vec<&PlayRow> = pending.iter().map(|place| &rows[*place]).collect();
            let stored: Vec<Stored> = looked_at.iter().map(|row| self.stored_play(&row.play)).collect();
            let missing = |row: &&PlayRow| self.missing(row.play.user_id, row.play.track_id);
            let missing: Vec<Option<Missing>> = looked_at.iter().map(missing).collect();
            for (place, step) in pending.into_iter().zip(decide(&looked_at, &stored, &missing)) {
                fates[place] = match step {
                    Step::Settled(fate) => Some(fate),
                    Step::Write => Some(self.upsert(&rows[place].play)),
                    Step::Wait => None,
                };
            }
        }
        fates.into_iter().flatten().collect()
    }

    fn upsert(&mut self, play: &Play) -> Fate {
        let before = self.tables.history.get(&play.id);
        assert_ne!(self.stored_play(play), Stored::Other, "never written over another play");
        let fate = if before.is_none() {
            Fate::Inserted
        } else {
            Fate::Updated
        };
        let row = merged(before, play);
        self.tables.history.insert(play.id, row);
        fate
    }

    fn stored_pair(&self, pair: Pair) -> StoredPair {
        let row = self.tables.liked.get(&pair).map(|row| pairs::LikedRow {
            created_at: row.created_at,
            updated_at: row.updated_at,
            notes: row.notes.as_deref().map(Into::into),
        });
        StoredPair {
            state: self.states.get(&pair).copied().unwrap_or_default(),
            row,
        }
    }

    fn write_pair(&mut self, row: &PairRow) -> PairFate {
        let pair = (row.user_id, row.track_id);
        if let Some(missing) = self.missing(row.user_id, row.track_id) {
            return (Fate::Orphan(missing), None);
        }
        let before = self.stored_pair(pair);
        let after = before.with(row);
        self.states.insert(pair, after.state);
        match &after.row {
            Some(row) => self.tables.liked.insert(pair, liked(row)),
            None => self.tables.liked.remove(&pair),
        };
        fate(row, before.row.as_ref(), after.row.as_ref())
    }

    /// Stores a batch and checks its account against what changed.
    fn write(&mut self, batch: &SealedBatch) {
        let before = self.tables.clone();
        let fates = Fates {
            plays: self.write_plays(batch.plays()),
            pairs: batch.pairs().iter().map(|row| self.write_pair(row)).collect(),
            refusals: Vec::new(),
        };
        let settled = batch.settle(&fates);
        let mut total = Ledger::default();
        for (span, tally) in batch.spans().iter().zip(&settled.tallies) {
            for (kind, ledger) in tally.by_kind() {
                let entries = batch.entries().iter();
                let records = entries.filter(|entry| entry.kind == kind && *batch.partition(entry) == span.partition);
                assert_eq!(
                    ledger.consumed(),
                    count(records),
                    "records of {kind} in {}",
                    span.partition
                );
                total += ledger;
            }
        }
        assert_eq!(total, changes(batch, &before, &self.tables, settled.letters.len()));
        for letter in settled.letters {
            self.letters.push(Kept {
                record: batch.entries()[letter.entry].record.clone(),
                reason: letter.reason,
                user_id: letter.user_id,
                missing: letter.missing,
            });
        }
    }
}

fn sorted<Item: Ord>(items: impl Iterator<Item = Item>) -> Vec<Item> {
    let mut items: Vec<Item> = items.collect();
    items.sort();
    items
}

fn count<Item>(items: impl Iterator<Item = Item>) -> i64 {
    i64::try_from(items.count()).unwrap()
}

fn merged(row: Option<&HistoryRow>, play: &Play) -> HistoryRow {
    let source = play.source.as_deref().map(str::to_owned);
    HistoryRow {
        user_id: play.user_id,
        track_id: play.track_id,
        played_at: play.played_at,
        played_for: row.map_or(0, |row| row.played_for).max(play.played_for),
        completed: row.is_some_and(|row| row.completed) || play.completed,
        source: row.and_then(|row| row.source.clone()).max(source),
    }
}

fn liked(row: &pairs::LikedRow) -> LikedRow {
    LikedRow {
        created_at: row.created_at,
        updated_at: row.updated_at,
        notes: row.notes.as_deref().map(str::to_owned),
    }
}

/// The ledger that a batch must have, told from the tables before and after it: outcomes are net.
fn changes(batch: &SealedBatch, before: &Tables, after: &Tables, letters: usize) -> Ledger {
    let (plays, pairs) = (
        compare(&before.history, &after.history),
        compare(&before.liked, &after.liked),
    );
    let tombstones = batch.entries().iter().filter(|entry| entry.record.value.is_none());
    let mut ledger = Ledger {
        inserted: plays[0] + pairs[0],
        updated: plays[1] + pairs[1],
        removed: plays[2] + pairs[2],
        unchanged: 0,
        dead_lettered: i64::try_from(letters).unwrap(),
        skipped: count(tombstones),
    };
    ledger.unchanged = count(batch.entries().iter()) - ledger.consumed();
    ledger
}

/// How many rows are new, changed and gone.
fn compare<Key: Ord, Row: Eq>(before: &BTreeMap<Key, Row>, after: &BTreeMap<Key, Row>) -> [i64; 3] {
    let changed = |(key, row): &(&Key, &Row)| before.get(key).is_some_and(|old| old != *row);
    [
        count(after.keys().filter(|key| !before.contains_key(key))),
        count(after.iter().filter(changed)),
        count(before.keys().filter(|key| !after.contains_key(key))),
    ]
}

/// Sends each record to a partition and writes them in batches, with `between` run before each of them.
fn ingest(memory: &mut Memory, dice: &mut Dice, records: Vec<Record>, mut between: impl FnMut(&mut Memory, &mut Dice)) {
    let mut logs = [Log::new(0), Log::new(1), Log::new(2)];
    let routed: Vec<(usize, Record)> = records.into_iter().map(|record| (dice.below(3), record)).collect();
    for part in dice.cut(routed) {
        between(memory, dice);
        memory.write(&batch(&mut logs, part));
    }
}

/// Exactly the records that no row can come of are letters, each with the right entry.
fn check_letters(memory: &Memory, story: &Story<'_>, records: &[Record]) {
    let expected = records.iter().filter_map(|record| {
        let reason = match decode(record) {
            Decoded::Tombstone => None,
            Decoded::Rejection(rejection) => Some(rejection.reason),
            Decoded::Event(event) => story.letter(&event, &memory.tables.history),
        };
        Some((reason?, record.value.clone()))
    });
    let found = memory
        .letters
        .iter()
        .map(|letter| (letter.reason, letter.record.value.clone()));
    assert_eq!(sorted(expected), sorted(found), "letters, expected and found");
    for letter in &memory.letters {
        let Decoded::Event(event) = decode(&letter.record) else {
            assert_eq!((letter.user_id, letter.missing), (None, None));
            continue;
        };
        assert_eq!(letter.user_id, Some(event.user_id()));
        assert_eq!(letter.missing, memory.missing(event.user_id(), event.track_id()));
    }
}

#[test]
fn any_order_duplication_and_split_gives_the_tables_of_the_contract() {
    for seed in seeds(2_000) {
        let mut dice = Dice::new(seed);
        let before = dice.tables();
        let length = 1 + dice.below(40);
        let records = dice.records(length);
        let backend: Vec<_> = before.liked.clone().into_iter().collect();
        for arrangement in 0..2 {
            let arranged = dice.arrange(&records);
            let mut memory = Memory::new(before.clone());
            ingest(&mut memory, &mut dice, arranged.clone(), |_, _| {});
            let events = events(&records);
            let story = Story {
                parents: &memory.parents,
                events: &events,
                history_before: &before.history,
                liked_by_backend: &backend,
            };
            story.check(&memory.tables, &format!("seed {seed}, arrangement {arrangement}"));
            check_letters(&memory, &story, &arranged);
        }
    }
}

#[test]
fn rows_that_the_backend_writes_between_batches_count_as_likes() {
    for seed in seeds(2_000) {
        let mut dice = Dice::new(seed);
        let length = 1 + dice.below(40);
        let records = dice.records(length);
        let mut memory = Memory::new(Tables::default());
        let mut backend: Vec<(Pair, LikedRow)> = Vec::new();
        let arranged = dice.arrange(&records);
        ingest(&mut memory, &mut dice, arranged, |memory, dice| {
            let (pair, mut row) = (dice.existing_pair(), dice.liked_row());
            if let Some(old) = memory.tables.liked.get(&pair) {
                // an edit moves `updated_at`, as the contract asks of the backend
                row.created_at = old.created_at;
                row.updated_at = row.updated_at.max(later(old.updated_at));
            } else {
                row.updated_at = row.updated_at.max(row.created_at);
            }
            backend.push((pair, row.clone()));
            memory.tables.liked.insert(pair, row);
        });
        // every pair with events is touched once more after the last edit
        let again = dice.arrange(&records);
        ingest(&mut memory, &mut dice, again, |_, _| {});
        let events = events(&records);
        let story = Story {
            parents: &memory.parents,
            events: &events,
            history_before: &BTreeMap::new(),
            liked_by_backend: &backend,
        };
        story.check(&memory.tables, &format!("seed {seed}"));
    }
}

fn later(time: audiohm_ingest::event::Timestamp) -> audiohm_ingest::event::Timestamp {
    audiohm_ingest::event::Timestamp::from_micros(time.micros() + 1)
}

#[test]
fn a_second_ingestion_is_unchanged_record_by_record() {
    for seed in seeds(500) {
        let mut dice = Dice::new(seed);
        let before = dice.tables();
        let records = dice.records(30);
        let mut memory = Memory::new(before);
        ingest(&mut memory, &mut dice, records.clone(), |_, _| {});
        let (tables, states) = (memory.tables.clone(), memory.states.clone());
        let again = dice.arrange(&records);
        ingest(&mut memory, &mut dice, again, |_, _| {});
        assert_eq!((tables, states), (memory.tables, memory.states), "seed {seed}");
    }
}

#[test]
fn rows_come_out_sorted_by_user_whatever_the_order_of_the_records() {
    for seed in seeds(200) {
        let mut dice = Dice::new(seed);
        let records = dice.records(60);
        let batch = Log::new(0).batch(records);
        let plays: Vec<_> = batch
            .plays()
            .iter()
            .map(|row| (row.play.user_id, row.play.id))
            .collect();
        let pairs: Vec<_> = batch.pairs().iter().map(|row| (row.user_id, row.track_id)).collect();
        assert!(plays.is_sorted(), "seed {seed}");
        assert!(
            pairs.is_sorted_by(|one, other| one < other),
            "seed {seed}: each pair once"
        );
        let unknown = batch.entries().iter().filter(|entry| entry.kind == Kind::Unknown);
        assert!(unknown.count() < batch.entries().len(), "seed {seed}: there are events");
    }
}
