//! Every script there is: who is the victim, and what the other side says in an honest handshake.

use premaster_handshake::ClientAuth;
use premaster_testkit::cast::{self, MASTER};
use premaster_testkit::scene::Scene;
use premaster_testkit::{Cast, Step};
use premaster_wire::{ExtensionType, HandshakeType as Type};

use Presence::{May, Must};
use Step::ChangeCipherSpec as CCS;

/// One line of the figure in the RFC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Must,
    /// A star in the figure.
    May,
}

pub(crate) type Line = (Presence, Step);

#[derive(Clone)]
/// A script: who is the victim, and what the other side says in an honest handshake.
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) scene: fn(&Cast) -> Scene,
    /// RFC 5246 section 7.3 with RFC 5077 section 3.1 and RFC 6066 section 8: only the lines of
    /// the side that is played.
    pub(crate) figure: Vec<Line>,
}

const fn must(kind: Type) -> Line {
    (Must, Step::Message(kind))
}

const fn may(kind: Type) -> Line {
    (May, Step::Message(kind))
}

const FINISH: [Line; 2] = [(Must, CCS), must(Type::finished)];

pub(crate) fn scripts() -> Vec<Script> {
    [of_clients(), of_servers(), classic()].concat()
}

fn script(name: &'static str, scene: fn(&Cast) -> Scene, lines: &[Line]) -> Script {
    Script {
        name,
        scene,
        figure: [lines, &FINISH].concat(),
    }
}

fn of_clients() -> Vec<Script> {
    let full = [
        must(Type::server_hello),
        must(Type::certificate),
        must(Type::server_key_exchange),
        may(Type::certificate_request),
        must(Type::server_hello_done),
    ];
    let mut stapled = full.to_vec();
    stapled.insert(2, may(Type::certificate_status));
    let mut with_ticket = full.to_vec();
    with_ticket.push(must(Type::new_session_ticket));
    vec![
        script("a client", Cast::against_client, &full),
        script("a client that is asked for a certificate", asked, &full),
        script(
            "a client that was promised a staple",
            promised_staple,
            &stapled,
        ),
        script(
            "a client that was promised a ticket",
            promised_ticket,
            &with_ticket,
        ),
        script(
            "a client that resumes by ID",
            Cast::against_resuming_client,
            &[must(Type::server_hello)],
        ),
        script(
            "a client that resumes by ticket and gets another",
            resuming_by_ticket,
            &[must(Type::server_hello), must(Type::new_session_ticket)],
        ),
    ]
}

fn of_servers() -> Vec<Script> {
    let hello = must(Type::client_hello);
    let exchange = must(Type::client_key_exchange);
    vec![
        script("a server", Cast::against_server, &[hello, exchange]),
        script(
            "a server whose client declines",
            declined,
            &[hello, must(Type::certificate), exchange],
        ),
        script(
            "a server whose client authenticates",
            Cast::against_strict_server,
            &[
                hello,
                must(Type::certificate),
                exchange,
                must(Type::certificate_verify),
            ],
        ),
        script(
            "a server that resumes by ID",
            Cast::against_resuming_server,
            &[hello],
        ),
        script(
            "a server that resumes by ticket",
            resumed_by_ticket,
            &[hello],
        ),
    ]
}

