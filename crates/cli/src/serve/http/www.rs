//! `--www`: the files of a directory, and nothing outside of it.
//!
//! What leads outside is refused before any file is touched: `..`, absolute paths, and whatever turns into them when it
//! is decoded. On the way through the directory every step has to be a directory or file itself, not a link to one; it is
//! looked at once more when the file is open.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use premaster::Stream;

use super::request::{Method, Request};
use super::{Answer, Answerer};
use crate::serve::deadline::Deadline;

/// The files of this directory.
#[derive(Debug)]
pub(in crate::serve) struct Www(PathBuf);

/// What is to be served.
#[derive(Debug)]
enum Found {
    File {
        file: File,
        name: PathBuf,
        length: u64,
    },
    /// A directory was asked for without a slash at the end.
    Directory,
}

/// Why nothing is served.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    Malformed,
    Forbidden,
    NotFound,
}

impl Www {
    /// # Errors
    ///
    /// If that is no directory that can be read.
    pub(in crate::serve) fn new(directory: &Path) -> io::Result<Self> {
        fs::read_dir(directory)?;
        Ok(Self(directory.to_owned()))
    }

    fn find(&self, target: &str) -> Result<Found, Refused> {
        let target = target.split(['?', '#']).next().unwrap_or_default();
        let mut steps = steps(target)?;
        if target.ends_with('/') {
            steps.push("index.html".to_owned());
        }
        let path = self.follow(&steps)?;
        if path.is_dir() {
            return Ok(Found::Directory);
        }
        let file = File::open(&path).map_err(|_| Refused::NotFound)?;
        let metadata = file.metadata().map_err(|_| Refused::NotFound)?;
        // Nobody has put a link in place meanwhile.
        if self.follow(&steps)? != path || !metadata.is_file() {
            return Err(Refused::Forbidden);
        }
        Ok(Found::File {
            file,
            length: metadata.len(),
            name: path,
        })
    }

    /// Goes step by step, through directories to a file or directory, never through a link.
    fn follow(&self, steps: &[String]) -> Result<PathBuf, Refused> {
        let mut path = self.0.clone();
        for step in steps {
            path.push(step);
            let kind = fs::symlink_metadata(&path)
                .map_err(|_| Refused::NotFound)?
                .file_type();
            if !kind.is_dir() && !kind.is_file() {
                return Err(Refused::Forbidden);
            }
        }
        Ok(path)
    }
}

/// The names between the slashes, decoded (RFC 3986 section 2.1).
fn steps(target: &str) -> Result<Vec<String>, Refused> {
    let path = target.strip_prefix('/').ok_or(Refused::Malformed)?;
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() && target.len() <= 1 {
        return Ok(Vec::new());
    }
    path.split('/').map(step).collect()
}

fn step(encoded: &str) -> Result<String, Refused> {
    let name = decoded(encoded).ok_or(Refused::Malformed)?;
    let leads_elsewhere = matches!(&*name, "" | "." | "..");
    if leads_elsewhere || name.contains(['/', '\\', ':', '\0']) {
        return Err(Refused::Forbidden);
    }
    Ok(name)
}

/// `%41` is `A`.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        rest = others;
        let mut byte = *first;
        if byte == b'%' {
            let (digits, others) = rest.split_at_checked(2)?;
            let digits = core::str::from_utf8(digits).ok()?;
            // from_str_radix would take a sign.
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            byte = u8::from_str_radix(digits, 16).ok()?;
            rest = others;
        }
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

impl Answerer for Www {
    fn answer(&self, request: &Request, _: &Stream<Deadline>) -> Answer {
        if request.method == Method::Other {
            return Answer::refusal("405 Method Not Allowed").with("Allow: GET, HEAD");
        }
        match self.find(&request.target) {
            Ok(Found::File { file, name, length }) => Answer {
                status: "200 OK",
                content_type: content_type(&name),
                extra: String::new(),
                length,
                body: Box::new(file),
            },
            Ok(Found::Directory) => {
                let path = request.target.split(['?', '#']).next().unwrap_or_default();
                Answer::refusal("301 Moved Permanently").with(&format!("Location: {path}/"))
            }
            Err(Refused::Malformed) => Answer::refusal("400 Bad Request"),
            Err(Refused::Forbidden) => Answer::refusal("403 Forbidden"),
            Err(Refused::NotFound) => Answer::refusal("404 Not Found"),
        }
    }
}

fn content_type(path: &Path) -> &'static str {
    let extension = path
        .extension()
        .and_then(|it| it.to_str())
        .unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "txt" | "md" | "log" => "text/plain; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "xml" => "application/xml",
        "pdf" => "application/pdf",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_names_between_slashes() {
        for (target, expected) in [
            ("/", &[][..]),
            ("/a", &["a"]),
            ("/a/b/", &["a", "b"]),
            ("/%61%20b", &["a b"]),
            ("/...", &["..."]),
        ] {
            assert_eq!(steps(target).unwrap(), expected, "{target}");
        }
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for target in [
            "/..",
            "/../a",
            "/a/../b",
            "/./a",
            "//etc/passwd",
            "/a//b",
            "/%2e%2e/a",
            "/..%2fa",
            "/a%5c..%5cb",
            "/c:%5cb",
            "/a%00b",
            "//",
        ] {
            assert_eq!(steps(target), Err(Refused::Forbidden), "{target}");
        }
        for target in [
            "",
            "a",
            "http://host/a",
            "*",
            "/%",
            "/%4",
            "/%+1",
            "/%ff",
            "/%é",
        ] {
            assert_eq!(steps(target), Err(Refused::Malformed), "{target}");
        }
    }
}
