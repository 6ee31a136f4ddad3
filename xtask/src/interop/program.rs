//! What a program must be able to do to take part.

use super::{
    act::{self, Act, PSK, PSK_IDENTITY},
    cell::{Cell, ClientAuth, Program, Refusal},
    certificates::{Certificates, Credential, OTHER_NAME, SERVER_NAME},
    curl, gnutls, openssl,
    payload::Carriage,
    premaster,
    process::Running,
    python,
    seen::Seen,
    suite::Exchange,
};
use anyhow::{Context, Result};
use rustix::process::Signal;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A cell about to be played: where everything is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub(super) cell: &'a Cell,
    pub(super) certificates: &'a Certificates,
    /// A folder for this cell alone.
    pub(super) folder: &'a Path,
    /// Our own program.
    pub(super) premaster: &'a Path,
    pub(super) port: u16,
}

/// Which of a client's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visit {
    /// The only one.
    Only,
    /// The first of two: the session is to be kept.
    First,
    /// The second of two: the kept session is to be resumed.
    Second,
    /// Both, one after the other, by one process.
    Both,
}

/// An end of the connections of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Client,
    Server,
}

/// Where a program says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    Stdout,
    Stderr,
}

/// A line that makes a program do something in the middle of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cue {
    /// Whose stdin it goes to.
    pub(super) to: End,
    pub(super) line: &'static str,
    /// What is said when it has had its effect there.
    pub(super) says: &'static str,
    /// Who says that.
    pub(super) from: (End, Output),
}

/// A program as a server.
pub(super) trait Server {
    /// How to start it so that it serves this cell and nothing else.
    fn command(&self, scene: &Scene<'_>) -> Result<Command>;

    /// What it does with data.
    fn carriage(&self, cell: &Cell) -> Carriage;

    /// What it does with early data; nothing is `None`, and then its account tells of it.
    fn early_carriage(&self, cell: &Cell) -> Option<Carriage> {
        Some(self.carriage(cell))
    }

    /// What makes it begin with this.
    fn cue(&self, _act: Act) -> Option<Cue> {
        None
    }

    /// The signal that it ends well on.
    fn stop_signal(&self) -> Signal;

    /// Whether it then ends with success, as a program that was asked politely.
    fn ends_with_success(&self) -> bool {
        false
    }

    /// What it told of its connections, once it has ended.
    fn seen(&self, scene: &Scene<'_>, server: &Running) -> Result<Vec<Seen>>;
}

/// A program as a client.
pub(super) trait Client {
    /// How data goes between this client and such a server.
    fn carriage(&self, server: Carriage) -> Carriage {
        server
    }

    /// Whether this exit status says that no connection came about.
    fn tells_failure_by(&self, code: i32) -> bool {
        code == 1
    }

    /// How to start it for one visit.
    fn command(&self, scene: &Scene<'_>, visit: Visit) -> Result<Command>;

    /// Whether one process makes both connections when a session is resumed.
    fn resumes_in_one_process(&self) -> bool {
        false
    }

    /// What makes it begin with this.
    fn cue(&self, _act: Act) -> Option<Cue> {
        None
    }

    /// Whether its early data was accepted, once it knows.
    fn early_data(&self, _scene: &Scene<'_>, _visit: Visit, _client: &Running) -> Option<bool> {
        Some(false)
    }

    /// Whether it sends early data again, when that was refused.
    fn repeats_early_data(&self) -> bool {
        false
    }

    /// What it told of its connections, once it has ended.
    fn seen(&self, scene: &Scene<'_>, visit: Visit, client: &Running) -> Result<Vec<Seen>>;
}

impl Program {
    /// The program as a server, if it can be one.
    pub(super) fn server(self) -> Option<&'static dyn Server> {
        match self {
            Self::Premaster => Some(&premaster::Serve),
            Self::OpenSsl => Some(&openssl::SServer),
            Self::GnuTls => Some(&gnutls::Serv),
            Self::Python => Some(&python::PythonServer),
            Self::Curl => None,
        }
    }

    pub(super) fn client(self) -> &'static dyn Client {
        match self {
            Self::Premaster => &premaster::Connect,
            Self::OpenSsl => &openssl::SClient,
            Self::GnuTls => &gnutls::Cli,
            Self::Python => &python::PythonClient,
            Self::Curl => &curl::Curl,
        }
    }
}

impl Scene<'_> {
    /// Writes the files that the cell's programs read.
    pub(super) fn prepare(&self) -> Result<()> {
        let failed = || format!("could not write to {}", self.folder.display());
        fs::create_dir_all(self.folder).with_context(failed)?;
        match self.cell.act {
            Some(Act::EarlyData) => fs::write(self.early_data(), act::early_data()),
            Some(Act::Psk) => fs::write(self.psks(), format!("{PSK_IDENTITY}:{PSK}\n")),
            _ => Ok(()),
        }
        .with_context(failed)
    }

    /// The file with early data.
    pub(super) fn early_data(&self) -> PathBuf {
        self.folder.join("early")
    }

    /// The file with the identity and the key of a PSK.
    pub(super) fn psks(&self) -> PathBuf {
        self.folder.join("psks")
    }

    /// `127.0.0.1:PORT`.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The roots that the client trusts.
    pub(super) fn client_roots(&self) -> PathBuf {
        match self.cell.refusal {
            Some(Refusal::UnknownServerRoot) => self.certificates.stranger_root(),
            _ => self.certificates.roots(),
        }
    }

    /// The name that the client expects.
    pub(super) fn server_name(&self) -> &'static str {
        match self.cell.refusal {
            Some(Refusal::WrongServerName) => OTHER_NAME,
            _ => SERVER_NAME,
        }
    }

