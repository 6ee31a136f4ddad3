//! Questions that are answered later: in other tasks, in another order, or not at all.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::io;
use std::sync::{Arc, Mutex};

use premaster_connection::tls::{Connection, Options};
use premaster_connection::{
    ClientConfig, Local, Question, Refusal, Resolved, ResumedBy, ServerConfig,
};
use premaster_io_tokio::{Error, Stream, tls_error};
use premaster_testkit::cell::{Cell, ClientCertificate, NAME, World};
use premaster_testkit::pki::KeyKind;
use premaster_wire::ProtocolVersion;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::{mpsc, oneshot};

use crate::stage::{Pki, Trickle, in_time, localhost, quiet, shake};

type Desk = mpsc::UnboundedSender<(Question, Local, oneshot::Sender<Resolved>)>;

/// What a clerk has seen.
#[derive(Default)]
struct Seen {
    names: Mutex<Vec<&'static str>>,
    most_open: AtomicUsize,
}

/// A task that answers when nobody can do anything else any more, the last question first.
fn clerk() -> (Desk, Arc<Seen>) {
    let (desk, mut questions) = mpsc::unbounded_channel();
    let seen = Arc::new(Seen::default());
    let noting = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Some(first) = questions.recv().await {
            quiet().await;
            let mut open = vec![first];
            while let Ok(next) = questions.try_recv() {
                open.push(next);
            }
            noting.most_open.fetch_max(open.len(), Ordering::SeqCst);
            for (question, local, reply) in open.into_iter().rev() {
                let question: Question = question;
                let local: Local = local;
                let reply: oneshot::Sender<Resolved> = reply;
                noting.names.lock().unwrap().push(question.name());
                drop(reply.send(local.resolve(question)));
                // The other answers come when this one has done what it can.
                quiet().await;
            }
        }
    });
    (desk, seen)
}

/// Has a clerk answer everything.
fn late<S>(stream: Stream<S>, desk: &Desk) -> Stream<S>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let desk = desk.clone();
    stream.answering(move |question, local| {
        let (reply, answer) = oneshot::channel();
        drop(desk.send((question, local, reply)));
        async { answer.await.expect("the clerk answers") }
    })
}

#[tokio::test(start_paused = true)]
async fn answers_may_come_from_another_task_in_reverse_order() {
    let world = World::new();
    let mut names = Vec::new();
    for by in [ResumedBy::SessionId, ResumedBy::Ticket] {
        let cell = Cell {
            client: ClientCertificate::Required(KeyKind::P256),
            resumption: Some(by),
            ..Cell::all()[0]
        };
        let (client, server) = (world.client(&cell), world.server(&cell));
        for resumed in [None, Some(by)] {
            let (desk, seen) = clerk();
            let (ours, theirs) = duplex(1_000);
            let name = ServerName::try_from(NAME).unwrap();
            let client = Stream::client(Arc::clone(&client), name, Trickle::over(ours));
            let server = Stream::server(Arc::clone(&server), Trickle::over(theirs));
            let (mut client, mut server) = (late(client, &desk), late(server, &desk));
            shake(&mut client, &mut server).await.unwrap();
            for facts in [client.facts(), server.facts()] {
                assert_eq!(facts.unwrap().resumed, resumed);
            }
            assert_eq!(
                echo(&mut client, &mut server).await.unwrap(),
                "late but whole"
            );
            if resumed.is_none() {
                let most = seen.most_open.load(Ordering::SeqCst);
                assert!(
                    most >= 2,
                    "the verdict and the certificate are open together"
                );
            }
            names.append(&mut seen.names.lock().unwrap());
        }
    }
    for name in [
        "ChooseConfig",
        "ChooseCredential",
        "FindClientSession",
        "FindSession",
        "OpenTicket",
        "SealTicket",
        "Sign",
        "StoreClientSession",
        "StoreSession",
        "VerifyIdentity",
    ] {
        assert!(names.contains(&name), "{name} was never asked: {names:?}");
    }
}

async fn echo<S>(client: &mut Stream<S>, server: &mut Stream<S>) -> io::Result<String>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let echoing = async {
        let mut heard = String::new();
        server.read_to_string(&mut heard).await?;
        server.write_all(heard.as_bytes()).await?;
        server.shutdown().await
    };
    let asking = async {
        client.write_all(b"late but whole").await?;
        client.shutdown().await?;
        let mut heard = String::new();
        client.read_to_string(&mut heard).await?;
        Ok(heard)
    };
    let (heard, ()) = in_time(async { tokio::try_join!(asking, echoing) }).await?;
    Ok(heard)
}

