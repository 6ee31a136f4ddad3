//! JA3 and JA4 against the examples of their documentation, and at their edges.

#[path = "shared/vectors.rs"]
mod vectors;

use premaster_crypto::HashAlgorithm;
use premaster_wire::{
    CipherSuite, ClientHello, ClientHelloExtension as E, CompressionMethod, Decode, ExtensionType,
    Extensions, Ja3, Ja4, List, ProtocolName, ProtocolVersion, Random, SignatureScheme,
    split_message,
};

fn sha256(text: &str) -> [u8; 32] {
    let hash = HashAlgorithm::Sha256.hash(&[text.as_bytes()]);
    hash.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

fn with_vector<T>(title: &str, check: impl FnOnce(ClientHello<'_>) -> T) -> T {
    let vector = vectors::vectors()
        .into_iter()
        .find(|vector| vector.form == "ClientHello" && vector.title.ends_with(title))
        .expect(title);
    let (_, body) = split_message(&vector.bytes).unwrap();
    check(ClientHello::decode(body).unwrap())
}

/// <https://github.com/salesforce/ja3/blob/master/README.md>
#[test]
fn the_examples_of_ja3_have_their_strings() {
    for (title, text) in [
        (
            "JA3, the first example of its documentation",
            "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0",
        ),
        (
            "JA3, the second example of its documentation",
            "769,4-5-10-9-100-98-3-6-19-18-99,,,",
        ),
        // What is reserved to be ignored is.
        (
            "JA4, the example of its documentation",
            "771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,\
             27-0-51-16-17513-23-45-13-5-35-18-43-65281-11-10-21,29-23-24,0",
        ),
    ] {
        let string = with_vector(title, |hello| Ja3::of(&hello).to_string());
        assert_eq!(string, text);
    }
}

/// <https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md>
#[test]
fn the_example_of_ja4_has_its_fingerprint() {
    let ja4 = with_vector("JA4, the example of its documentation", |hello| {
        Ja4::of(&hello)
    });
    assert_eq!(
        ja4.to_string(),
        "t13d1516h2_\
         002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_\
         0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_\
         0403,0804,0401,0503,0805,0501,0806,0601"
    );
    assert_eq!(ja4.hashed(sha256), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    // Its documentation also says what becomes of it without signature algorithms.
    let (extensions, _) = ja4.extensions.split_once('_').unwrap();
    let without = Ja4 {
        extensions: extensions.into(),
        ..ja4
    };
    assert_eq!(
        without.hashed(sha256),
        "t13d1516h2_8daaf6152771_6d807ffa2a79"
    );
}

fn ja4_of(version: ProtocolVersion, suites: &[CipherSuite], extensions: &[E<'_>]) -> Ja4 {
    Ja4::of(&ClientHello {
        legacy_version: version,
        random: Random([7; 32]),
        session_id: &[],
        cipher_suites: List::from(suites),
        compression_methods: List::from(&[CompressionMethod::null]),
        extensions: Some(Extensions::from(extensions)),
    })
}

const SUITE: &[CipherSuite] = &[CipherSuite(0x1301)];

/// Most of these protocols are in the documentation of JA4.
#[test]
fn ja4_names_the_ends_of_the_first_protocol() {
    let table: [(&[&[u8]], &str); 9] = [
        (&[b"h2"], "h2"),
        (&[b"http/1.1", b"h2"], "h1"),
        (&[b"x"], "xx"),
        (&[&[0xab]], "ab"),
        (&[&[0xab, 0xcd]], "ad"),
        (&[&[0x30, 0xab]], "3b"),
        (&[&[0x30, 0x31, 0xab, 0xcd]], "3d"),
        (&[&[0x30, 0xab, 0xcd, 0x31]], "01"),
        (&[], "00"),
    ];
    for (protocols, ends) in table {
        let names: Vec<_> = protocols.iter().map(|name| ProtocolName { name }).collect();
        let alpn = E::ApplicationLayerProtocolNegotiation(List::from(&names[..]));
        let ja4 = ja4_of(ProtocolVersion::TLSv1_2, SUITE, &[alpn]);
        assert_eq!(ja4.a, format!("t12i0101{ends}"));
        // The protocols are told there and nowhere else.
        assert_eq!(ja4.extensions, "");
    }
    let ja4 = ja4_of(ProtocolVersion::TLSv1_2, SUITE, &[]);
    assert_eq!(ja4.a, "t12i010000");
}

#[test]
fn ja4_names_the_highest_version_that_is_offered() {
    use ProtocolVersion as V;
    let reserved = V(0x7a7a);
    let table: [(V, Option<&[V]>, &str); 11] = [
        (V::TLSv1_2, None, "12"),
        (V::TLSv1_1, None, "11"),
        (V::TLSv1_0, None, "10"),
        (V::SSLv3, None, "s3"),
        (V::SSLv2, None, "s2"),
        (V(0x0399), None, "00"),
        (
            V::TLSv1_2,
            Some(&[reserved, V::TLSv1_2, V::TLSv1_3, V::TLSv1_1]),
            "13",
        ),
        (V::TLSv1_2, Some(&[V::TLSv1_1, V::TLSv1_0]), "11"),
        (V::TLSv1_2, Some(&[V(0x7f1c), V::TLSv1_2]), "00"),
        (V::TLSv1_2, Some(&[reserved]), "00"),
        (V::DTLSv1_2, None, "d2"),
    ];
    for (legacy, offered, digits) in table {
        let versions = offered.map(|versions| E::SupportedVersions(List::from(versions)));
        let ja4 = ja4_of(legacy, SUITE, versions.as_slice());
        assert_eq!(ja4.a[1..3], *digits, "{legacy} {offered:?}");
    }
}

#[test]
fn ja4_counts_up_to_99_and_tells_quic_and_a_name() {
    let suites: Vec<_> = (0..100).map(CipherSuite).collect();
    let unknown = (0x2000..0x2000 + 98).map(|number| E::Unknown {
        extension_type: ExtensionType(number),
        body: &[],
    });
    let named = [
        E::ServerName(List::default()),
        E::QuicTransportParameters(&[]),
    ];
    let extensions: Vec<_> = named.into_iter().chain(unknown).collect();
    let ja4 = ja4_of(ProtocolVersion::TLSv1_2, &suites, &extensions);
    assert_eq!(ja4.a, "q12d999900");
    assert!(ja4.ciphers.ends_with("0062,0063"));
    assert!(ja4.extensions.starts_with("0039,2000,"));
}

/// A GREASE value among the signature algorithms is none of them, and alone it is as if there were none.
#[test]
fn what_is_empty_is_not_hashed() {
    let reserved = [SignatureScheme(0x5a5a)];
    let schemes = E::SignatureAlgorithms(List::from(&reserved));
    let ja4 = ja4_of(ProtocolVersion::TLSv1_2, &[CipherSuite(0x2a2a)], &[schemes]);
    assert_eq!(ja4.to_string(), "t12i000100__000d");
    let nothing = ja4_of(ProtocolVersion::TLSv1_2, &[CipherSuite(0x2a2a)], &[]);
    let never = |_: &str| unreachable!("there is nothing to hash");
    assert_eq!(
        nothing.hashed(never),
        "t12i000000_000000000000_000000000000"
    );
}