    /// Whether this end allows the cell's suite only.
    pub(super) fn restricts(&self, end: End) -> bool {
        self.cell.client_restricts() == (end == End::Client)
    }

    /// Whether this end allows the cell's group only.
    pub(super) fn restricts_group(&self, end: End) -> bool {
        self.cell.client_restricts_group() == (end == End::Client)
    }

    /// What the server authenticates with.
    pub(super) fn server_credential(&self) -> Credential {
        match (self.cell.exchange, self.cell.refusal) {
            (Exchange::RsaTransport, None | Some(Refusal::NotOptedIn)) => {
                self.certificates.decrypting()
            }
            _ => self.certificates.server(self.cell.key),
        }
    }

    /// The finite field that the server is to use, as a file with its numbers.
    pub(super) fn served_field(&self) -> Option<PathBuf> {
        if self.cell.refusal == Some(Refusal::WeakField) {
            return Some(self.certificates.weak_field());
        }
        let field = self.cell.group.filter(|it| it.field_bits().is_some());
        field.map(|field| self.certificates.field(field))
    }

    /// What the client authenticates with.
    pub(super) fn client_credential(&self) -> Option<Credential> {
        match (self.cell.client_auth, self.cell.refusal) {
            (_, Some(Refusal::NoClientCertificate)) => None,
            (_, Some(Refusal::UnknownClientRoot)) => Some(self.certificates.stranger()),
            (ClientAuth::Required(key), _) => Some(self.certificates.client(key)),
            _ => None,
        }
    }

    /// Where the files are that an HTTP client fetches.
    pub(super) fn published(&self) -> PathBuf {
        self.folder.join("www")
    }

    /// Where this end writes its secrets, in the format of SSLKEYLOGFILE.
    pub(super) fn key_log(&self, end: End) -> PathBuf {
        self.folder.join(match end {
            End::Client => "client.keys",
            End::Server => "server.keys",
        })
    }

    /// Where a client keeps a session between two visits.
    pub(super) fn session_file(&self) -> PathBuf {
        self.folder.join("session")
    }
}
