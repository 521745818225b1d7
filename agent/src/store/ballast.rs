//! Room that is given up when the disk is full, because a full disk cannot be cured by deleting:
//! SQLite needs free pages even for that (measured on a full tmpfs).

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

/// A file of known size beside the database.
#[derive(Debug)]
pub(super) struct Ballast {
    path: PathBuf,
    bytes: u64,
}

impl Ballast {
    /// `bytes` may be 0: then there is none.
    pub fn new(path: PathBuf, bytes: u64) -> Self {
        Self { path, bytes }
    }

    /// Whether it is there in full.
    pub fn is_whole(&self) -> bool {
        self.bytes == 0 || fs::metadata(&self.path).is_ok_and(|is| is.len() >= self.bytes)
    }

    /// Gives the room up. Says whether there was any.
    pub fn free(&self) -> bool {
        self.bytes > 0 && fs::remove_file(&self.path).is_ok()
    }

    /// Takes the room again, if as much again stays free beside it. Says whether it is there.
    pub fn restore(&self) -> bool {
        if self.is_whole() {
            return true;
        }
        let enough = self.room().is_ok_and(|room| room / 2 >= self.bytes);
        enough && self.write().inspect_err(|_| drop(fs::remove_file(&self.path))).is_ok()
    }

    /// Bytes that this user may still write on the file system.
    fn room(&self) -> io::Result<u64> {
        let folder = self.path.parent().unwrap_or(&self.path);
        let system = statvfs(folder)?;
        Ok(system.f_bavail.saturating_mul(system.f_frsize))
    }

    fn write(&self) -> io::Result<()> {
        let mut file = File::create(&self.path)?;
        // Takes the blocks without writing them, where the file system can; else by zeros.
        if fallocate(&file, FallocateFlags::empty(), 0, self.bytes).is_err() {
            let zeros = vec![0; 1 << 20];
            let mut left = self.bytes;
            while left > 0 {
                let part = left.min(zeros.len() as u64);
                file.write_all(&zeros[..part as usize])?;
                left -= part;
            }
        }
        file.sync_all()
    }
}
