//! audiohm-ingest
