//! Compressed certificates with rustls (RFC 8879): of the server and of the client, both ways.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use premaster_crypto::Side;
use premaster_handshake::CertificateCompression;
use premaster_testkit::cell::{Cell, ClientCertificate, World};
use premaster_testkit::pki::KeyKind;
use premaster_wire::CertificateCompressionAlgorithm;
use rustls::HandshakeKind;
use rustls::compress::{
    CertCompressor, CertDecompressor, CompressionFailed, CompressionLevel, DecompressionFailed,
};

use crate::peer::Theirs;
use crate::sides::{Ours, Sides, Table, agree};
use crate::tls13::{client, expect, plain, server, setup};

#[test]
fn certificates_are_compressed_both_ways() {
    for table in Table::all() {
        let world = table.world();
        let cell = Cell {
            client: ClientCertificate::Required(KeyKind::P256),
            ..plain()
        };
        let book = Book::new();
        let mut mixed = sides(table, &world, &cell, book).connection();
        expect(mixed.handshake(), table, "compressed");
        agree(&cell, &mixed, None, HandshakeKind::Full);
        expect(mixed.converse(), table, "compressed");
        assert_eq!(book.used(), (2, 2), "{table:?}");
    }
}

fn sides(table: Table, world: &World, cell: &Cell, book: &'static Book) -> Sides {
    let groups = ["x25519"];
    let setup = setup(table, &world.clock, &groups);
    let ways: [&'static dyn CertificateCompression; 1] = [book];
    match table.side {
        Side::Client => {
            let mut server = Theirs::server(world, cell, setup);
            server.cert_compressors = vec![book];
            server.cert_decompressors = vec![book];
            let ours = client(world, cell, &groups).certificate_compression(ways);
            Sides {
                ours: Ours::Client(Arc::new(ours.build().expect("a client"))),
                theirs: Theirs::Server(Arc::new(server)),
            }
        }
        Side::Server => {
            let mut client = Theirs::client(world, cell, setup);
            client.cert_compressors = vec![book];
            client.cert_decompressors = vec![book];
            let ours = server(world, cell, &groups).certificate_compression(ways);
            Sides {
                ours: Ours::Server(Arc::new(ours.build().expect("a server"))),
                theirs: Theirs::Client(Arc::new(client)),
            }
        }
    }
}

/// Keeps what it compresses, and writes where: what matters here is what stands around it.
#[derive(Debug, Default)]
struct Book {
    pages: Mutex<Vec<Vec<u8>>>,
    read: AtomicUsize,
}

/// For private use (RFC 8879 section 7.3).
const ALGORITHM: u16 = 0x4000;

impl Book {
    /// It lives as long as the process, as both libraries want it.
    fn new() -> &'static Self {
        Box::leak(Box::default())
    }

    /// How often something was compressed, and decompressed.
    fn used(&self) -> (usize, usize) {
        let written = self.pages.lock().expect("no panic").len();
        (written, self.read.load(Ordering::Relaxed))
    }

    fn write(&self, message: &[u8]) -> Vec<u8> {
        let mut pages = self.pages.lock().expect("no panic");
        pages.push(message.to_vec());
        vec![pages.len() as u8]
    }

    fn read(&self, page: &[u8]) -> Vec<u8> {
        self.read.fetch_add(1, Ordering::Relaxed);
        let number = usize::from(page[0]) - 1;
        self.pages.lock().expect("no panic")[number].clone()
    }
}

impl CertificateCompression for Book {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm(ALGORITHM)
    }

    fn compress(&self, certificate: &[u8]) -> Option<Vec<u8>> {
        Some(self.write(certificate))
    }

    fn decompress(&self, compressed: &[u8], length: usize) -> Option<Vec<u8>> {
        let message = self.read(compressed);
        (message.len() == length).then_some(message)
    }
}

impl CertCompressor for Book {
    fn algorithm(&self) -> rustls::CertificateCompressionAlgorithm {
        ALGORITHM.into()
    }

    fn compress(&self, input: Vec<u8>, _: CompressionLevel) -> Result<Vec<u8>, CompressionFailed> {
        Ok(self.write(&input))
    }
}

impl CertDecompressor for Book {
    fn algorithm(&self) -> rustls::CertificateCompressionAlgorithm {
        ALGORITHM.into()
    }

    fn decompress(&self, input: &[u8], output: &mut [u8]) -> Result<(), DecompressionFailed> {
        let message = self.read(input);
        let fits = message.len() == output.len();
        fits.then(|| output.copy_from_slice(&message))
            .ok_or(DecompressionFailed)
    }
}
