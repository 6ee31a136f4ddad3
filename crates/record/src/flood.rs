//! How many records that bring nothing are put up with.
//!
//! Empty records, warnings and the like are legal, cheap to send and cost work to receive: a peer that sends nothing
//! else keeps a connection busy for ever.

use crate::RecordFault;

/// A kind of record or message that is legal but brings a connection no further.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Idle {
    /// Application data of length zero (RFC 5246 section 6.2.1).
    EmptyRecord,
    /// A warning alert that changes nothing (RFC 5246 section 7.2).
    WarningAlert,
    /// A KeyUpdate (RFC 8446 section 4.6.3).
    KeyUpdate,
    /// A session ticket after the handshake (RFC 8446 section 4.6.1).
    Ticket,
    /// A HelloRequest (RFC 5246 section 7.4.1.1), or a CertificateRequest after the handshake (RFC 8446 section 4.6.2).
    Request,
}

/// How many of each kind are put up with in a row. What is legitimate differs: a client may get several tickets at once,
/// nobody has many warnings to give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdleLimits {
    /// Of [`Idle::EmptyRecord`].
    pub empty_records: u32,
    /// Of [`Idle::WarningAlert`].
    pub warning_alerts: u32,
    /// Of [`Idle::KeyUpdate`].
    pub key_updates: u32,
    /// Of [`Idle::Ticket`].
    pub tickets: u32,
    /// Of [`Idle::Request`].
    pub requests: u32,
}

impl IdleLimits {
    const fn of(&mut self, kind: Idle) -> &mut u32 {
        match kind {
            Idle::EmptyRecord => &mut self.empty_records,
            Idle::WarningAlert => &mut self.warning_alerts,
            Idle::KeyUpdate => &mut self.key_updates,
            Idle::Ticket => &mut self.tickets,
            Idle::Request => &mut self.requests,
        }
    }
}

/// Counts what brings nothing, each kind apart, in a row: another kind in between begins no count anew, so all kinds together
/// are no more than the sum of the limits.
///
/// ```
/// use premaster_record::{Flood, Idle, IdleLimits};
///
/// let mut flood = Flood::new(IdleLimits { empty_records: 2, warning_alerts: 1, ..Default::default() });
/// flood.idle(Idle::EmptyRecord)?;
/// flood.idle(Idle::WarningAlert)?;
/// flood.idle(Idle::EmptyRecord)?;
/// assert!(flood.idle(Idle::EmptyRecord).is_err() && flood.idle(Idle::WarningAlert).is_err());
///
/// flood.progress();
/// flood.idle(Idle::EmptyRecord)?;
/// # Ok::<(), premaster_record::RecordFault>(())
/// ```
#[derive(Clone, Debug)]
pub struct Flood {
    limits: IdleLimits,
    left: IdleLimits,
}

impl Flood {
    /// Puts up with so many of each kind.
    #[must_use]
    pub const fn new(limits: IdleLimits) -> Self {
        Self {
            limits,
            left: limits,
        }
    }

    /// Counts a record that brought nothing.
    ///
    /// # Errors
    /// The fault of its kind for the first one above the limit: [`RecordFault::TooManyEmptyRecords`] and the like.
    pub const fn idle(&mut self, kind: Idle) -> Result<(), RecordFault> {
        let left = self.left.of(kind);
        if let Some(fewer) = left.checked_sub(1) {
            *left = fewer;
            return Ok(());
        }
        let limit = *self.limits.of(kind);
        Err(match kind {
            Idle::EmptyRecord => RecordFault::TooManyEmptyRecords { limit },
            Idle::WarningAlert => RecordFault::TooManyWarnings { limit },
            Idle::KeyUpdate => RecordFault::TooManyKeyUpdates { limit },
            Idle::Ticket => RecordFault::TooManyTickets { limit },
            Idle::Request => RecordFault::TooManyRequests { limit },
        })
    }

    /// A record brought something: all counts begin anew.
    pub const fn progress(&mut self) {
        self.left = self.limits;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Idle; 5] = [
        Idle::EmptyRecord,
        Idle::WarningAlert,
        Idle::KeyUpdate,
        Idle::Ticket,
        Idle::Request,
    ];

    const LIMITS: IdleLimits = IdleLimits {
        empty_records: 16,
        warning_alerts: 4,
        key_updates: 32,
        tickets: 0,
        requests: 1,
    };

    /// property 24: at most N of each kind in a row, whatever comes in between that brings nothing either.
    #[test]
    fn exactly_the_limit_of_each_kind_is_accepted_in_a_row() {
        for kind in KINDS {
            let mut flood = Flood::new(LIMITS);
            for _ in 0..3 {
                let limit = *LIMITS.clone().of(kind);
                for _ in 0..limit {
                    assert_eq!(flood.idle(kind), Ok(()));
                    let other = KINDS[usize::from(kind == KINDS[0])];
                    let _ = flood.idle(other);
                }
                let fault = flood.idle(kind).unwrap_err();
                assert_eq!(fault, flood.idle(kind).unwrap_err());
                assert!(std::format!("{fault}").contains(&std::format!("more than {limit} ")));
                flood.progress();
            }
        }
    }

    #[test]
    fn each_kind_has_a_fault_of_its_own() {
        let fault = |kind| Flood::new(IdleLimits::default()).idle(kind).unwrap_err();
        for (at, kind) in KINDS.into_iter().enumerate() {
            for other in &KINDS[..at] {
                assert_ne!(fault(kind), fault(*other));
            }
        }
    }
}
