//! One file per subcommand; the only place where rooms are wired together.

pub mod format;
pub mod migrate;
