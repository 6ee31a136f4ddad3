//! `premaster demo`

mod authority;
mod narrator;
mod stage;

use std::io::{self, Write};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use premaster::connection::{ClientConfig, ServerConfig};
use premaster::crypto::{Authentication, Provider, Suite, SuiteVersion};
use premaster::trust::{KeyUse, WebpkiVerifier};
use premaster::wire::ProtocolVersion;

use crate::cryptography::{has_to_be_named, provider};
use crate::options::{groups, suites, version, versions};
use crate::{Failure, options};
use authority::Authority;
use narrator::Narrator;
use stage::Stage;

/// Watch two handshakes happen, and learn where the keys come from.
///
/// A server and a client talk over a real socket of this machine; the certificate authority and the
/// certificate are made on the spot. The first handshake is a full one, the second resumes its session.
/// The text tells who sent what, what was chosen and why, and how each secret and the keys came to be. It comes from what
/// happens and nothing else: another version, suite, group or key gives another text.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Speak no newer version than this: 1.2 tells of the premaster and the master secret
    #[arg(long, value_name = "V", value_parser = versions())]
    max_version: Option<String>,

    /// The cipher suite to agree on, by its name in the RFCs. One of TLS 1.2 has that version spoken
    #[arg(long, value_name = "NAME", ignore_case = true, value_parser = suites())]
    suite: Option<String>,

    /// The group of the key exchange, by its name in the RFCs
    #[arg(long, value_name = "NAME", ignore_case = true, value_parser = groups())]
    group: Option<String>,

    /// The second time, let the client's first words go along with its ClientHello (TLS 1.3)
    #[arg(long)]
    early_data: bool,

    /// The key of the server's certificate; the default is one that goes with the suite
    #[arg(long, value_name = "KEY")]
    key_type: Option<KeyType>,
}

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KeyType {
    /// ECDSA over P-256
    EcdsaP256,
    /// ECDSA over P-384
    EcdsaP384,
    /// Ed25519; goes with the suites that say ECDSA
    Ed25519,
    #[value(name = "rsa-2048")]
    /// RSA with 2048 bits. ring makes none, so this one comes with the program
    Rsa2048,
}

impl KeyType {
    /// Which suites the key authenticates.
    fn authentication(self) -> Authentication {
        match self {
            Self::Rsa2048 => Authentication::Rsa,
            _ => Authentication::Ecdsa,
        }
    }

    /// Whether a server with such a key can use the suite.
    fn suits(self, suite: &Suite) -> bool {
        match suite.authentication {
            Authentication::RsaDecryption => self == Self::Rsa2048,
            Authentication::Any => true,
            wanted => wanted == self.authentication(),
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "an ECDSA key over P-256",
            Self::EcdsaP384 => "an ECDSA key over P-384",
            Self::Ed25519 => "an Ed25519 key",
            Self::Rsa2048 => "an RSA key of 2048 bits",
        }
    }
}

/// Whom the client wants to reach.
const NAME: &str = "demo.example";

impl Demo {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let suite = self.suite.as_deref().and_then(options::suite);
        let key_type = self.key_type(suite)?;
        let max_version = self.max_version(suite)?;
        let setting = Setting {
            suite,
            group: self.group.as_deref().map(options::group),
            max_version,
            early_data: self.early_data,
            key_type,
        };
        let (client, server) = setting
            .configs()
            .map_err(|error| Failure::usage(format!("the demo cannot be set up: {error}")))?;

