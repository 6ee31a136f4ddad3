//! Certificates, keys and roots from files and bytes: what is accepted, and how the rest is refused.

mod made;

use std::fs;

use made::{der, leaf, params, root};
use premaster_trust::{LoadError, Roots, load};
use rcgen::KeyPair;

/// DER as PEM (RFC 7468), under any label.
fn pem(label: &str, der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in der.chunks(3) {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        for sextet in 0..4 {
            let index = (bits >> (18 - 6 * sextet)) & 0x3f;
            let padding = sextet > three.len();
            text.push(if padding {
                '='
            } else {
                char::from(ALPHABET[index as usize])
            });
        }
    }
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|at| &text[at..text.len().min(at + 64)])
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn certificates(bytes: impl AsRef<[u8]>) -> Result<Vec<Vec<u8>>, String> {
    load::certificates_from("f.pem", bytes.as_ref()).map_err(|error| error.to_string())
}

fn key(bytes: impl AsRef<[u8]>) -> Result<Vec<u8>, String> {
    let key = load::private_key_from("f.pem", bytes.as_ref());
    key.map(|key| key.secret_der().to_vec())
        .map_err(|error| error.to_string())
}

#[test]
fn a_chain_is_loaded_in_its_order() {
    let root = root("Root");
    let leaf = leaf(&root);
    let (first, second) = (pem("CERTIFICATE", &leaf), pem("CERTIFICATE", &der(&root)));
    let both = vec![leaf.clone(), der(&root)];
    assert_eq!(certificates(format!("{first}{second}")), Ok(both.clone()));
    assert_eq!(
        certificates(format!(
            "subject=CN\n{first}\nissuer=CN\n{second}trailing text"
        )),
        Ok(both.clone())
    );
    assert_eq!(
        certificates(format!("{first}{second}").replace('\n', "\r\n")),
        Ok(both.clone())
    );
    let key = pem("PRIVATE KEY", KeyPair::generate().unwrap().serialized_der());
    assert_eq!(
        certificates(format!("{key}{first}{second}")),
        Ok(both),
        "beside a key"
    );
    assert_eq!(certificates(&leaf), Ok(vec![leaf]), "one in DER");
}

#[test]
fn a_key_is_loaded_in_each_form() {
    let pkcs8 = KeyPair::generate().unwrap();
    let certificate = pem("CERTIFICATE", &leaf(&root("Root")));
    let encoded = pem("PRIVATE KEY", pkcs8.serialized_der());
    for text in [
        encoded.clone(),
        format!("{certificate}{encoded}"),
        encoded.replace('\n', "\r\n"),
    ] {
        assert_eq!(key(text).as_deref(), Ok(pkcs8.serialized_der()));
    }
    assert_eq!(
        key(pkcs8.serialized_der()).as_deref(),
        Ok(pkcs8.serialized_der()),
        "DER"
    );
    // A version of 0 or 1 and an integer or string tells the older forms apart; the backend reads the rest.
    let pkcs1 = [0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x07];
    let sec1 = [0x30, 0x06, 0x02, 0x01, 0x01, 0x04, 0x01, 0x07];
    for (label, der) in [("RSA PRIVATE KEY", pkcs1), ("EC PRIVATE KEY", sec1)] {
        let parameters = pem("EC PARAMETERS", &[0x06, 0x01, 0x00]);
        assert_eq!(
            key(format!("{parameters}{}", pem(label, &der))).as_deref(),
            Ok(&der[..])
        );
        assert_eq!(key(der).as_deref(), Ok(&der[..]));
    }
}

#[test]
fn a_loaded_key_is_one_that_the_backend_takes() {
    let made = KeyPair::generate().unwrap();
    let key = load::private_key_from("f.pem", made.serialize_pem().as_bytes()).unwrap();
    assert!((premaster_crypto_ring::provider().load_key)(&key).is_ok());
}

