//! `[writer]`: how batches are written.

use super::reader::Reader;

/// The way into PostgreSQL.
#[derive(Debug, Clone)]
pub struct Writer {
    /// Connections that write side by side.
    pub lanes: usize,
    /// Who finds out that a user or track does not exist.
    pub parent_check: ParentCheck,
}

/// Ways to find out that a parent does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParentCheck {
    /// The foreign keys decide, row by row.
    Database,
    /// Each distinct parent of a batch is locked once, and the foreign keys are left out.
    Batched,
}

const PARENT_CHECKS: &[(&str, ParentCheck)] = &[("database", ParentCheck::Database), ("batched", ParentCheck::Batched)];

impl Writer {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let lanes = reader.read("writer.lanes", |it| it.count(&(1..=64)));
        let parent_check = reader.read("writer.parent_check", |it| it.choice(PARENT_CHECKS));
        Some(Self {
            lanes: lanes?,
            parent_check: parent_check?,
        })
    }
}
