//! PinVerifier and RefuseAll.

mod made;

use made::{at, der, june, leaf, params, root};
use premaster_trust::{
    Pin, PinVerifier, RefuseAll, ServerName, TrustError, Verifier, VerifyRequest, WrongPin,
};
use rcgen::{KeyPair, PublicKeyData as _};

#[test]
fn a_pinned_key_is_accepted_whatever_name_issuer_and_validity_its_certificate_has() {
    let key = KeyPair::generate().unwrap();
    let mut params = params("myself", &["other.example"]);
    params.not_after = rcgen::date_time_ymd(2025, 2, 1);
    let chain = [params.self_signed(&key).unwrap().der().to_vec()];
    let pin = Pin::of_spki(&key.subject_public_key_info());
    assert_eq!(Pin::of_certificate(&chain[0]), Some(pin));
    let verifier = PinVerifier::new([Pin::from_bytes([9; 32]), pin]);
    let name = ServerName::try_from("example.com").unwrap();
    for request in [
        VerifyRequest::of_server(&chain, &name, june()),
        VerifyRequest::of_nameless_server(&chain, june()),
        VerifyRequest::of_client(&chain, at(0)),
    ] {
        let verified = verifier.verify(&request).unwrap();
        assert_eq!(verified.spki(), key.subject_public_key_info());
        assert_eq!(verified.valid_until(), None);
    }
    // The same key in a renewed certificate.
    let renewed = [self::params("renewed", &[])
        .self_signed(&key)
        .unwrap()
        .der()
        .to_vec()];
    assert!(
        verifier
            .verify(&VerifyRequest::of_client(&renewed, june()))
            .is_ok()
    );
}

#[test]
fn another_key_is_refused_with_both_pins() {
    let root = root("Root");
    let chain = [leaf(&root), der(&root)];
    let presented = Pin::of_certificate(&chain[0]).unwrap();
    let wanted = Pin::from_bytes([0xab; 32]);
    // The root's key is pinned: only the peer's own counts.
    let of_root = Pin::of_certificate(&chain[1]).unwrap();
    for pins in [vec![wanted], vec![wanted, of_root]] {
        let verifier = PinVerifier::new(pins);
        let refused = verifier
            .verify(&VerifyRequest::of_client(&chain, june()))
            .unwrap_err();
        assert_eq!(
            refused,
            TrustError::PinMismatch {
                presented,
                pins: verifier.pins().to_vec()
            }
        );
        assert_eq!(refused.alert(), 46);
        let told = refused.to_string();
        assert!(
            told.starts_with(&format!(
                "the peer's key has the pin {presented}, expected "
            )),
            "{told}"
        );
        assert!(told.contains(&"ab".repeat(32)), "{told}");
    }
}

#[test]
fn a_pinned_peer_still_has_to_present_a_certificate() {
    let root = root("Root");
    let good = leaf(&root);
    let pin = Pin::of_certificate(&good).unwrap();
    let verifier = PinVerifier::new([pin]);
    let answer = |chain: &[Vec<u8>]| {
        verifier
            .verify(&VerifyRequest::of_client(chain, june()))
            .map(drop)
    };
    assert_eq!(answer(&[]), Err(TrustError::NoCertificate));
    for garbage in [
        vec![],
        b"garbage".to_vec(),
        good[..good.len() - 1].to_vec(),
        [&good[..], &[0]].concat(),
    ] {
        assert!(matches!(
            answer(&[garbage]),
            Err(TrustError::Malformed { number: 1, .. })
        ));
    }
    assert_eq!(answer(&vec![good.clone(); 10]), Ok(()));
    let too_long = TrustError::ChainTooLong {
        presented: 11,
        most: 10,
    };
    assert_eq!(answer(&vec![good; 11]), Err(too_long));
}

#[test]
fn no_pins_accept_nobody() {
    let chain = [leaf(&root("Root"))];
    let answer = PinVerifier::new([]).verify(&VerifyRequest::of_client(&chain, june()));
    let told = answer.unwrap_err().to_string();
    assert!(
        told.contains("expected none, as no pin was given"),
        "{told}"
    );
}

