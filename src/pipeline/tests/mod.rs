//! The pipeline between a scripted log and a scripted database, on paused time.

mod batching;
mod claiming;
mod fake;
mod fencing;
mod floods;
mod gaps;
mod outage;
mod revoking;
mod sharing;
mod silence;
mod simulation;
mod stopping;
mod world;
