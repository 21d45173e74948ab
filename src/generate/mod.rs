//! Made-up events that look like those of real listeners, to try the worker with.
//!
//! Enters: ids of users and tracks, a seed, and for each event the instant at which it is sent. Leaves: records
//! ready to send. Pure: no clock, no log, no database, and the same input gives the same bytes. No event speaks of
//! a time after the instant at which it is sent, unless it is one of the invalid ones that were asked for.
//!
//! A few users listen a lot and a few tracks are played a lot. Plays come in sessions: one track after another,
//! mostly to the end. Some plays lead to a like, some likes are taken back, and some events arrive twice.

mod audience;
mod faulty;
mod generator;
mod made;
mod message;
mod mix;
mod schedule;
mod session;
mod timeline;

pub use audience::{Audience, NobodyThere};
pub use generator::Generator;
pub use made::{Counts, Feed, Made, Sort};
pub use mix::Mix;
pub use timeline::spread;
