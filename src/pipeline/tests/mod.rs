//! The pipeline between a scripted log and a scripted database, on paused time.

mod batching;

mod fake;
mod world;
