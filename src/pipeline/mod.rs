//! The path between the log and the database: a state machine against two small traits.

mod source;

pub use source::{Lookup, Source, SourceError, SourceEvent};
