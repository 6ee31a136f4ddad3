//! What is chosen, from which two offers.

use super::*;
use premaster_crypto::suite as known;

const V12: ProtocolVersion = ProtocolVersion::TLSv1_2;
const V13: ProtocolVersion = ProtocolVersion::TLSv1_3;
const V11: ProtocolVersion = ProtocolVersion::TLSv1_1;

#[test]
fn a_server_chooses_its_best_version_among_those_offered() {
    let cases: &[(&[_], _, Option<&[_]>, _)] = &[
        (&[V12], V12, None, Ok(V12)),
        (&[V12], ProtocolVersion(0x03ff), None, Ok(V12)),
        (&[V13, V12], V12, None, Ok(V12)),
        (&[V13, V12], V13, None, Ok(V12)),
        (&[V13, V12], V12, Some(&[V12, V13]), Ok(V13)),
        (&[V12], V12, Some(&[V13]), Err(Fault::NoCommonVersion)),
        (&[V12], V11, None, Err(Fault::NoCommonVersion)),
        (&[V12], V12, Some(&[]), Err(Fault::NoCommonVersion)),
        (
            &[V13],
            ProtocolVersion(0x0300),
            Some(&[V13]),
            Err(Fault::NoCommonVersion),
        ),
        (&[V13], ProtocolVersion(0x0305), Some(&[V13]), Ok(V13)),
    ];
    for (ours, legacy, theirs, expected) in cases {
        let got = version(ours, *legacy, *theirs, false).map_err(|error| error.fault());
        assert_eq!(got, *expected, "{ours:?} {legacy} {theirs:?}");
    }
}

/// property 13 (SCSV): a client that fell back is told so, whatever else could be agreed on.
#[test]
fn a_fallback_is_refused_when_a_newer_version_is_spoken_here() {
    let fault = |ours: &[_], legacy| version(ours, legacy, None, true).map_err(|e| e.fault());
    assert_eq!(fault(&[V12], V11), Err(Fault::InappropriateFallback));
    assert_eq!(fault(&[V13, V12], V12), Err(Fault::InappropriateFallback));
    assert_eq!(fault(&[V12], V12), Ok(V12));
}

/// property 19: the sentinel of a newer server is seen.
#[test]
fn a_downgrade_sentinel_is_refused() {
    let random = |sentinel: [u8; 8]| {
        let mut bytes = [7; 32];
        bytes[24..].copy_from_slice(&sentinel);
        Random(bytes)
    };
    let to_12 = random(Random::DOWNGRADE_TLS12);
    let to_11 = random(Random::DOWNGRADE_TLS11);
    assert!(refuse_downgrade(V13, V12, &to_12).is_err());
    assert!(refuse_downgrade(V12, V11, &to_11).is_err());
    assert!(refuse_downgrade(V12, V12, &to_12).is_ok());
    assert!(refuse_downgrade(V13, V13, &to_12).is_ok());
    assert!(refuse_downgrade(V13, V12, &random([0; 8])).is_ok());
    assert!(refuse_downgrade(V13, V11, &to_11).is_err());
    assert!(refuse_downgrade(V13, V11, &to_12).is_err());
    // Whoever speaks nothing newer cannot have been lowered.
    assert!(refuse_downgrade(V12, V12, &to_11).is_ok());
    assert!(refuse_downgrade(V11, V11, &to_11).is_ok());
    assert!(refuse_downgrade(V12, V11, &random([0; 8])).is_ok());
    assert!(refuse_downgrade(V13, V13, &to_11).is_ok());
}

/// property 19: a client of TLS 1.3 looks for both values whichever older version is chosen (RFC 8446 section 4.1.3).
#[test]
fn the_sentinel_of_tls_1_1_is_refused_in_tls_1_2_too() {
    let mut random = Random([7; 32]);
    random.0[24..].copy_from_slice(&Random::DOWNGRADE_TLS11);
    assert!(refuse_downgrade(V13, V12, &random).is_err());
}

/// property 19: a server says so when it would have spoken a newer version.
#[test]
fn a_server_random_tells_of_what_was_not_chosen() {
    let end = |ours: &[_], chosen| {
        let mut random = Random([7; 32]);
        mark_downgrade(ours, chosen, &mut random);
        assert_eq!(random.0[..24], [7; 24]);
        <[u8; 8]>::try_from(&random.0[24..]).unwrap()
    };
    assert_eq!(end(&[V13, V12], V12), Random::DOWNGRADE_TLS12);
    assert_eq!(end(&[V13, V12, V11], V11), Random::DOWNGRADE_TLS11);
    assert_eq!(end(&[V12, V11], V11), Random::DOWNGRADE_TLS11);
    for (ours, chosen) in [(&[V12][..], V12), (&[V13, V12], V13), (&[V11], V11)] {
        assert_eq!(end(ours, chosen), [7; 8], "{ours:?}");
    }
}

/// A credential of this kind of key, which signs or decrypts elsewhere.
fn credential(algorithm: rustls_pki_types::AlgorithmIdentifier, key: &[u8]) -> Credential {
    let spki = premaster_crypto::spki::encode(&algorithm, key);
    Credential::elsewhere(vec![vec![0]], &spki, SCHEMES.to_vec()).unwrap()
}