#[test]
fn what_is_no_certificate_is_named() {
    let good = leaf(&root("Root"));
    let key_pem = pem("PRIVATE KEY", KeyPair::generate().unwrap().serialized_der());
    let cut = pem("CERTIFICATE", &good[..good.len() - 1]);
    let whole = pem("CERTIFICATE", &good);
    for (bytes, error) in [
        (vec![], "f.pem holds nothing, expected a CERTIFICATE"),
        (
            b"milk, bread".to_vec(),
            "f.pem holds neither PEM nor DER, expected a CERTIFICATE",
        ),
        (
            pem("CERTIFICATE REQUEST", &good).into_bytes(),
            "f.pem holds a CERTIFICATE REQUEST, expected a CERTIFICATE",
        ),
        (
            pem("TRUSTED CERTIFICATE", &good).into_bytes(),
            "f.pem holds a TRUSTED CERTIFICATE, expected a CERTIFICATE",
        ),
        (
            key_pem.into_bytes(),
            "f.pem holds a PRIVATE KEY, expected a CERTIFICATE",
        ),
        (
            pem("X509 CRL", &good).into_bytes(),
            "f.pem holds an X509 CRL, expected a CERTIFICATE",
        ),
        (
            pem("NEW\x1b CERTIFICATE", &good).into_bytes(),
            "f.pem holds a NEW\\u{1b} CERTIFICATE, expected a CERTIFICATE",
        ),
        (
            [whole.as_bytes(), cut.as_bytes()].concat(),
            "certificate 2 in f.pem is damaged (it is not X.509 in DER): copy or issue it again",
        ),
        (
            good[..good.len() - 1].to_vec(),
            "certificate 1 in f.pem is damaged (it is not X.509 in DER): copy or issue it again",
        ),
        (
            whole.replace("-----END CERTIFICATE-----", "").into_bytes(),
            "the PEM text in f.pem is damaged (`-----END CERTIFICATE-----` is missing): \
             copy it again, from BEGIN line to END line",
        ),
        (
            whole.replacen("MII", "M*I", 1).into_bytes(),
            "the PEM text in f.pem is damaged (what is between the lines is not Base64): \
             copy it again, from BEGIN line to END line",
        ),
        (
            format!("-----BEGIN CERTIFICATE\n{whole}").into_bytes(),
            "the PEM text in f.pem is damaged (a BEGIN line does not end with five dashes): \
             copy it again, from BEGIN line to END line",
        ),
    ] {
        assert_eq!(certificates(&bytes), Err(error.to_string()));
    }
}

#[test]
fn what_is_no_key_is_named() {
    const EXPECTED: &str = "expected a PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY";
    let certificate = leaf(&root("Root"));
    let made = KeyPair::generate().unwrap();
    let encrypted = "f.pem holds an encrypted private key, expected one without a passphrase: \
                     decrypt it with `openssl pkey -in f.pem -out FILE`";
    let old_encrypted = pem("RSA PRIVATE KEY", &[1, 2, 3]).replace(
        "KEY-----\nAQ",
        "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAQ",
    );
    for (bytes, error) in [
        (vec![], format!("f.pem holds nothing, {EXPECTED}")),
        (b"hunter2".to_vec(), format!("f.pem holds neither PEM nor DER, {EXPECTED}")),
        (pem("CERTIFICATE", &certificate).into_bytes(), format!("f.pem holds a CERTIFICATE, {EXPECTED}")),
        (
            pem("CERTIFICATE", &certificate).repeat(2).into_bytes(),
            format!("f.pem holds a CERTIFICATE, {EXPECTED}"),
        ),
        (
            format!("{}{}", pem("CERTIFICATE", &certificate), pem("EC PARAMETERS", &[6, 0])).into_bytes(),
            format!("f.pem holds a CERTIFICATE and EC PARAMETERS, {EXPECTED}"),
        ),
        (certificate, format!("f.pem holds a CERTIFICATE in DER, {EXPECTED}")),
        (made.public_key_pem().into_bytes(), format!("f.pem holds a PUBLIC KEY, {EXPECTED}")),
        (vec![0x30, 0x03, 0x04, 0x01, 0x00], format!("f.pem holds DER of another kind, {EXPECTED}")),
        (vec![0x30], format!("f.pem holds DER of another kind, {EXPECTED}")),
        (pem("ENCRYPTED PRIVATE KEY", &[0x30, 0x00]).into_bytes(), encrypted.into()),
        (old_encrypted.into_bytes(), encrypted.into()),
        (
            made.serialize_pem().repeat(2).into_bytes(),
            "f.pem holds 2 private keys, expected one: keep the one that belongs to the certificate".into(),
        ),
    ] {
        assert_eq!(key(&bytes), Err(error));
    }
}

