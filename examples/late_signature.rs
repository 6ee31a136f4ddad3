//! A server whose private key lives elsewhere: another thread, a smart card, a service in the network.
//!
//! A connection asks; it never calls anybody. With [`Surface::Everything`] its questions come to the surface: this
//! server hands the one for a signature to another thread, and answers the others from its configuration.
//! A program with an event loop would serve other clients meanwhile.
//!
//! ```sh
//! cargo run -p premaster --example late_signature
//! ```

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use premaster::connection::tls::{Connection, Next, Options, Received, Surface};
use premaster::crypto::SigningKey;
use premaster::handshake::{Answer, Asked, Question, Sign};
use premaster::wire::SignatureScheme;
use premaster::{Client, Credential, Roots, ServerConfig, provider, trust};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    // A self-signed certificate, and its key, which only the signing thread has.
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let pkcs8 = made.signing_key.serialize_der();
    let private = trust::load::private_key_from("the new key", &pkcs8)?;
    let key = (provider().load_key)(&private)?;
    let schemes = key.schemes().iter().copied().map(SignatureScheme).collect();
    let certificate = made.cert.der().to_vec();
    let credential = Credential::elsewhere(vec![certificate.clone()], &key.spki(), schemes)?;
    let config = Arc::new(ServerConfig::builder(provider(), credential).build()?);

    let (questions, asked) = channel();
    let (answers, answered) = channel();
    thread::spawn(move || sign(&*key, &asked, &answers));

    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("localhost:{}", listener.local_addr()?.port());
    let serving = thread::spawn(move || -> Outcome<()> {
        let (tcp, _) = listener.accept()?;
        serve(config, tcp, &questions, &answered)
    });

    let mut roots = Roots::new();
    roots.add(&certificate)?;
    let mut stream = Client::builder().roots(roots).build()?.connect(&address)?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    println!("the server says: {text}");
    stream.close()?;
    serving.join().map_err(|_| "the server panicked")?
}

/// The thread that has the key. The claim of a question makes the answer fit.
fn sign(key: &dyn SigningKey, asked: &Receiver<Asked<Sign>>, answers: &Sender<Answer>) {
    for Asked { question, claim } in asked {
        println!(
            "asked to sign {} bytes with {}",
            question.message.len(),
            question.scheme
        );
        let signature = key
            .sign(question.scheme.0, &question.message)
            .map_err(|error| premaster::handshake::Refusal::new(error.to_string()));
        drop(answers.send(claim.with(signature, "the signing thread")));
    }
}

/// Drives a connection by hand: this is what `Stream` does, and a question more.
fn serve(
    config: Arc<ServerConfig>,
    mut tcp: TcpStream,
    questions: &Sender<Asked<Sign>>,
    answered: &Receiver<Answer>,
) -> Outcome<()> {
    let options = Options {
        surface: Surface::Everything,
        ..Options::default()
    };
    let mut connection = Connection::server_with(config, options);
    let mut incoming = Vec::new();
    loop {
        match connection.next_step() {
            Next::Transmit => transmit(&mut connection, &mut tcp)?,
            Next::Ask(Question::Sign(asked)) => questions.send(asked)?,
            Next::Ask(question) => {
                let resolved = connection.local().resolve(question);
                connection.accept(resolved)?;
            }
            // Only the signature is missing now.
            Next::Wait => connection.accept(answered.recv()?.into())?,
            Next::Receive { .. } => receive(&mut connection, &mut tcp, &mut incoming)?,
            Next::Established => {
                let text = b"signed by another thread";
                let mut record = vec![0; connection.sealed_len(text.len())];
                let sealed = connection.seal_from(&[&text[..]], &mut record)?;
                tcp.write_all(&record[..sealed])?;
                connection.close()?;
                return transmit(&mut connection, &mut tcp);
            }
            Next::PeerClosed | Next::Closed => return Err("the client has gone".into()),
        }
    }
}

fn transmit(connection: &mut Connection, tcp: &mut TcpStream) -> Outcome<()> {
    let mut records = vec![0; connection.pending()];
    let amount = connection.transmit(&mut records)?;
    Ok(tcp.write_all(&records[..amount])?)
}

/// Takes one record, or reads more of it.
fn receive(
    connection: &mut Connection,
    tcp: &mut TcpStream,
    incoming: &mut Vec<u8>,
) -> Outcome<()> {
    let received = match connection.receive(incoming) {
        Ok(received) => received,
        Err(error) => {
            // The alert that tells the client why.
            transmit(connection, tcp)?;
            return Err(error.into());
        }
    };
    match received {
        Received::More { .. } => {
            let mut more = [0; 4096];
            let amount = tcp.read(&mut more)?;
            if amount == 0 {
                connection.end_of_input()?;
            }
            incoming.extend_from_slice(&more[..amount]);
        }
        Received::Control { consumed } | Received::Data { consumed, .. } => {
            incoming.drain(..consumed);
        }
        other => return Err(io::Error::other(format!("unexpected: {other:?}")).into()),
    }
    Ok(())
}
