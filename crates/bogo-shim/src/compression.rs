//! The runner's own ways to compress certificates (RFC 8879): one shrinks, one grows, one is not deterministic.

use premaster::handshake::CertificateCompression;
use premaster::wire::CertificateCompressionAlgorithm;

use crate::Stop;
use crate::flags::Flags;

/// Takes two zero bytes off the front.
#[derive(Debug)]
struct Shrinking;

/// Puts four bytes in front.
#[derive(Debug)]
struct Expanding;

/// Puts any byte in front.
#[derive(Debug)]
struct Random;

const ALL: [&dyn CertificateCompression; 3] = [&Expanding, &Shrinking, &Random];

/// Those that were asked for.
pub(crate) fn ways(flags: &Flags) -> Result<Vec<&'static dyn CertificateCompression>, Stop> {
    if flags.has("install-cert-compression-algs") {
        return Ok(ALL.to_vec());
    }
    let one = flags.number("install-one-cert-compression-alg")?;
    let wanted =
        |way: &&'static dyn CertificateCompression| one == Some(i64::from(way.algorithm().0));
    Ok(ALL.into_iter().filter(wanted).collect())
}

impl CertificateCompression for Shrinking {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm(0xff01)
    }

    fn compress(&self, certificate: &[u8]) -> Option<Vec<u8>> {
        certificate.strip_prefix(&[0, 0]).map(<[u8]>::to_vec)
    }

    fn decompress(&self, compressed: &[u8], length: usize) -> Option<Vec<u8>> {
        let whole = [&[0, 0], compressed].concat();
        (whole.len() == length).then_some(whole)
    }
}

impl CertificateCompression for Expanding {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm(0xff02)
    }

    fn compress(&self, certificate: &[u8]) -> Option<Vec<u8>> {
        Some([&[1, 2, 3, 4], certificate].concat())
    }

    fn decompress(&self, compressed: &[u8], length: usize) -> Option<Vec<u8>> {
        let whole = compressed.strip_prefix(&[1, 2, 3, 4])?;
        (whole.len() == length).then(|| whole.to_vec())
    }
}

impl CertificateCompression for Random {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm(0xff03)
    }

    fn compress(&self, certificate: &[u8]) -> Option<Vec<u8>> {
        let mut byte = [0];
        premaster::provider().random.fill(&mut byte).ok()?;
        Some([&byte, certificate].concat())
    }

    fn decompress(&self, compressed: &[u8], length: usize) -> Option<Vec<u8>> {
        let whole = compressed.get(1..)?;
        (whole.len() == length).then(|| whole.to_vec())
    }
}
