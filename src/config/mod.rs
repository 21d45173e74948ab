//! The settings of the program: what they are, where they come from, what is wrong with them.
//!
//! In: the sources of one start, as [`Sources`] lists them. Out: a [`Config`] in which every value is within its
//! bounds, or all [`Faults`] at once. `config/default.toml` is the reference and holds every key.
//!
//! This room must never print a secret, weaken TLS, or let a setting through that the delivery guarantee rests
//! on. It looks at nothing but the sources that it is given, and connects to nothing.

mod admin;
mod batch;
mod database;
mod dead_letters;
mod env_file;
mod environment;
mod events;
mod fault;
mod file;
mod kafka;
mod key;
mod log;
mod parents;
mod reader;
mod reference;
mod setting;
mod shutdown;
mod size;
mod source;
mod value;
mod writer;

pub use admin::Admin;
pub use batch::Batch;
pub use database::{Database, Server, SslMode};
pub use dead_letters::DeadLetters;
pub use events::Events;
pub use fault::{Fault, Faults};
pub use kafka::{InitialPosition, Kafka, OnGap};
pub use log::{Log, LogFormat};
pub use parents::{AfterPatience, Parents};
pub use reference::{KeyDoc, reference};
pub use setting::Setting;
pub use shutdown::Shutdown;
pub use source::{Flag, Origin, Sources};
pub use writer::{ParentCheck, Writer};

use key::Keys;
use reader::Reader;

/// Says what is wrong with the value of one of librdkafka's own settings: this room does not know the client.
pub type Judge = fn(name: &str, value: &str) -> Result<(), String>;

/// All settings, checked.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each section describes itself on its type")]
pub struct Config {
    pub kafka: Kafka,
    pub events: Events,
    pub parents: Parents,
    pub dead_letters: DeadLetters,
    pub database: Database,
    pub batch: Batch,
    pub writer: Writer,
    pub admin: Admin,
    pub shutdown: Shutdown,
    pub log: Log,
}

/// What [`load`] gives.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// For the program.
    pub config: Config,
    /// For people, in the order of the reference.
    pub settings: Vec<Setting>,
}

/// Reads, merges and checks all sources; fails with every mistake at once.
pub fn load(sources: &Sources, judge: Judge) -> Result<Loaded, Faults> {
    let keys = Keys::known();
    let gathered = source::gather(sources, &keys);
    let settings = setting::list(&gathered, &keys);
    let mut reader = Reader::new(gathered);
    let config = Config::read(&mut reader, judge);
    let faults = reader.finish();
    match config {
        Some(config) if faults.is_empty() => Ok(Loaded { config, settings }),
        _ => Err(Faults::new(faults)),
    }
}

impl Config {
    /// Every section is read before the first missing one ends it, so that no fault hides another. The sections
    /// do the same with their keys.
    fn read(reader: &mut Reader, judge: Judge) -> Option<Self> {
        let kafka = Kafka::read(reader, judge);
        let events = Events::read(reader);
        let parents = Parents::read(reader);
        let dead_letters = DeadLetters::read(reader);
        let database = Database::read(reader);
        let batch = Batch::read(reader);
        let writer = Writer::read(reader);
        let admin = Admin::read(reader);
        let shutdown = Shutdown::read(reader);
        let log = Log::read(reader);
        Some(Self {
            kafka: kafka?,
            events: events?,
            parents: parents?,
            dead_letters: dead_letters?,
            database: database?,
            batch: batch?,
            writer: writer?,
            admin: admin?,
            shutdown: shutdown?,
            log: log?,
        })
    }
}
