//! A client's sessions in a file.

use core::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use premaster_crypto::HashAlgorithm;
use rustls_pki_types::UnixTime;
use zeroize::Zeroizing;

use crate::client::TICKETS_PER_SERVER;
use crate::cursor::{Input, Out};
use crate::{
    ClientKey, ClientSession, ClientStore, DecodeFault, IsolationKey, StoreError, TooLong,
};

mod fault;
mod hold;
mod replace;

pub use fault::FileFault;

/// What a session file begins with.
const MAGIC: &[u8; 16] = b"premaster-client";
/// The version of the file's layout.
const VERSION: u8 = 1;
/// Sessions in a file; the one put first goes first.
const MOST_SESSIONS: usize = 256;
/// A file longer than this is not read.
const LONGEST: u64 = 16 << 20;
/// Bytes of all sessions in a file; the one put first goes first.
const MOST_BYTES: usize = (16 << 20) - 1024;

/// A client's sessions in one file, for programs that end between two connections: for each server and configuration one up
/// to TLS 1.2, or up to 4 tickets of TLS 1.3, and 256 sessions altogether.
///
/// The file is read and checked at each call, so several programs may share it: each sees what the last one
/// wrote. On Unix they take turns (by a lock on the file), so that no two get the same ticket. Elsewhere, where the file
/// system has no locks, or when two make the file at the same moment, the later one wins: a session may be lost or a
/// ticket given out twice, but the file is whole.
///
/// It is only readable by its owner (mode 0600 on Unix; a file that others may read is refused),
/// and it is replaced in one step: written under another name in the same directory,
/// synchronised, renamed. **A file that is not ours, or not whole, is an error that names it. It is never overwritten.**
///
/// | offset | bytes | field |
/// |--:|--:|--|
/// | 0 | 16 | `premaster-client` |
/// | 16 | 1 | version of this layout: 1 |
/// | 17 | 2 | number of sessions |
/// | | 1 + n | for each: server, n then n bytes of UTF-8, n from 1 to 255 |
/// | | 32 | isolation key |
/// | | 8 | expires at, seconds since 1970 |
/// | | 3 + n | [`ClientSession::encode`], n then n bytes |
/// | end - 32 | 32 | SHA-256 of everything before |
///
/// The hash tells a damaged file from a whole one; it does not protect against someone who may write the file.
///
/// ```
/// use core::time::Duration;
/// use premaster_session::{ClientKey, ClientStore, FileClientStore, IsolationKey, UnixTime};
///
/// let directory = tempfile::tempdir()?;
/// let store = FileClientStore::open(directory.path().join("sessions"))?;
/// let key = ClientKey::new("example.com:443", IsolationKey::builder().finish());
/// assert!(store.find(&key, UnixTime::since_unix_epoch(Duration::from_secs(1_000)))?.is_none());
///
/// let notes = directory.path().join("notes.txt");
/// std::fs::write(&notes, "milk, bread")?;
/// let refused = FileClientStore::open(&notes).unwrap_err().to_string();
/// assert!(refused.contains("notes.txt is not a premaster session file"), "{refused}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FileClientStore {
    path: PathBuf,
    tickets: usize,
    /// One call at a time, so that two threads neither lose each other's sessions nor get the same ticket.
    turn: Mutex<()>,
}

impl FileClientStore {
    /// The store in the file `path`, which need not exist yet and may be empty.
    ///
    /// # Errors
    ///
    /// [`FileFault`] if there is something that cannot be used.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, FileFault> {
        let store = Self {
            path: path.into(),
            tickets: TICKETS_PER_SERVER,
            turn: Mutex::new(()),
        };
        store.read()?;
        Ok(store)
    }

    /// The store with at most so many TLS 1.3 tickets for each server and configuration, instead of 4.
    ///
    /// With 0, no TLS 1.3 session is kept. What the file holds already stays until the next one of that server comes.
    #[must_use]
    pub fn with_tickets_per_server(mut self, tickets: usize) -> Self {
        self.tickets = tickets;
        self
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every session in the file with its key, oldest first: to inspect them. Nothing is taken out by it.
    ///
    /// A session of an encoding version that this crate does not know is left out; it stays in the file.
    ///
    /// # Errors
    ///
    /// [`FileFault`] if the file cannot be used.
    pub fn sessions(&self) -> Result<Vec<(ClientKey, ClientSession)>, FileFault> {
        let mut sessions = Vec::new();
        for entry in self.read()? {
            if let Some(session) = entry.decode(&self.path)? {
                sessions.push((entry.key, session));
            }
        }
        Ok(sessions)
    }

    fn read(&self) -> Result<Vec<Entry>, FileFault> {
        match read_file(&self.path)? {
            // An empty file, as mktemp(1) makes it, has nothing to lose.
            Some(bytes) if !bytes.is_empty() => decode(&bytes, &self.path),
            _ => Ok(Vec::new()),
        }
    }

    fn write(&self, entries: &[Entry]) -> Result<(), StoreError> {
        let bytes = encode(entries)?;
        replace::replace(&self.path, &bytes).map_err(|source| FileFault::Unwritable {
            path: self.path.clone(),
            source,
        })?;
        Ok(())
    }

    /// Reads the file, works on what is in it, and writes it if that has changed. Nothing comes of the work unless the
    /// file has been written.
    fn update<T>(
        &self,
        work: impl FnOnce(&mut Vec<Entry>) -> Result<(T, Change), StoreError>,
    ) -> Result<T, StoreError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let _held = hold::hold(&self.path);
        let mut entries = self.read()?;
        let (done, change) = work(&mut entries)?;
        if change == Change::Some {
            self.write(&entries)?;
        }
        Ok(done)
    }
}

