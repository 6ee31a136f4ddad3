//! A connection as the runner's flags want it.

use std::sync::Arc;
use std::time::Duration;

use premaster::Credential;
use premaster::connection::tls::{Connection, Options, Surface};
use premaster::connection::{ClientConfig, ClientConfigBuilder, ServerConfig};
use premaster::crypto::{Provider, Suite};
use premaster::handshake::{ClientAuth, Limits, Preference, ServerPolicy};
use premaster::session::IsolationKey;
use premaster::trust::{Certificate, ServerName, TrustError, Verified, Verifier, VerifyRequest};
use premaster::wire::{AlertDescription, NamedGroup, ProtocolVersion, SignatureScheme};

use crate::Stop;
use crate::compression;
use crate::credentials::Credentials;
use crate::exchange::World;
use crate::flags::{Flags, Set};
use crate::secrets::Secrets;
use crate::suites::{Suites, equal_groups, is_tls13};

/// What a server takes of early data.
const EARLY_DATA: u32 = 14_336;

/// The runner's, in seconds.
const TICKET_AGE_TOLERANCE: u64 = 60;

/// The runner's: 32 empty records are fine for it, and chains of any length.
const LIMITS: Limits = Limits {
    handshake_message: 65_536,
    chain: 1_000,
    empty_records: 32,
    warning_alerts: 4,
    key_updates: 32,
    tickets: 16,
    requests: 16,
    transcript: 4 * 65_536,
    rsa_bits: 8192,
    psk_identities: 8,
};

/// A public key on P-256 that belongs to nobody: a server has to begin with a certificate.
const NOBODY: [u8; 91] = {
    let mut spki = [1; 91];
    let algorithm = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
        0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];
    let mut at = 0;
    while at < algorithm.len() {
        spki[at] = algorithm[at];
        at += 1;
    }
    spki
};

/// The versions, newest first.
fn versions(flags: &Flags) -> Result<Vec<ProtocolVersion>, Stop> {
    let limit = |name| {
        let number = flags.number(name)?;
        match number.and_then(|number| u16::try_from(number).ok()) {
            Some(old @ (0x0301 | 0x0302)) => {
                Err(Stop::unimplemented(format!("-{name} {old:#06x}")))
            }
            other => Ok(other.map(ProtocolVersion)),
        }
    };
    let least = limit("min-version")?.unwrap_or(ProtocolVersion::TLSv1_2);
    let most = limit("max-version")?.unwrap_or(ProtocolVersion::TLSv1_3);
    // Older versions are never spoken, but where only they are left something is missing.
    let none_is_left = flags.has("no-tls1") && flags.has("no-tls11");
    let all = [
        (ProtocolVersion::TLSv1_3, "no-tls13"),
        (ProtocolVersion::TLSv1_2, "no-tls12"),
    ];
    let spoken = |(version, without): &(ProtocolVersion, &str)| {
        (least..=most).contains(version) && !flags.has(without)
    };
    let versions: Vec<_> = all
        .into_iter()
        .filter(spoken)
        .map(|(version, _)| version)
        .collect();
    match versions.is_empty() && !none_is_left {
        true => Err(Stop::unimplemented("no version that is left")),
        false => Ok(versions),
    }
}

fn groups(flags: &Flags, name: &str, provider: &Provider) -> Result<Vec<NamedGroup>, Stop> {
    let known = |id: u16| match provider.group(id) {
        Some(_) => Ok(NamedGroup(id)),
        None => Err(Stop::unimplemented(format!("-{name} {id}"))),
    };
    flags.numbers(name)?.into_iter().map(known).collect()
}

fn names(groups: &[NamedGroup], provider: &Provider) -> Vec<String> {
    let name = |group: &NamedGroup| provider.group(group.0).map(|it| it.name().to_owned());
    groups.iter().filter_map(name).collect()
}

/// Names with a length byte each (RFC 7301 section 3.1).
pub(crate) fn protocols(list: &[u8]) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    let mut rest = list;
    while let Some((length, behind)) = rest.split_first() {
        let Some((name, behind)) = behind.split_at_checked(usize::from(*length)) else {
            break;
        };
        names.push(name.to_vec());
        rest = behind;
    }
    names
}

