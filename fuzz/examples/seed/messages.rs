//! Messages, extensions and records as they were sent.

use premaster_fuzz::handshake_message;

use premaster_wire::{
    ClientHello, Decode, Extension, Extensions, HelloRetryRequest, ServerHello, tls13,
};

use crate::{Seeds, add_to, recorded};

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;

/// The forms without a handshake header.
const HEADERLESS: [&str; 5] = [
    "Alert",
    "ChangeCipherSpec",
    "RecordHeader",
    "TlsPlaintext",
    "V2ClientHello",
];

/// Adds the seeds of the targets that take messages and records.
pub(crate) fn add(seeds: &mut Seeds) {
    for vector in recorded::vectors() {
        let headerless = HEADERLESS.contains(&vector.form);
        let body = if headerless { 0 } else { 4 };
        let pick = handshake_message::pick(vector.form).expect(&vector.title);
        let picked = [&[pick], &vector.bytes[body..]].concat();
        add_to(seeds, "handshake_message", picked);
        if vector.form == "TlsPlaintext" {
            add_to(seeds, "record", vector.bytes);
        } else if !headerless {
            add_message(seeds, &vector.bytes);
        }
    }
    let messages = recorded::rfc_8448();
    messages.iter().for_each(|it| add_message(seeds, it));
    for record in recorded::records() {
        add_to(seeds, "record", record);
    }
    let compressed = recorded::compressed();
    let lengths = ["server", "roots"].map(|name| {
        let message = compressed
            .iter()
            .find(|(heading, _)| heading.ends_with(name));
        (name, message.map_or(0, |(_, bytes)| bytes.len() as u16))
    });
    for (heading, bytes) in compressed {
        let names = ["[zlib]", "[brotli]", "[zstd]"];
        let algorithm = names.iter().position(|it| heading.starts_with(it));
        // What decompresses is exactly as long as was announced.
        let length = lengths.iter().find(|(name, _)| heading.contains(name));
        let (_, length) = length.expect("a message that stands in front");
        match algorithm {
            Some(at) => add_compression(seeds, at as u8, *length, &bytes),
            None => (0x80..0x83).for_each(|pick| add_compression(seeds, pick, 0, &bytes)),
        }
    }
}

fn add_compression(seeds: &mut Seeds, pick: u8, length: u16, bytes: &[u8]) {
    let [high, low] = length.to_be_bytes();
    let input = [&[pick, high, low], bytes].concat();
    add_to(seeds, "certificate_compression", input);
}

/// A whole message, and its body and extensions where a target takes only those.
fn add_message(seeds: &mut Seeds, message: &[u8]) {
    let length = message.len() as u16;
    let header = [22, 3, 3, (length >> 8) as u8, length as u8];
    add_to(seeds, "record", [&header[..], message].concat());
    add_to(seeds, "handshake_message", message.to_vec());
    add_to(seeds, "against_tls_parser", message.to_vec());
    let [handshake_type, _, _, _, body @ ..] = message else {
        return;
    };
    match *handshake_type {
        CLIENT_HELLO => {
            add_to(seeds, "client_hello", body.to_vec());
            add_to(seeds, "against_rustls", body.to_vec());
            if let Ok(hello) = ClientHello::decode(body) {
                add_block(seeds, hello.extensions());
            }
        }
        SERVER_HELLO => {
            add_to(seeds, "server_hello", body.to_vec());
            if let Ok(hello) = ServerHello::decode(body) {
                add_block(seeds, hello.extensions());
            }
            if let Ok(request) = HelloRetryRequest::decode(body) {
                add_block(seeds, request.extensions);
            }
        }
        _ => {
            if let Ok(message) = tls13::EncryptedExtensions::decode(body) {
                add_block(seeds, message.extensions);
            }
            if let Ok(message) = tls13::CertificateRequest::decode(body) {
                add_block(seeds, message.extensions);
            }
            if let Ok(message) = tls13::NewSessionTicket::decode(body) {
                add_block(seeds, message.extensions);
            }
            if let Ok(message) = tls13::Certificate::decode(body) {
                for entry in message.certificate_list {
                    add_block(seeds, entry.extensions);
                }
            }
        }
    }
}

/// A block of extensions, and each of them alone.
fn add_block<'a, E: Extension<'a> + 'a>(seeds: &mut Seeds, extensions: Extensions<'a, E>) {
    let each = extensions
        .iter()
        .map(|it| it.to_vec().expect("what decodes encodes"));
    let each: Vec<_> = each.collect();
    add_to(seeds, "extensions", each.concat());
    for extension in each {
        add_to(seeds, "extensions", extension);
    }
}
