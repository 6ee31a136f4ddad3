//! `premaster connect`

mod early;
mod pump;
mod told;

use core::time::Duration;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use premaster::connection::ClientConfig;
use premaster::connection::tls::{Connection, Options};
use premaster::io::Address;
use premaster::session::FileClientStore;
use premaster::trust::{PinVerifier, Verifier, WebpkiVerifier};
use premaster::{Facts, Pin, Roots, ServerName, Stream};
use serde_json::json;

use crate::console::{self, Form};
use crate::cryptography::provider;
use crate::options::{Telling, Terms, credential, seconds, terms};
use crate::psk::Psks;
use crate::update_keys::{Tally, UpdateKeys, Updates};
use crate::{Failure, summary};
use early::{Early, Outcome};
use told::Told;

/// Connect to a server: stdin goes to it, what it answers to stdout.
///
/// A summary of the connection goes to stderr. Without --ca-file and --pin the server's certificate has to come from a
/// root of this system.
///
/// When stdin ends, the server may still have something to say, and in TLS 1.2, and with many servers in TLS 1.3, a goodbye
/// would cut it off. So the command waits until the server closes, or says nothing for --idle seconds; then it says goodbye,
/// takes what still comes, and ends. Tickets of TLS 1.3 come with what the server says, and are kept in --session-file.
#[derive(Args, Debug)]
pub(crate) struct Connect {
    /// Where to connect to: `example.com:443`, `127.0.0.1:4433` or `[::1]:4433`
    #[arg(value_name = "HOST:PORT")]
    address: Address,

    /// The name that the server has to prove, if it is another than HOST
    #[arg(long, value_name = "NAME", value_parser = server_name)]
    server_name: Option<ServerName<'static>>,

    /// Trust the roots in this file (PEM or DER) instead of the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// Trust the server that has the key with this SHA-256 and nobody else; names, roots and dates
    /// do not count then. In hex or Base64, of the SubjectPublicKeyInfo; may be said again
    #[arg(long, value_name = "SHA256", conflicts_with = "ca_file")]
    pin: Vec<Pin>,

    /// Authenticate with this certificate chain (PEM or DER) if the server asks
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,

    /// The private key of --cert (PEM or DER)
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,

    /// Keep the session in this file, and resume the one that is in it. The file gets mode 0600
    #[arg(long, value_name = "FILE")]
    session_file: Option<PathBuf>,

    /// Send this file first: along with the ClientHello if the session allows it, else after the handshake. Whoever
    /// records what goes with the ClientHello can send it again: it should do no harm when it is done twice
    #[arg(long, value_name = "FILE", requires = "session_file")]
    early_data: Option<PathBuf>,

    /// Ask the server to keep all records within this many bytes: 512, 1024, 2048 or 4096
    #[arg(long, value_name = "BYTES")]
    max_fragment_length: Option<u16>,

    /// When stdin has ended, say goodbye as soon as the server has been silent for so long
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    idle: Duration,

    #[command(flatten)]
    update_keys: UpdateKeys,

    #[command(flatten)]
    psks: Psks,

    #[command(flatten)]
    terms: Terms,

    #[command(flatten)]
    telling: Telling,
}

fn server_name(text: &str) -> Result<ServerName<'static>, String> {
    ServerName::try_from(text.to_owned())
        .map_err(|_| "expected a host name or an IP address".to_owned())
}

/// The store in this file. What could never be written is found out before there is a session to keep.
fn session_file(path: &Path) -> Result<FileClientStore, Failure> {
    let named = path.parent().filter(|name| *name != Path::new(""));
    let directory = named.unwrap_or(Path::new("."));
    if !directory.is_dir() {
        let (path, directory) = (path.display(), directory.display());
        return Err(Failure::usage(format!(
            "--session-file {path}: there is no directory {directory} to keep it in"
        )));
    }
    FileClientStore::open(path).map_err(|fault| Failure::usage(format!("--session-file: {fault}")))
}