        let broke = |error: io::Error| Failure::peer(format!("the demo broke off: {error}"));
        let stage = Stage::new(Arc::new(client), Arc::new(server)).map_err(broke)?;
        let narrator = Narrator::new();
        title(&format!(
            "A TLS server and a client meet at {}. The client trusts a\n\
             certificate authority that was made just now. It has certified that the server\n\
             is {NAME} and owns {}.",
            stage.address().map_err(broke)?,
            key_type.in_words()
        ));
        title("1. A full handshake");
        stage.play(&narrator).map_err(broke)?;
        blank();
        title("2. The same client comes again");
        stage.play(&narrator).map_err(broke)
    }

    /// The newest version to speak: that of the suite, if one is named.
    fn max_version(&self, suite: Option<&'static Suite>) -> Result<ProtocolVersion, Failure> {
        let asked = version(self.max_version.as_deref());
        let of_suite = suite.map(|suite| match suite.version {
            SuiteVersion::Tls12 => ProtocolVersion::TLSv1_2,
            SuiteVersion::Tls13 => ProtocolVersion::TLSv1_3,
        });
        if let (Some(asked), Some(suite), Some(needed)) = (asked, suite, of_suite)
            && needed > asked
        {
            let name = suite.name;
            return Err(Failure::usage(format!(
                "--max-version: {name} is a suite of {needed}: leave one of them out"
            )));
        }
        let newest = of_suite.or(asked).unwrap_or(ProtocolVersion::TLSv1_3);
        if self.early_data && newest != ProtocolVersion::TLSv1_3 {
            return Err(Failure::usage(format!(
                "--early-data: there is none in {newest}: leave --suite and --max-version out"
            )));
        }
        Ok(newest)
    }

    /// The key to use; what was asked for has to go together.
    fn key_type(&self, suite: Option<&'static Suite>) -> Result<KeyType, Failure> {
        let Some(suite) = suite else {
            return Ok(self.key_type.unwrap_or(KeyType::EcdsaP256));
        };
        let default = match suite.authentication {
            Authentication::Rsa | Authentication::RsaDecryption => KeyType::Rsa2048,
            _ => KeyType::EcdsaP256,
        };
        let key_type = self.key_type.unwrap_or(default);
        if key_type.suits(suite) {
            return Ok(key_type);
        }
        Err(Failure::usage(format!(
            "--key-type: {} does not go with {}: leave one of them out",
            key_type.in_words(),
            suite.name
        )))
    }
}

/// Who meets whom.
struct Setting {
    suite: Option<&'static Suite>,
    group: Option<String>,
    max_version: ProtocolVersion,
    early_data: bool,
    key_type: KeyType,
}

impl Setting {
    fn configs(&self) -> Result<(ClientConfig, ServerConfig), Box<dyn core::error::Error>> {
        let provider = provider();
        let authority = Authority::new()?;
        let transport = |suite: &Suite| suite.authentication == Authentication::RsaDecryption;
        let key_use = match self.suite.is_some_and(transport) {
            true => KeyUse::Encipher,
            false => KeyUse::Sign,
        };
        let credential = authority.issue(NAME, self.key_type, key_use)?;
        let verifier = WebpkiVerifier::new(authority.roots()?, &provider);
        let server = ServerConfig::builder(Arc::clone(&provider), credential)
            .suites(self.suite.map(|suite| suite.name))
            .groups(self.group.clone())
            .max_version(self.max_version)
            .early_data(if self.early_data { 1_024 } else { 0 })
            .build()?;
        let client = ClientConfig::builder(Arc::clone(&provider), Arc::new(verifier))
            .suites(self.suites_of_the_client(&provider))
            .groups(self.groups_of_the_client(&provider))
            .max_version(self.max_version);
        let client = match self.early_data {
            true => client.early_data(),
            false => client,
        };
        Ok((client.build()?, server))
    }

    /// The client offers more than the server takes, so that there is something to choose. What is old it offers
    /// only if it was asked for.
    fn suites_of_the_client(&self, provider: &Provider) -> Vec<&'static str> {
        let old = self.suite.filter(|suite| has_to_be_named(suite));
        let spoken = |suite: &&'static Suite| {
            suite.version == SuiteVersion::Tls12 || self.max_version == ProtocolVersion::TLSv1_3
        };
        let suites = provider.suites.iter().copied().chain(old);
        suites.filter(spoken).map(|suite| suite.name).collect()
    }

    /// All; none stands for the defaults.
    fn groups_of_the_client(&self, provider: &Provider) -> Vec<String> {
        let is_field = |name: &&String| {
            let mut fields = provider.dh_groups.iter();
            fields.any(|field| field.name() == **name)
        };
        let Some(field) = self.group.as_ref().filter(is_field) else {
            return Vec::new();
        };
        let curves = provider.groups.iter().map(|group| group.name().to_owned());
        curves.chain([field.clone()]).collect()
    }
}

/// What happened before ends here.
fn blank() {
    drop(io::stdout().write_all(b"\n"));
}

/// Says what comes next. Nobody may be reading any more.
fn title(text: &str) {
    let rule = "-".repeat(80);
    drop(io::stdout().write_all(format!("{rule}\n{text}\n{rule}\n\n").as_bytes()));
}