/// A client or a server.
pub(crate) fn connection(
    flags: &Flags,
    world: &World,
    provider: &Arc<Provider>,
    credentials: &Credentials,
    secrets: &Secrets,
) -> Result<Connection, Stop> {
    let mut options = Options {
        surface: Surface::Everything,
        ..Options::default()
    };
    secrets.listen(flags, &mut options);
    // The root counts only where a certificate is shown, and the kind of a callback only where it refuses.
    let _ = (flags.text("trust-cert"), refused(flags));
    match flags.is_server() {
        true => server(flags, world, provider, options),
        false => client(flags, world, provider, credentials, options),
    }
}

/// The runner's, and the longest message that it may want: one of 16,384 bytes is always fine.
fn limits(flags: &Flags) -> Result<Limits, Stop> {
    let longest = flags.number("max-cert-list")?;
    let longest = longest.and_then(|bytes| usize::try_from(bytes).ok());
    let handshake_message = longest.map_or(LIMITS.handshake_message, |bytes| bytes.max(16_384));
    Ok(Limits {
        handshake_message,
        ..LIMITS
    })
}

fn sent_record_limit(flags: &Flags) -> Result<Option<u16>, Stop> {
    let limit = flags.number("max-send-fragment")?;
    Ok(limit.and_then(|bytes| u16::try_from(bytes).ok()))
}

/// The groups to send shares for. The runner's hint says what the server is known to like: then it is one share, for the
/// best of our groups that it likes.
fn shares(
    flags: &Flags,
    groups: &[NamedGroup],
    provider: &Provider,
) -> Result<Vec<NamedGroup>, Stop> {
    let liked = flags.numbers("server-supported-groups-hint")?;
    let none = flags.has("no-key-shares");
    if let Some(best) = groups.iter().find(|group| liked.contains(&group.0)) {
        return Ok(vec![*best]);
    }
    let named = self::groups(flags, "key-shares", provider)?;
    if !named.is_empty() || none {
        return Ok(named);
    }
    // What the runner takes for the default: of the old groups and of the new ones the best.
    let is_new = |group: &&NamedGroup| provider.group(group.0).is_some_and(|it| it.tls13_only());
    let old = groups.iter().find(|group| !is_new(group));
    let new = groups.iter().find(is_new);
    Ok(old.into_iter().chain(new).copied().collect())
}

fn client(
    flags: &Flags,
    world: &World,
    provider: &Arc<Provider>,
    credentials: &Credentials,
    options: Options,
) -> Result<Connection, Stop> {
    // Who has keys takes no certificates, unless it is told to look at them.
    let keys_only = credentials.psks().next().is_some() && !flags.has("verify-peer");
    let mut versions = versions(flags)?;
    versions.retain(|version| !keys_only || *version == ProtocolVersion::TLSv1_3);
    let wanted = Suites::wanted(flags, provider)?.list;
    let spoken = |suite: &&Suite| match is_tls13(suite) {
        true => versions.contains(&ProtocolVersion::TLSv1_3),
        false => versions.contains(&ProtocolVersion::TLSv1_2),
    };
    let groups = groups(flags, "curves", provider)?;
    let classic = |group: &NamedGroup| provider.group(group.0).is_some_and(|it| !it.tls13_only());
    let has_curves = groups.is_empty() || groups.iter().any(classic);
    let has_group = |suite: &&Suite| {
        has_curves || suite.key_exchange != premaster::crypto::KeyExchangeKind::Ecdhe
    };
    let suites = wanted.into_iter().filter(spoken).filter(has_group);
    let suites: Vec<_> = suites.map(|suite| suite.name).collect();
    let shares = shares(flags, &groups, provider)?;
    let mut builder = ClientConfig::builder(Arc::clone(provider), Arc::new(Anybody))
        .suites(suites)
        .limits(limits(flags)?)
        .clock(world.clock.clone())
        .certificate_compression(compression::ways(flags)?);
    // Who wants none gets bounds with nothing in between.
    let nothing = (&ProtocolVersion::TLSv1_2, &ProtocolVersion::TLSv1_3);
    let (newest, oldest) = versions.first().zip(versions.last()).unwrap_or(nothing);
    builder = builder.max_version(*newest).min_version(*oldest);
    if !groups.is_empty() {
        builder = builder.groups(names(&groups, provider));
    }
    if !shares.is_empty() {
        builder = builder.key_shares(names(&shares, provider));
    } else if flags.has("no-key-shares") {
        builder = builder.no_key_shares();
    }
    if let Some(list) = flags.text("advertise-alpn") {
        builder = builder.alpn(protocols(list.as_bytes()));
    }
    if flags.has("enable-early-data") {
        builder = builder.early_data();
    }
    if flags.has("enable-grease") {
        builder = builder.grease();
    }
    if flags.has("enable-signed-cert-timestamps") {
        builder = builder.certificate_timestamps();
    }
    if flags.has("no-ticket") {
        builder = builder.no_tickets();
    }
    if !flags.has("no-legacy-server-connect") {
        builder = builder.dangerous_accept_insecure_renegotiation();
    }
    for psk in credentials.psks() {
        builder = builder.external_psk(psk.clone());
    }
    if keys_only {
        builder = builder.require_external_psk();
    }
    if !flags.has("enable-ocsp-stapling") {
        builder = builder.no_ocsp_stapling();
    }
    let config = on_request(builder, flags)?
        .build()
        .map_err(|error| Stop::wrong(error.to_string()))?;
    let name = flags.text("host-name").unwrap_or("127.0.0.1").to_owned();
    let name = ServerName::try_from(name).map_err(|error| Stop::wrong(error.to_string()))?;
    Ok(Connection::client_with(Arc::new(config), name, options))
}

