//! In what both sides compute: a curve, a finite field, a hybrid with a KEM.

use std::sync::Arc;

use premaster_crypto::{ActiveKeyExchange, DhGroup, KeyExchange, Provider, SharedSecret};
use premaster_trace::{Derivation, Event};
use premaster_wire::NamedGroup;

use crate::narrate::side;
use crate::peer::Peer;
use crate::{Error, Fault};

/// The group in which both sides compute.
#[derive(Clone)]
pub(crate) enum Group {
    /// A curve.
    Curve(&'static dyn KeyExchange),
    /// A finite field.
    Field(Arc<dyn DhGroup>),
}

impl Group {
    /// The curve behind a code point.
    pub(crate) fn curve(provider: &Provider, id: NamedGroup) -> Result<Self, Error> {
        let curve = provider.group(id.0).ok_or_else(|| {
            Error::new(Fault::CryptoFailed)
                .detail(format!("the provider {} has no group {id}", provider.name))
        })?;
        Ok(Self::Curve(curve))
    }

    /// Its code point, if it has one.
    pub(crate) fn id(&self) -> Option<NamedGroup> {
        match self {
            Self::Curve(curve) => Some(NamedGroup(curve.id())),
            Self::Field(field) => field.id().map(NamedGroup),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Curve(curve) => curve.name(),
            Self::Field(field) => field.name(),
        }
    }

    /// Refuses a share that TLS 1.3 does not allow in a finite field: it is padded to the length of the prime
    /// (RFC 8446 section 4.2.8.1). The shares of curves have a length that the provider checks.
    pub(crate) fn check_tls13_share(&self, theirs: &[u8]) -> Result<(), Error> {
        let Self::Field(field) = self else {
            return Ok(());
        };
        let wanted = field.prime().len();
        if theirs.len() != wanted {
            let detail = format!(
                "{}, {} bytes instead of {wanted}",
                field.name(),
                theirs.len()
            );
            return Err(Error::new(Fault::BadKeyShare).detail(detail));
        }
        Ok(())
    }

    /// Makes our key pair, for this handshake alone.
    pub(crate) fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let started = match self {
            Self::Curve(curve) => curve.start(),
            Self::Field(field) => field.start(),
        };
        started.map_err(|_| {
            let name = self.name();
            Error::new(Fault::RandomFailed).detail(format!("no ephemeral {name} key could be made"))
        })
    }

    /// The shared secret of our private key and the peer's public one, as long as the prime or the coordinate: how many
    /// zeros stand in front is nobody's business.
    pub(crate) fn complete(
        &self,
        peer: &Peer,
        ours: Box<dyn ActiveKeyExchange>,
        theirs: &[u8],
    ) -> Result<SharedSecret, Error> {
        let share = ours.share().to_vec();
        let completed = ours.complete(theirs);
        let secret = completed.map_err(|_| self.refuse(theirs))?;
        self.tell(peer, &share, theirs, secret.as_bytes().len());
        Ok(secret)
    }

    /// Answers the peer's share at once: ours and the shared secret. A KEM encapsulates here.
    pub(crate) fn respond(
        &self,
        peer: &Peer,
        theirs: &[u8],
    ) -> Result<(Vec<u8>, SharedSecret), Error> {
        let answered = match self {
            Self::Curve(curve) => curve.respond(theirs),
            Self::Field(_) => {
                let ours = self.start()?;
                let share = ours.share().to_vec();
                ours.complete(theirs).map(|secret| (share, secret))
            }
        };
        let (share, secret) = answered.map_err(|_| self.refuse(theirs))?;
        self.tell(peer, &share, theirs, secret.as_bytes().len());
        Ok((share, secret))
    }

    fn refuse(&self, theirs: &[u8]) -> Error {
        let detail = format!("{}, {} bytes", self.name(), theirs.len());
        Error::new(self.bad_share()).detail(detail)
    }

    fn bad_share(&self) -> Fault {
        match self {
            Self::Curve(_) => Fault::BadKeyShare,
            Self::Field(_) => Fault::BadDhPublicValue,
        }
    }

    fn tell(&self, peer: &Peer, ours: &[u8], theirs: &[u8], length: usize) {
        let us = side(peer.side());
        let tls13 = peer.is_tls13();
        peer.trace(|| {
            let (client, server) = match us {
                premaster_trace::Side::Client => (ours, theirs),
                premaster_trace::Side::Server => (theirs, ours),
            };
            if let (true, Some(id)) = (tls13, self.id()) {
                let shared = Derivation::shared_secret(us, id, client, server, length);
                return Event::Derived(shared);
            }
            Event::Derived(match self {
                Self::Curve(curve) => {
                    Derivation::ecdhe(us, NamedGroup(curve.id()), client, server, length)
                }
                Self::Field(field) => Derivation::dhe(us, field.name(), client, server, length),
            })
        });
    }
}
