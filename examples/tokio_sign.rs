//! A server on tokio whose private key lives in another task: it could as well be a smart card or a service in the network.
//!
//! The handler of [`Stream::answering`] sends the question for a signature to that task and awaits its answer; all others
//! are answered from the configuration. While the task signs, the thread serves other clients.
//!
//! ```sh
//! cargo run -p premaster-io-tokio --example tokio_sign
//! ```

use std::error::Error;
use std::io;
use std::sync::Arc;

use premaster::crypto::SigningKey;
use premaster::handshake::{Question, Refusal, Sign};
use premaster::wire::SignatureScheme;
use premaster::{Client, Credential, Roots, ServerConfig, ServerName, provider, trust};
use premaster_io_tokio::Stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

/// What is to be signed, and where the signature goes.
type Job = (Sign, oneshot::Sender<Result<Vec<u8>, Refusal>>);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    // A self-signed certificate, and its key, which only the signing task has.
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let pkcs8 = made.signing_key.serialize_der();
    let private = trust::load::private_key_from("the new key", &pkcs8)?;
    let key = (provider().load_key)(&private)?;
    let schemes = key.schemes().iter().copied().map(SignatureScheme).collect();
    let certificate = made.cert.der().to_vec();
    let credential = Credential::elsewhere(vec![certificate.clone()], &key.spki(), schemes)?;
    let config = Arc::new(ServerConfig::builder(provider(), credential).build()?);

    let (signer, jobs) = mpsc::channel(16);
    tokio::spawn(sign(key, jobs));

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let serving = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await?;
        serve(config, tcp, signer).await
    });

    let mut roots = Roots::new();
    roots.add(&certificate)?;
    let client = Client::builder().roots(roots).build()?;
    let tcp = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost")?;
    let mut stream = Stream::client(Arc::clone(client.config()), name, tcp);
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    println!("the server says: {text}");
    stream.shutdown().await?;
    Ok(serving.await??)
}

/// The task that has the key.
async fn sign(key: Arc<dyn SigningKey>, mut jobs: mpsc::Receiver<Job>) {
    while let Some((question, reply)) = jobs.recv().await {
        let (length, scheme) = (question.message.len(), question.scheme);
        println!("asked to sign {length} bytes with {scheme}");
        let signature = key.sign(scheme.0, &question.message);
        // Whoever asked may have gone.
        let _ = reply.send(signature.map_err(|error| Refusal::new(error.to_string())));
    }
}

/// Sends a job to the task and awaits what it says.
async fn signature(signer: &mpsc::Sender<Job>, question: Sign) -> Result<Vec<u8>, Refusal> {
    let gone = || Refusal::new("the signing task has gone");
    let (reply, signature) = oneshot::channel();
    signer.send((question, reply)).await.map_err(|_| gone())?;
    signature.await.map_err(|_| gone())?
}

async fn serve(
    config: Arc<ServerConfig>,
    tcp: TcpStream,
    signer: mpsc::Sender<Job>,
) -> io::Result<()> {
    let mut stream = Stream::server(config, tcp).answering(move |question, local| {
        let signer = signer.clone();
        async move {
            match question {
                // The claim makes the answer fit.
                Question::Sign(asked) => {
                    let signature = signature(&signer, asked.question).await;
                    asked.claim.with(signature, "the signing task").into()
                }
                other => local.resolve(other),
            }
        }
    });
    let suite = stream.handshake().await?.suite.name;
    println!("a client is here, with {suite}");
    stream.write_all(b"signed by another task").await?;
    stream.shutdown().await
}