/// Whether the file has to be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Some,
    None,
}

impl ClientStore for FileClientStore {
    fn put(
        &self,
        key: &ClientKey,
        session: &ClientSession,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        let entry = Entry {
            key: key.clone(),
            expires_at: session.session.expires_at().as_secs(),
            encoded: session.encode()?,
        };
        if entry.encoded_len() > MOST_BYTES {
            return Err(TooLong { field: "session" }.into());
        }
        let once = session.is_used_once();
        let most = if once { self.tickets } else { 1 };
        self.update(|entries| {
            entries.retain(|old| old.expires_at > now.as_secs());
            entries.retain(|old| old.key != *key || (once && old.is_used_once()));
            entries.push(entry);
            let mine = entries.iter().filter(|entry| entry.key == *key).count();
            let mut too_many = mine.saturating_sub(most);
            entries.retain(|entry| {
                let goes = too_many > 0 && entry.key == *key;
                too_many -= usize::from(goes);
                !goes
            });
            let too_many = entries.len().saturating_sub(MOST_SESSIONS);
            entries.drain(..too_many);
            while entries.iter().map(Entry::encoded_len).sum::<usize>() > MOST_BYTES {
                entries.remove(0);
            }
            Ok(((), Change::Some))
        })
    }

    fn find(&self, key: &ClientKey, now: UnixTime) -> Result<Option<ClientSession>, StoreError> {
        self.update(|entries| {
            for place in (0..entries.len()).rev() {
                let Some(entry) = entries.get(place).filter(|entry| entry.key == *key) else {
                    continue;
                };
                let found = entry.decode(&self.path)?;
                let Some(found) = found.filter(|found| !found.session.expired(now)) else {
                    continue;
                };
                if !found.is_used_once() {
                    return Ok((Some(found), Change::None));
                }
                entries.remove(place);
                return Ok((Some(found), Change::Some));
            }
            Ok((None, Change::None))
        })
    }

    fn forget(&self, key: &ClientKey) -> Result<(), StoreError> {
        self.update(|entries| {
            let before = entries.len();
            entries.retain(|entry| entry.key != *key);
            let change = match entries.len() == before {
                true => Change::None,
                false => Change::Some,
            };
            Ok(((), change))
        })
    }
}

impl fmt::Debug for FileClientStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileClientStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// One session, as it lies in the file.
struct Entry {
    key: ClientKey,
    expires_at: u64,
    encoded: Zeroizing<Vec<u8>>,
}

impl Entry {
    /// The session; none if its encoding has a version that is not known here, which is a miss.
    fn decode(&self, path: &Path) -> Result<Option<ClientSession>, FileFault> {
        match ClientSession::decode(&self.encoded) {
            Ok(session) => Ok(Some(session)),
            Err(DecodeFault::UnknownVersion(_)) => Ok(None),
            Err(what) => Err(FileFault::Corrupt {
                path: path.to_owned(),
                what,
            }),
        }
    }

    /// What cannot be read here is nothing to be kept beside a ticket.
    fn is_used_once(&self) -> bool {
        ClientSession::decode(&self.encoded).is_ok_and(|session| session.is_used_once())
    }

    fn encoded_len(&self) -> usize {
        1 + self.key.server.len() + 32 + 8 + 3 + self.encoded.len()
    }
}

fn encode(entries: &[Entry]) -> Result<Zeroizing<Vec<u8>>, TooLong> {
    let bodies: usize = entries.iter().map(Entry::encoded_len).sum();
    let mut out = Out::with_capacity(MAGIC.len() + 1 + 2 + bodies + 32);
    out.bytes(MAGIC);
    out.u8(VERSION);
    out.length("number of sessions", 2, entries.len());
    for entry in entries {
        out.delimited("server", 1, 1, entry.key.server.as_bytes());
        out.bytes(entry.key.isolation.as_bytes());
        out.bytes(&entry.expires_at.to_be_bytes());
        out.delimited("session", 3, 1, &entry.encoded);
    }
    let hash = HashAlgorithm::Sha256.hash(&[out.written()]);
    out.bytes(hash.as_ref());
    out.finish()
}

