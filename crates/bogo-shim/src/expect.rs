//! What the runner expects to have come of a handshake.

use premaster::connection::Facts;
use premaster::handshake::{EarlyDataReason, ResumedBy};
use premaster::trust::load;

use crate::Stop;
use crate::drive::Driver;
use crate::exchange::{Proved, Turn, is_tls13};
use crate::flags::Flags;

/// By a session of before, not by a key that somebody has provisioned.
pub(crate) fn is_resumed(facts: &Facts) -> bool {
    matches!(
        facts.resumed,
        Some(ResumedBy::SessionId | ResumedBy::Ticket)
    )
}

fn check(holds: bool, what: impl FnOnce() -> String) -> Result<(), Stop> {
    match holds {
        true => Ok(()),
        false => Err(Stop::Wrong(what())),
    }
}

/// All that can be said when the handshake is complete.
pub(crate) fn after_the_handshake(driver: &Driver, turn: Turn) -> Result<(), Stop> {
    let flags = &driver.host.flags;
    let facts = driver
        .connection
        .facts()
        .ok_or_else(|| Stop::wrong("no facts"))?;
    asked(driver, facts)?;
    let resumed = is_resumed(facts);
    let expected = turn.is_resumption && !flags.has("expect-session-miss");
    check(resumed == expected, || format!("resumed: {resumed}"))?;
    sessions(driver, facts, turn)?;
    names(flags, facts)?;
    algorithms(flags, facts, &driver.host.world.proved)?;
    certificates(driver, facts)?;
    early_data(flags, facts, turn)?;
    let bound = !flags.has("expect-extended-master-secret") || facts.extended_master_secret;
    check(bound, || "no extended_master_secret".to_owned())?;
    let secure = facts.secure_renegotiation;
    let [wanted, unwanted] = [
        "expect-secure-renegotiation",
        "expect-no-secure-renegotiation",
    ]
    .map(|name| flags.has(name));
    let wrong = (wanted && !secure) || (unwanted && secure);
    check(!wrong, || format!("secure renegotiation: {secure}"))?;
    let retried = facts.retried;
    let wrong = (flags.has("expect-hrr") && !retried) || (flags.has("expect-no-hrr") && retried);
    check(!wrong, || format!("HelloRetryRequest: {retried}"))
}

/// What has a callback was asked for.
fn asked(driver: &Driver, facts: &Facts) -> Result<(), Stop> {
    let (flags, seen) = (&driver.host.flags, &driver.host.seen);
    let [early, ddos, old] = [
        "use-early-callback",
        "install-ddos-callback",
        "use-old-client-cert-callback",
    ]
    .map(|name| flags.has(name));
    check(seen.configured || !(early || ddos), || {
        "nobody was asked for the configuration".to_owned()
    })?;
    let shown = seen.chosen || facts.client_scheme.is_none();
    check(shown || !old, || {
        "nobody was asked for the certificate".to_owned()
    })
}

fn sessions(driver: &Driver, facts: &Facts, turn: Turn) -> Result<(), Stop> {
    let (flags, new) = (&driver.host.flags, driver.host.seen.new_session);
    if !flags.is_server() && !is_tls13(driver) {
        let expected = !flags.has("expect-no-session")
            && (!is_resumed(facts) || flags.has("expect-ticket-renewal"));
        check(new == expected, || format!("a new session: {new}"))?;
    }
    let wrong = !turn.is_resumption
        && ((flags.has("expect-session-id") && !new) || (flags.has("expect-no-session-id") && new));
    check(!wrong, || format!("a session was kept: {new}"))
}

fn names(flags: &Flags, facts: &Facts) -> Result<(), Stop> {
    if let Some(expected) = flags.text("expect-server-name") {
        let name = facts.server_name.as_deref();
        check(name == Some(expected), || format!("server name {name:?}"))?;
    }
    let declines = flags.has("decline-alpn");
    let expected = match flags.is_server() {
        true => flags.text("select-alpn").filter(|_| !declines),
        false => flags.text("expect-alpn"),
    };
    let expected = expected.unwrap_or_default();
    let protocol = facts.alpn.clone().unwrap_or_default();
    check(protocol == expected.as_bytes(), || {
        format!("protocol {protocol:?}")
    })
}

fn algorithms(flags: &Flags, facts: &Facts, proved: &Proved) -> Result<(), Stop> {
    let group = facts.group.or(proved.group);
    let found = [
        ("expect-version", Some(facts.version.0)),
        ("expect-cipher", Some(facts.suite.id)),
        ("expect-curve-id", group.map(|group| group.0)),
        (
            "expect-peer-signature-algorithm",
            proved.scheme.map(|scheme| scheme.0),
        ),
    ];
    for (name, found) in found {
        is_expected(flags, name, found)?;
    }
    for (name, counts) in [
        ("expect-cipher-aes", has_aes()),
        ("expect-cipher-no-aes", !has_aes()),
    ] {
        // The other one is what a machine of the other kind would choose.
        if flags.has(name) && counts {
            is_expected(flags, name, Some(facts.suite.id))?;
        }
    }
    Ok(())
}

fn is_expected(flags: &Flags, name: &str, found: Option<u16>) -> Result<(), Stop> {
    match flags.number(name)? {
        None => Ok(()),
        expected => check(found.map(i64::from) == expected, || {
            format!("-{name}: {expected:?}, not {found:?}")
        }),
    }
}

/// Whether this machine has instructions for AES.
fn has_aes() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("aes");
    #[cfg(not(target_arch = "x86_64"))]
    return true;
}

