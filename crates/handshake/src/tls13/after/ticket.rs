//! NewSessionTicket, as a client takes it (RFC 8446 section 4.6.1).

use premaster_crypto::tls13::{Psk, ResumptionSecret};
use premaster_crypto::{SecretBytes, Suite};
use premaster_session::{
    ClientKey, ClientSession, ExternalPskId, IsolationKey, Session, SessionSecret, TicketPsk,
    UnixTime,
};
use premaster_trace::{Derivation, Event, ResumedBy, Tracer};
use premaster_wire::tls13::NewSessionTicket;
use premaster_wire::{ExtensionType, HandshakeType, NewSessionTicketExtension, ProtocolVersion};

use crate::clock::in_seconds;
use crate::narrate::hash_name;
use crate::{Error, Fault, Message, StoreClientSession};

/// Most tickets that are kept of one connection. Each is good for one more connection, and stores keep a few.
const MOST: u32 = 16;

/// The session behind the tickets of a connection, and the secret that their keys come from.
pub(crate) struct Tickets {
    key: ClientKey,
    resumption: ResumptionSecret,
    server_name: Option<String>,
    alpn: Option<Vec<u8>>,
    authenticated: Authenticated,
    taken: u32,
}

/// Who the server has proved to be, and when: in the full handshake, however often its session was resumed since.
pub(crate) struct Authenticated {
    pub(crate) at: UnixTime,
    /// Until when that holds at the most.
    pub(crate) until: Option<UnixTime>,
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) public_key: Option<Vec<u8>>,
    /// The external key that stands for it in place of certificates.
    pub(crate) external: Option<ExternalPskId>,
}

impl Tickets {
    pub(crate) fn new(
        key: ClientKey,
        resumption: ResumptionSecret,
        (server_name, alpn): (Option<String>, Option<Vec<u8>>),
        authenticated: Authenticated,
    ) -> Self {
        Self {
            key,
            resumption,
            server_name,
            alpn,
            authenticated,
            taken: 0,
        }
    }

    /// The session of one ticket.
    fn session(
        &self,
        suite: &Suite,
        psk: &Psk,
        (ticket, flags): (&NewSessionTicket<'_>, &[u8]),
        now: UnixTime,
    ) -> Session {
        let server = &self.authenticated;
        let isolation: IsolationKey = self.key.isolation;
        let mut session = Session {
            version: ProtocolVersion::TLSv1_3.0,
            suite: suite.id,
            secret: SessionSecret::Resumption(TicketPsk {
                psk: SecretBytes::new(psk.secret().as_bytes()),
                age_add: ticket.ticket_age_add,
                issued_at: now,
                max_early_data: max_early_data(ticket),
            }),
            extended_master_secret: true,
            authenticated_at: server.at,
            lifetime: Session::MAX_LIFETIME,
            isolation,
            server_name: self.server_name.clone(),
            alpn: self.alpn.clone(),
            max_fragment_length: None,
            peer_certificates: server.certificates.clone(),
            peer_public_key: server.public_key.clone(),
            external_psk: server.external.clone(),
            resumable_across_names: has_flag(flags, RESUMPTION_ACROSS_NAMES),
        };
        // The ticket's time counts from now, the session's from its full handshake.
        session.expire_by(in_seconds(now, ticket.ticket_lifetime));
        if let Some(until) = server.until {
            session.expire_by(until);
        }
        session
    }
}

/// See [`After::ticket`](super::After::ticket). Without `tickets` it is checked all the same.
pub(super) fn take(
    tickets: Option<&mut Tickets>,
    suite: &'static Suite,
    tracer: &Tracer,
    message: &Message,
    now: UnixTime,
) -> Result<Option<StoreClientSession>, Error> {
    message.check_length()?;
    let ticket: NewSessionTicket<'_> = message.decode()?;
    let lifetime = ticket.ticket_lifetime;
    if lifetime > Session::MAX_LIFETIME {
        let detail = format!("{lifetime} seconds");
        return Err(Error::new(Fault::BadTicket).detail(detail));
    }
    let belongs = |kind: &ExtensionType| kind.may_appear_in(HandshakeType::new_session_ticket);
    if let Some(kind) = ticket.extensions.types().find(|kind| !belongs(kind)) {
        // RFC 8446 section 4.2.
        let detail = format!("{kind} in NewSessionTicket");
        return Err(Error::new(Fault::ExtensionMisplaced).detail(detail));
    }
    let flags = flags(&ticket)?;
    let Some(tickets) = tickets.filter(|tickets| lifetime > 0 && tickets.taken < MOST) else {
        return Ok(None);
    };
    tickets.taken = tickets.taken.saturating_add(1);
    let (name, length) = (hash_name(suite.hash), suite.hash.output_len());
    tracer.emit(|| {
        let nonce = ticket.ticket_nonce;
        Event::Derived(Derivation::resumption_psk(name, length, nonce))
    });
    let psk = tickets.resumption.psk(ticket.ticket_nonce)?;
    let session = tickets.session(suite, &psk, (&ticket, flags), now);
    if session.expired(now) {
        return Ok(None);
    }
    tracer.emit(|| Event::SessionStored {
        by: ResumedBy::Ticket,
        length: ticket.ticket.len(),
        lifetime: session.remaining(now),
    });
    Ok(Some(StoreClientSession {
        key: tickets.key.clone(),
        session: ClientSession {
            session,
            session_id: Vec::new(),
            ticket: ticket.ticket.to_vec(),
        },
    }))
}

/// The server takes the ticket under all names of its certificate (draft-ietf-tls-cross-sni-resumption).
const RESUMPTION_ACROSS_NAMES: usize = 8;

/// What else the server says of the ticket, a bit each, the first one the least of the first byte. They are as short as can
/// be (draft-ietf-tls-tlsflags section 2).
fn flags<'a>(ticket: &NewSessionTicket<'a>) -> Result<&'a [u8], Error> {
    let body = ticket
        .extensions
        .iter()
        .find_map(|extension| match extension {
            NewSessionTicketExtension::Unknown {
                extension_type: ExtensionType::tls_flags,
                body,
            } => Some(body),
            _ => None,
        });
    let Some(body) = body else {
        return Ok(&[]);
    };
    match body.split_first() {
        Some((length, flags)) if *length > 0 && usize::from(*length) == flags.len() => {
            match flags.ends_with(&[0]) {
                true => Err(Fault::BadTicketFlags.into()),
                false => Ok(flags),
            }
        }
        _ => Err(Error::new(Fault::Malformed).detail("tls_flags in NewSessionTicket")),
    }
}

