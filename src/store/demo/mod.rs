//! What the demo asks of a database, and the stand-ins that it makes for the backend's tables.
//!
//! It makes tables only in a database that is empty, and marks them, so that a later demo knows its own. In a
//! database that anybody else has put something into it changes nothing at all.

mod account;
mod stage;

pub use account::{Account, LetterGroup, RowCounts, TopicLedger, account};
pub use stage::{RowVersions, Stage, Standing};
