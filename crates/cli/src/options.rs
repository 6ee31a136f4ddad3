//! Options that `connect` and `serve` have in common.

use core::time::Duration;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use premaster::Credential;
use premaster::crypto::{Suite, SuiteVersion};
use premaster::trace::{JsonLines, KeyLog, Shared, Tracer};
use premaster::wire::ProtocolVersion;

use crate::Failure;
use crate::console::Form;
use crate::cryptography;
use crate::update_keys::Tally;

/// The versions that this build speaks, as the options write them.
const VERSIONS: [(&str, ProtocolVersion); 2] = [
    ("1.2", ProtocolVersion::TLSv1_2),
    ("1.3", ProtocolVersion::TLSv1_3),
];

/// What to agree on.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What to agree on")]
pub(crate) struct Terms {
    /// Speak no older version than this; the default is 1.2
    #[arg(long, value_name = "V", value_parser = versions())]
    min_version: Option<String>,

    /// Speak no newer version than this; the default is 1.3
    #[arg(long, value_name = "V", value_parser = versions())]
    max_version: Option<String>,

    /// Allow this cipher suite only, by its name in the RFCs; said again, also that one, in this
    /// order of preference. A version without a suite is not spoken: those of TLS 1.3 are TLS_AES_.. and TLS_CHACHA20_..,
    /// all others are of TLS 1.2. Key transport (TLS_RSA_..), DHE and CBC are used only if they are named here
    #[arg(long, value_name = "NAME", ignore_case = true, value_parser = suites())]
    suite: Vec<String>,

    /// Allow this group for the key exchange only, by its name in the RFCs; said again, also that
    /// one, in this order of preference. Those with MLKEM in their name go with TLS 1.3 only
    #[arg(long, value_name = "NAME", ignore_case = true, value_parser = groups())]
    group: Vec<String>,

    /// Application protocols, best first: h2,http/1.1
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    alpn: Vec<String>,
}

/// Whom to tell.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What to tell")]
pub(crate) struct Telling {
    /// Append the secrets of each connection to this file, in the format of SSLKEYLOGFILE.
    /// Whoever reads the file can read the traffic
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,

    /// Tell everything that happens on stderr as JSON, an object per line
    #[arg(long)]
    json: bool,
}

pub(crate) fn versions() -> PossibleValuesParser {
    VERSIONS.map(|(name, _)| name).into()
}

pub(crate) fn suites() -> PossibleValuesParser {
    let names: Vec<_> = cryptography::suites()
        .iter()
        .map(|suite| suite.name)
        .collect();
    names.into()
}

pub(crate) fn groups() -> PossibleValuesParser {
    cryptography::groups().into()
}

/// The suite of this name, in upper or lower case.
pub(crate) fn suite(name: &str) -> Option<&'static Suite> {
    let suites = cryptography::suites();
    let called = |suite: &&'static Suite| suite.name.eq_ignore_ascii_case(name);
    suites.into_iter().find(called)
}

/// The group's name as the RFCs write it, for one in upper or lower case.
pub(crate) fn group(given: &str) -> String {
    let mut known = cryptography::groups().into_iter();
    let spelled = known.find(|name| name.eq_ignore_ascii_case(given));
    spelled.unwrap_or_else(|| given.to_owned())
}

/// The version that is written so.
pub(crate) fn version(name: Option<&str>) -> Option<ProtocolVersion> {
    VERSIONS
        .iter()
        .find(|(known, _)| Some(*known) == name)
        .map(|(_, version)| *version)
}

/// Says all of [`Terms`] to a builder: `ClientConfigBuilder` and `ServerConfigBuilder` have the same methods and no trait.
///
/// `terms!(options, builder)` is `builder` after `.suites(..)`, `.groups(..)`, `.alpn(..)` and, where the option was given,
/// `.min_version(..)` and `.max_version(..)`.
macro_rules! terms {
    ($terms:expr, $builder:expr) => {{
        let terms: &$crate::options::Terms = $terms;
        let mut builder = $builder
            .suites(terms.suites())
            .groups(terms.groups())
            .alpn(terms.alpn());
        if let Some(version) = terms.min_version() {
            builder = builder.min_version(version);
        }
        if let Some(version) = terms.max_version() {
            builder = builder.max_version(version);
        }
        builder
    }};
}
pub(crate) use terms;

