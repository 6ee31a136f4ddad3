//! A connection as it is driven: in one piece, or in its two halves.

use premaster_connection::record::Padding;
use premaster_connection::tls::{Connection, Opener, Sealer};
use premaster_connection::{Error, Facts, Local};

/// A connection, or its halves.
pub(super) enum Body {
    Whole(Box<Connection>),
    Halves(Box<Halves>),
    /// For the moment in which it is parted.
    Gone,
}

impl Body {
    pub(super) fn pending(&self) -> usize {
        match self {
            Self::Whole(connection) => connection.pending(),
            Self::Halves(halves) => halves.sealer.pending(),
            Self::Gone => 0,
        }
    }

    pub(super) fn sealed_len(&self, content: usize) -> usize {
        match self {
            Self::Whole(connection) => connection.sealed_len(content),
            Self::Halves(halves) => halves.sealer.sealed_len(content),
            Self::Gone => 0,
        }
    }

    pub(super) fn facts(&self) -> Option<&Facts> {
        match self {
            Self::Whole(connection) => connection.facts(),
            Self::Halves(halves) => Some(&halves.facts),
            Self::Gone => None,
        }
    }

    pub(super) fn end_of_input(&mut self) -> Result<(), Error> {
        match self {
            Self::Whole(connection) => connection.end_of_input(),
            Self::Halves(halves) => {
                let ended = halves.opener.end_of_input();
                ended.inspect_err(|error| halves.sealer.fail(error))
            }
            Self::Gone => Ok(()),
        }
    }

    pub(super) fn seal(
        &mut self,
        early: bool,
        bytes: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        match self {
            Self::Whole(connection) if early => connection.seal_early_from(&[bytes], out),
            Self::Whole(connection) => connection.seal_from(&[bytes], out),
            Self::Halves(halves) => halves.sealer.seal_from(&[bytes], out),
            Self::Gone => Err(Error::NotEstablished),
        }
    }

    pub(super) fn update_keys(&mut self, asks: bool) -> Result<(), Error> {
        match self {
            Self::Whole(connection) => connection.update_keys(asks),
            Self::Halves(halves) => halves.sealer.update_keys(asks),
            Self::Gone => Ok(()),
        }
    }

    pub(super) fn set_padding(&mut self, padding: Padding) -> Result<(), Error> {
        match self {
            Self::Whole(connection) => connection.set_padding(padding),
            Self::Halves(halves) => halves.sealer.set_padding(padding),
            Self::Gone => Ok(()),
        }
    }

    /// Parts the connection, if it can be parted now.
    pub(super) fn part(&mut self) {
        *self = match core::mem::replace(self, Self::Gone) {
            Self::Whole(connection) => {
                let local = connection.local().clone();
                match connection.split() {
                    Ok((opener, sealer, facts)) => Self::Halves(Box::new(Halves {
                        opener,
                        sealer,
                        facts,
                        local,
                    })),
                    Err(not_yet) => Self::Whole(not_yet.0),
                }
            }
            other => other,
        };
    }

    pub(super) fn close(&mut self) -> Result<(), Error> {
        match self {
            Self::Whole(connection) => connection.close(),
            Self::Halves(halves) => halves.sealer.close(),
            Self::Gone => Ok(()),
        }
    }
}

/// What is left of a connection that was parted.
pub(super) struct Halves {
    pub(super) opener: Opener,
    pub(super) sealer: Sealer,
    pub(super) facts: Facts,
    pub(super) local: Local,
}
