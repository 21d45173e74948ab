//! A log, a source and a database in memory. Nothing here reads a clock but that of the runtime, which is paused.

mod database;
mod lane;
mod log;
mod member;
mod positions;
mod source;

pub(super) use database::{FakeStore, Fate, Held};
pub(super) use log::FakeLog;
pub(super) use source::{Command, FakeSource};
