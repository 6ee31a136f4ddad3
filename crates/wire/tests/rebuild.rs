//! Values taken out of decoded messages, one by one, and put into new ones: the bytes stay the same.
//!
//! A decoded list encodes as the bytes that it views, so only this shows that its elements are right.

#[path = "shared/vectors.rs"]
mod vectors;

use premaster_wire::{
    ClientHello, ClientHelloExtension as E, Decode, Encode, Extension, ExtensionType, Extensions,
    HelloRetryRequest, List, Place, ServerHello, Vector, Writer, split_message, tls11, tls12,
    tls13,
};

/// The bodies of all vectors of a form.
fn bodies(form: &str) -> Vec<Vec<u8>> {
    let vectors = vectors::vectors()
        .into_iter()
        .filter(|vector| vector.form == form);
    let bodies: Vec<_> = vectors
        .map(|vector| {
            split_message(&vector.bytes)
                .expect(&vector.title)
                .1
                .to_vec()
        })
        .collect();
    assert!(!bodies.is_empty(), "no vector of {form}");
    bodies
}

/// Values one after the other, as lists and blocks of values encode them.
fn encoded<T: Encode>(values: &[T]) -> Vec<u8> {
    let mut out = Writer::new();
    values.iter().for_each(|value| value.encode(&mut out));
    out.into_vec().unwrap()
}

fn content<'a>(vector: &impl Vector<'a>) -> Vec<u8> {
    let mut out = Writer::new();
    vector.encode_content(const { &Place::new("Test", "content") }, &mut out);
    out.into_vec().unwrap()
}

/// Elements read by iterating, and those that a strict parse finds, are the same and encode to the list.
fn same_list<'a, T: Decode<'a> + Encode + Copy + PartialEq + std::fmt::Debug>(list: List<'a, T>) {
    let elements: Vec<T> = list.iter().collect();
    let mut parsed = Vec::new();
    let mut rest = list.encoded().unwrap();
    while !rest.is_empty() {
        let (after, element) = T::parse(rest).unwrap();
        parsed.push(element);
        rest = after;
    }
    assert_eq!(elements, parsed);
    assert_eq!(list.len(), elements.len());
    assert_eq!(encoded(&elements), list.encoded().unwrap());
}

fn same_block<'a, X: Extension<'a> + PartialEq + std::fmt::Debug>(block: Extensions<'a, X>) {
    let extensions: Vec<X> = block.iter().collect();
    let types: Vec<ExtensionType> = block.types().collect();
    assert_eq!(
        extensions
            .iter()
            .map(Extension::extension_type)
            .collect::<Vec<_>>(),
        types
    );
    for (extension, extension_type) in extensions.iter().zip(types) {
        assert_eq!(block.find(extension_type).as_ref(), Some(extension));
    }
    assert_eq!(encoded(&extensions), content(&block));
}

#[test]
fn every_list_of_a_client_hello_is_its_elements() {
    for body in bodies("ClientHello") {
        let hello = ClientHello::decode(&body).unwrap();
        same_list(hello.cipher_suites);
        same_list(hello.compression_methods);
        same_block(hello.extensions());
        for extension in hello.extensions() {
            match extension {
                E::ServerName(list) => same_list(list),
                E::SupportedGroups(list) => same_list(list),
                E::EcPointFormats(list) => same_list(list),
                E::SignatureAlgorithms(list) | E::SignatureAlgorithmsCert(list) => same_list(list),
                E::DelegatedCredential(list) => same_list(list),
                E::ApplicationLayerProtocolNegotiation(list) => same_list(list),
                E::StatusRequestV2(list) => same_list(list),
                E::ClientCertificateType(list) | E::ServerCertificateType(list) => same_list(list),
                E::CompressCertificate(list) => same_list(list),
                E::SupportedVersions(list) => same_list(list),
                E::PskKeyExchangeModes(list) => same_list(list),
                E::CertificateAuthorities(list) => same_list(list),
                E::KeyShare(list) => same_list(list),
                E::UseSrtp(srtp) => same_list(srtp.profiles),
                E::PreSharedKey(offered) => {
                    same_list(offered.identities);
                    same_list(offered.binders);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn every_extension_block_is_its_extensions() {
    for body in bodies("ServerHello") {
        same_block(ServerHello::decode(&body).unwrap().extensions());
    }
    for body in bodies("HelloRetryRequest") {
        same_block(HelloRetryRequest::decode(&body).unwrap().extensions);
    }
    for body in bodies("tls13::EncryptedExtensions") {
        same_block(
            tls13::EncryptedExtensions::decode(&body)
                .unwrap()
                .extensions,
        );
    }
    for body in bodies("tls13::CertificateRequest") {
        same_block(tls13::CertificateRequest::decode(&body).unwrap().extensions);
    }
    for body in bodies("tls13::NewSessionTicket") {
        same_block(tls13::NewSessionTicket::decode(&body).unwrap().extensions);
    }
}

#[test]
fn every_chain_is_its_certificates() {
    for body in bodies("tls12::Certificate") {
        same_list(tls12::Certificate::decode(&body).unwrap().certificate_list);
    }
    for body in bodies("tls12::CertificateRequest") {
        same_list(
            tls12::CertificateRequest::decode(&body)
                .unwrap()
                .certificate_authorities,
        );
    }
    for body in bodies("tls11::CertificateRequest") {
        let request = tls11::CertificateRequest::decode(&body).unwrap();
        same_list(request.certificate_types);
        same_list(request.certificate_authorities);
    }
    for body in bodies("tls13::Certificate") {
        let certificate = tls13::Certificate::decode(&body).unwrap();
        same_list(certificate.certificate_list);
        certificate
            .certificate_list
            .iter()
            .for_each(|entry| same_block(entry.extensions));
    }
}

/// The tables know every extension that the composed vectors call by its name.
#[test]
fn only_what_is_said_to_be_unknown_is_unknown() {
    let body = &bodies("ClientHello")[0];
    let hello = ClientHello::decode(body).unwrap();
    let unknown = hello
        .extensions()
        .iter()
        .filter_map(|extension| match extension {
            E::Unknown { extension_type, .. } => Some(extension_type.0),
            _ => None,
        });
    assert_eq!(unknown.collect::<Vec<_>>(), [0x3a3a, 6, 9, 0x4469, 0xdada]);
    assert_eq!(hello.extensions().iter().count(), 43);
}