/// Whether a flag is set; of those that nobody knows nothing is known.
fn has_flag(flags: &[u8], number: usize) -> bool {
    let byte = flags.get(number / 8);
    byte.is_some_and(|byte| byte >> (number % 8) & 1 == 1)
}

/// Most bytes of early data that the server would take; what else it says about the ticket is passed over
/// (RFC 8446 section 4.6.1).
fn max_early_data(ticket: &NewSessionTicket<'_>) -> u32 {
    let said = ticket
        .extensions
        .iter()
        .find_map(|extension| match extension {
            NewSessionTicketExtension::EarlyData(size) => Some(size),
            _ => None,
        });
    said.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use premaster_crypto::{HashAlgorithm, SharedSecret, suite_named, tls13::HandshakeSecret};
    use premaster_wire::{Extensions, encode_message};

    use super::*;

    const START: u64 = 1_000_000;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    fn suite() -> &'static Suite {
        suite_named("TLS_AES_128_GCM_SHA256").unwrap()
    }

    fn tickets() -> Tickets {
        let algorithm = HashAlgorithm::Sha256;
        let secret =
            HandshakeSecret::without_psk(algorithm, &SharedSecret::from_bytes(&[7; 32])).unwrap();
        let authenticated = Authenticated {
            at: at(START),
            until: None,
            certificates: vec![vec![1]],
            public_key: None,
            external: None,
        };
        let isolation = IsolationKey::builder().finish();
        Tickets::new(
            ClientKey::new("server.test", isolation),
            secret.into_main().into_resumption(&algorithm.hash(&[b"x"])),
            (Some("server.test".into()), Some(b"h2".to_vec())),
            authenticated,
        )
    }

    fn message(lifetime: u32, extensions: &[NewSessionTicketExtension<'_>]) -> Message {
        let ticket = NewSessionTicket {
            ticket_lifetime: lifetime,
            ticket_age_add: 0xcafe_f00d,
            ticket_nonce: &[0, 7],
            ticket: b"the ticket",
            extensions: Extensions::from(extensions),
        };
        Message::new(encode_message(&ticket).unwrap())
    }

    fn taken(tickets: &mut Tickets, lifetime: u32, now: u64) -> Option<Session> {
        let message = message(lifetime, &[]);
        let tracer = Tracer::default();
        let taken = take(Some(tickets), suite(), &tracer, &message, at(now)).unwrap();
        taken.map(|question| question.session.session)
    }

    #[test]
    fn a_ticket_becomes_a_session_of_its_full_handshake() {
        let mut tickets = tickets();
        let extensions = [
            NewSessionTicketExtension::EarlyData(1_024),
            NewSessionTicketExtension::Unknown {
                extension_type: ExtensionType(0x4a4a),
                body: b"grease",
            },
        ];
        let message = message(600, &extensions);
        let tracer = Tracer::default();
        let stored = take(
            Some(&mut tickets),
            suite(),
            &tracer,
            &message,
            at(START + 50),
        )
        .unwrap()
        .unwrap();
        assert_eq!(stored.key.server, "server.test");
        assert_eq!(stored.session.ticket, b"the ticket");
        let session = stored.session.session;
        assert_eq!((session.version, session.suite), (0x0304, 0x1301));
        assert_eq!(session.authenticated_at, at(START));
        assert_eq!(session.expires_at(), at(START + 650));
        assert_eq!(session.alpn.as_deref(), Some(&b"h2"[..]));
        let ticket = session.ticket_psk().unwrap();
        let expected = tickets.resumption.psk(&[0, 7]).unwrap();
        assert!(ticket.psk.ct_eq(expected.secret().as_bytes()));
        assert_eq!(ticket.age_add, 0xcafe_f00d);
        assert_eq!(ticket.issued_at, at(START + 50));
        assert_eq!(ticket.max_early_data, 1_024);
    }

    /// RFC 8446 section 4.6.1: a ticket is kept for seven days at the most, and the session it is of is no older.
    #[test]
    #[cfg_attr(miri, ignore = "many keys derived in software: too slow")]
    fn no_session_outlives_what_it_rests_on() {
        let week = u64::from(Session::MAX_LIFETIME);
        // (the certificate's end, the ticket's lifetime, now, the session's end)
        for (until, lifetime, now, end) in [
            (None, 604_800, 0, Some(week)),
            (None, 604_800, 1_000, Some(week)),
            (Some(100), 604_800, 50, Some(100)),
            (Some(100), 10, 50, Some(60)),
            (Some(100), 10, 100, None),
            (None, 604_800, week, None),
            (None, 0, 0, None),
        ] {
            let mut tickets = tickets();
            tickets.authenticated.until = until.map(|until| at(START + until));
            let session = taken(&mut tickets, lifetime, START + now);
            let expires = session.map(|session| session.expires_at().as_secs() - START);
            assert_eq!(expires, end, "{until:?} {lifetime} {now}");
        }
    }

    #[test]
    fn more_than_seven_days_are_refused_whether_tickets_are_kept_or_not() {
        let message = message(604_801, &[]);
        let tracer = Tracer::default();
        for tickets in [Some(&mut tickets()), None] {
            let error = take(tickets, suite(), &tracer, &message, at(START)).unwrap_err();
            assert_eq!(error.fault(), Fault::BadTicket);
        }
    }

    #[test]
    fn an_extension_of_other_messages_is_refused() {
        let tracer = Tracer::default();
        for (kind, allowed) in [
            (ExtensionType::key_share, false),
            (ExtensionType::pre_shared_key, false),
            (ExtensionType(0x7777), true),
            (ExtensionType(0xfafa), true),
        ] {
            let extension = NewSessionTicketExtension::Unknown {
                extension_type: kind,
                body: &[],
            };
            let message = message(600, &[extension]);
            let taken = take(Some(&mut tickets()), suite(), &tracer, &message, at(START));
            let fault = taken.err().map(|error| error.fault());
            let expected = (!allowed).then_some(Fault::ExtensionMisplaced);
            assert_eq!(fault, expected, "{kind}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "many keys derived in software: too slow")]
    fn flags_are_a_bit_each_and_as_short_as_can_be() {
        let misshapen = Err(Fault::Malformed);
        let padded = Err(Fault::BadTicketFlags);
        // The body, and whether the eighth flag is set.
        for (body, across) in [
            (&[1, 1][..], Ok(false)),
            (&[2, 0, 1], Ok(true)),
            (&[2, 0xff, 0xfe], Ok(false)),
            (&[4, 0, 1, 0, 0x80], Ok(true)),
            (&[2, 1, 0], padded),
            (&[3, 0, 1, 0], padded),
            (&[1, 0], padded),
            (&[], misshapen),
            (&[0], misshapen),
            (&[1], misshapen),
            (&[1, 0, 1], misshapen),
            (&[2, 1], misshapen),
        ] {
            let flags = NewSessionTicketExtension::Unknown {
                extension_type: ExtensionType::tls_flags,
                body,
            };
            let message = message(600, &[flags]);
            let (tracer, mut tickets) = (Tracer::default(), tickets());
            let taken = take(Some(&mut tickets), suite(), &tracer, &message, at(START));
            let told = taken
                .map(|stored| stored.unwrap().session.session.resumable_across_names)
                .map_err(|error| error.fault());
            assert_eq!(told, across, "{body:?}");
            // Whether tickets are kept or not.
            let unkept = take(None, suite(), &tracer, &message, at(START));
            assert_eq!(unkept.is_err(), across.is_err(), "{body:?}");
        }
    }

    /// RFC 8446 section 4.6.1: a lifetime of zero has the ticket dropped at once, so it takes no place.
    #[test]
    fn tickets_without_a_lifetime_are_not_counted() {
        let mut tickets = tickets();
        for _ in 0..=MOST {
            assert!(taken(&mut tickets, 0, START).is_none());
        }
        assert!(taken(&mut tickets, 600, START).is_some());
    }

    /// property 24: at most so many tickets.
    #[test]
    fn tickets_of_one_connection_are_counted() {
        let mut tickets = tickets();
        let kept = (0..2 * MOST).filter_map(|_| taken(&mut tickets, 600, START));
        assert_eq!(kept.count(), 16);
    }
}