#[test]
fn no_error_shows_a_key() {
    let text = KeyPair::generate().unwrap().serialize_pem();
    let secret = text.lines().nth(1).unwrap();
    let broken = [
        text.replace("-----END PRIVATE KEY-----", ""),
        text.replacen(secret, &format!("{secret}*"), 1),
        format!("-----BEGIN PRIVATE KEY\n{secret}"),
        secret.to_string(),
    ];
    for text in broken {
        let error = load::private_key_from("f.pem", text.as_bytes()).unwrap_err();
        for told in [error.to_string(), format!("{error:?}")] {
            assert!(!told.contains(&secret[8..40]), "{told}");
        }
    }
}

#[test]
fn files_are_named_in_errors() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("text"), "milk, bread").unwrap();
    fs::File::create(path("large"))
        .unwrap()
        .set_len((16 << 20) + 1)
        .unwrap();
    for (name, expected) in [
        ("none", "cannot read "),
        (".", "cannot read "),
        ("text", "holds neither PEM nor DER, expected a"),
        ("large", "has more than 16 MiB"),
    ] {
        let path = path(name);
        let errors = [
            load::certificates(&path).unwrap_err(),
            load::private_key(&path).unwrap_err(),
            Roots::from_file(&path).unwrap_err(),
        ];
        for error in errors {
            let told = error.to_string();
            assert!(
                told.contains(expected) && told.contains(path.to_str().unwrap()),
                "{told}"
            );
        }
    }
}

#[test]
fn files_are_loaded() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let (root, made) = (root("Root"), KeyPair::generate().unwrap());
    fs::write(path("key.pem"), made.serialize_pem()).unwrap();
    fs::write(
        path("roots.pem"),
        format!("{}{}", root.pem(), made::root("Other").pem()),
    )
    .unwrap();
    fs::write(path("root.der"), root.der()).unwrap();
    assert_eq!(
        load::private_key(path("key.pem")).unwrap().secret_der(),
        made.serialized_der()
    );
    assert_eq!(
        load::certificates(path("roots.pem")).unwrap()[0],
        der(&root)
    );
    assert_eq!(Roots::from_file(path("roots.pem")).unwrap().len(), 2);
    assert_eq!(Roots::from_file(path("root.der")).unwrap().len(), 1);
}

#[test]
fn a_root_that_cannot_be_read_is_named() {
    let mut roots = Roots::new();
    let refused = roots.add(b"garbage");
    assert!(matches!(
        refused,
        Err(LoadError::BadCertificate { number: 1, .. })
    ));
    assert!(roots.is_empty());
}

#[test]
fn a_root_that_is_there_twice_counts_once() {
    let key = KeyPair::generate().unwrap();
    let twice = params("a root", &[])
        .self_signed(&key)
        .unwrap()
        .pem()
        .repeat(2);
    assert_eq!(
        Roots::from_bytes("f.pem", twice.as_bytes()).unwrap().len(),
        1
    );
}

#[cfg(feature = "system-roots")]
#[test]
fn the_system_has_roots_or_says_why_not() {
    match Roots::system() {
        Ok(roots) => assert!(!roots.is_empty()),
        Err(error) => assert!(
            error
                .to_string()
                .starts_with("found no roots of this system"),
            "{error}"
        ),
    }
}
