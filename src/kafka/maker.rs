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
use rdkafka::error::KafkaResult;

use super::assignment::Client;
use super::context::Context;
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
        let client = Client::from_config_and_context(&self.config, Context::new())?;
        if !self.topics.is_empty() {
            let topics: Vec<&str> = self.topics.iter().map(String::as_str).collect();
            client.subscribe(&topics)?;
        }
        Ok(client)
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
    pub(super) fn renew(&mut self) -> KafkaResult<bool> {
        if !self.client.context().knows_nobody() {
            return Ok(false);
        }
        self.replace()?;
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
