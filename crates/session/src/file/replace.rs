//! Replaces a file in one step: whoever reads it sees the old content or the new one, whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Names that may be taken by what a crashed program left, before it is given up.
const ATTEMPTS: u32 = 64;

/// Writes `bytes` to a new file of mode 0600 beside `path`, synchronises it, and renames it to `path`.
///
/// A symbolic link is followed, so that what it points to is replaced.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (temporary, file) = create_beside(&target)?;
    let written = write_and_rename(file, bytes, &temporary, &target);
    if written.is_err() {
        // The first failure is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_and_rename(
    mut file: File,
    bytes: &[u8],
    temporary: &Path,
    target: &Path,
) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(temporary, target)?;
    sync_directory(target)
}

/// A new file in the directory of `target`: a rename within one file system is one step.
fn create_beside(target: &Path) -> io::Result<(PathBuf, File)> {
    let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut attempt = 0;
    loop {
        let mut beside = std::ffi::OsString::from(".");
        beside.push(name);
        beside.push(format!(".{}.{attempt}.tmp", std::process::id()));
        let temporary = target.with_file_name(beside);
        match new_private_file().open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists && attempt < ATTEMPTS => {
                attempt += 1;
            }
            Err(fault) => return Err(fault),
        }
    }
}

/// Refuses what exists, so that nobody can place a file or link there beforehand.
fn new_private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Makes the rename itself last, where directories can be synchronised.
fn sync_directory(target: &Path) -> io::Result<()> {
    let directory = match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    if cfg!(unix) {
        File::open(directory)?.sync_all()
    } else {
        Ok(())
    }
}