fn certificates(driver: &Driver, facts: &Facts) -> Result<(), Stop> {
    let flags = &driver.host.flags;
    let by_psk = facts.resumed == Some(ResumedBy::Psk);
    let shown = !facts.peer_certificates.is_empty();
    if flags.has("expect-no-peer-cert") || by_psk {
        check(!shown, || "a certificate that was not expected".to_owned())?;
    } else if !flags.is_server() || flags.has("require-any-client-certificate") {
        check(shown, || "no certificate".to_owned())?;
    }
    if let Some(file) = flags.text("expect-peer-cert-file") {
        let chain = load::certificates(file).map_err(|error| Stop::wrong(error.to_string()))?;
        check(chain == facts.peer_certificates, || {
            "another chain".to_owned()
        })?;
    }
    if let Some(expected) = flags.bytes("expect-ocsp-response")? {
        let found = driver.host.world.proved.ocsp_response.as_ref();
        check(found == Some(&expected), || {
            format!("stapled response {found:?}")
        })?;
    }
    if let Some(expected) = flags.bytes("expect-signed-cert-timestamps")? {
        let found = timestamps(&driver.host.world.proved.timestamps);
        check(found == expected, || format!("timestamps {found:?}"))?;
    }
    let Some(expected) = flags.number("expect-selected-credential")? else {
        return Ok(());
    };
    let host = &driver.host;
    let number = match &facts.external_psk {
        Some(identity) => host
            .credentials
            .psk(identity)
            .map_or(-1, |(number, _)| number),
        None => host.seen.credential,
    };
    check(number == expected, || format!("credential {number}"))
}

/// A SignedCertificateTimestampList (RFC 6962 section 3.3).
fn timestamps(all: &[Vec<u8>]) -> Vec<u8> {
    let with_length = |bytes: &[u8]| {
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        [&length.to_be_bytes(), bytes].concat()
    };
    let entries: Vec<_> = all.iter().map(|one| with_length(one)).collect();
    with_length(&entries.concat())
}

fn early_data(flags: &Flags, facts: &Facts, turn: Turn) -> Result<(), Stop> {
    let accepted = facts.early_data == Some(premaster::handshake::EarlyData::Accepted);
    let wrong = (flags.has("expect-accept-early-data") && !accepted)
        || (flags.has("expect-reject-early-data") && accepted);
    check(!wrong, || format!("early data: {:?}", facts.early_data))?;
    let reason = reason_name(facts.early_data_reason);
    let expected = flags.text("expect-early-data-reason");
    check(expected.is_none_or(|it| it == reason), || {
        format!("early data: {reason}")
    })?;
    let Some(expected) = flags.number("expect-ticket-age-skew")? else {
        return Ok(());
    };
    let skew = facts.ticket_age_skew.map(|skew| skew / 1_000);
    check(!turn.is_resumption || skew == Some(expected), || {
        format!("the skew of the ticket's age: {skew:?}")
    })
}

/// The runner's name.
fn reason_name(reason: EarlyDataReason) -> &'static str {
    match reason {
        EarlyDataReason::Accepted => "accept",
        EarlyDataReason::NoSession => "no_session_offered",
        EarlyDataReason::NotAllowedBySession => "unsupported_for_session",
        EarlyDataReason::NotOffered | EarlyDataReason::Declined => "peer_declined",
        EarlyDataReason::ApplicationProtocol => "alpn_mismatch",
        EarlyDataReason::TicketAge => "ticket_age_skew",
        // The same, or none of the runner's.
        other => other.name(),
    }
}

/// What can be said when all data has gone both ways.
pub(crate) fn before_the_goodbye(driver: &Driver) -> Result<(), Stop> {
    let (flags, seen) = (&driver.host.flags, &driver.host.seen);
    if flags.is_server() || !is_tls13(driver) {
        return Ok(());
    }
    let expected = !flags.has("expect-no-session") && !flags.has("shim-shuts-down");
    let new = seen.new_session;
    check(new == expected, || format!("a new session: {new}"))?;
    let wanted = flags.has("expect-ticket-supports-early-data");
    let early = seen.ticket_allows_early_data;
    check(!new || early == wanted, || {
        format!("a ticket for early data: {early}")
    })?;
    let across = seen.ticket_is_for_all_names;
    let wrong = (flags.has("expect-resumable-across-names") && !across)
        || (flags.has("expect-not-resumable-across-names") && across);
    check(!wrong, || format!("a ticket for all names: {across}"))
}

/// What is known of a session before the server has answered: all of it counts for early data.
pub(crate) fn of_early_data(driver: &Driver) -> Result<(), Stop> {
    let (flags, offered) = (&driver.host.flags, &driver.host.world.session);
    let session = offered.as_ref().map(|offered| &offered.session);
    let session = session.ok_or_else(|| Stop::wrong("early data without a session"))?;
    if let Some(expected) = flags.text("expect-alpn") {
        let protocol = session.alpn.clone().unwrap_or_default();
        check(protocol == expected.as_bytes(), || {
            format!("early data in the protocol {protocol:?}")
        })?;
    }
    is_expected(flags, "expect-cipher", Some(session.suite))?;
    if let Some(file) = flags.text("expect-peer-cert-file") {
        let chain = load::certificates(file).map_err(|error| Stop::wrong(error.to_string()))?;
        check(chain == session.peer_certificates, || {
            "a session of another chain".to_owned()
        })?;
    }
    Ok(())
}
