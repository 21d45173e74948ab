//! Random events over so few users, tracks, ids and instants that everything collides. The same seed gives the same.

use crate::reference::{HistoryRow, LikedRow, Pair, Parents, Tables};
use audiohm_ingest::event::{Decoded, Event, Like, Limits, Play, PlayId, Timestamp, TrackId, Unlike, UserId};
use audiohm_ingest::record::{Header, Record};
use bytes::Bytes;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use serde_json::json;
use std::ops::Range;
use std::time::Duration;
use uuid::Uuid;

/// Users and tracks 0 to 2 exist, 3 does not.
pub(crate) const EXISTING: u128 = 3;

pub(crate) const LIMITS: Limits = Limits {
    max_bytes: 256 * 1024,
    max_clock_skew: Duration::from_mins(10),
};

/// 2024-01-01T00:00:00Z.
const START_MICROS: i64 = 1_704_067_200_000_000;

/// Texts whose order differs by bytes, by UTF-16 and by any language's collation.
const TEXTS: [Option<&str>; 9] = [
    None,
    None,
    Some(""),
    Some("a"),
    Some("B"),
    Some("ab"),
    Some("é"),
    Some("\u{ffff}"),
    Some("😀"),
];

pub(crate) fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(0xa000_0000_0000_4000_8000_0000_0000_0000 + number))
}

pub(crate) fn track(number: u128) -> TrackId {
    TrackId(Uuid::from_u128(0xb000_0000_0000_4000_8000_0000_0000_0000 + number))
}

pub(crate) fn play_id(number: u128) -> PlayId {
    PlayId(Uuid::from_u128(0xc000_0000_0000_4000_8000_0000_0000_0000 + number))
}

/// The instant so many microseconds after 2024-01-01T00:00:00Z.
pub(crate) fn instant(number: i64) -> Timestamp {
    Timestamp::from_micros(START_MICROS + number)
}

/// The parents that exist.
pub(crate) fn parents() -> Parents {
    Parents {
        users: (0..EXISTING).map(user).collect(),
        tracks: (0..EXISTING).map(track).collect(),
    }
}

/// The first seed: `INGEST_TEST_SEED`, or 1. Each case has the seed after the one before.
pub(crate) fn seeds(cases: u64) -> Range<u64> {
    let first = std::env::var("INGEST_TEST_SEED").map_or(1, |seed| seed.parse().expect("INGEST_TEST_SEED is a number"));
    println!("seeds from {first} to {}", first + cases - 1);
    first..first + cases
}

/// The record of an event, with its JSON as value.
pub(crate) fn record_of(event: &Event) -> Record {
    let value = match event {
        Event::Play(play) => json!({
            "type": "play", "event_id": play.id.to_string(), "user_id": play.user_id.to_string(), "track_id": play.track_id.to_string(),
            "played_at": play.played_at.to_string(), "played_for": play.played_for, "completed": play.completed,
            "source": play.source,
        }),
        Event::Like(like) => json!({
            "type": "like", "user_id": like.user_id.to_string(), "track_id": like.track_id.to_string(),
            "occurred_at": like.liked_at.to_string(), "notes": like.notes,
        }),
        Event::Unlike(unlike) => json!({
            "type": "unlike", "user_id": unlike.user_id.to_string(), "track_id": unlike.track_id.to_string(),
            "occurred_at": unlike.unliked_at.to_string(),
        }),
    };
    let record = record_with(value.to_string());
    assert_eq!(
        decode(&record),
        Decoded::Event(event.clone()),
        "the record says what the event says"
    );
    record
}

/// A record with this value, written on 2024-01-02.
pub(crate) fn record_with(value: impl Into<Bytes>) -> Record {
    Record {
        offset: 0,
        timestamp: Some(START_MICROS / 1_000 + 86_400_000),
        key: None,
        value: Some(value.into()),
        headers: Box::default(),
    }
}

pub(crate) fn decode(record: &Record) -> Decoded {
    record.decode(&LIMITS, instant(0))
}

/// The events among the records.
pub(crate) fn events<'records>(records: impl IntoIterator<Item = &'records Record>) -> Vec<Event> {
    let event = |record| match decode(record) {
        Decoded::Event(event) => Some(event),
        Decoded::Rejection(_) | Decoded::Tombstone => None,
    };
    records.into_iter().filter_map(event).collect()
}

