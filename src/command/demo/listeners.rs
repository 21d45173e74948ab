//! The made-up listeners of a demo: they send a backlog first, and single events when asked to.

use crate::command::exit::{Exit, Failure};
use crate::command::generate::{MOST_PARENTS, SPAN};
use crate::command::progress::Progress;
use crate::command::sender::{Sender, now};
use crate::command::wiring;
use crate::config::Config;
use crate::generate::{Audience, Counts, Generator, Made, Mix, spread};
use crate::kafka::ClientError;
use crate::store::parent_ids;
use std::time::{Duration, Instant};
use tokio::task::spawn_blocking;

/// A few faulty records and a few strangers, so that dead letters can be seen.
const MIX: Mix = Mix {
    likes: 0.12,
    unlikes: 0.03,
    repeats: 0.03,
    invalid: 0.0002,
    unknown: 0.0005,
};

/// Listeners and their connection to the log.
#[derive(Debug)]
pub(super) struct Listeners {
    /// None while a thread has it.
    crowd: Option<Crowd>,
}

#[derive(Debug)]
struct Crowd {
    generator: Generator,
    sender: Sender,
}

/// What was sent, and how long that took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) counts: Counts,
    pub(super) elapsed: Duration,
}

impl Listeners {
    /// The users of the database, as listeners to its tracks.
    pub(super) async fn gather(config: &Config, seed: u64) -> Result<Self, Failure> {
        let ids = parent_ids(wiring::database(config), MOST_PARENTS).await?;
        let audience = Audience::new(ids.users, ids.tracks, seed);
        let audience = audience.map_err(|error| Failure::new(Exit::Failed, error))?;
        let generator = Generator::new(audience, seed, MIX);
        let sender = Sender::open(config)?;
        Ok(Self {
            crowd: Some(Crowd { generator, sender }),
        })
    }

    /// Sends events of the last hours.
    pub(super) async fn send_backlog(&mut self, count: u64) -> Result<Sent, Failure> {
        self.aside(move |crowd| {
            let mut progress = Progress::begin(("sending", "sent"), count);
            let began = Instant::now();
            for (number, at) in (1..).zip(spread(count, now(), SPAN)) {
                crowd.send(at)?;
                progress.reached(number);
            }
            crowd.sender.flush()?;
            progress.end(count);
            Ok(Sent {
                counts: crowd.sender.counts(),
                elapsed: began.elapsed(),
            })
        })
        .await
    }

    /// Sends one event of this instant, without waiting for the broker.
    pub(super) async fn send_now(&mut self) -> Result<Made, Failure> {
        self.aside(|crowd| crowd.send(now())).await
    }

    /// Does something on a thread where it may block.
    async fn aside<Answer: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Crowd) -> Result<Answer, ClientError> + Send + 'static,
    ) -> Result<Answer, Failure> {
        let gone = || Failure::new(Exit::Failed, "the thread that sends events is gone");
        let mut crowd = self.crowd.take().ok_or_else(gone)?;
        let working = spawn_blocking(move || {
            let answer = work(&mut crowd);
            (crowd, answer)
        });
        let (crowd, answer) = working.await.map_err(|_| gone())?;
        self.crowd = Some(crowd);
        Ok(answer?)
    }
}

impl Crowd {
    fn send(&mut self, at: i64) -> Result<Made, ClientError> {
        let made = self.generator.make(at);
        self.sender.send(&made)?;
        Ok(made)
    }
}
