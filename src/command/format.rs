//! How rows are printed.

use clap::ValueEnum;

/// How rows are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: columns of text.
    #[default]
    Table,
    /// For programs.
    Json,
}
