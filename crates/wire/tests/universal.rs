//! The universal tests: four properties that hold for every message, over golden bytes.

#[path = "shared/forms.rs"]
mod forms;
#[path = "shared/vectors.rs"]
mod vectors;

use forms::{FORMS, Form};
use premaster_wire::{CertificateStatusType, ClientHello, Decode, ServerHello, split_message};
use vectors::{Vector, vectors};

/// A vector, its form, and what its form reads: the body, if there is a header.
fn each(mut check: impl FnMut(&Vector, &Form, &[u8])) {
    for vector in &vectors() {
        let form = FORMS
            .iter()
            .find(|form| form.name == vector.form)
            .expect(&vector.title);
        let body = match form.handshake_type {
            None => &vector.bytes[..],
            Some(handshake_type) => {
                let (found, body) = split_message(&vector.bytes).expect(&vector.title);
                assert_eq!(found, handshake_type, "{}", vector.title);
                body
            }
        };
        check(vector, form, body);
    }
}

#[test]
fn every_form_has_golden_bytes() {
    let vectors = vectors();
    for form in FORMS {
        // The two that a ServerHello can be have theirs.
        let named = form.name == "ServerHelloOrRetry"
            || vectors.iter().any(|vector| vector.form == form.name);
        assert!(named, "no vector of {}", form.name);
    }
}

#[test]
fn what_decodes_encodes_to_the_same_bytes() {
    each(|vector, form, body| {
        let recoded =
            (form.recode)(body).unwrap_or_else(|error| panic!("{}: {error}", vector.title));
        assert_eq!(recoded, body, "{}", vector.title);
    });
}

/// property 1: a message never ends before the lengths inside it do.
#[test]
fn no_prefix_of_a_message_decodes() {
    each(|vector, form, body| {
        if form.handshake_type.is_some() {
            for end in 0..vector.bytes.len() {
                assert!(
                    split_message(&vector.bytes[..end]).is_err(),
                    "{}: {end} bytes",
                    vector.title
                );
            }
        }
        for end in 0..body.len() {
            let decodes = (form.recode)(&body[..end]).is_ok();
            let may =
                exception(form.name, body).is_some_and(|exception| (exception.prefix)(body, end));
            assert_eq!(decodes, may, "{}: {end} bytes of the body", vector.title);
        }
    });
}

#[test]
fn no_byte_may_be_appended() {
    each(|vector, form, body| {
        for byte in [0x00, 0x01, 0xff] {
            if form.handshake_type.is_some() {
                let longer = [&vector.bytes[..], &[byte]].concat();
                assert!(split_message(&longer).is_err(), "{}", vector.title);
            }
            let longer = [body, &[byte]].concat();
            let may = exception(form.name, body).is_some_and(|exception| exception.appended);
            assert_eq!(
                (form.recode)(&longer).is_ok(),
                may,
                "{} and {byte}",
                vector.title
            );
        }
    });
}

/// property 1: nothing in a message makes decoding or walking it panic; what still decodes is canonical.
#[test]
fn no_mutation_makes_decoding_panic() {
    let mut random = Xorshift(0x9e37_79b9_7f4a_7c15);
    each(|vector, form, body| {
        for at in 0..body.len() {
            for value in [
                0,
                1,
                0x7f,
                0x80,
                0xff,
                body[at] ^ 1,
                body[at].wrapping_add(1),
                body[at].wrapping_sub(1),
            ] {
                let mut mutant = body.to_vec();
                mutant[at] = value;
                check_mutant(form, &mutant, &vector.title);
            }
        }
        for _ in 0..500 {
            check_mutant(form, &random.mutate(body), &vector.title);
        }
        for other in FORMS {
            check_mutant(other, body, &vector.title);
            check_mutant(other, &random.mutate(body), &vector.title);
        }
    });
}

fn check_mutant(form: &Form, mutant: &[u8], title: &str) {
    if let Ok(recoded) = (form.recode)(mutant) {
        assert_eq!(recoded, mutant, "{} from {title}", form.name);
    }
}

/// A form of which parts of a body, or a body and more, may be a body too.
struct Exception {
    forms: &'static [&'static str],
    /// Whether this body is one of them.
    applies: fn(&[u8]) -> bool,
    /// Whether so many bytes of it may decode.
    prefix: fn(&[u8], usize) -> bool,
    /// Whether it may be longer.
    appended: bool,
}

const EXCEPTIONS: &[Exception] = &[
    // RFC 5246 section 7.4.1.2: the extension block is there if bytes follow the compression methods.
    Exception {
        forms: &["ClientHello"],
        applies: |_| true,
        prefix: |body, end| {
            let hello = ClientHello::decode(body).unwrap();
            end == 2
                + 32
                + 1
                + hello.session_id.len()
                + 2
                + 2 * hello.cipher_suites.len()
                + 1
                + hello.compression_methods.len()
        },
        appended: false,
    },
    // RFC 5246 section 7.4.1.3: likewise after the compression method.
    Exception {
        forms: &["ServerHello"],
        applies: |_| true,
        prefix: |body, end| {
            let hello = ServerHello::decode(body).unwrap();
            end == 2 + 32 + 1 + hello.session_id.len() + 2 + 1
        },
        appended: false,
    },
    // RFC 8446 section 4.4.4, RFC 8446 section 4.4.1: as long as the hash, which the message does not name.
    // RFC 6101 section 5.6.7: as long as the modulus of the server's key.
    Exception {
        forms: &[
            "Finished",
            "tls13::MessageHash",
            "ssl3::RsaClientKeyExchange",
        ],
        applies: |_| true,
        prefix: |_, _| true,
        appended: true,
    },
    // RFC 6066 section 8: the length of an unknown status is not known either, only its type must be there.
    Exception {
        forms: &["CertificateStatus"],
        applies: |body| {
            ![
                CertificateStatusType::ocsp.0,
                CertificateStatusType::ocsp_multi.0,
            ]
            .contains(&body[0])
        },
        prefix: |_, end| end > 0,
        appended: true,
    },
];

fn exception(form: &str, body: &[u8]) -> Option<&'static Exception> {
    EXCEPTIONS
        .iter()
        .find(|exception| exception.forms.contains(&form) && (exception.applies)(body))
}

/// The same numbers on every run (Marsaglia, "Xorshift RNGs").
struct Xorshift(u64);

impl Xorshift {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// Up to four bytes changed, removed or added, or the end cut off.
    fn mutate(&mut self, body: &[u8]) -> Vec<u8> {
        let mut mutant = body.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(mutant.len());
            let byte = self.below(256) as u8;
            match self.below(5) {
                0 | 1 if !mutant.is_empty() => mutant[at] = byte,
                2 if !mutant.is_empty() => drop(mutant.remove(at)),
                3 => mutant.insert(at, byte),
                _ => mutant.truncate(at.max(1)),
            }
        }
        mutant
    }
}
