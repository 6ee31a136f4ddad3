//! How many records that bring nothing are put up with.
//!
//! Empty records, warnings and the like are legal, cheap to send and cost work to receive: a peer that sends nothing
//! else keeps a connection busy for ever.

use core::fmt;

use crate::RecordFault;

/// A kind of record that is legal but brings a connection no further.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Idle {
    /// Application data of length zero (RFC 5246 section 6.2.1).
    EmptyRecord,
    /// A warning alert that changes nothing (RFC 5246 section 7.2).
    WarningAlert,
    /// A ChangeCipherSpec that is ignored (RFC 8446 section 5).
    ChangeCipherSpec,
    /// A HelloRequest that is ignored (RFC 5246 section 7.4.1.1).
    HelloRequest,
    /// A KeyUpdate (RFC 8446 section 4.6.3).
    KeyUpdate,
    /// A session ticket after the handshake (RFC 8446 section 4.6.1).
    Ticket,
    /// A CertificateRequest after the handshake (RFC 8446 section 4.6.2).
    CertificateRequest,
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyRecord => "an empty record",
            Self::WarningAlert => "a warning alert",
            Self::ChangeCipherSpec => "a ChangeCipherSpec",
            Self::HelloRequest => "a HelloRequest",
            Self::KeyUpdate => "a KeyUpdate",
            Self::Ticket => "a session ticket",
            Self::CertificateRequest => "a CertificateRequest",
        })
    }
}

/// Counts records in a row that bring nothing, of whatever kind: mixing the kinds gains a peer nothing.
///
/// ```
/// use premaster_record::{Flood, Idle};
///
/// let mut flood = Flood::new(2);
/// flood.idle(Idle::EmptyRecord)?;
/// flood.idle(Idle::WarningAlert)?;
/// assert!(flood.idle(Idle::EmptyRecord).is_err());
///
/// flood.progress();
/// flood.idle(Idle::EmptyRecord)?;
/// # Ok::<(), premaster_record::RecordFault>(())
/// ```
#[derive(Clone, Debug)]
pub struct Flood {
    limit: u32,
    in_a_row: u32,
}

impl Flood {
    /// Puts up with `limit` idle records in a row.
    #[must_use]
    pub const fn new(limit: u32) -> Self {
        Self { limit, in_a_row: 0 }
    }

    /// Counts a record that brought nothing.
    ///
    /// # Errors
    /// [`RecordFault::TooManyIdleRecords`] for the first one above the limit.
    pub fn idle(&mut self, kind: Idle) -> Result<(), RecordFault> {
        if self.in_a_row >= self.limit {
            return Err(RecordFault::TooManyIdleRecords {
                last: kind,
                limit: self.limit,
            });
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        Ok(())
    }

    /// A record brought something: the count begins anew.
    pub const fn progress(&mut self) {
        self.in_a_row = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// property 24: at most N idle records in a row, of all kinds together.
    #[test]
    fn exactly_the_limit_is_accepted_in_a_row_whatever_the_mixture() {
        let kinds = [
            Idle::EmptyRecord,
            Idle::WarningAlert,
            Idle::ChangeCipherSpec,
            Idle::HelloRequest,
            Idle::KeyUpdate,
            Idle::Ticket,
            Idle::CertificateRequest,
        ];
        let mut flood = Flood::new(16);
        for round in 0..3 {
            for count in 0..16 {
                assert_eq!(flood.idle(kinds[(round + count) % kinds.len()]), Ok(()));
            }
            let fault = flood.idle(Idle::Ticket).unwrap_err();
            assert_eq!(
                fault,
                RecordFault::TooManyIdleRecords {
                    last: Idle::Ticket,
                    limit: 16
                }
            );
            flood.progress();
        }
    }
}
