//! What a case says: this is secret, this is released on purpose, this was one input.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::memcheck;

/// Why bytes that depend on a secret are told after all. This list is the review: nothing else is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// Whether a MAC, a tag, a padding or a Finished fits: the peer sees the answer, and nothing beside it.
    Verdict,
    /// What is sent: ciphertext, tag and verify_data are there for everybody to read.
    Sent,
    /// What an authentic ticket holds beside its secret: our own encoding, written by us.
    TicketFields,
    /// A handshake message or an alert that the peer has protected, opened and authentic: what it means has to show. The
    /// peer has chosen every byte of it, verify_data included: what it is compared with stays secret.
    Received,
    /// The last 64 bytes of an authentic record of application data in TLS 1.3: there its type is searched for, behind
    /// padding (RFC 8446 section 5.4). How long the padding is may show by that much (RFC 8446 appendix E.3).
    ContentType,
    /// What a signature covers: both sides have it, and the signature shows it to whoever knows the key.
    Signed,
    /// What came out at the end, so that the case can compare it with what is right. The code under test never
    /// sees it released.
    Result,
}

impl Reason {
    fn name(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Sent => "sent",
            Self::TicketFields => "ticket fields",
            Self::Received => "received",
            Self::ContentType => "content type",
            Self::Signed => "signed",
            Self::Result => "result",
        }
    }
}

thread_local! {
    static COUNTS: RefCell<Counts> = RefCell::default();
}

#[derive(Debug, Default)]
struct Counts {
    inputs: u64,
    released: BTreeMap<Reason, u64>,
}

/// One more input is tried.
pub(crate) fn count_input() {
    COUNTS.with_borrow_mut(|counts| counts.inputs += 1);
}

/// From now on the bytes are secret: no branch and no address may depend on them.
pub(crate) fn poison(bytes: &mut [u8]) {
    memcheck::make_undefined(bytes);
}

/// Releases bytes.
///
/// # Panics
/// Under valgrind, when nothing of them is secret and nothing leaked before: then the case does not watch what it says.
/// (A branch on a secret makes defined what comes out of it.)
pub(crate) fn declassify(bytes: &mut [u8], why: Reason) {
    note(memcheck::is_undefined(bytes), why);
    memcheck::make_defined(bytes);
}

/// Releases a value: its own bytes, not what it points to.
///
/// # Panics
/// As [`declassify`] does.
pub(crate) fn declassify_value<T>(mut value: T, why: Reason) -> T {
    note(memcheck::is_value_undefined(&mut value), why);
    memcheck::make_value_defined(&mut value);
    value
}

/// Releases a verdict. Where the code under test branches on it, the list in `released.supp` has released it already,
/// and only what goes with it is left, if anything.
pub(crate) fn declassify_verdict<T>(mut verdict: T) -> T {
    if memcheck::is_value_undefined(&mut verdict) || !memcheck::is_watching() {
        note(true, Reason::Verdict);
    }
    memcheck::make_value_defined(&mut verdict);
    verdict
}

/// Releases bytes of which some may be secret, some of the time: a flight without a binder is none.
pub(crate) fn declassify_if_secret(bytes: &mut [u8], why: Reason) {
    if memcheck::is_undefined(bytes) || !memcheck::is_watching() {
        declassify(bytes, why);
    }
}

/// A copy that the case looks at to know what it has before it. What was secret stays secret.
pub(crate) fn looked_at(bytes: &[u8]) -> Vec<u8> {
    let mut copy = bytes.to_vec();
    memcheck::make_defined(&mut copy);
    copy
}

fn note(is_secret: bool, why: Reason) {
    assert!(
        is_secret || memcheck::has_reported() || !memcheck::is_watching(),
        "what was released as a {} depends on no secret",
        why.name()
    );
    COUNTS.with_borrow_mut(|counts| *counts.released.entry(why).or_default() += 1);
}

/// What xtask reads: `inputs`, then each reason with how often it was given.
pub(crate) fn report(mut out: impl Write) -> io::Result<()> {
    COUNTS.with_borrow(|counts| {
        writeln!(out, "inputs\t{}", counts.inputs)?;
        for (reason, times) in &counts.released {
            writeln!(out, "released\t{}\t{times}", reason.name())?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_counts_inputs_and_releases() {
        for tag in 0..3u8 {
            count_input();
            let mut tag = [tag; 4];
            poison(&mut tag);
            declassify(&mut tag, Reason::Result);
            assert!(declassify_value(true, Reason::Verdict));
        }
        let mut text = Vec::new();
        report(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(
            text,
            "inputs\t3\nreleased\tverdict\t3\nreleased\tresult\t3\n"
        );
    }
}
