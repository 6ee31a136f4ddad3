//! Which key exchanges and signatures hold against a large quantum computer.

use std::fmt;

use premaster_wire::{NamedGroup, SignatureScheme};

/// Whether a key exchange or signature holds against a large quantum computer, as far as anybody knows.
///
/// ```
/// use premaster_trace::QuantumSafety;
/// use premaster_wire::{NamedGroup, SignatureScheme};
///
/// let hybrid = QuantumSafety::of_group(NamedGroup::X25519MLKEM768);
/// assert_eq!(hybrid, Some(QuantumSafety::Hybrid));
/// assert_eq!(hybrid.unwrap().to_string(), "hybrid: classical and post-quantum");
/// assert_eq!(QuantumSafety::of_scheme(SignatureScheme::ed25519), Some(QuantumSafety::Classical));
/// // Nobody knows what an unknown code point stands for.
/// assert_eq!(QuantumSafety::of_group(NamedGroup(0xfe00)), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuantumSafety {
    /// It does not: who records a connection today can open it on the day there is such a machine.
    Classical,
    /// Two at once, one of each kind: it holds as long as one of them does.
    Hybrid,
    /// It does.
    PostQuantum,
}

impl QuantumSafety {
    /// Of a group for key exchange; `None` if its code point has no name here.
    #[must_use]
    pub fn of_group(group: NamedGroup) -> Option<Self> {
        group.name()?;
        Some(match group {
            NamedGroup::MLKEM512 | NamedGroup::MLKEM768 | NamedGroup::MLKEM1024 => {
                Self::PostQuantum
            }
            NamedGroup::SecP256r1MLKEM768
            | NamedGroup::X25519MLKEM768
            | NamedGroup::SecP384r1MLKEM1024
            | NamedGroup::curveSM2MLKEM768
            | NamedGroup::X25519Kyber768Draft00
            | NamedGroup::SecP256r1Kyber768Draft00 => Self::Hybrid,
            _ => Self::Classical,
        })
    }

    /// Of a signature scheme; `None` if its code point has no name here.
    #[must_use]
    pub fn of_scheme(scheme: SignatureScheme) -> Option<Self> {
        let name = scheme.name()?;
        let post_quantum = name.starts_with("mldsa") || name.starts_with("slhdsa");
        Some(match post_quantum {
            true => Self::PostQuantum,
            false => Self::Classical,
        })
    }

    /// `classical`, `hybrid` or `post-quantum`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classical => "classical",
            Self::Hybrid => "hybrid",
            Self::PostQuantum => "post-quantum",
        }
    }
}

/// In words.
impl fmt::Display for QuantumSafety {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hybrid => "hybrid: classical and post-quantum",
            other => other.name(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever adds a group or scheme to the tables has to say here what it is.
    #[test]
    fn the_names_say_what_holds() {
        for group in NamedGroup::ALL {
            let name = group.name().unwrap();
            let lattice = ["MLKEM", "Kyber"].iter().any(|word| name.contains(word));
            let wanted = match (lattice, name.starts_with("MLKEM")) {
                (false, _) => QuantumSafety::Classical,
                (true, false) => QuantumSafety::Hybrid,
                (true, true) => QuantumSafety::PostQuantum,
            };
            assert_eq!(QuantumSafety::of_group(*group), Some(wanted), "{name}");
        }
        for scheme in [SignatureScheme::mldsa44, SignatureScheme::slhdsa_sha2_128s] {
            let safety = QuantumSafety::of_scheme(scheme);
            assert_eq!(safety, Some(QuantumSafety::PostQuantum));
        }
        for scheme in [SignatureScheme::ed25519, SignatureScheme::rsa_pkcs1_sha1] {
            let safety = QuantumSafety::of_scheme(scheme);
            assert_eq!(safety, Some(QuantumSafety::Classical));
        }
        assert_eq!(QuantumSafety::of_scheme(SignatureScheme(0xfe00)), None);
    }
}
