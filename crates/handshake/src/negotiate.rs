//! Pure decisions: two offers in, one choice or one fault out.

use std::sync::Arc;

use premaster_crypto::{Authentication, DhGroup, KeyExchangeKind, Suite, SuiteVersion};
use premaster_wire::{CipherSuite, NamedGroup, ProtocolVersion, Random, SignatureScheme};

use crate::policy::{code, is_finite_field};
use crate::{Credential, Error, Fault, Preference};

/// The version a server chooses.
///
/// `theirs` is the list of `supported_versions`, or `legacy` stands for itself and all versions
/// below (RFC 8446 section 4.2.1, RFC 5246 appendix E.1).
pub(crate) fn version(
    ours: &[ProtocolVersion],
    legacy: ProtocolVersion,
    theirs: Option<&[ProtocolVersion]>,
    fallback_scsv: bool,
) -> Result<ProtocolVersion, Error> {
    let highest = ours.iter().copied().max().unwrap_or(legacy);
    let offered = |version: &ProtocolVersion| match theirs {
        Some(list) => list.contains(version),
        // A client without the extension cannot mean TLS 1.3, whatever number it writes.
        None => *version <= legacy && *version <= ProtocolVersion::TLSv1_2,
    };
    // What a client lists to grease us is no version (RFC 8701 section 3.1).
    let real = |version: &ProtocolVersion| *version <= ProtocolVersion::TLSv1_3;
    let best_offered = theirs
        .and_then(|list| list.iter().copied().filter(real).max())
        .unwrap_or(legacy);
    if fallback_scsv && highest > best_offered {
        let detail = format!("the client offers up to {best_offered}, we speak {highest}");
        return Err(Error::new(Fault::InappropriateFallback).detail(detail));
    }
    ours.iter().copied().find(offered).ok_or_else(|| {
        let offer = theirs.map_or_else(|| format!("up to {legacy}"), names);
        Error::new(Fault::NoCommonVersion).detail(both(&offer, &names(ours)))
    })
}

/// Refuses a server random that says that the server would have spoken a newer version
/// (RFC 8446 section 4.1.3).
pub(crate) fn refuse_downgrade(
    highest: ProtocolVersion,
    chosen: ProtocolVersion,
    server_random: &Random,
) -> Result<(), Error> {
    let lowered = (highest >= ProtocolVersion::TLSv1_3
        && chosen <= ProtocolVersion::TLSv1_2
        && server_random.ends_with(Random::DOWNGRADE_TLS12))
        || (highest >= ProtocolVersion::TLSv1_2
            && chosen <= ProtocolVersion::TLSv1_1
            && server_random.ends_with(Random::DOWNGRADE_TLS11));
    if lowered {
        let detail = format!("{chosen} was chosen though both sides speak a newer version");
        return Err(Error::new(Fault::DowngradeDetected).detail(detail));
    }
    Ok(())
}

/// What the choice of a TLS 1.2 suite depends on besides the two lists.
#[derive(Clone, Copy)]
pub(crate) struct SuiteNeeds<'a> {
    pub(crate) version: ProtocolVersion,
    pub(crate) preference: Preference,
    /// Whether the two sides share a curve for ECDHE.
    pub(crate) curve: bool,
    /// Whether they share a finite field for DHE.
    pub(crate) field: bool,
    /// Who authenticates; `None` before it was chosen.
    pub(crate) credential: Option<&'a Credential>,
    /// The signature schemes that the client accepts.
    pub(crate) schemes: &'a [SignatureScheme],
    pub(crate) theirs: &'a [CipherSuite],
}

impl SuiteNeeds<'_> {
    fn met_by(&self, suite: &Suite) -> bool {
        let group = match suite.key_exchange {
            KeyExchangeKind::Ecdhe => self.curve,
            KeyExchangeKind::Dhe => self.field,
            KeyExchangeKind::Rsa | KeyExchangeKind::Any => true,
        };
        let authenticated = self.credential.is_none_or(|credential| {
            let signs = suite.authentication != Authentication::RsaDecryption;
            credential.authenticates(suite.authentication)
                && (!signs || scheme(credential.schemes(), self.schemes).is_ok())
        });
        group && authenticated && version_of(suite) == self.version
    }
}

/// All suites that would do, best first.
pub(crate) fn common_suites(
    ours: &[&'static Suite],
    needs: &SuiteNeeds<'_>,
) -> Vec<&'static Suite> {
    let fits = |suite: &&'static Suite| needs.met_by(suite);
    match needs.preference {
        Preference::Server => {
            let offered = |suite: &&'static Suite| needs.theirs.contains(&code(suite));
            ours.iter().copied().filter(offered).filter(fits).collect()
        }
        Preference::Client => {
            let known = |id: &CipherSuite| ours.iter().copied().find(|suite| code(suite) == *id);
            needs.theirs.iter().filter_map(known).filter(fits).collect()
        }
    }
}

/// The suite a server chooses.
pub(crate) fn suite(
    ours: &[&'static Suite],
    needs: &SuiteNeeds<'_>,
) -> Result<&'static Suite, Error> {
    common_suites(ours, needs).first().copied().ok_or_else(|| {
        let our_names = ours
            .iter()
            .map(|suite| suite.name)
            .collect::<Vec<_>>()
            .join(", ");
        Error::new(Fault::NoCommonSuite).detail(both(&names(needs.theirs), &our_names))
    })
}

