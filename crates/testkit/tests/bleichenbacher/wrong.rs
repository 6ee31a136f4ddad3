//! Every class of premaster secrets that are none (RFC 8017 section 7.2.2, RFC 5246 section 7.4.7.1).

use premaster_testkit::forger::PublicKey;
use premaster_testkit::forger::number::plus;

/// What the client sends.
#[derive(Clone, Debug)]
pub(crate) enum Sent {
    /// This block, encrypted.
    Block(Vec<u8>),
    /// This, as it is.
    Ciphertext(Vec<u8>),
}

/// One way to be wrong.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    pub(crate) what: String,
    pub(crate) sent: Sent,
}

fn block(what: impl Into<String>, block: Vec<u8>) -> Wrong {
    Wrong {
        what: what.into(),
        sent: Sent::Block(block),
    }
}

fn raw(what: impl Into<String>, ciphertext: Vec<u8>) -> Wrong {
    Wrong {
        what: what.into(),
        sent: Sent::Ciphertext(ciphertext),
    }
}

/// A premaster secret of this version.
pub(crate) fn secret(version: [u8; 2]) -> Vec<u8> {
    [&version[..], &[0x77; 46]].concat()
}

/// Blocks whose padding is wrong: RFC 8017 section 7.2.2, each of its conditions broken.
fn wrong_padding(key: &PublicKey) -> Vec<Wrong> {
    let good = key.block(&secret([3, 3]));
    let separator = good.len() - 49;
    let with = |at: usize, byte: u8| {
        let mut block = good.clone();
        block[at] = byte;
        block
    };
    let mut list = vec![
        block("the first byte is 1", with(0, 1)),
        block("the first byte is 2", with(0, 2)),
        block("the type is 0", with(1, 0)),
        block("the type is 1", with(1, 1)),
        block("the type is 3", with(1, 3)),
        block("the type is 255", with(1, 255)),
        block("no separator", with(separator, 1)),
        block(
            "no zero at all",
            good.iter().map(|byte| byte | 0x10).collect(),
        ),
        block("all zeros", vec![0; good.len()]),
        block("nothing but 1", plus(&vec![0; good.len()], 1)),
    ];
    for at in [2, 3, 5, 8, 9, 10, 11, 100, separator - 1] {
        list.push(block(
            format!("a zero in the padding, at {at}"),
            with(at, 0),
        ));
    }
    list
}

/// Blocks with good padding around something else than a premaster secret of this handshake.
fn wrong_secrets(key: &PublicKey) -> Vec<Wrong> {
    let versions = [
        [3, 2],
        [3, 1],
        [3, 0],
        [3, 4],
        [2, 0],
        [0, 2],
        [0, 3],
        [2, 3],
        [3, 0x13],
        [0x83, 3],
        [0xff, 0xff],
    ];
    let versions = versions.map(|version| {
        let what = format!("version {version:?}");
        block(what, key.block(&secret(version)))
    });
    let longest = key.modulus.len() - 11;
    let lengths = [0, 1, 2, 46, 47, 49, 50, 64, 200, longest];
    let lengths = lengths.map(|length| {
        let message: Vec<_> = secret([3, 3]).into_iter().cycle().take(length).collect();
        block(format!("{length} bytes"), key.block(&message))
    });
    // The padding is as short as it may be, and then shorter.
    let short = [7, 1, 0].map(|padding| {
        let message = vec![3; key.modulus.len() - 3 - padding];
        block(format!("padding of {padding}"), key.block(&message))
    });
    [&versions[..], &lengths, &short].concat()
}

/// What was never the result of an encryption.
fn no_ciphertexts(key: &PublicKey) -> Vec<Wrong> {
    let (n, length) = (&key.modulus, key.modulus.len());
    let good = key.encrypt(&key.block(&secret([3, 3])));
    let mut list = vec![
        raw("0", vec![0; length]),
        raw("1", plus(&vec![0; length], 1)),
        raw("n-1", plus(n, -1)),
        raw("n", n.clone()),
        raw("n+1", plus(n, 1)),
        raw("the highest number", vec![0xff; length]),
        raw("a byte less", good[..length - 1].to_vec()),
        raw("the first byte left out", good[1..].to_vec()),
        raw("a zero in front", [&[0], &good[..]].concat()),
        raw("a zero behind", [&good[..], &[0]].concat()),
        raw("twice", [&good[..], &good[..]].concat()),
    ];
    for length in [0, 1, 48, 255, 257, 4_096] {
        list.push(raw(format!("{length} bytes"), vec![0x55; length]));
    }
    for byte in [0x01, 0x2a, 0x55, 0x7f] {
        list.push(raw(format!("all {byte:#x}"), vec![byte; length]));
    }
    list
}

pub(crate) fn all(key: &PublicKey) -> Vec<Wrong> {
    [wrong_padding(key), wrong_secrets(key), no_ciphertexts(key)].concat()
}
