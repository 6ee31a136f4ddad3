//! Extensions of recorded hellos have the values that the programs were told to send, on both sides.

#[path = "shared/vectors.rs"]
mod vectors;

use premaster_wire::{
    ClientHello, Decode, Encode, ExtensionType, MaxFragmentLength, ServerHello,
    ServerHelloExtension, split_message,
};

/// The body of the recorded message with this form and title.
fn body(form: &str, title: &str) -> Vec<u8> {
    let vector = vectors::vectors()
        .into_iter()
        .find(|vector| vector.form == form && vector.title.ends_with(title))
        .expect(title);
    split_message(&vector.bytes).unwrap().1.to_vec()
}

/// RFC 7366 section 2 and RFC 6066 section 4: the server answers with what the client has sent.
#[test]
fn a_limit_of_fragments_and_the_order_of_the_mac_are_answered() {
    let title = "RSA, max_fragment_length, TLS 1.2";
    let (client, server) = (body("ClientHello", title), body("ServerHello", title));
    let client = ClientHello::decode(&client).unwrap().extensions();
    let server = ServerHello::decode(&server).unwrap().extensions();
    let limit = Some(MaxFragmentLength::two_to_the_10);
    assert_eq!(client.max_fragment_length(), limit);
    assert_eq!(server.max_fragment_length(), limit);
    assert_eq!(limit.and_then(MaxFragmentLength::bytes), Some(1024));
    assert!(client.encrypt_then_mac() && server.encrypt_then_mac());
}

/// RFC 5054 section 2.8.1: the client says who the user is, and the server has no answer to that.
#[test]
fn the_name_of_a_user_is_not_answered() {
    let client = body("ClientHello", "with a user name, SRP, TLS 1.2");
    let server = body("ServerHello", "SRP, TLS 1.2");
    let client = ClientHello::decode(&client).unwrap().extensions();
    assert_eq!(client.srp(), Some(&b"alice"[..]));
    let server = ServerHello::decode(&server).unwrap().extensions();
    assert!(server.encrypt_then_mac() && !server.contains(ExtensionType::srp));
    let unknown = ServerHelloExtension::decode(&[0, 12, 0, 1, 0]).unwrap();
    assert!(matches!(unknown, ServerHelloExtension::Unknown { .. }));
    assert_eq!(unknown.to_vec().unwrap(), [0, 12, 0, 1, 0]);
}

/// NUL in identities: the name of a user is all the bytes that its length counts.
#[test]
fn a_nul_in_the_name_of_a_user_is_a_byte_like_any_other() {
    use premaster_wire::ClientHelloExtension as E;
    for name in [&b"alice\0"[..], b"al\0ice", b"\0"] {
        let bytes = E::Srp(name).to_vec().unwrap();
        assert_eq!(E::decode(&bytes), Ok(E::Srp(name)));
    }
    assert_ne!(E::Srp(b"alice"), E::Srp(b"alice\0"));
    assert!(E::Srp(b"").to_vec().is_err());
}
