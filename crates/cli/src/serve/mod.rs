//! `premaster serve`

mod certificates;
mod deadline;
mod echo;
mod house;
mod http;

use core::time::Duration;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use premaster::Roots;
use premaster::connection::{ServerConfig, UnknownName};
use premaster::session::MemoryServerStore;
use premaster::trust::WebpkiVerifier;

use crate::Failure;
use crate::cryptography::provider;
use crate::options::{Telling, Terms, terms, time_limit};
use crate::psk::Psks;
use crate::update_keys::UpdateKeys;
use certificates::Certificates;
use house::{House, Rules, Service};
use http::{Status, Www};

/// Be a server for many clients at once, until SIGINT or SIGTERM.
///
/// The address goes to stderr once the server listens, and a line for each connection.
///
/// A client that asks for a name which no certificate covers gets the first certificate: it can judge that itself, and tools
/// that test a server by its address expect to see one. (The library refuses such a client by default.)
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// Where to listen: `127.0.0.1:4433`, `localhost:4433`, `[::]:443`. Port 0 is any free port
    #[arg(long, value_name = "ADDR")]
    listen: String,

    #[command(flatten)]
    certificates: Certificates,

    /// Ask clients for a certificate from a root in this file (PEM or DER)
    #[arg(long, value_name = "FILE")]
    client_ca: Option<PathBuf>,

    /// Refuse clients without a certificate
    #[arg(long, requires = "client_ca")]
    require_client_cert: bool,

    /// Send everything back
    #[arg(long, group = "service", help_heading = SERVICE)]
    echo: bool,

    /// Answer HTTP GET and HEAD with the files of this directory, and index.html for a directory.
    /// Whatever leads outside is refused: `..`, absolute paths, symbolic links
    #[arg(long, group = "service", value_name = "DIR", help_heading = SERVICE)]
    www: Option<PathBuf>,

    /// Answer any HTTP request with what was agreed on. This is the default
    #[arg(long, group = "service", help_heading = SERVICE)]
    status: bool,

    /// Neither issue nor accept tickets
    #[arg(long)]
    no_tickets: bool,

    /// Take up to this many bytes of early data (TLS 1.3): what a client that resumes sends along with its ClientHello.
    /// Nothing is done with it before the handshake is complete: who has recorded it and sends it again does not get
    /// that far (RFC 8470 section 3). 0 takes none
    #[arg(long, value_name = "N", default_value = "0")]
    early_data: u32,

    /// Keep at most this many sessions, to be resumed by ID; 0 keeps none
    #[arg(long, value_name = "N", default_value = "10000")]
    session_cache: usize,

    /// Serve at most this many connections at the same time; more are closed at once
    #[arg(long, value_name = "N", default_value = "256", value_parser = clap::value_parser!(u32).range(1..))]
    max_connections: u32,

    /// Close a connection whose handshake takes longer
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = time_limit)]
    handshake_timeout: Duration,

    #[command(flatten)]
    update_keys: UpdateKeys,

    #[command(flatten)]
    psks: Psks,

    #[command(flatten)]
    terms: Terms,

    #[command(flatten)]
    telling: Telling,
}

const SERVICE: &str = "What to serve (one of these)";

impl Serve {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let form = self.telling.form();
        self.serve().map_err(|failure| failure.in_form(form))
    }

    fn serve(self) -> Result<(), Failure> {
        let house = House::new(Rules {
            config: Arc::new(self.config()?),
            service: self.service()?,
            listeners: self.telling.begin()?,
            form: self.telling.form(),
            most: usize::try_from(self.max_connections).unwrap_or(usize::MAX),
            handshake: self.handshake_timeout,
            update_keys: self.update_keys,
        });
        let listener = TcpListener::bind(&self.listen).map_err(|error| {
            let address = &self.listen;
            Failure::usage(format!("--listen {address}: cannot listen there: {error}"))
        })?;
        house.run(listener)
    }

    fn service(&self) -> Result<Service, Failure> {
        match &self.www {
            _ if self.echo => Ok(Service::Echo),
            None => Ok(Service::Status(Status)),
            Some(directory) => Www::new(directory).map(Service::Www).map_err(|error| {
                let directory = directory.display();
                Failure::usage(format!("--www {directory}: expected a directory: {error}"))
            }),
        }
    }

    fn config(&self) -> Result<ServerConfig, Failure> {
        self.update_keys.check(&self.terms)?;
        let suites = self.terms.named_suites();
        let mut credentials = self.certificates.load(&suites)?.into_iter();
        let Some(first) = credentials.next() else {
            return Err(Failure::usage("--cert: a server needs a certificate"));
        };
        let provider = provider();
        let mut config = ServerConfig::builder(Arc::clone(&provider), first)
            .unknown_name(UnknownName::ServeAnyway)
            .early_data(self.early_data);
        for psk in self.psks.load()? {
            config = config.external_psk(psk);
        }
        for credential in credentials {
            config = config.credential(credential);
        }
        if let Some(path) = &self.client_ca {
            let roots = Roots::from_file(path)
                .map_err(|error| Failure::usage(format!("--client-ca: {error}")))?;
            let verifier = Arc::new(WebpkiVerifier::new(roots, &provider));
            config = match self.require_client_cert {
                true => config.require_client_auth(verifier),
                false => config.optional_client_auth(verifier),
            };
        }
        config = match self.session_cache {
            0 => config.no_session_ids(),
            most => config.session_store(Arc::new(MemoryServerStore::new(most))),
        };
        if self.no_tickets {
            config = config.no_tickets();
        }
        terms!(&self.terms, config).build().map_err(Failure::usage)
    }
}
