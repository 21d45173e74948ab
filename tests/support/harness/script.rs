//! Random events over few users and tracks, so that duplicates, ties and conflicts happen. The same seed, the same
//! events.

use super::encode::{Form, Means, Sent};
use super::scene::Scene;
use audiohm_ingest::event::{Event, Like, Play, PlayId, Reason, Timestamp, TrackId, Unlike, UserId};
use chrono::Utc;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use uuid::{Builder, Uuid};

const FORMS: [Form; 5] = [Form::Plain, Form::Framed, Form::Structured, Form::Base64, Form::Binary];
const NOTES: [Option<&str>; 5] = [None, Some(""), Some("for the road"), Some("é"), Some("Zebra")];
const DAY: i64 = 86_400_000_000;

/// `INGEST_TEST_SEED`, or one from the clock; printed, so that a failure can be had again.
pub(crate) fn seed() -> u64 {
    let given = std::env::var("INGEST_TEST_SEED").ok();
    let seed = given.map_or_else(
        || Utc::now().timestamp_micros().unsigned_abs(),
        |seed| seed.parse().expect("INGEST_TEST_SEED is a number"),
    );
    println!("INGEST_TEST_SEED={seed}");
    seed
}

/// Writes events.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) dice: StdRng,
    topics: Vec<String>,
    users: Vec<UserId>,
    tracks: Vec<TrackId>,
    /// Ten days before the start, in microseconds since 1970.
    since: i64,
    sent: Vec<Sent>,
}

impl Script {
    pub(crate) fn new(seed: u64, scene: &Scene) -> Self {
        Self {
            dice: StdRng::seed_from_u64(seed),
            topics: scene.topics.clone(),
            users: scene.users.clone(),
            tracks: scene.tracks.clone(),
            since: Utc::now().timestamp_micros() - 10 * DAY,
            sent: Vec::new(),
        }
    }

    /// All that was written so far.
    pub(crate) fn sent(&self) -> &[Sent] {
        &self.sent
    }

    pub(crate) fn user(&mut self) -> UserId {
        *self.users.choose(&mut self.dice).unwrap()
    }

    pub(crate) fn track(&mut self) -> TrackId {
        *self.tracks.choose(&mut self.dice).unwrap()
    }

    /// Some instant of the last ten days, down to the microsecond.
    fn any_time(&mut self) -> Timestamp {
        Timestamp::from_micros(self.since + self.dice.random_range(0..10 * DAY))
    }

    /// One of few instants.
    fn shared_time(&mut self) -> Timestamp {
        Timestamp::from_micros(self.since + self.dice.random_range(0..20) * DAY / 2)
    }

    pub(crate) fn play(&mut self) -> Play {
        let sources = [None, Some("web"), Some("android"), Some("car"), Some("çar")];
        Play {
            id: PlayId(Builder::from_random_bytes(self.dice.random()).into_uuid()),
            user_id: self.user(),
            track_id: self.track(),
            played_at: self.any_time(),
            played_for: self.dice.random_range(0..=600),
            completed: self.dice.random(),
            source: sources.choose(&mut self.dice).unwrap().map(Into::into),
        }
    }

    pub(crate) fn like(&mut self) -> Like {
        Like {
            user_id: self.user(),
            track_id: self.track(),
            liked_at: self.shared_time(),
            notes: NOTES.choose(&mut self.dice).unwrap().map(Into::into),
        }
    }

    fn unlike(&mut self) -> Unlike {
        Unlike {
            user_id: self.user(),
            track_id: self.track(),
            unliked_at: self.shared_time(),
        }
    }

    /// The next records: mostly plays, half as many likes, some unlikes, and one in seven something special.
    pub(crate) fn mixed(&mut self, count: usize) -> Vec<Sent> {
        let first = self.sent.len();
        for _ in 0..count {
            let record = self.record();
            self.sent.push(record);
        }
        self.sent[first..].to_vec()
    }

    /// The next records: plays, each different.
    pub(crate) fn plays(&mut self, count: usize) -> Vec<Sent> {
        let first = self.sent.len();
        for _ in 0..count {
            let event = Event::Play(self.play());
            let record = Sent::event(&self.topics[0], &event, Form::Plain);
            self.sent.push(record);
        }
        self.sent[first..].to_vec()
    }

    /// Gives the records from this one on other keys, so that they lie in any partition.
    pub(crate) fn rekey(&mut self, first: usize, keys: impl IntoIterator<Item = [u8; 8]>) -> Vec<Sent> {
        for (record, key) in self.sent[first..].iter_mut().zip(keys) {
            record.key = Some(key.to_vec());
        }
        self.sent[first..].to_vec()
    }

    /// Takes a record that was made elsewhere into the account.
    pub(crate) fn add(&mut self, record: &Sent) {
        self.sent.push(record.clone());
    }

    fn record(&mut self) -> Sent {
        let topic = self.topics.choose(&mut self.dice).unwrap().clone();
        let form = *FORMS.choose(&mut self.dice).unwrap();
        match self.dice.random_range(0..100) {
            0 => Sent::tombstone(&topic, b"gone"),
            1 => Sent::bad(
                &topic,
                format!("{{\"type\":\"play\",\"n\":{}", self.sent.len()),
                Reason::InvalidJson,
            ),
            2..8 => self.again(),
            8..14 => self.nearly_again(&topic, form),
            14..50 => Sent::event(&topic, &Event::Play(self.play()), form),
            50..60 => {
                let play = self.play();
                let id = derived_id(&play);
                Sent::event(&topic, &Event::Play(Play { id, ..play }), Form::WithoutId)
            }
            60..88 => Sent::event(&topic, &Event::Like(self.like()), form),
            _ => Sent::event(&topic, &Event::Unlike(self.unlike()), form),
        }
    }

    /// A record that was sent before, byte for byte.
    fn again(&mut self) -> Sent {
        match self.sent.choose(&mut self.dice) {
            Some(sent) => sent.clone(),
            None => Sent::tombstone(&self.topics[0], b"first"),
        }
    }

    /// A play that was sent before with other details, or its id for another play.
    fn nearly_again(&mut self, topic: &str, form: Form) -> Sent {
        let Some(Means::Event(Event::Play(play))) = self.sent.choose(&mut self.dice).map(|sent| sent.means.clone())
        else {
            return self.again();
        };
        let details = self.play();
        let play = if self.dice.random_ratio(1, 6) {
            Play { id: play.id, ..details }
        } else {
            Play {
                played_for: details.played_for,
                completed: details.completed,
                source: details.source,
                ..play
            }
        };
        Sent::event(topic, &Event::Play(play), form)
    }
}

/// The id of a play that brings none, as the contract derives it.
fn derived_id(play: &Play) -> PlayId {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"audiohm-ingest");
    let name = format!("{}/{}/{}", play.user_id, play.track_id, play.played_at.micros());
    PlayId(Uuid::new_v5(&namespace, name.as_bytes()))
}
