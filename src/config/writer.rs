//! `[writer]`: how batches are written.

use super::reader::Reader;
use super::value::Value;

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
}

impl Writer {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let lanes = reader.read("writer.lanes", |it| it.count(&(1..=64)));
        let parent_check = reader.read("writer.parent_check", parent_check);
        Some(Self {
            lanes: lanes?,
            parent_check: parent_check?,
        })
    }
}

fn parent_check(value: &Value) -> Result<ParentCheck, String> {
    if matches!(value, Value::Text(text) if text == "batched") {
        return Err("this version has only `database`, not yet `batched`".to_owned());
    }
    value.choice(&[("database", ParentCheck::Database)])
}