/// What a client does only if it is asked to.
fn on_request(
    mut builder: ClientConfigBuilder,
    flags: &Flags,
) -> Result<ClientConfigBuilder, Stop> {
    if flags.has("permute-extensions") {
        builder = builder.permute_extensions();
    }
    if flags.has("false-start") {
        builder = match flags.has("allow-false-start-without-alpn") {
            true => builder.false_start_without_alpn(),
            false => builder.false_start(),
        };
    }
    if flags.has("fallback-scsv") {
        builder = builder.fallback();
    }
    if flags.has("allow-unknown-alpn-protos") {
        builder = builder.dangerous_accept_unoffered_alpn();
    }
    if let Some(limit) = sent_record_limit(flags)? {
        builder = builder.sent_record_limit(limit);
    }
    Ok(builder)
}

/// A certificate of nobody's, to begin with.
fn nobody() -> Result<Credential, Stop> {
    let schemes = vec![SignatureScheme::ecdsa_secp256r1_sha256];
    Credential::elsewhere(vec![vec![0x30, 0]], &NOBODY, schemes)
        .map_err(|error| Stop::wrong(error.to_string()))
}

fn server(
    flags: &Flags,
    world: &World,
    provider: &Arc<Provider>,
    options: Options,
) -> Result<Connection, Stop> {
    let mut builder = ServerConfig::builder(Arc::clone(provider), nobody()?)
        .late_client_auth(Arc::new(Anybody))
        .limits(limits(flags)?)
        .clock(world.clock.clone());
    if let Some(limit) = sent_record_limit(flags)? {
        builder = builder.sent_record_limit(limit);
    }
    let config = builder
        .build()
        .map_err(|error| Stop::wrong(error.to_string()))?;
    Ok(Connection::server_with(Arc::new(config), options))
}

