#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::arithmetic_side_effects
    )
)]

#[cfg(feature = "brotli")]
mod brotli;
#[cfg(feature = "zlib")]
mod zlib;
#[cfg(feature = "zstd")]
mod zstd;

use premaster_handshake::CertificateCompression;

#[cfg(feature = "brotli")]
pub use crate::brotli::Brotli;
#[cfg(feature = "zlib")]
pub use crate::zlib::Zlib;
#[cfg(feature = "zstd")]
pub use crate::zstd::Zstd;

/// Every algorithm that is compiled in, the best first: zlib, brotli, zstd.
///
/// The handshake compresses with the first one that the peer can read.
///
/// ```
/// let names = premaster_certificate_compression::all();
/// let names = names.iter().map(|compression| compression.algorithm().to_string());
/// assert_eq!(names.collect::<Vec<_>>(), ["zlib", "brotli", "zstd"]);
/// ```
#[must_use]
pub fn all() -> Vec<&'static dyn CertificateCompression> {
    const ALL: &[&dyn CertificateCompression] = &[
        #[cfg(feature = "zlib")]
        &Zlib,
        #[cfg(feature = "brotli")]
        &Brotli,
        #[cfg(feature = "zstd")]
        &Zstd,
    ];
    ALL.to_vec()
}
