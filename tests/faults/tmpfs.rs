//! A small disk.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// Dropped, it is unmounted.
#[derive(Debug)]
pub(crate) struct Tmpfs {
    directory: TempDir,
}

impl Tmpfs {
    /// None where mounting is not allowed.
    pub(crate) fn new(size: &str) -> Option<Self> {
        let directory = TempDir::with_prefix_in("ingest-disk-", "/tmp").unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size},mode=777"), "tmpfs"])
            .arg(directory.path())
            .output();
        mounted.is_ok_and(|output| output.status.success()).then(|| {
            let small = Self { directory };
            fs::create_dir(small.path()).unwrap();
            let owned = Command::new("chown").arg("postgres").arg(small.path()).status();
            assert!(owned.unwrap().success(), "the directory is the server's");
            small
        })
    }

    /// Where a server may put its files.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("space")
    }

    pub(crate) fn fill(&self) {
        let mut file = File::create(self.ballast()).unwrap();
        let block = [0; 4096];
        while file.write_all(&block).is_ok() {}
    }

    pub(crate) fn empty(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.directory.path().join("ballast")
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // the server may still have files open there
        let _ = Command::new("umount").arg("--lazy").arg(self.directory.path()).status();
    }
}