/// What a server goes on with once it has read the ClientHello.
pub(crate) fn policy(
    flags: &Flags,
    provider: &Arc<Provider>,
    credentials: &Credentials,
    schemes: &[u16],
) -> Result<ServerPolicy, Stop> {
    if flags.has("enable-grease") {
        return Err(Stop::unimplemented("grease of a server"));
    }
    let mut policy = ServerPolicy::new(Arc::clone(provider));
    policy.versions = versions(flags)?;
    let suites = Suites::wanted(flags, provider)?;
    (policy.suites, policy.equal_suites) = (suites.list, suites.equals);
    policy.equal_groups = equal_groups(flags)?;
    let groups = groups(flags, "curves", provider)?;
    if !groups.is_empty() {
        policy.groups = groups;
    }
    policy.dh_groups = Vec::new();
    let lists = ["server-preference", "cipher", "tls13-ciphers"];
    policy.preference = match lists.iter().any(|name| flags.has(name)) {
        true => Preference::Server,
        false => Preference::Client,
    };
    policy.retry_for_best_group = true;
    // Nothing in common with anybody is for the library to refuse.
    let only = flags.has("reject-alpn").then_some("nobody's protocol");
    policy.alpn = flags
        .text("select-alpn")
        .filter(|_| !flags.has("decline-alpn"))
        .or(only)
        .map(|name| name.as_bytes().to_vec())
        .into_iter()
        .collect();
    policy.client_auth = client_auth(flags)?;
    policy.acknowledge_name = !flags.has("no-server-name-ack");
    policy.tickets = !flags.has("no-ticket");
    if !policy.tickets {
        policy.ticket_count = 0;
    }
    policy.certificate_compression = compression::ways(flags)?;
    policy.external_psks = credentials.psks().next().is_some();
    policy.external_psk_as_client_auth = policy.external_psks;
    policy.ticket_age_tolerance = Duration::from_secs(TICKET_AGE_TOLERANCE);
    policy.early_data = if flags.has("enable-early-data") {
        EARLY_DATA
    } else {
        0
    };
    policy.isolation = isolation(flags, credentials, schemes)?;
    Ok(policy)
}

/// The runner decides between which connections a server's sessions are kept: they differ in their context only, which is
/// the one of the credential that will be shown if that has any. Which that is, the client's schemes decide.
fn isolation(
    flags: &Flags,
    credentials: &Credentials,
    schemes: &[u16],
) -> Result<IsolationKey, Stop> {
    let context = |set: &Set| set.bytes("session-id-context");
    let number = credentials.first_that_signs(schemes).or(Some(0));
    let chosen = number.and_then(|number| flags.credentials.get(number));
    let own = chosen.map(|one| context(&one.flags)).transpose()?;
    // All are looked at, whichever counts.
    let default = context(&flags.credential)?.unwrap_or_default();
    for one in &flags.credentials {
        context(&one.flags)?;
    }
    let chosen = own.flatten().unwrap_or(default);
    Ok(IsolationKey::builder().part("context", &chosen).finish())
}

fn client_auth(flags: &Flags) -> Result<ClientAuth, Stop> {
    let authorities = match flags.text("use-client-ca-list") {
        None | Some("<NULL>" | "<EMPTY>") => Vec::new(),
        Some(list) => hexadecimal(list)?,
    };
    Ok(match () {
        () if flags.has("verify-peer") => ClientAuth::Optional { authorities },
        () if flags.has("require-any-client-certificate") => ClientAuth::Required { authorities },
        () => ClientAuth::None,
    })
}

/// Byte strings in hexadecimal digits, with commas in between.
pub(crate) fn hexadecimal(list: &str) -> Result<Vec<Vec<u8>>, Stop> {
    let byte = |pair: &[u8]| {
        let text = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(text, 16).ok()
    };
    let decode = |text: &str| {
        text.as_bytes()
            .chunks(2)
            .map(byte)
            .collect::<Option<Vec<_>>>()
    };
    let decoded: Option<_> = list.split(',').map(decode).collect();
    decoded.ok_or_else(|| Stop::wrong("a list that is not hexadecimal"))
}

/// Believes everybody: the runner's tests are not about names and dates.
#[derive(Debug)]
struct Anybody;

impl Verifier for Anybody {
    fn verify(&self, request: &VerifyRequest<'_>) -> Result<Verified, TrustError> {
        let leaf = request
            .chain
            .first()
            .and_then(|der| Certificate::parse(der));
        let malformed = || TrustError::Malformed {
            number: 1,
            reason: "no certificate".to_owned(),
        };
        let leaf = leaf.ok_or_else(malformed)?;
        Ok(Verified::assert(leaf.spki()))
    }

    fn isolation(&self) -> [u8; 32] {
        [0; 32]
    }
}

/// How the runner wants a refused certificate to be told: that depends on the kind of its callback.
pub(crate) fn refused(flags: &Flags) -> AlertDescription {
    match flags.has("use-custom-verify-callback") || flags.has("async") {
        true => AlertDescription::certificate_unknown,
        false => AlertDescription::handshake_failure,
    }
}