fn decode(bytes: &[u8], path: &Path) -> Result<Vec<Entry>, FileFault> {
    let path = path.to_owned();
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Err(FileFault::Foreign { path });
    };
    match rest.first() {
        Some(&VERSION) => (),
        Some(&version) => return Err(FileFault::UnknownVersion { path, version }),
        None => {
            return Err(FileFault::Corrupt {
                path,
                what: DecodeFault::Corrupt { field: "version" },
            });
        }
    }
    entries(bytes).map_err(|what| FileFault::Corrupt { path, what })
}

fn entries(bytes: &[u8]) -> Result<Vec<Entry>, DecodeFault> {
    let damaged = DecodeFault::Corrupt { field: "hash" };
    let (hashed, hash) = bytes.split_last_chunk::<32>().ok_or(damaged)?;
    if HashAlgorithm::Sha256.hash(&[hashed]).as_ref() != hash {
        return Err(damaged);
    }
    let mut input = Input::new(hashed);
    input.take("version", MAGIC.len() + 1)?;
    let count = input.u16("number of sessions")?;
    let mut entries = Vec::new();
    for _ in 0..count {
        entries.push(entry(&mut input)?);
    }
    input.finish()?;
    Ok(entries)
}

fn entry(input: &mut Input<'_>) -> Result<Entry, DecodeFault> {
    let server = core::str::from_utf8(input.short("server")?)
        .map_err(|_| DecodeFault::Corrupt { field: "server" })?
        .to_owned();
    let isolation = IsolationKey::from_bytes(*input.array("isolation")?);
    let expires_at = u64::from_be_bytes(*input.array("expires at")?);
    let length = input.u24("session")?;
    let encoded = Zeroizing::new(input.take("session", length)?.to_vec());
    Ok(Entry {
        key: ClientKey { server, isolation },
        expires_at,
        encoded,
    })
}

/// The whole file; none if there is no such file.
fn read_file(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, FileFault> {
    let unreadable = |source| FileFault::Unreadable {
        path: path.to_owned(),
        source,
    };
    // Asked before it is opened: opening a pipe waits for whoever writes to it.
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(unreadable(fault)),
    };
    if !metadata.is_file() {
        return Err(FileFault::NotAFile {
            path: path.to_owned(),
        });
    }
    let file = File::open(path).map_err(unreadable)?;
    if metadata.len() > LONGEST {
        return Err(FileFault::Foreign {
            path: path.to_owned(),
        });
    }
    // Room for all of it at once, so that no part of a secret stays behind in a smaller buffer.
    let length = usize::try_from(metadata.len()).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length.saturating_add(1)));
    file.take(LONGEST)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    // A file of someone else is called so, whatever its mode.
    if bytes.starts_with(MAGIC) {
        refuse_exposed(&metadata, path)?;
    }
    Ok(Some(bytes))
}

#[cfg(unix)]
fn refuse_exposed(metadata: &fs::Metadata, path: &Path) -> Result<(), FileFault> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(FileFault::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

/// Other systems keep a user's files to the user by where they lie.
#[cfg(not(unix))]
fn refuse_exposed(_: &fs::Metadata, _: &Path) -> Result<(), FileFault> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::full;

    fn whole() -> Zeroizing<Vec<u8>> {
        let session = ClientSession {
            session: full(),
            session_id: vec![1; 32],
            ticket: vec![2; 50],
        };
        let entry = Entry {
            key: ClientKey::new("example.com", session.session.isolation),
            expires_at: 1_003_600,
            encoded: session.encode().unwrap(),
        };
        encode(&[entry]).unwrap()
    }

    #[test]
    fn a_file_damaged_in_any_bit_is_refused() {
        let whole = whole();
        assert_eq!(decode(&whole, Path::new("f")).unwrap().len(), 1);
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let fault = decode(&bytes, Path::new("f")).map(drop).unwrap_err();
            let expected = match bit / 8 {
                0..16 => matches!(fault, FileFault::Foreign { .. }),
                16 => matches!(fault, FileFault::UnknownVersion { .. }),
                _ => matches!(fault, FileFault::Corrupt { .. }),
            };
            assert!(expected, "bit {bit}: {fault}");
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let whole = whole();
        for length in 0..whole.len() {
            assert!(
                decode(&whole[..length], Path::new("f")).is_err(),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn what_is_written_never_outgrows_its_buffer() {
        let whole = whole();
        assert_eq!(whole.len(), whole.capacity());
    }
}
