//! audiohm-ingest
fn main() {}