#[test]
fn a_pin_is_written_in_hexadecimal() {
    let bytes: [u8; 32] = std::array::from_fn(|place| place as u8 * 8);
    let pin = Pin::from_bytes(bytes);
    let text = "0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8";
    assert_eq!(pin.to_string(), text);
    let colons: Vec<&str> = (0..32)
        .map(|place| &text[place * 2..place * 2 + 2])
        .collect();
    for form in [text.to_string(), text.to_uppercase(), colons.join(":")] {
        assert_eq!(form.parse(), Ok(pin), "{form}");
    }
    for (wrong, error) in [
        ("", WrongPin::Length(0)),
        (&text[1..], WrongPin::Length(63)),
        (&format!("{text}0"), WrongPin::Length(65)),
        (&text.replace('a', "g"), WrongPin::NoDigit('g')),
        ("sha256//AAAA", WrongPin::NoDigit('s')),
        (&"٣".repeat(64), WrongPin::NoDigit('٣')),
    ] {
        assert_eq!(wrong.parse::<Pin>(), Err(error), "{wrong}");
    }
}

/// property 'verification required': where nobody verifies, every credential is refused.
#[test]
fn where_nobody_verifies_every_credential_is_refused() {
    let root = root("Root");
    let name = ServerName::try_from("example.com").unwrap();
    for chain in [
        vec![],
        vec![leaf(&root)],
        vec![der(&root)],
        vec![b"raw public key".to_vec()],
    ] {
        for request in [
            VerifyRequest::of_server(&chain, &name, june()),
            VerifyRequest::of_nameless_server(&chain, june()),
            VerifyRequest::of_client(&chain, june()),
        ] {
            let refused = RefuseAll.verify(&request).unwrap_err();
            assert_eq!(refused, TrustError::NobodyVerifies);
            assert_eq!(refused.alert(), 46);
        }
    }
}

/// property 20: verifiers that answer differently have different isolations.
#[test]
fn the_isolation_is_that_of_the_pins() {
    let pin = |byte| Pin::from_bytes([byte; 32]);
    let isolation = |pins: &[Pin]| PinVerifier::new(pins.iter().copied()).isolation();
    assert_eq!(
        isolation(&[pin(1), pin(2)]),
        isolation(&[pin(2), pin(1), pin(2)])
    );
    let all = [
        isolation(&[]),
        isolation(&[pin(1)]),
        isolation(&[pin(2)]),
        isolation(&[pin(1), pin(2)]),
        RefuseAll.isolation(),
        made::verifier(&[]).isolation(),
    ];
    for (i, left) in all.iter().enumerate() {
        for (j, right) in all.iter().enumerate() {
            assert_eq!(left == right, i == j, "{i} and {j}");
        }
    }
}

#[test]
fn a_pin_may_be_written_in_several_ways() {
    // printf abc | openssl sha256; printf abc | openssl sha256 -binary | base64
    let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let pin: Pin = hex.parse().unwrap();
    let colons = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| core::str::from_utf8(pair).unwrap());
    let base64 = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
    for text in [
        hex.to_uppercase(),
        colons.collect::<Vec<_>>().join(":"),
        base64.to_owned(),
        format!("sha256//{base64}"),
    ] {
        assert_eq!(text.parse(), Ok(pin), "{text}");
    }
}

#[test]
fn what_is_no_pin_is_told_why() {
    for (text, wrong) in [
        ("", WrongPin::Length(0)),
        ("abcd", WrongPin::Length(4)),
        ("abcd=", WrongPin::Length(5)),
        ("xyz", WrongPin::NoDigit('x')),
        (
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
            WrongPin::NoDigit('u'),
        ),
        (
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa_=",
            WrongPin::NoDigit('_'),
        ),
        (
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=",
            WrongPin::Leftover,
        ),
    ] {
        assert_eq!(text.parse::<Pin>(), Err(wrong), "{text}");
    }
}
