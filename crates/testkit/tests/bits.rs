//! Two honest sides and somebody on the path who flips one bit: of any message, of any bit.

use std::sync::Arc;

use premaster_handshake::{Clock as _, CookieKey, Fault};
use premaster_session::SessionSecret;
use premaster_testkit::cell::NAME;
use premaster_testkit::scene::Scene;
use premaster_testkit::{Cast, Said, Step, Victim, tls13};
use premaster_wire::{HandshakeType as Type, NamedGroup};

/// Our client and our server, face to face.
struct Duo {
    client: Victim,
    server: Victim,
}

/// Who receives what is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Receiver {
    Client,
    Server,
}

impl Duo {
    /// With client authentication, so that every kind of message is said.
    fn full(cast: &Cast) -> Self {
        let mut client = cast.against_client();
        let credential = cast.client.credential(&cast.world.provider);
        client.host.credential = Some(credential.into());
        client.client.tickets = true;
        let mut server = cast.against_strict_server();
        server.server.tickets = true;
        Self {
            client: client.begin().0,
            server: server.begin().0,
        }
    }

    fn resumed(cast: &Cast) -> Self {
        Self {
            client: cast.against_resuming_client().begin().0,
            server: named(cast).begin().0,
        }
    }

    /// TLS 1.3, with client authentication. No records, so nothing for middleboxes.
    fn modern(mut client: Scene<tls13::Forger>, server: Scene<tls13::Forger>) -> Self {
        client.client.middlebox_compatibility = false;
        Self {
            client: client.begin().0,
            server: server.begin().0,
        }
    }

    fn modern_full(cast: &Cast) -> Self {
        let server = cast.modern_against_strict_server();
        Self::modern(cast.modern_against_asked_client(), server)
    }

    /// With a HelloRetryRequest and a cookie.
    fn modern_retried(cast: &Cast) -> Self {
        let mut client = cast.modern_against_client();
        client.client.key_shares = vec![NamedGroup::x25519];
        let mut server = cast.modern_against_server();
        server.server.groups = vec![NamedGroup::secp256r1];
        server.server.retry_cookie = Some(Arc::new(CookieKey::from_shared(&[7; 32])));
        Self::modern(client, server)
    }

    /// With an external key alone.
    fn modern_with_psk(cast: &Cast) -> Self {
        let client = cast.modern_against_client_with_psk();
        let server = cast.modern_against_server_with_psk();
        Self::modern(
            cast.modern_without_exchange(client),
            cast.modern_without_exchange(server),
        )
    }

    /// With a ticket, and early data under its key.
    fn modern_resumed(cast: &Cast) -> Self {
        let mut client = cast.modern_against_early_client();
        let server = cast.modern_against_early_server();
        let kept = client.host.session.as_mut().unwrap();
        let mut session = cast.modern_session();
        session.server_name = Some(NAME.to_owned());
        if let SessionSecret::Resumption(ticket) = &mut session.secret {
            ticket.max_early_data = 1_000;
        }
        let keys = server.host.tickets.as_ref().unwrap();
        kept.ticket = keys.seal(&session, cast.world.clock.now()).unwrap();
        Self::modern(client, server)
    }

    /// Carries messages; `change` sees each with its number and its receiver. Returns all of them.
    fn run(&mut self, mut change: impl FnMut(usize, &mut Vec<u8>)) -> Vec<(Receiver, Said)> {
        let mut all = Vec::new();
        loop {
            let (to_server, to_client) = (self.client.take_sent(), self.server.take_sent());
            if to_server.is_empty() && to_client.is_empty() {
                return all;
            }
            for (receiver, said) in to_server
                .into_iter()
                .map(|said| (Receiver::Server, said))
                .chain(to_client.into_iter().map(|said| (Receiver::Client, said)))
            {
                let mut changed = said.clone();
                if let Said::Message(bytes) = &mut changed {
                    change(all.len(), bytes);
                }
                self.side(receiver).deliver(&changed);
                all.push((receiver, said));
            }
        }
    }

    fn side(&mut self, receiver: Receiver) -> &mut Victim {
        match receiver {
            Receiver::Client => &mut self.client,
            Receiver::Server => &mut self.server,
        }
    }
}

