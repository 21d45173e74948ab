//! Decides what happens next.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::{Builder, Uuid};

use super::audience::Audience;
use super::faulty::Fault;
use super::made::{Made, Sort};
use super::message::{Deed, Message};
use super::mix::Mix;
use super::schedule::{Plan, Schedule};
use super::session::{self, Session};

/// Likes that are remembered, to be taken back.
const REMEMBERED: usize = 4096;

/// Makes one event after another.
#[derive(Debug)]
pub struct Generator {
    audience: Audience,
    mix: Mix,
    rng: StdRng,
    schedule: Schedule,
    /// Users and tracks of recent likes.
    liked: Vec<(Uuid, Uuid)>,
    faults: std::iter::Cycle<std::array::IntoIter<Fault, 6>>,
}

impl Generator {
    /// The same audience, seed and mix give the same events at the same instants.
    #[must_use]
    pub fn new(audience: Audience, seed: u64, mix: Mix) -> Self {
        Self {
            audience,
            mix,
            rng: StdRng::seed_from_u64(seed),
            schedule: Schedule::default(),
            liked: Vec::new(),
            faults: Fault::ALL.into_iter().cycle(),
        }
    }

    /// The event that is sent at `now`, in milliseconds since 1970. Instants may repeat and must not go back.
    pub fn make(&mut self, now: i64) -> Made {
        let Mix {
            invalid,
            unknown,
            unlikes,
            ..
        } = self.mix;
        let lot: f64 = self.rng.random();
        if lot < invalid {
            return self.invalid(now);
        }
        if lot < invalid + unknown {
            return self.unknown(now);
        }
        if lot < invalid + unknown + unlikes
            && let Some(message) = self.unlike(now)
        {
            return self.send(&message, now);
        }
        match self.schedule.take_due(now) {
            Some((ended_at, Plan::TrackEnds(session))) => self.play(session, ended_at, now),
            Some((liked_at, Plan::Like(session))) => self.like(session, liked_at, now),
            Some((_, Plan::Repeat(message))) => made(&message, Sort::Repeat, message.json(), now),
            None => {
                let session = Session::begin(&self.audience, &mut self.rng);
                self.play(session, now, now)
            }
        }
    }

    fn play(&mut self, session: Session, ended_at: i64, now: i64) -> Made {
        let message = self.played(session, ended_at, now);
        if self.rng.random_bool(self.mix.likes_per_play()) {
            let liked_at = ended_at + self.rng.random_range(500..20_000);
            self.schedule.add(liked_at, Plan::Like(session));
        }
        if let Some(next) = session.next(&self.audience, &mut self.rng) {
            let pause = self.rng.random_range(200..3_000);
            let ends_at = ended_at + pause + milliseconds(next.heard.played_for);
            self.schedule.add(ends_at, Plan::TrackEnds(next));
        }
        self.send(&message, now)
    }

    fn played(&mut self, session: Session, ended_at: i64, now: i64) -> Message {
        Message {
            event_id: self.event_id(now),
            user_id: session.user_id,
            track_id: session.track.id,
            at: ended_at - milliseconds(session.heard.played_for),
            deed: Deed::Play(session.heard),
        }
    }

    fn like(&mut self, session: Session, liked_at: i64, now: i64) -> Made {
        let pair = (session.user_id, session.track.id);
        if self.liked.len() < REMEMBERED {
            self.liked.push(pair);
        } else {
            let forgotten = self.rng.random_range(0..REMEMBERED);
            if let Some(place) = self.liked.get_mut(forgotten) {
                *place = pair;
            }
        }
        let notes = session::notes(&mut self.rng);
        let message = self.message(pair, liked_at, now, Deed::Like(notes));
        self.send(&message, now)
    }

    /// Some remembered like is taken back.
    fn unlike(&mut self, now: i64) -> Option<Message> {
        if self.liked.is_empty() {
            return None;
        }
        let taken_back = self.rng.random_range(0..self.liked.len());
        let pair = self.liked.swap_remove(taken_back);
        Some(self.message(pair, now, now, Deed::Unlike))
    }

    fn message(&mut self, (user_id, track_id): (Uuid, Uuid), at: i64, now: i64, deed: Deed) -> Message {
        let event_id = self.event_id(now);
        Message {
            event_id,
            user_id,
            track_id,
            at,
            deed,
        }
    }

    fn invalid(&mut self, now: i64) -> Made {
        let session = Session::begin(&self.audience, &mut self.rng);
        let play = self.played(session, now, now);
        let fault = self.faults.next().unwrap_or(Fault::CutOff);
        made(&play, Sort::Invalid, fault.spoil(&play), now)
    }

    fn unknown(&mut self, now: i64) -> Made {
        let mut session = Session::begin(&self.audience, &mut self.rng);
        let stranger = Builder::from_random_bytes(self.rng.random()).into_uuid();
        if self.rng.random() {
            session.user_id = stranger;
        } else {
            session.track.id = stranger;
        }
        let play = self.played(session, now, now);
        made(&play, Sort::Unknown, play.json(), now)
    }

    fn send(&mut self, message: &Message, now: i64) -> Made {
        if self.rng.random_bool(self.mix.repeats_per_event()) {
            let again_at = now + self.told_again_after();
            let again = Message {
                deed: self.told_again(message.deed),
                ..*message
            };
            self.schedule.add(again_at, Plan::Repeat(again));
        }
        made(message, message.sort(), message.json(), now)
    }

    /// Mostly within a minute; clients that were offline take up to an hour. In milliseconds.
    fn told_again_after(&mut self) -> i64 {
        if self.rng.random_ratio(3, 4) {
            self.rng.random_range(100..60_000)
        } else {
            self.rng.random_range(60_000..3_600_000)
        }
    }

    /// Half of the plays that are told again are a producer's retry, the other half a later state of the play.
    fn told_again(&mut self, deed: Deed) -> Deed {
        match deed {
            Deed::Play(heard) if self.rng.random() => Deed::Play(heard.heard_more(&mut self.rng)),
            same => same,
        }
    }

    /// Ordered by time, as producers make them for the sake of the index.
    fn event_id(&mut self, now: i64) -> Uuid {
        let random = self.rng.random();
        Builder::from_unix_timestamp_millis(now.unsigned_abs(), &random).into_uuid()
    }
}

fn made(message: &Message, sort: Sort, json: String, now: i64) -> Made {
    Made {
        feed: message.feed(),
        sort,
        event_id: message.event_id,
        key: message.user_id.to_string(),
        value: json.into_bytes(),
        timestamp: now,
    }
}

fn milliseconds(seconds: u32) -> i64 {
    i64::from(seconds) * 1000
}