/// The group for the key exchange that a server chooses. A client without the extension leaves
/// the choice to the server (RFC 8422 section 4), which then takes the most widely known curve.
pub(crate) fn group(
    ours: &[NamedGroup],
    theirs: Option<&[NamedGroup]>,
    preference: Preference,
) -> Result<NamedGroup, Error> {
    let chosen = match (theirs, preference) {
        (None, _) => ours
            .iter()
            .find(|group| **group == NamedGroup::secp256r1)
            .or_else(|| ours.first()),
        (Some(theirs), Preference::Server) => ours.iter().find(|group| theirs.contains(group)),
        (Some(theirs), Preference::Client) => theirs.iter().find(|group| ours.contains(group)),
    };
    chosen.copied().ok_or_else(|| {
        let offer = theirs.map(names).unwrap_or_default();
        Error::new(Fault::NoCommonGroup).detail(both(&offer, &names(ours)))
    })
}

/// The finite field for the key exchange that a server chooses. A client that lists finite fields gets one of
/// them or none; the lists of others say nothing about them (RFC 7919 section 4).
pub(crate) fn field(
    ours: &[Arc<dyn DhGroup>],
    theirs: Option<&[NamedGroup]>,
    preference: Preference,
) -> Result<Arc<dyn DhGroup>, Error> {
    let listed: Vec<_> = theirs
        .unwrap_or_default()
        .iter()
        .copied()
        .filter(|group| is_finite_field(*group))
        .collect();
    let is = |group: &Arc<dyn DhGroup>, id: &NamedGroup| group.id() == Some(id.0);
    let chosen = if listed.is_empty() {
        ours.first()
    } else if preference == Preference::Server {
        let offered = |group: &&Arc<dyn DhGroup>| listed.iter().any(|id| is(group, id));
        ours.iter().find(offered)
    } else {
        let known = |id| ours.iter().find(|group| is(group, id));
        listed.iter().find_map(known)
    };
    chosen.map(Arc::clone).ok_or_else(|| {
        let ours: Vec<_> = ours.iter().map(|group| group.name()).collect();
        Error::new(Fault::NoCommonDhGroup).detail(both(&names(&listed), &names(&ours)))
    })
}

/// The scheme we sign with: the first of our key's that the peer accepts.
pub(crate) fn scheme(
    ours: &[SignatureScheme],
    theirs: &[SignatureScheme],
) -> Result<SignatureScheme, Error> {
    ours.iter()
        .copied()
        .find(|scheme| theirs.contains(scheme))
        .ok_or_else(|| Error::new(Fault::NoCommonScheme).detail(both(&names(theirs), &names(ours))))
}

/// The application protocol a server chooses (RFC 7301 section 3.2).
///
/// `None` if one of the two sides has none: then there is nothing to agree on. Two lists without
/// a common name are the fault, never a silent choice: else a peer could be led to another
/// service (ALPACA).
pub(crate) fn application_protocol(
    ours: &[Vec<u8>],
    theirs: Option<&[&[u8]]>,
) -> Result<Option<Vec<u8>>, Error> {
    let Some(theirs) = theirs.filter(|_| !ours.is_empty()) else {
        return Ok(None);
    };
    let chosen = ours.iter().find(|name| theirs.contains(&name.as_slice()));
    chosen.cloned().map(Some).ok_or_else(|| {
        let ours: Vec<_> = ours.iter().map(|name| text(name)).collect();
        let theirs: Vec<_> = theirs.iter().take(SHOWN).map(|name| text(name)).collect();
        let detail = both(&names(&theirs), &names(&ours));
        Error::new(Fault::NoApplicationProtocol).detail(detail)
    })
}

fn version_of(suite: &Suite) -> ProtocolVersion {
    match suite.version {
        SuiteVersion::Tls12 => ProtocolVersion::TLSv1_2,
        SuiteVersion::Tls13 => ProtocolVersion::TLSv1_3,
    }
}

/// A list as people read it, cut where it gets long: a peer's list may be huge.
fn names<T: core::fmt::Display>(list: &[T]) -> String {
    let mut shown: Vec<_> = list.iter().take(SHOWN).map(ToString::to_string).collect();
    if list.len() > SHOWN {
        shown.push("...".to_owned());
    }
    if shown.is_empty() {
        "nothing".to_owned()
    } else {
        shown.join(", ")
    }
}

fn both(theirs: &str, ours: &str) -> String {
    format!("offered: {theirs}; ours: {ours}")
}

/// How many elements of a list, and ten times how many characters of a text, an error shows.
const SHOWN: usize = 24;

fn text(name: &[u8]) -> String {
    cut(&name.escape_ascii().to_string())
}

/// A peer's text, cut where it gets long.
pub(crate) fn cut(text: &str) -> String {
    let most = SHOWN.saturating_mul(10);
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
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
        ) -> Result<Box<dyn premaster_crypto::ActiveKeyExchange>, premaster_crypto::CryptoError>
        {
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
    fn a_huge_offer_is_cut_in_the_error() {
        let many: Vec<_> = (0..1000).map(NamedGroup).collect();
        let error = group(&[], Some(&many), Preference::Server).unwrap_err();
        assert!(error.details().len() < 1000, "{}", error.details().len());
        let many = vec![&[0xff; 255][..]; 250];
        let error = application_protocol(&[b"h2".to_vec()], Some(&many)).unwrap_err();
        assert!(error.details().len() < 10_000, "{}", error.details().len());
    }
}
