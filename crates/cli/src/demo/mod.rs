//! `premaster demo`

mod authority;
mod narrator;
mod stage;

use std::io::{self, Write};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use premaster::connection::{ClientConfig, ServerConfig};
use premaster::crypto::{Authentication, Suite};
use premaster::trust::{KeyUse, WebpkiVerifier};

use crate::cryptography::{has_to_be_named, provider};
use crate::options::{groups, suites};
use crate::{Failure, options};
use authority::Authority;
use narrator::Narrator;
use stage::Stage;

/// Watch two handshakes happen, and learn where the keys come from.
///
/// A server and a client talk over a real socket of this machine; the certificate authority and the
/// certificate are made on the spot. The first handshake is a full one, the second resumes its session.
/// The text tells who sent what, what was chosen and why, and how the premaster secret, the master secret and
/// the keys came to be. It comes from what happens and nothing else: another suite, group or key gives another text.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// The cipher suite to agree on, by its name in the RFCs
    #[arg(long, value_name = "NAME", ignore_case = true, value_parser = suites())]
    suite: Option<String>,

    /// The group of the key exchange, by its name in the RFCs
    #[arg(long, value_name = "NAME", ignore_case = true, value_parser = groups())]
    group: Option<String>,

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
        let provider = provider();
        let suite = self.suite.as_deref().and_then(options::suite);
        let key_type = self.key_type(suite)?;
        let key_use = match suite {
            Some(suite) if suite.authentication == Authentication::RsaDecryption => {
                KeyUse::Encipher
            }
            _ => KeyUse::Sign,
        };
        let group = self.group.as_deref().map(options::group);

        let impossible = |error: &dyn core::fmt::Display| {
            Failure::peer(format!("the demo cannot be set up: {error}"))
        };
        let authority = Authority::new().map_err(|error| impossible(&error))?;
        let credential = authority
            .issue(NAME, key_type, key_use)
            .map_err(|error| impossible(&error))?;
        let roots = authority.roots().map_err(|error| impossible(&error))?;
        let verifier = Arc::new(WebpkiVerifier::new(roots, &provider));
        let server = ServerConfig::builder(Arc::clone(&provider), credential)
            .suites(suite.map(|suite| suite.name))
            .groups(group.clone())
            .build();
        // The client offers more than the server takes, so that there is something to choose. What is old it
        // offers only if it was asked for.
        let offered = provider
            .suites
            .iter()
            .copied()
            .chain(suite.filter(|suite| has_to_be_named(suite)));
        let offered: Vec<_> = offered.map(|suite| suite.name).collect();
        let curves = provider.groups.iter().map(|group| group.name().to_owned());
        let named =
            group.filter(|name| provider.dh_groups.iter().any(|field| field.name() == name));
        let groups: Vec<_> = match named {
            Some(field) => curves.chain([field]).collect(),
            None => Vec::new(),
        };
        let client = ClientConfig::builder(provider, verifier)
            .suites(offered)
            .groups(groups)
            .build();
        let server = Arc::new(server.map_err(|error| impossible(&error))?);
        let client = Arc::new(client.map_err(|error| impossible(&error))?);

        let broke = |error: io::Error| Failure::peer(format!("the demo broke off: {error}"));
        let stage = Stage::new(client, server).map_err(broke)?;
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

/// What happened before ends here.
fn blank() {
    drop(io::stdout().write_all(b"\n"));
}

/// Says what comes next. Nobody may be reading any more.
fn title(text: &str) {
    let rule = "-".repeat(80);
    drop(io::stdout().write_all(format!("{rule}\n{text}\n{rule}\n\n").as_bytes()));
}
