//! One file a subcommand; the only place where the rooms are put together.

pub mod healthcheck;
