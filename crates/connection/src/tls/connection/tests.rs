//! What an established connection sees to by itself.

use std::iter;

use premaster_handshake::{ChooseConfig, Claim, Refusal, ServerPolicy, StaleClaim};
use premaster_wire::AlertDescription;

use super::*;
use crate::Resolved;
use crate::tls::testing::{TICKET, configs, shaken};

/// A whole connection has them stored, and asks the caller to if it wants to be asked.
#[test]
fn a_connection_has_tickets_stored() {
    let [mut client, mut server] = shaken();
    for surface in [Surface::Everything, Surface::Nothing] {
        client.surface = surface;
        server.sealer.message(&TICKET.repeat(2)).unwrap();
        let mut wire = vec![0; server.pending()];
        server.transmit(&mut wire).unwrap();
        let received = client.receive(&mut wire);
        assert!(matches!(received, Ok(Received::Control { .. })));
        let asked = iter::from_fn(|| match client.next_step() {
            Next::Ask(Question::StoreClientSession(asked)) => Some(asked),
            other => {
                assert!(matches!(other, Next::Established));
                None
            }
        });
        assert_eq!(
            asked.count(),
            if surface == Surface::Nothing { 0 } else { 2 }
        );
    }
}

/// RFC 8446 section 4.6.2. property 5: nobody shows who it is, nor is asked to, if that was not agreed on.
#[test]
fn authentication_that_nobody_wants_is_refused() {
    let request = [13, 0, 0, 3, 0, 0, 0];
    let answers = [
        &[11, 0, 0, 4, 0, 0, 0, 0][..],
        &[15, 0, 0, 4, 8, 7, 0, 0],
        &[20, 0, 0, 0],
        &[25, 0, 0, 0],
    ];
    let to_server = answers.map(|answer| (Side::Client, answer));
    for (sender, message) in [(Side::Server, &request[..])].into_iter().chain(to_server) {
        let [client, server] = shaken();
        let (mut liar, mut victim) = match sender {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        liar.sealer.message(message).unwrap();
        let mut wire = vec![0; liar.pending()];
        liar.transmit(&mut wire).unwrap();
        let error = victim.receive(&mut wire).map(drop).unwrap_err();
        let alert = Some(AlertDescription::unexpected_message);
        assert_eq!(error.alert(), alert, "{message:?}");
    }
}

/// What is known before the peer's Finished goes with the handshake: its exporter holds secrets.
#[test]
fn nothing_provisional_is_kept_beyond_the_end() {
    type End = fn(&mut Connection);
    let ends: [End; 3] = [
        |server| server.close().unwrap(),
        |server| server.abort(AlertDescription::access_denied),
        |server| drop(server.end_of_input().unwrap_err()),
    ];
    for end in ends {
        let (client, config) = configs();
        let mut client = Connection::client(client, "localhost".try_into().unwrap());
        let mut server = Connection::server(config);
        let mut hello = vec![0; client.pending()];
        client.transmit(&mut hello).unwrap();
        drop(server.receive(&mut hello).unwrap());
        assert!(server.provisional.is_some());
        end(&mut server);
        assert!(server.provisional.is_none());
    }
}

/// A policy without the verifier and the keys that belong to it serves nobody.
#[test]
fn a_policy_alone_is_no_choice() {
    for dangerous in [false, true] {
        let (mut server, claim, policy) = choosing();
        let accepted = server.accept(match dangerous {
            true => Resolved::dangerous_policy(claim, Ok(policy), "a test"),
            false => claim.with(Ok(policy), "a test").into(),
        });
        assert_eq!(accepted, Ok(()));
        let wanted = (!dangerous).then_some(Error::PolicyAlone);
        assert_eq!(server.error(), wanted.as_ref());
    }
}

/// The claim of another connection does no harm, nor does a refusal want a configuration.
#[test]
fn only_the_choice_of_this_connection_needs_a_configuration() {
    let [(mut server, own, _), (_, foreign, policy)] = [choosing(), choosing()];
    let stale = server.accept(foreign.with(Ok(policy), "a test").into());
    assert_eq!((stale, server.error()), (Err(StaleClaim), None));
    let refusal = Err(Refusal::new("not today"));
    server.accept(own.with(refusal, "a test").into()).unwrap();
    assert!(matches!(server.error(), Some(Error::Handshake(_))));
}

/// A server that has to choose its configuration, and the policy of the one that it began with.
fn choosing() -> (Connection, Claim<ChooseConfig>, Arc<ServerPolicy>) {
    let (client, config) = configs();
    let mut client = Connection::client(client, "localhost".try_into().unwrap());
    let policy = Arc::clone(&config.policy);
    let options = Options {
        surface: Surface::Everything,
        ..Options::default()
    };
    let mut server = Connection::server_with(config, options);
    let mut hello = vec![0; client.pending()];
    client.transmit(&mut hello).unwrap();
    drop(server.receive(&mut hello).unwrap());
    let Next::Ask(Question::ChooseConfig(asked)) = server.next_step() else {
        panic!("which configuration?")
    };
    (server, asked.claim, policy)
}