fn ecdsa() -> Credential {
    let point = [&[4][..], &[7; 64]].concat();
    credential(rustls_pki_types::alg_id::ECDSA_P256, &point)
}

fn rsa_key() -> Vec<u8> {
    let modulus = [&[0x02, 0x82, 1, 1, 0][..], &[0xff; 256]].concat();
    let key = [&modulus[..], &[0x02, 0x01, 0x03]].concat();
    let [high, low] = u16::try_from(key.len()).unwrap().to_be_bytes();
    [&[0x30, 0x82, high, low], &key[..]].concat()
}

fn rsa() -> Credential {
    credential(rustls_pki_types::alg_id::RSA_ENCRYPTION, &rsa_key())
}

fn decrypting() -> Credential {
    let algorithm = rustls_pki_types::alg_id::RSA_ENCRYPTION;
    let spki = premaster_crypto::spki::encode(&algorithm, &rsa_key());
    Credential::decrypting_elsewhere(vec![vec![0]], &spki).unwrap()
}

fn needs<'a>(theirs: &'a [CipherSuite], credential: Option<&'a Credential>) -> SuiteNeeds<'a> {
    SuiteNeeds {
        version: V12,
        preference: Preference::Server,
        curve: true,
        field: true,
        credential,
        schemes: &SCHEMES,
        theirs,
    }
}

/// What the credentials here sign with.
const SCHEMES: [SignatureScheme; 2] = [
    SignatureScheme::ecdsa_secp256r1_sha256,
    SignatureScheme::rsa_pkcs1_sha256,
];

#[test]
fn preference_decides_among_common_suites_that_fit_the_credential() {
    let ours = [0xc02b, 0xc02c, 0xc02f].map(|id| known(id).unwrap());
    let theirs = [0xc02f, 0xc02c, 0xc02b].map(CipherSuite);
    let pick = |needs: &SuiteNeeds<'_>| {
        let chosen = suite(&ours, needs).map(|suite| suite.id);
        chosen.map_err(|error| error.fault())
    };
    let (ecdsa, rsa) = (ecdsa(), rsa());
    let server = |credential| needs(&theirs, credential);
    let client = |credential| SuiteNeeds {
        preference: Preference::Client,
        ..needs(&theirs, credential)
    };
    assert_eq!(pick(&server(None)), Ok(0xc02b));
    assert_eq!(pick(&client(None)), Ok(0xc02f));
    assert_eq!(pick(&client(Some(&ecdsa))), Ok(0xc02c));
    assert_eq!(pick(&server(Some(&rsa))), Ok(0xc02f));
    let no_curve = SuiteNeeds {
        curve: false,
        ..server(None)
    };
    assert_eq!(pick(&no_curve), Err(Fault::NoCommonSuite));
}

/// property 12: a key that signs never serves suites that decrypt, nor the other way round.
#[test]
fn a_suite_wants_its_own_group_and_its_own_use_of_the_key() {
    let (ecdhe, dhe, transport) = (0xc02f, 0x009e, 0x009c);
    let ours = [ecdhe, dhe, transport].map(|id| known(id).unwrap());
    let theirs = [ecdhe, dhe, transport].map(CipherSuite);
    let left = |curve, field, credential| {
        let needs = SuiteNeeds {
            curve,
            field,
            ..needs(&theirs, credential)
        };
        let suites = common_suites(&ours, &needs);
        suites.iter().map(|suite| suite.id).collect::<Vec<_>>()
    };
    let (rsa, decrypting) = (rsa(), decrypting());
    assert_eq!(left(true, true, None), [ecdhe, dhe, transport]);
    assert_eq!(left(false, true, None), [dhe, transport]);
    assert_eq!(left(true, false, None), [ecdhe, transport]);
    assert_eq!(left(true, true, Some(&rsa)), [ecdhe, dhe]);
    assert_eq!(left(true, true, Some(&decrypting)), [transport]);
    let both = self::rsa().dangerous_also_decrypting(None).unwrap();
    assert_eq!(left(true, true, Some(&both)), [ecdhe, dhe, transport]);
    // A client that accepts no scheme of the key's can still encrypt to it.
    let unsigned = SuiteNeeds {
        schemes: &[],
        ..needs(&theirs, Some(&both))
    };
    let left: Vec<_> = common_suites(&ours, &unsigned)
        .iter()
        .map(|suite| suite.id)
        .collect();
    assert_eq!(left, [transport]);
}

