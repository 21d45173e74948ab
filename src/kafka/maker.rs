//! Makes consumers, and replaces one that knows no broker any more.
//!
//! A cluster that comes up answers for a moment that it has topics and no brokers. The library then forgets every
//! broker, and may never find one again: confluentinc/librdkafka#5301. Such a client reads nothing and says nothing.

use std::mem;
use std::ops::Deref;
use std::thread;

use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};

use super::assignment::Client;
use super::certificates::Certificates;
use super::context::Context;
use super::fault::Fault;
use super::settings::{Settings, client_config, consumer_settings};

/// What a person is told of it.
pub(super) const FORGOTTEN: &str = "the client library has forgotten every broker; it begins anew";

/// What it takes to make a client.
pub(super) struct Maker {
    config: ClientConfig,
    topics: Vec<String>,
}

impl Maker {
    /// For clients that join no group.
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            config: client_config(consumer_settings(settings)),
            topics: Vec::new(),
        }
    }

    /// For members of the group.
    pub(super) fn of_member(settings: &Settings) -> Self {
        Self {
            topics: settings.topics.clone(),
            ..Self::of(settings)
        }
    }

    /// Succeeds without a broker.
    pub(super) fn make(&self) -> KafkaResult<Client> {
        let context = Context::with(Certificates::of(&self.config));
        let client = Client::from_config_and_context(&self.config, context)?;
        if !self.topics.is_empty() {
            let topics: Vec<&str> = self.topics.iter().map(String::as_str).collect();
            client.subscribe(&topics)?;
        }
        Ok(client)
    }

    /// Judges that other files are in the places of those that a client has read. A new client in this process would
    /// not be rid of the old one, which waits without end for a broker if a commit is under way.
    fn judge_replaced(&self, files: &str) -> Fault {
        let text = format!("connections fail, and {files} name other files than this process has read");
        match Client::from_config_and_context(&self.config, Context::new()) {
            Ok(_) => Fault::Fatal(format!("{text}: it has to be started again")),
            Err(failure) => {
                let code = failure.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown);
                Fault::Unavailable(code, format!("{text}, of which none can be made: {failure}"))
            }
        }
    }
}

/// A client that can be replaced.
pub(super) struct Renewable {
    maker: Maker,
    client: Client,
}

impl Renewable {
    pub(super) fn new(maker: Maker) -> KafkaResult<Self> {
        let client = maker.make()?;
        Ok(Self { maker, client })
    }

    /// Puts a new client in the place of one that has forgotten every broker; says whether it had.
    pub(super) fn renew(&mut self) -> Result<bool, Fault> {
        if let Some(files) = self.client.context().take_replaced() {
            return Err(self.maker.judge_replaced(&files));
        }
        if !self.client.context().knows_nobody() {
            return Ok(false);
        }
        let refused = |failure: KafkaError| Fault::Fatal(format!("no new client can be made: {failure}"));
        self.replace().map_err(refused)?;
        Ok(true)
    }

    /// Puts a new client in the place of the one there is.
    pub(super) fn replace(&mut self) -> KafkaResult<()> {
        let old = mem::replace(&mut self.client, self.maker.make()?);
        old.context().close();
        // its end may wait without end for a broker; where there is no thread to be had, it is ended here
        let _ = thread::Builder::new()
            .name("kafka-end".to_owned())
            .spawn(move || drop(old));
        Ok(())
    }
}

impl Deref for Renewable {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}