impl Connect {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let form = self.telling.form();
        self.talk().map_err(|failure| failure.in_form(form))
    }

    fn talk(self) -> Result<(), Failure> {
        let early = self.early_data.as_deref().map(Early::read).transpose()?;
        let config = self.config()?;
        let tally = self.update_keys.tally();
        let options = Options {
            tracer: self.telling.begin()?.tracer(None, tally.as_ref()),
            ..Options::default()
        };
        let name = self
            .server_name
            .as_ref()
            .unwrap_or(self.address.server_name());
        let connection = Connection::client_with(Arc::new(config), name.clone(), options);
        let transport = self.address.dial().map_err(Failure::peer)?;
        let mut stream = Stream::new(connection, transport);
        let (first, updates) = self.shake_hands(&mut stream, early).map_err(|error| {
            Failure::peer(format!("no connection to {}: {error}", self.address))
        })?;
        let outcome = pump::run(stream, first, updates, self.idle);
        self.tell_updates(updates, tally);
        outcome
    }

    /// Completes the handshake and tells of it; returns what is to be sent before stdin, and when to change keys.
    fn shake_hands(
        &self,
        stream: &mut Stream,
        mut early: Option<Early>,
    ) -> io::Result<(Vec<u8>, Updates)> {
        if let Some(early) = &mut early {
            early.send(stream)?;
        }
        let facts = stream.handshake()?;
        let outcome = early.as_ref().map(|early| early.outcome(facts));
        self.tell(facts, outcome);
        let updates = self.update_keys.begin(facts.version);
        if let Some(reason) = self.update_keys.in_vain(facts.version) {
            console::warn(self.telling.form(), &reason);
        }
        let rest = early
            .zip(outcome)
            .map(|(early, outcome)| early.rest(outcome));
        Ok((rest.unwrap_or_default(), updates))
    }

    /// At the end. The trace has told of each as it came.
    fn tell_updates(&self, updates: Updates, tally: Option<Tally>) {
        let happen = updates.happen() && self.telling.form() == Form::Text;
        if let Some(tally) = tally.filter(|_| happen) {
            console::line(&format!("key updates: {tally}"));
        }
    }

    fn tell(&self, facts: &Facts, early: Option<Outcome>) {
        let certificate = summary::certificate(facts);
        match self.telling.form() {
            Form::Text => {
                console::line(&format!("connected: {}", summary::agreed(facts)));
                if let Some(certificate) = certificate {
                    console::line(&format!("certificate: {certificate}"));
                }
                if let Some(outcome) = early {
                    console::line(&format!("early data: {outcome}"));
                }
                for cost in summary::costs(facts) {
                    console::line(&format!("cost: {cost}"));
                }
            }
            // The trace has told what was agreed on.
            Form::Json => console::line(&json!({
                "event": "connected",
                "address": self.address.to_string(),
                "certificate": certificate,
                "early_data": early.map(Outcome::json),
                "costs": summary::costs(facts),
            })),
        }
    }

    fn config(&self) -> Result<ClientConfig, Failure> {
        self.update_keys.check(&self.terms)?;
        let mut config = terms!(
            &self.terms,
            ClientConfig::builder(provider(), self.verifier()?)
        );
        for psk in self.psks.load()? {
            config = config.external_psk(psk);
        }
        if self.early_data.is_some() {
            config = config.early_data();
        }
        if let Some(bytes) = self.max_fragment_length {
            config = config.max_fragment_length(bytes);
        }
        if let (Some(certificate), Some(key)) = (&self.cert, &self.key) {
            config = config.credential(credential(certificate, key)?);
        }
        config = match &self.session_file {
            None => config.no_resumption(),
            Some(path) => {
                let store = Told::new(session_file(path)?, self.telling.form());
                config.session_store(Arc::new(store))
            }
        };
        config.build().map_err(Failure::usage)
    }

    fn verifier(&self) -> Result<Arc<dyn Verifier>, Failure> {
        if !self.pin.is_empty() {
            return Ok(Arc::new(PinVerifier::new(self.pin.iter().copied())));
        }
        let roots = match &self.ca_file {
            Some(path) => Roots::from_file(path)
                .map_err(|error| Failure::usage(format!("--ca-file: {error}")))?,
            None => Roots::system()
                .map_err(|error| Failure::usage(format!("{error} with --ca-file")))?,
        };
        Ok(Arc::new(WebpkiVerifier::new(roots, &provider())))
    }
}