#[tokio::test(start_paused = true)]
async fn a_handshake_ends_with_its_last_answer() {
    // In TLS 1.3 there is no session before a ticket comes.
    for (version, last) in [
        (ProtocolVersion::TLSv1_2, "StoreClientSession"),
        (ProtocolVersion::TLSv1_3, "VerifyIdentity"),
    ] {
        let (desk, seen) = clerk();
        let (client, mut server) = Pki::speaking(version).piped(1_000);
        let mut client = late(client, &desk);
        // Nobody says anything after that, and nobody else wakes the task.
        let serving = tokio::spawn(async move { server.handshake().await.map(drop) });
        in_time(client.handshake()).await.map(drop).unwrap();
        in_time(serving).await.unwrap().unwrap();
        let names = seen.names.lock().unwrap();
        assert_eq!(names.last(), Some(&last));
    }
}

#[tokio::test(start_paused = true)]
async fn both_halves_see_a_late_handshake_through() {
    let pki = Pki::new();
    let (desk, _) = clerk();
    let (client, server) = pki.piped(10);
    let (client, server) = (late(client, &desk), late(server, &desk));
    let both = async {
        tokio::try_join!(
            crate::blocking::exchange(client, b"there".to_vec()),
            crate::blocking::exchange(server, b"back".to_vec())
        )
    };
    let (at_client, at_server) = in_time(both).await.unwrap();
    assert_eq!((&*at_client, &*at_server), (&b"back"[..], &b"there"[..]));
}

