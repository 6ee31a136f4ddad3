//! Keeps other programs from changing a file while this one does.

use std::fs::File;
use std::path::Path;

/// Times that another program may replace the file while this one waits for it, before it goes on without.
#[cfg(unix)]
const ATTEMPTS: u32 = 1_000;

/// The file, held until it is dropped: who else wants to hold it waits, in this program or another.
///
/// None where there is no file yet, or a file system without locks; then of two who write at once the later one wins.
#[cfg(unix)]
pub(super) fn hold(path: &Path) -> Option<File> {
    use std::fs::{self, Metadata};
    use std::os::unix::fs::MetadataExt as _;

    let identity = |file: &Metadata| (file.dev(), file.ino());
    for _ in 0..ATTEMPTS {
        // Asked before it is opened: opening a pipe waits for whoever writes to it.
        fs::metadata(path).ok().filter(Metadata::is_file)?;
        let file = File::open(path).ok()?;
        file.lock().ok()?;
        // Whoever held it before may have put another file in its place: then this one is nobody's.
        let there = fs::metadata(path).ok()?;
        if identity(&there) == identity(&file.metadata().ok()?) {
            return Some(file);
        }
    }
    None
}

/// Other systems' locks would keep this program from reading the file, too.
#[cfg(not(unix))]
pub(super) fn hold(_: &Path) -> Option<File> {
    None
}