#[derive(Debug)]
struct Field(&'static str, Option<u16>);

impl DhGroup for Field {
    fn name(&self) -> &str {
        self.0
    }

    fn id(&self) -> Option<u16> {
        self.1
    }

    fn prime(&self) -> &[u8] {
        &[]
    }

    fn generator(&self) -> &[u8] {
        &[]
    }

    fn start(
        &self,
    ) -> Result<Box<dyn premaster_crypto::ActiveKeyExchange>, premaster_crypto::CryptoError> {
        Err(premaster_crypto::CryptoError)
    }
}

/// RFC 7919 section 4.
#[test]
fn a_client_that_lists_finite_fields_gets_one_of_them_or_none() {
    let ours: [Arc<dyn DhGroup>; 3] = [
        Arc::new(Field("modp2048", None)),
        Arc::new(Field("ffdhe2048", Some(256))),
        Arc::new(Field("ffdhe3072", Some(257))),
    ];
    let (x, small, big, unknown) = (
        NamedGroup::x25519,
        NamedGroup(256),
        NamedGroup(257),
        NamedGroup(511),
    );
    let pick = |theirs: Option<&[_]>, preference| {
        let chosen = field(&ours, theirs, preference);
        chosen
            .map(|group| group.name().to_owned())
            .map_err(|error| error.fault())
    };
    let (server, client) = (Preference::Server, Preference::Client);
    assert_eq!(pick(None, server).unwrap(), "modp2048");
    assert_eq!(pick(Some(&[x]), server).unwrap(), "modp2048");
    assert_eq!(pick(Some(&[x, big, small]), server).unwrap(), "ffdhe2048");
    assert_eq!(pick(Some(&[x, big, small]), client).unwrap(), "ffdhe3072");
    let none = Err(Fault::NoCommonDhGroup);
    assert_eq!(pick(Some(&[x, unknown]), server), none);
}

#[test]
fn a_group_is_chosen_only_if_offered() {
    let (x, p256, p384) = (
        NamedGroup::x25519,
        NamedGroup::secp256r1,
        NamedGroup::secp384r1,
    );
    let pick = |theirs: Option<&[_]>, preference| {
        group(&[x, p256], theirs, preference).map_err(|error| error.fault())
    };
    assert_eq!(pick(Some(&[p256, x]), Preference::Server), Ok(x));
    assert_eq!(pick(Some(&[p256, x]), Preference::Client), Ok(p256));
    assert_eq!(
        pick(Some(&[p384]), Preference::Server),
        Err(Fault::NoCommonGroup)
    );
    assert_eq!(pick(None, Preference::Server), Ok(p256));
}

/// property ALPACA: no common protocol is a fault, not a guess.
#[test]
fn without_a_common_application_protocol_there_is_no_handshake() {
    let ours = [b"h2".to_vec(), b"http/1.1".to_vec()];
    let pick = |ours: &[Vec<u8>], theirs: Option<&[&[u8]]>| {
        application_protocol(ours, theirs).map_err(|error| error.fault())
    };
    assert_eq!(
        pick(&ours, Some(&[b"http/1.1", b"h2"])),
        Ok(Some(b"h2".to_vec()))
    );
    assert_eq!(
        pick(&ours, Some(&[b"smtp"])),
        Err(Fault::NoApplicationProtocol)
    );
    assert_eq!(pick(&ours, None), Ok(None));
    assert_eq!(pick(&[], Some(&[b"smtp"])), Ok(None));
}

#[test]
#[cfg_attr(miri, ignore = "about size: too slow")]
fn a_huge_offer_is_cut_in_the_error() {
    let many: Vec<_> = (0..1000).map(NamedGroup).collect();
    let error = group(&[], Some(&many), Preference::Server).unwrap_err();
    assert!(error.details().len() < 1000, "{}", error.details().len());
    let many = vec![&[0xff; 255][..]; 250];
    let error = application_protocol(&[b"h2".to_vec()], Some(&many)).unwrap_err();
    assert!(error.details().len() < 10_000, "{}", error.details().len());
}

/// What a list is told as: up to so many elements, and whether there were more.
#[test]
fn a_list_is_told_up_to_its_limit() {
    assert_eq!(names::<u8>(&[]), "nothing");
    let numbers: Vec<_> = (0..=SHOWN).collect();
    assert!(names(&numbers[..SHOWN]).ends_with(", 23"));
    assert!(names(&numbers).ends_with(", 23, ..."));
    assert_eq!(names(&numbers[..2]), "0, 1");
    let long = "\u{e9}".repeat(10 * SHOWN + 1);
    let whole = &long[..long.len() - 2];
    assert_eq!(cut(whole), whole);
    assert_eq!(cut(&long), format!("{whole}..."));
}

/// An error names both sides, and of ours what could have been chosen in this version.
#[test]
fn an_error_says_what_each_side_offered() {
    let error = group(
        &[NamedGroup::x25519],
        Some(&[NamedGroup(0x1234)]),
        Preference::Server,
    );
    let details = error.unwrap_err().details().to_owned();
    assert_eq!(details, "offered: 0x1234; ours: x25519");
    let ours = [0x1301, 0xc02b].map(|id| known(id).unwrap());
    let error = suite(&ours, &needs(&[CipherSuite(0x1234)], None));
    let details = error.unwrap_err().details().to_owned();
    let of_version = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    assert_eq!(details, format!("offered: 0x1234; ours: {of_version}"));
    let ours = [b"h2".to_vec()];
    let error = application_protocol(&ours, Some(&[b"h\xff"])).unwrap_err();
    assert_eq!(error.details(), "offered: h\\xff; ours: h2");
}