#[tokio::test(start_paused = true)]
async fn a_half_gets_the_answer_that_a_dropped_one_was_waiting_for() {
    let pki = Pki::new();
    let (desk, _) = clerk();
    let (client, mut server) = pki.piped(10_000);
    let (mut reader, mut writer) = tokio::io::split(late(client, &desk));
    let writing = tokio::spawn(async move {
        writer.write_all(b"x").await?;
        writer.flush().await
    });
    let mut piece = [0];
    tokio::select! {
        biased;
        _ = reader.read(&mut piece) => panic!("nobody has said anything"),
        () = tokio::task::yield_now() => {}
    }
    let both = async { tokio::join!(server.read_u8(), writing) };
    let (read, written) = in_time(both).await;
    written.unwrap().unwrap();
    assert_eq!(read.unwrap(), b'x');
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_fatal_and_the_peer_is_told() {
    let pki = Pki::new();
    let (client, server) = pki.piped(1_000);
    let mut client = client;
    let mut server = server.answering(|question, local| async move {
        match question {
            Question::Sign(asked) => asked
                .claim
                .with(Err(Refusal::new("not today")), "a test")
                .into(),
            other => local.resolve(other),
        }
    });
    let both = async { tokio::join!(client.handshake(), server.handshake()) };
    let (told, error) = in_time(both).await;
    let error = error.map(drop).unwrap_err();
    assert!(error.to_string().contains("not today"), "{error}");
    let told = told.map(drop).unwrap_err();
    assert!(
        matches!(tls_error(&told), Some(Error::AlertReceived(_))),
        "{told}"
    );
}

/// A handler's future, as it were: sets the flag when it is dropped.
struct Flag(Arc<AtomicBool>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn never_answering(stream: Stream<DuplexStream>) -> (Stream<DuplexStream>, Arc<AtomicBool>) {
    let dropped = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&dropped);
    let stream = stream.answering(move |_, _| {
        let flag = Flag(Arc::clone(&flag));
        async move {
            let _flag = flag;
            core::future::pending().await
        }
    });
    (stream, dropped)
}

#[tokio::test(start_paused = true)]
async fn nobody_works_on_answers_that_are_not_wanted_any_more() {
    let pki = Pki::new();
    // The stream is gone.
    let (client, _server) = pki.piped(1_000);
    let (mut client, dropped) = never_answering(client);
    tokio::select! {
        biased;
        _ = client.handshake() => panic!("nobody answers"),
        () = quiet() => {}
    }
    assert!(!dropped.load(Ordering::SeqCst));
    drop(client);
    assert!(dropped.load(Ordering::SeqCst));

    // It was closed.
    let (client, _server) = pki.piped(1_000);
    let (mut client, dropped) = never_answering(client);
    tokio::select! {
        biased;
        _ = client.handshake() => panic!("nobody answers"),
        () = quiet() => {}
    }
    in_time(client.shutdown()).await.unwrap();
    assert!(dropped.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn an_answer_for_another_connection_is_an_error_and_no_hang() {
    let pki = Pki::new();
    let (client, _server) = pki.piped(1_000);
    let foreign = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&foreign);
    let mut other = pki.piped(1_000).0.answering(move |question, local| {
        *keep.lock().unwrap() = Some(local.resolve(question));
        core::future::pending()
    });
    tokio::select! {
        biased;
        _ = other.handshake() => panic!("nobody answers"),
        () = quiet() => {}
    }
    let mut client = client.answering(move |_, _| {
        let answer = foreign.lock().unwrap().take();
        async { answer.expect("it is asked once") }
    });
    let error = in_time(client.handshake()).await.map(drop).unwrap_err();
    assert!(
        error.to_string().contains("has not been answered"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_configuration_may_be_looked_up_by_name() {
    let world = World::new();
    let provider = Arc::clone(&world.provider);
    let credential = |name: &str| {
        world
            .authority
            .server(name, KeyKind::P256)
            .credential(&provider)
    };
    let config = |name: &str| {
        let config = ServerConfig::builder(Arc::clone(&provider), credential(name));
        Arc::new(config.alpn(["here"]).build().unwrap())
    };
    let (any, wanted) = (config("any.test"), config("wanted.test"));
    let client = ClientConfig::builder(Arc::clone(&provider), world.authority.verifier(&provider));
    let client = Arc::new(client.alpn(["here"]).build().unwrap());

    let (ours, theirs) = duplex(1_000);
    let name = ServerName::try_from("wanted.test").unwrap();
    let mut client = Stream::client(client, name, ours);
    let mut server = Stream::server(any, theirs).answering(move |question, local| {
        let wanted = Arc::clone(&wanted);
        async move {
            match question {
                Question::ChooseConfig(_) => {
                    quiet().await;
                    Connection::server(wanted).local().resolve(question)
                }
                other => local.resolve(other),
            }
        }
    });
    shake(&mut client, &mut server).await.unwrap();
    let facts = client.facts().unwrap();
    assert_eq!(facts.server_name.as_deref(), Some("wanted.test"));
}

/// A client that is slow to forget; the flag says when it has.
fn slow_to_forget(client: Stream<DuplexStream>) -> (Stream<DuplexStream>, Arc<AtomicBool>) {
    let forgotten = Arc::new(AtomicBool::new(false));
    let noting = Arc::clone(&forgotten);
    let client = client.answering(move |question, local| {
        let noting = Arc::clone(&noting);
        async move {
            if matches!(question, Question::ForgetClientSession(_)) {
                quiet().await;
                noting.store(true, Ordering::SeqCst);
            }
            local.resolve(question)
        }
    });
    (client, forgotten)
}

#[tokio::test(start_paused = true)]
async fn a_session_is_forgotten_before_a_failed_handshake_is_told() {
    let (ours, theirs) = duplex(1_000);
    // Another authority: the client does not know the server's.
    let (mut client, forgotten) = slow_to_forget(Pki::new().client(ours));
    let mut server = Pki::new().server(theirs);
    let both = async { tokio::join!(client.handshake(), server.handshake()) };
    let (failed, told) = in_time(both).await;
    assert!(failed.is_err() && told.is_err());
    assert!(forgotten.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_badly_is_forgotten_before_the_shutdown_is_over() {
    let (client, mut server) = Pki::new().piped(1_000);
    let (mut client, forgotten) = slow_to_forget(client);
    shake(&mut client, &mut server).await.unwrap();
    let forged = [&[23, 3, 3, 0, 32][..], &[0; 32]].concat();
    server.transport_mut().write_all(&forged).await.unwrap();
    in_time(client.read(&mut [0])).await.unwrap_err();
    assert!(
        !forgotten.load(Ordering::SeqCst),
        "the error is told at once"
    );
    in_time(client.shutdown()).await.unwrap();
    assert!(forgotten.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_fails_does_not_wait_for_answers_it_does_not_need() {
    let asking = |name: &'static str| {
        move |question: Question, local: Local| async move {
            match question.name() == name {
                true => core::future::pending().await,
                false => local.resolve(question),
            }
        }
    };
    let (client, server) = Pki::new().piped(10_000);
    let mut client = client.answering(asking("VerifyIdentity"));
    let mut server = server.answering(asking("Sign"));
    let shaking = tokio::spawn(async move { client.handshake().await.map(drop) });
    // The client has the certificate but not the signature.
    tokio::select! {
        biased;
        _ = server.handshake() => panic!("nobody signs"),
        () = quiet() => drop(server),
    }
    let error = in_time(shaking).await.unwrap().unwrap_err();
    assert!(
        matches!(tls_error(&error), Some(Error::CutEarly { .. })),
        "{error}"
    );
}

/// A connection that keeps its questions to itself needs no handler, and a handler hears nothing.
#[tokio::test(start_paused = true)]
async fn a_connection_that_keeps_its_questions_works_too() {
    let pki = Pki::new();
    let (ours, theirs) = duplex(1_000);
    let connection =
        Connection::client_with(Arc::clone(&pki.client), localhost(), Options::default());
    let mut client = Stream::new(connection, ours)
        .answering(|_, _| async { unreachable!("no question comes to the surface") });
    let mut server = pki.server(theirs);
    shake(&mut client, &mut server).await.unwrap();
}