/// Where all that is random comes from.
pub(crate) struct Dice(StdRng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end)
    }

    pub(crate) fn one_in(&mut self, count: u32) -> bool {
        self.0.random_ratio(1, count)
    }

    fn number(&mut self, end: u128) -> u128 {
        self.0.random_range(0..end)
    }

    fn text(&mut self) -> Option<&'static str> {
        *TEXTS.choose(&mut self.0).unwrap()
    }

    /// One of five instants.
    fn time(&mut self) -> Timestamp {
        instant(self.0.random_range(0..5))
    }

    fn pair(&mut self) -> Pair {
        // one in eight is an orphan of either kind
        let end = if self.one_in(4) { EXISTING + 1 } else { EXISTING };
        (user(self.number(end)), track(self.number(end)))
    }

    /// A play; the id mostly says whose it is, so that the same play comes again, and sometimes is a false claim.
    pub(crate) fn play(&mut self) -> Play {
        let number = self.number(6);
        let (user_id, track_id, played_at) = if self.one_in(5) {
            let (user_id, track_id) = self.pair();
            (user_id, track_id, self.time())
        } else {
            let end = EXISTING + u128::from(number == 5);
            (
                user(number % end),
                track(number / 2 % end),
                instant(i64::try_from(number).unwrap() % 5),
            )
        };
        Play {
            id: play_id(number),
            user_id,
            track_id,
            played_at,
            played_for: *[0, 1, 30, 86_400].choose(&mut self.0).unwrap(),
            completed: self.one_in(3),
            source: self.text().map(Into::into),
        }
    }

    pub(crate) fn event(&mut self) -> Event {
        let (user_id, track_id) = self.pair();
        match self.below(5) {
            0 | 1 => Event::Play(self.play()),
            2 | 3 => Event::Like(Like {
                user_id,
                track_id,
                liked_at: self.time(),
                notes: self.text().map(Into::into),
            }),
            _ => Event::Unlike(Unlike {
                user_id,
                track_id,
                unliked_at: self.time(),
            }),
        }
    }

    /// Mostly events, and now and then a tombstone or something that is no event.
    pub(crate) fn records(&mut self, count: usize) -> Vec<Record> {
        (0..count).map(|_| self.record()).collect()
    }

    fn record(&mut self) -> Record {
        let mut record = match self.below(20) {
            0 => Record {
                value: None,
                ..record_with("")
            },
            1 => record_with(&b"{\"type\": \"play\"\0\xff"[..]),
            2 => record_with("{\"type\":\"skip\"}"),
            _ => record_of(&self.event()),
        };
        if self.one_in(4) {
            record.key = Some(Bytes::from_static(b"key \0\xfe"));
            record.headers = Box::new([
                Header {
                    name: "trace".to_owned(),
                    value: Some(Bytes::from_static(b"\x01\0\xff")),
                },
                Header {
                    name: "empty".to_owned(),
                    value: None,
                },
            ]);
        }
        record
    }

    /// What the backend wrote before, partly about the same plays and pairs.
    pub(crate) fn tables(&mut self) -> Tables {
        let mut tables = Tables::default();
        for _ in 0..self.below(4) {
            let play = self.play();
            if parents().exist((play.user_id, play.track_id)) {
                let row = HistoryRow {
                    user_id: play.user_id,
                    track_id: play.track_id,
                    played_at: play.played_at,
                    played_for: play.played_for,
                    completed: play.completed,
                    source: play.source.as_deref().map(str::to_owned),
                };
                tables.history.insert(play.id, row);
            }
        }
        for _ in 0..self.below(4) {
            let pair = (user(self.number(EXISTING)), track(self.number(EXISTING)));
            tables.liked.insert(pair, self.liked_row());
        }
        tables
    }

    /// A row as the backend may write it; its two times need not be in order, since two clocks may have made them.
    pub(crate) fn liked_row(&mut self) -> LikedRow {
        LikedRow {
            created_at: self.time(),
            updated_at: self.time(),
            notes: self.text().map(str::to_owned),
        }
    }

    pub(crate) fn existing_pair(&mut self) -> Pair {
        (user(self.number(EXISTING)), track(self.number(EXISTING)))
    }

    /// The same records in another order, some of them several times.
    pub(crate) fn arrange(&mut self, records: &[Record]) -> Vec<Record> {
        let mut arranged = records.to_vec();
        for record in records {
            while self.one_in(4) {
                arranged.push(record.clone());
            }
        }
        arranged.shuffle(&mut self.0);
        arranged
    }

    /// Cuts them into batches.
    pub(crate) fn cut<Item>(&mut self, items: Vec<Item>) -> Vec<Vec<Item>> {
        let longest = *[1, 3, 10, 100].choose(&mut self.0).unwrap();
        let mut batches = vec![Vec::new()];
        for item in items {
            let last = batches.last_mut().unwrap();
            if last.len() > self.below(longest) {
                batches.push(vec![item]);
            } else {
                last.push(item);
            }
        }
        batches.retain(|batch| !batch.is_empty());
        batches
    }
}