/// A server that knows the session of the resuming client, who names its server.
fn named(cast: &Cast) -> Scene {
    let mut scene = cast.against_resuming_server();
    for session in scene.host.sessions.values_mut() {
        session.server_name = Some(NAME.to_owned());
    }
    scene
}

/// How much of a message is flipped, one bit a handshake.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bits {
    /// Every bit of it.
    Every,
    /// One bit of each byte, another from byte to byte.
    OneOfEachByte,
}

impl Bits {
    fn has(self, bit: usize) -> bool {
        self == Self::Every || bit % 8 == (bit / 8) * 5 % 8
    }
}

/// Flips bits of the messages that `which` names. The receiver must never complete, and somebody
/// must notice; `judge` sees the fault.
fn flip(
    bits: Bits,
    start: impl Fn() -> Duo,
    which: impl Fn(Step) -> bool,
    judge: impl Fn(Receiver, Step, usize, Option<Fault>),
) -> usize {
    let honest = {
        let mut duo = start();
        let all = duo.run(|_, _| {});
        assert!(matches!(duo.client.outcome, Some(Ok(_))));
        assert!(matches!(duo.server.outcome, Some(Ok(_))));
        all
    };
    let mut flipped = 0;
    for (number, (receiver, said)) in honest.iter().enumerate() {
        let Said::Message(bytes) = said else { continue };
        if !which(said.step()) {
            continue;
        }
        for bit in (0..bytes.len() * 8).filter(|bit| bits.has(*bit)) {
            let mut duo = start();
            let mut hit = false;
            duo.run(|index, bytes| {
                // Signatures differ in length from one handshake to the next.
                if index == number && bit / 8 < bytes.len() {
                    bytes[bit / 8] ^= 1 << (bit % 8);
                    hit = true;
                }
            });
            if !hit {
                continue;
            }
            flipped += 1;
            let victim = duo.side(*receiver);
            let fault = victim.fault();
            let what = format!("bit {bit} of {:?} to the {receiver:?}", said.step());
            assert!(
                !matches!(victim.outcome, Some(Ok(_))),
                "{what}: it completed"
            );
            let fault = fault.or(duo.client.fault()).or(duo.server.fault());
            assert!(fault.is_some(), "{what}: nobody noticed");
            judge(*receiver, said.step(), bit, fault);
        }
    }
    flipped
}

/// property 2: every bit of every Finished counts.
#[test]
fn every_bit_of_finished_counts() {
    let cast = Cast::new();
    for start in [Duo::full, Duo::resumed] {
        let flipped = flip(
            Bits::Every,
            || start(&cast),
            |step| step == Step::Message(Type::finished),
            |receiver, _, bit, fault| {
                let expected = match bit / 8 {
                    0 => Fault::UnexpectedMessage,
                    1..4 => Fault::Malformed,
                    _ => Fault::BadFinished,
                };
                assert_eq!(fault, Some(expected), "{receiver:?}, bit {bit}");
            },
        );
        assert_eq!(flipped, 2 * 16 * 8);
    }
}

/// property 2: every bit of the server's and the client's signature counts, and every bit of
/// what the server signs.
#[test]
fn every_bit_of_signatures_and_key_shares_counts() {
    let cast = Cast::new();
    let signed = [
        Step::Message(Type::server_key_exchange),
        Step::Message(Type::certificate_verify),
    ];
    let flipped = flip(
        Bits::Every,
        || Duo::full(&cast),
        |step| signed.contains(&step),
        |_, step, bit, fault| {
            // Behind the header: curve type, lengths and scheme have faults of their own.
            let shares = 4 + 4..4 + 36;
            let in_share = step == signed[0] && shares.contains(&(bit / 8));
            if in_share {
                assert_eq!(fault, Some(Fault::BadSignature), "bit {bit}");
            }
        },
    );
    assert!(flipped > 2 * 70 * 8, "{flipped}");
}

