//! The body of a ClientHello, read by us and by rustls: where both accept, they read the same; who accepts alone has a
//! reason.

use std::str;

use premaster_wire::{
    ClientHello, ClientHelloExtension, Decode, DecodeError, Extension as _, ExtensionType, NameType,
};
use rustls::{Error, InvalidMessage, server::Acceptor};

use crate::input::Input;

/// Runs one input.
pub(crate) fn run(body: &[u8]) {
    // rustls reads up to 64 KiB, one record is enough here.
    if body.len() > 0x3fff - 4 {
        return;
    }
    let [high, low] = (body.len() as u16).to_be_bytes();
    let [record_high, record_low] = (body.len() as u16 + 4).to_be_bytes();
    let header = [22, 3, 1, record_high, record_low, 1, 0, high, low];
    let record = [&header[..], body].concat();
    let mut acceptor = Acceptor::default();
    let read = acceptor.read_tls(&mut &record[..]);
    assert_eq!(read.ok(), Some(record.len()));
    match (ClientHello::decode(body), acceptor.accept()) {
        (Ok(ours), Ok(Some(theirs))) => compare(&ours, &theirs.client_hello()),
        (Ok(ours), Err((error, _))) => judge_theirs(&ours, &error),
        (Err(error), Ok(Some(_))) => judge_ours(body, error),
        (Err(_), Err(_)) => {}
        (_, Ok(None)) => panic!("rustls waits for more than the record"),
    }
}

/// The same hello.
fn compare(ours: &ClientHello<'_>, theirs: &rustls::server::ClientHello<'_>) {
    let extensions = ours.extensions();
    let suites = theirs.cipher_suites().iter().map(|it| u16::from(*it));
    assert!(ours.cipher_suites.iter().map(|it| it.0).eq(suites));
    let schemes = extensions
        .signature_algorithms()
        .into_iter()
        .flat_map(|it| it.iter());
    let theirs_schemes = theirs.signature_schemes().iter().map(|it| u16::from(*it));
    assert!(schemes.map(|it| it.0).eq(theirs_schemes));
    let protocols = extensions.application_layer_protocol_negotiation();
    let protocols: Option<Vec<_>> = protocols.map(|it| it.iter().map(|it| it.name).collect());
    assert_eq!(protocols, theirs.alpn().map(Iterator::collect));
    let groups = extensions.supported_groups();
    let groups: Option<Vec<_>> = groups.map(|it| it.iter().map(|it| it.0).collect());
    let theirs_groups = theirs.named_groups();
    let theirs_groups = theirs_groups.map(|it| it.iter().map(|it| u16::from(*it)).collect());
    assert_eq!(groups, theirs_groups);
    if let Some(name) = theirs.server_name() {
        let names = extensions
            .server_name()
            .into_iter()
            .flat_map(|it| it.iter());
        let mut hosts = names.filter(|it| it.name_type == NameType::host_name);
        let host = hosts.next().and_then(|it| str::from_utf8(it.name).ok());
        assert_eq!(host.map(str::to_ascii_lowercase).as_deref(), Some(name));
    }
}

/// Extensions that rustls looks into and we keep as they are: encrypted_client_hello (RFC 9849 section 5), the
/// outer_extensions that stand inside one, and QUIC's parameters of a draft.
const OPAQUE_TO_US: [u16; 3] = [0xfe0d, 0xfd00, 0xffa5];

/// What rustls alone refuses.
fn judge_theirs(ours: &ClientHello<'_>, error: &Error) {
    let opaque = |it: ExtensionType| OPAQUE_TO_US.contains(&it.0);
    match error {
        // It judges the offer, not the encoding: so does our handshake, later.
        Error::PeerIncompatible(_)
        | Error::PeerMisbehaved(_)
        | Error::InvalidMessage(
            InvalidMessage::PreSharedKeyIsNotFinalExtension | InvalidMessage::InvalidServerName,
        ) => {}
        Error::InvalidMessage(_) if ours.extensions().types().any(opaque) => {}
        other => panic!("rustls alone refuses, {other:?}: {ours:?}"),
    }
}

/// Extensions of a ClientHello that rustls looks into, by IANA's numbers. The others are opaque to it: we hold them to
/// their RFCs, whether or not we act on them.
const READ_BY_RUSTLS: [u16; 20] = [
    5, 10, 11, 13, 16, 19, 20, 23, 27, 35, 41, 42, 43, 44, 45, 47, 51, 57, 58, 0xff01,
];

/// What we alone refuse: an extension that rustls does not look into; or server_name, where it ends at a name of unknown
/// type, and we read on, for such a name begins with its length (RFC 6066 section 3).
fn judge_ours(body: &[u8], error: DecodeError) {
    let mut input = Input(body);
    input.take(34);
    let session_id = input.byte().into();
    input.take(session_id);
    let suites = input.number();
    input.take(suites);
    let methods = input.byte().into();
    input.take(methods);
    input.number();
    while !input.is_empty() {
        let extension_type = input.number() as u16;
        let length = input.number();
        let extension = input.take(length);
        if ClientHelloExtension::validate(ExtensionType(extension_type), extension).is_err() {
            assert!(
                !READ_BY_RUSTLS.contains(&extension_type),
                "we alone refuse: {error}"
            );
            return;
        }
    }
    panic!("we alone refuse: {error}");
}