/// Key transport has no ServerKeyExchange; all else is as it was (RFC 5246 section 7.4.3).
fn classic() -> Vec<Script> {
    let (server_hello, certificate) = (must(Type::server_hello), must(Type::certificate));
    let (hello, exchange) = (must(Type::client_hello), must(Type::client_key_exchange));
    let (share, done) = (
        must(Type::server_key_exchange),
        must(Type::server_hello_done),
    );
    let (request, staple) = (
        may(Type::certificate_request),
        may(Type::certificate_status),
    );
    let verify = must(Type::certificate_verify);
    let field = [server_hello, certificate, share, request, done];
    let transport = [server_hello, certificate, request, done];
    let stapled = [server_hello, certificate, staple, request, done];
    let known = [hello, certificate, exchange, verify];
    let declined = [hello, certificate, exchange];
    type Made = fn(&Cast) -> Scene;
    let list: [(&'static str, Made, &[Line]); 11] = [
        (
            "a client in a field",
            |c| c.in_a_field(c.against_client()),
            &field,
        ),
        (
            "an asked client in a field",
            |c| c.in_a_field(asked(c)),
            &field,
        ),
        (
            "a client that encrypts",
            |c| c.by_transport(c.against_client()),
            &transport,
        ),
        (
            "an asked client that encrypts",
            |c| c.by_transport(asked(c)),
            &transport,
        ),
        (
            "a client that encrypts and was promised a staple",
            |c| c.by_transport(promised_staple(c)),
            &stapled,
        ),
        (
            "a server in a field",
            |c| c.in_a_field(c.against_server()),
            &[hello, exchange],
        ),
        (
            "a server in a field whose client declines",
            |c| c.in_a_field(self::declined(c)),
            &declined,
        ),
        (
            "a server in a field whose client authenticates",
            |c| c.in_a_field(c.against_strict_server()),
            &known,
        ),
        (
            "a server that decrypts",
            |c| c.by_transport(c.against_server()),
            &[hello, exchange],
        ),
        (
            "a server that decrypts and whose client declines",
            |c| c.by_transport(self::declined(c)),
            &declined,
        ),
        (
            "a server that decrypts and whose client authenticates",
            |c| c.by_transport(c.against_strict_server()),
            &known,
        ),
    ];
    let made = list.into_iter();
    made.map(|(name, scene, lines)| script(name, scene, lines))
        .collect()
}

fn asked(cast: &Cast) -> Scene {
    let mut scene = cast.against_client();
    scene
        .script
        .insert(3, Step::Message(Type::certificate_request));
    let credential = cast.client.credential(&cast.world.provider);
    scene.host.credential = Some(credential.into());
    scene
}

fn promised_staple(cast: &Cast) -> Scene {
    let mut scene = cast.against_client();
    scene.client.ocsp_stapling = true;
    scene.plan.set(ExtensionType::status_request, []);
    scene
        .script
        .insert(2, Step::Message(Type::certificate_status));
    scene
}

fn promised_ticket(cast: &Cast) -> Scene {
    let mut scene = cast.against_client();
    scene.client.tickets = true;
    scene.plan.set(ExtensionType::session_ticket, []);
    scene
        .script
        .insert(4, Step::Message(Type::new_session_ticket));
    scene
}

/// The client makes up a session ID, which the server echoes when it takes the ticket.
fn resuming_by_ticket(cast: &Cast) -> Scene {
    let mut scene = cast.against_resuming_client();
    scene.client.tickets = true;
    let session = scene.host.session.as_mut().unwrap();
    session.session_id.clear();
    session.ticket = b"a ticket".to_vec();
    scene.plan.set(ExtensionType::session_ticket, []);
    scene
        .script
        .insert(1, Step::Message(Type::new_session_ticket));
    scene.plan.echoes_session_id = true;
    scene
}

fn declined(cast: &Cast) -> Scene {
    let mut scene = cast.against_server();
    scene.server.client_auth = ClientAuth::Optional {
        authorities: Vec::new(),
    };
    scene.script.insert(1, Step::Message(Type::certificate));
    scene
}

fn resumed_by_ticket(cast: &Cast) -> Scene {
    let mut scene = cast.against_server();
    scene.server.tickets = true;
    let tickets = scene.host.tickets.as_ref().unwrap();
    let ticket = tickets.seal(
        &cast.session(),
        premaster_handshake::Clock::now(&cast.world.clock),
    );
    scene
        .plan
        .set(ExtensionType::session_ticket, ticket.unwrap());
    scene.plan.session_id = vec![0x1d; 32];
    scene.plan.master = Some(MASTER);
    scene.script = cast::steps(&[Type::client_hello]);
    scene.script.extend([CCS, Step::Message(Type::finished)]);
    scene
}
