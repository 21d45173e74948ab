//! Where settings come from, and the order in which one source wins over another.
//!
//! In: the [`Sources`] of one start. Out: one value per key with its [`Origin`]. Never judges a value; only
//! names, repetitions and unreadable files are faults here.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::key::{self, Keys};
use super::reference;
use super::value::Value;
use super::{env_file, environment, file};

const DATABASE_URL: &str = "DATABASE_URL";

/// Everything that [`load`](super::load) looks at; nothing else is read, the process environment included.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// `--config FILE`, TOML.
    pub config_file: Option<PathBuf>,
    /// `--env-file FILE`; only `DATABASE_URL` and `INGEST__…` in it count, below the environment.
    pub env_file: Option<PathBuf>,
    /// Environment variables; only `DATABASE_URL` and `INGEST__…` count.
    pub environment: Vec<(OsString, OsString)>,
    /// Settings given on the command line.
    pub flags: Vec<Flag>,
}

/// A setting given on the command line.
#[derive(Debug, Clone)]
pub struct Flag {
    /// As the user typed it, such as `--topic`.
    pub name: String,
    /// The setting it sets, such as `kafka.topics`.
    pub key: String,
    /// Read as in the environment: raw text, lists in TOML syntax.
    pub value: String,
}

/// Where a setting, or a mistake, comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The program itself.
    Default,
    /// `--config`; the line counts from 1 and is absent where the whole file is meant.
    File {
        /// As given.
        path: PathBuf,
        /// Counts from 1.
        line: Option<usize>,
    },
    /// `--env-file`.
    EnvFile {
        /// As given.
        path: PathBuf,
        /// The variable, absent where the whole file is meant.
        name: Option<String>,
    },
    /// An environment variable of this name.
    Environment(String),
    /// A command line flag of this name.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(formatter, "default"),
            Self::File { path, line: None } => write!(formatter, "file {}", path.display()),
            Self::File { path, line: Some(line) } => write!(formatter, "file {}, line {line}", path.display()),
            Self::EnvFile { path, name: None } => write!(formatter, "env file {}", path.display()),
            Self::EnvFile { path, name: Some(name) } => write!(formatter, "env file {}, {name}", path.display()),
            Self::Environment(name) => write!(formatter, "environment {name}"),
            Self::Flag(name) => write!(formatter, "flag {name}"),
        }
    }
}

/// A value as a source gives it, not yet judged.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) key: String,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// The winning value of every key, and what was wrong on the way.
pub(super) struct Gathered {
    pub(super) given: BTreeMap<String, Given>,
    pub(super) faults: Vec<Fault>,
}

/// Reads all sources, the weakest first.
pub(super) fn gather(sources: &Sources, keys: &Keys) -> Gathered {
    let mut gathered = Gathered {
        given: BTreeMap::new(),
        faults: Vec::new(),
    };
    let faults = &mut gathered.faults;
    let defaults = file::parse(reference::DEFAULT, &|_| Origin::Default, keys, faults);
    let from_file = config_file(sources.config_file.as_deref(), keys, faults);
    let dotenv = env_file::read(sources.env_file.as_deref(), faults);
    let from_dotenv = environment::read(&dotenv, keys, faults);
    let process: Vec<_> = sources
        .environment
        .iter()
        .map(|(name, value)| environment::Variable::of_process(name, value))
        .collect();
    let from_environment = environment::read(&process, keys, faults);
    let from_flags = flags(&sources.flags, keys, faults);
    for layer in [defaults, from_file, from_dotenv, from_environment, from_flags] {
        gathered.put(layer);
    }
    gathered.put_database_url(&process, &dotenv);
    gathered
}

impl Gathered {
    /// Lays one source over what is there; the same key twice in one source is a fault, since neither can win.
    fn put(&mut self, layer: Vec<Given>) {
        let mut fresh: BTreeMap<String, Given> = BTreeMap::new();
        for given in layer {
            if let Some(other) = fresh.get(&given.key) {
                let message = format!("given twice, also by {}: keep one", other.origin);
                let fault = Fault::of_key(&given.key, given.origin, message);
                self.faults.push(fault);
            } else {
                fresh.insert(given.key.clone(), given);
            }
        }
        self.given.append(&mut fresh);
    }

    /// `DATABASE_URL` is the backend's name for it and counts only where our own key is set nowhere.
    fn put_database_url(&mut self, process: &[environment::Variable], dotenv: &[environment::Variable]) {
        let Some(url) = self.given.get_mut("database.url") else {
            return;
        };
        if url.origin != Origin::Default {
            return;
        }
        let mut candidates = process.iter().chain(dotenv);
        let Some(found) = candidates.find(|variable| variable.name == DATABASE_URL) else {
            return;
        };
        match &found.value {
            Ok(text) => url.value = Value::Text(text.clone()),
            Err(message) => {
                self.faults
                    .push(Fault::of_source(found.origin.clone(), message.clone()));
            }
        }
        url.origin = found.origin.clone();
    }
}

fn config_file(path: Option<&Path>, keys: &Keys, faults: &mut Vec<Fault>) -> Vec<Given> {
    let Some(path) = path else {
        return Vec::new();
    };
    let origin = |line| Origin::File {
        path: path.to_owned(),
        line,
    };
    match std::fs::read_to_string(path) {
        Ok(text) => file::parse(&text, &origin, keys, faults),
        Err(error) => {
            faults.push(Fault::of_source(origin(None), format!("cannot be read: {error}")));
            Vec::new()
        }
    }
}

fn flags(flags: &[Flag], keys: &Keys, faults: &mut Vec<Fault>) -> Vec<Given> {
    let mut layer = Vec::new();
    for flag in flags {
        let origin = Origin::Flag(flag.name.clone());
        if keys.contains(&flag.key) || key::property_of(&flag.key).is_some() {
            layer.push(Given {
                key: flag.key.clone(),
                value: Value::Text(flag.value.clone()),
                origin,
            });
        } else {
            let message = format!("unknown setting; the nearest is {}", keys.nearest(&flag.key));
            faults.push(Fault::of_key(&flag.key, origin, message));
        }
    }
    layer
}
