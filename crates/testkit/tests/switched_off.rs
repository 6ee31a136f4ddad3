//! What a configuration leaves out is neither asked for nor said in TLS 1.2, whatever the peer offers.

use std::sync::{Arc, Mutex};

use premaster_connection::tls::{Connection, Options};
use premaster_connection::{
    ClientConfig, ClientConfigBuilder, Credential, ServerConfig, ServerConfigBuilder,
};
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::{connect, shuttle};
use premaster_testkit::pki::KeyKind;
use premaster_trace::{Context, Event, Side, Sink, Tracer};
use premaster_wire::{Decode, ExtensionType, HandshakeType, ServerHello, split_message};

const TRANSPORT: &str = "TLS_RSA_WITH_AES_128_GCM_SHA256";
const CURVE: &str = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";

/// What one side asks its host, and the extensions of the ServerHello that it sees.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<(Vec<&'static str>, Vec<ExtensionType>)>>);

impl Sink for Heard {
    fn event(&mut self, _: &Context, event: &Event<'_>) {
        let mut heard = self.0.lock().unwrap();
        match event {
            Event::Asked { question, .. } => heard.0.push(question),
            Event::Message { bytes, .. } if bytes[0] == HandshakeType::server_hello.0 => {
                let body = split_message(bytes).unwrap().1;
                heard.1 = ServerHello::decode(body)
                    .unwrap()
                    .extensions()
                    .types()
                    .collect();
            }
            _ => {}
        }
    }
}

impl Heard {
    fn options(&self, side: Side) -> Options {
        Options {
            tracer: Tracer::new(side).with_sink(self.clone()),
            ..Options::default()
        }
    }

    fn asked(&self, question: &str) -> bool {
        self.0.lock().unwrap().0.contains(&question)
    }

    fn answered(&self, extension: ExtensionType) -> bool {
        self.0.lock().unwrap().1.contains(&extension)
    }
}

fn client(world: &World) -> ClientConfigBuilder {
    let verifier = world.authority.verifier(&world.provider);
    ClientConfig::builder(Arc::clone(&world.provider), verifier).clock(world.clock.shared())
}

fn server(world: &World, credential: Credential) -> ServerConfigBuilder {
    ServerConfig::builder(Arc::clone(&world.provider), credential).clock(world.clock.shared())
}

fn credential(world: &World) -> Credential {
    let issued = world.authority.server(NAME, KeyKind::Rsa2048);
    issued.credential(&world.provider)
}

/// A handshake: the client afterwards, and what either side was heard to ask and say.
fn shake(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> (Connection, Heard, Heard) {
    let (of_client, of_server) = (Heard::default(), Heard::default());
    let mut client = connect(client, NAME, of_client.options(Side::Client));
    let mut server = Connection::server_with(Arc::clone(server), of_server.options(Side::Server));
    while shuttle(&mut client, &mut server).unwrap() + shuttle(&mut server, &mut client).unwrap()
        > 0
    {}
    assert!(client.facts().is_some() && server.facts().is_some());
    (client, of_client, of_server)
}

fn is_resumed(client: &Connection) -> bool {
    client.facts().unwrap().resumed.is_some()
}

/// A client without a session sends an empty ticket and an empty ID; a server asks about neither, nor about what it has
/// switched off.
#[test]
fn a_server_asks_only_about_what_was_offered_and_is_wanted() {
    let world = World::new();
    for (tickets, ids) in [(true, true), (true, false), (false, true), (false, false)] {
        let own = client(&world);
        let own = if tickets { own } else { own.no_tickets() };
        let own = Arc::new(own.build().unwrap());
        let (all, mut some) = (
            server(&world, credential(&world)),
            server(&world, credential(&world)),
        );
        if !tickets {
            some = some.no_tickets();
        }
        if !ids {
            some = some.no_session_ids();
        }
        let (all, some) = (
            Arc::new(all.build().unwrap()),
            Arc::new(some.build().unwrap()),
        );
        let (first, _, heard) = shake(&own, &all);
        assert!(!is_resumed(&first));
        assert!(!heard.asked("OpenTicket") && !heard.asked("FindSession"));
        let (_, _, heard) = shake(&own, &some);
        assert_eq!(heard.asked("OpenTicket"), tickets);
        assert_eq!(heard.asked("FindSession"), !tickets && ids);
    }
}

#[test]
fn a_client_that_resumes_nothing_keeps_nothing() {
    let world = World::new();
    let server = Arc::new(server(&world, credential(&world)).build().unwrap());
    for resumes in [true, false] {
        let own = client(&world);
        let own = if resumes { own } else { own.no_resumption() };
        let (_, heard, _) = shake(&Arc::new(own.build().unwrap()), &server);
        assert_eq!(heard.asked("StoreClientSession"), resumes);
    }
}

/// RFC 6066 section 3: a server that resumes does not answer server_name.
#[test]
fn server_name_is_answered_in_full_handshakes_only() {
    let world = World::new();
    let own = Arc::new(client(&world).build().unwrap());
    let server = Arc::new(server(&world, credential(&world)).build().unwrap());
    for resumes in [false, true] {
        let (client, heard, _) = shake(&own, &server);
        assert_eq!(is_resumed(&client), resumes);
        assert_eq!(heard.answered(ExtensionType::server_name), !resumes);
    }
}

/// RFC 8422 section 5.2: point formats are answered where points are exchanged.
#[test]
fn point_formats_are_answered_where_points_are_exchanged() {
    let world = World::new();
    let own = Arc::new(client(&world).suites([CURVE, TRANSPORT]).build().unwrap());
    let issued = world.authority.server(NAME, KeyKind::RsaDecryption);
    for (suite, credential) in [
        (CURVE, credential(&world)),
        (TRANSPORT, issued.decrypting_credential(&world.provider)),
    ] {
        let server = server(&world, credential).suites([suite]).build().unwrap();
        let (_, heard, _) = shake(&own, &Arc::new(server));
        assert_eq!(
            heard.answered(ExtensionType::ec_point_formats),
            suite == CURVE
        );
    }
}

/// RFC 6066 section 8: a staple comes before the key exchange, or before ServerHelloDone where there is none.
#[test]
fn a_staple_is_carried_for_whoever_asks() {
    let world = World::new();
    let response = [0x30, 0x03, 0x0a, 0x01, 0x06];
    let issued = world.authority.server(NAME, KeyKind::RsaDecryption);
    for (suite, credential) in [
        (CURVE, credential(&world)),
        (TRANSPORT, issued.decrypting_credential(&world.provider)),
    ] {
        let with = credential.with_ocsp_response(response.to_vec());
        let server = server(&world, with).suites([suite]).build().unwrap();
        let server = Arc::new(server);
        for asks in [true, false] {
            let own = client(&world).suites([suite]).no_resumption();
            let own = if asks { own } else { own.no_ocsp_stapling() };
            let (client, ..) = shake(&Arc::new(own.build().unwrap()), &server);
            let got = client.facts().unwrap().ocsp_response.as_deref();
            assert_eq!(got, asks.then_some(&response[..]), "{suite}");
        }
    }
}