/// properties 2 and 19: no byte of any hello, request, share or ticket can be changed on the way:
/// whatever the change leads to, Finished tells.
#[test]
fn no_byte_of_hellos_requests_shares_and_tickets_can_be_changed() {
    let cast = Cast::new();
    let rest = [
        Type::client_hello,
        Type::server_hello,
        Type::certificate_request,
        Type::server_hello_done,
        Type::client_key_exchange,
        Type::new_session_ticket,
    ];
    let rest = rest.map(Step::Message);
    let flipped = flip(
        Bits::OneOfEachByte,
        || Duo::full(&cast),
        |step| rest.contains(&step),
        |_, _, _, _| {},
    );
    assert!(flipped > 500, "{flipped}");
}

/// property 2: no byte of a certificate message can be changed.
#[test]
fn no_byte_of_certificates_can_be_changed() {
    let cast = Cast::new();
    let flipped = flip(
        Bits::OneOfEachByte,
        || Duo::full(&cast),
        |step| step == Step::Message(Type::certificate),
        |_, _, _, _| {},
    );
    assert!(flipped > 1_500, "{flipped}");
}

/// properties 2 and 19: a resumed handshake is as well protected.
#[test]
fn no_byte_of_a_resumed_handshakes_hellos_can_be_changed() {
    let cast = Cast::new();
    let hellos = [Type::client_hello, Type::server_hello].map(Step::Message);
    let flipped = flip(
        Bits::OneOfEachByte,
        || Duo::resumed(&cast),
        |step| hellos.contains(&step),
        |_, _, _, _| {},
    );
    assert!(flipped > 250, "{flipped}");
}

/// property 2: every bit of every Finished of TLS 1.3 counts, and every bit of its signatures.
#[test]
fn every_bit_of_finished_and_signatures_of_tls13_counts() {
    let cast = Cast::new();
    let finished = Step::Message(Type::finished);
    for start in [Duo::modern_full, Duo::modern_resumed, Duo::modern_with_psk] {
        let flipped = flip(
            Bits::Every,
            || start(&cast),
            |step| step == finished,
            |receiver, _, bit, fault| {
                let expected = match bit / 8 {
                    0 => Fault::UnexpectedMessage,
                    1..4 => Fault::Malformed,
                    _ => Fault::BadFinished,
                };
                assert_eq!(fault, Some(expected), "{receiver:?}, bit {bit}");
            },
        );
        assert_eq!(flipped, 2 * 36 * 8);
    }
    let flipped = flip(
        Bits::Every,
        || Duo::modern_full(&cast),
        |step| step == Step::Message(Type::certificate_verify),
        |receiver, _, bit, fault| {
            // Behind the header, the scheme and the length, which have faults of their own.
            if bit / 8 >= 8 {
                assert_eq!(fault, Some(Fault::BadSignature), "{receiver:?}, bit {bit}");
            }
        },
    );
    assert!(flipped > 2 * 70 * 8, "{flipped}");
}

/// properties 2 and 19: no byte of any other message of TLS 1.3 can be changed on the way.
#[test]
fn no_byte_of_a_handshake_of_tls13_can_be_changed() {
    let cast = Cast::new();
    let judged = [Type::finished, Type::certificate_verify].map(Step::Message);
    let flipped = flip(
        Bits::OneOfEachByte,
        || Duo::modern_full(&cast),
        |step| !judged.contains(&step),
        |_, _, _, _| {},
    );
    assert!(flipped > 1_500, "{flipped}");
}

/// properties 2, 19 and 21: nor one of hellos that were repeated, that resume, or that name a key.
#[test]
fn no_byte_of_other_hellos_of_tls13_can_be_changed() {
    let cast = Cast::new();
    let hellos = [
        Type::client_hello,
        Type::server_hello,
        Type::encrypted_extensions,
        Type::end_of_early_data,
    ];
    let hellos = hellos.map(Step::Message);
    for start in [
        Duo::modern_retried,
        Duo::modern_resumed,
        Duo::modern_with_psk,
    ] {
        let flipped = flip(
            Bits::OneOfEachByte,
            || start(&cast),
            |step| hellos.contains(&step),
            |_, _, _, _| {},
        );
        assert!(flipped > 300, "{flipped}");
    }
}