impl Terms {
    /// The suites that are named, in their order.
    pub(crate) fn named_suites(&self) -> Vec<&'static Suite> {
        self.suite.iter().filter_map(|name| suite(name)).collect()
    }

    pub(crate) fn suites(&self) -> Vec<&'static str> {
        self.named_suites().iter().map(|suite| suite.name).collect()
    }

    pub(crate) fn groups(&self) -> Vec<String> {
        self.group.iter().map(|name| group(name)).collect()
    }

    pub(crate) fn alpn(&self) -> Vec<String> {
        self.alpn.clone()
    }

    pub(crate) fn min_version(&self) -> Option<ProtocolVersion> {
        version(self.min_version.as_deref())
    }

    pub(crate) fn max_version(&self) -> Option<ProtocolVersion> {
        version(self.max_version.as_deref())
    }

    /// Whether TLS 1.3 is left.
    pub(crate) fn allow_tls13(&self) -> bool {
        let is_newest = |version| version == ProtocolVersion::TLSv1_3;
        let mut suites = self.named_suites().into_iter();
        let has_suite = self.suite.is_empty() || suites.any(|it| it.version == SuiteVersion::Tls13);
        self.max_version().is_none_or(is_newest) && has_suite
    }
}

impl Telling {
    pub(crate) fn form(&self) -> Form {
        match self.json {
            true => Form::Json,
            false => Form::Text,
        }
    }

    /// Opens what has to be opened.
    pub(crate) fn begin(&self) -> Result<Listeners, Failure> {
        let keylog = self.keylog.as_deref().map(open_keylog).transpose()?;
        Ok(Listeners {
            keylog: keylog.map(Shared::new),
            form: self.form(),
        })
    }
}

fn open_keylog(path: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| {
        Failure::usage(format!(
            "--keylog {}: cannot open the file to append to it: {error}",
            path.display()
        ))
    })
}

/// A number of seconds, with a fraction if need be.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    seconds
        .filter(|seconds| *seconds <= LONGEST)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| format!("expected a number of seconds from 0 to {LONGEST}"))
}

/// A time limit: some time, or nobody could keep it.
pub(crate) fn time_limit(text: &str) -> Result<Duration, String> {
    match seconds(text) {
        Ok(limit) if limit.is_zero() => Err("expected more than 0 seconds".to_owned()),
        outcome => outcome,
    }
}

/// A day is long enough to wait for anything here.
const LONGEST: f64 = 86_400.0;

/// Makes a tracer for each connection.
#[derive(Debug)]
pub(crate) struct Listeners {
    keylog: Option<Shared<File>>,
    form: Form,
}

impl Listeners {
    /// A tracer for the connection of this name; where nothing is told by it, KeyUpdates are counted.
    pub(crate) fn tracer(&self, connection: Option<&str>, tally: Option<&Tally>) -> Tracer {
        let mut tracer = Tracer::default();
        if let Some(keylog) = &self.keylog {
            tracer = tracer.with_secrets(KeyLog::dangerous_key_log(keylog.clone()));
        }
        if self.form == Form::Json {
            let lines = JsonLines::new(std::io::stderr());
            tracer = tracer.with_sink(match connection {
                Some(name) => lines.named(name),
                None => lines,
            });
        } else if let Some(tally) = tally {
            tracer = tracer.with_sink(tally.clone());
        }
        tracer
    }
}

/// A certificate and its key, given by these two options.
pub(crate) fn credential(certificate: &Path, key: &Path) -> Result<Credential, Failure> {
    premaster::credential_from_files(certificate, key)
        .map_err(|error| Failure::usage(format!("--cert, --key: {error}")))
}
