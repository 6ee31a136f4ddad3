//! What a session is resumed with: a master secret up to TLS 1.2, a pre-shared key in TLS 1.3.
//!
//! RFC 5246 section 8.1 (master secret); RFC 8446 section 4.6.1 (the PSK of a ticket), section 4.2.11.1 (its age) and
//! section 8.3 (whether a ClientHello is fresh).

use core::fmt;
use core::time::Duration;

use premaster_crypto::{Secret, SecretBytes, Suite, SuiteVersion, suite};
use rustls_pki_types::UnixTime;

/// The secret of a [`Session`](crate::Session).
#[derive(Debug)]
pub enum SessionSecret {
    /// Up to TLS 1.2: the master secret (RFC 5246 section 8.1).
    Master(Secret<48>),
    /// TLS 1.3: the pre-shared key of one ticket, and what was said with it (RFC 8446 section 4.6.1).
    Resumption(TicketPsk),
}

impl SessionSecret {
    /// A second copy. Named, because each copy of a secret should be meant.
    pub fn duplicate(&self) -> Self {
        match self {
            Self::Master(secret) => Self::Master(secret.duplicate()),
            Self::Resumption(ticket) => Self::Resumption(ticket.duplicate()),
        }
    }
}

/// The pre-shared key of one TLS 1.3 ticket, and what the server said with it (RFC 8446 section 4.6.1).
///
/// Both sides keep the same value but for [`issued_at`](Self::issued_at), which is the time of each one's own clock.
/// `Debug` leaves `age_add` out: it is what keeps onlookers from telling one connection's ticket from another's.
///
/// ```
/// use core::time::Duration;
/// use premaster_crypto::SecretBytes;
/// use premaster_session::{TicketPsk, UnixTime};
///
/// let second = |n| UnixTime::since_unix_epoch(Duration::from_secs(n));
/// let ticket = |issued_at| TicketPsk {
///     psk: SecretBytes::new(&[7; 32]),
///     age_add: 0xffff_ff00,
///     issued_at,
///     max_early_data: 16_384,
/// };
/// let (server, client) = (ticket(second(1_000)), ticket(second(1_001)));
///
/// let obfuscated = client.obfuscated_age(second(1_031));
/// assert_eq!(obfuscated, 30_000 - 0x100, "modulo 2^32");
/// assert_eq!(server.claimed_age(obfuscated), 30_000);
///
/// let tolerance = Duration::from_secs(10);
/// assert!(server.is_fresh(obfuscated, second(1_031), tolerance));
/// assert!(!server.is_fresh(obfuscated, second(1_041), tolerance), "held back, or a replay");
/// ```
pub struct TicketPsk {
    /// The key, as long as the hash of the session's cipher suite.
    pub psk: SecretBytes,
    /// What is added to the ticket's age before it is sent: random for each ticket.
    pub age_add: u32,
    /// When the server issued the ticket, or the client received it.
    pub issued_at: UnixTime,
    /// How many bytes of early data the ticket is good for; 0: none (RFC 8446 section 4.2.10).
    pub max_early_data: u32,
}

impl TicketPsk {
    /// A second copy. Named, because each copy of a secret should be meant.
    pub fn duplicate(&self) -> Self {
        Self {
            psk: SecretBytes::new(self.psk.as_bytes()),
            ..*self
        }
    }

    /// Milliseconds since the ticket was issued or received; 0 if that is still to come.
    ///
    /// Times here are whole seconds, so it is a multiple of 1000.
    pub fn age_millis(&self, now: UnixTime) -> u64 {
        millis(now).saturating_sub(millis(self.issued_at))
    }

    /// What a client sends as `obfuscated_ticket_age`: the age plus [`age_add`](Self::age_add), modulo 2^32
    /// (RFC 8446 section 4.2.11.1).
    pub fn obfuscated_age(&self, now: UnixTime) -> u32 {
        let age = self.age_millis(now) % (1 << 32);
        u32::try_from(age)
            .unwrap_or_default()
            .wrapping_add(self.age_add)
    }

    /// The age in milliseconds that a client claims by sending `obfuscated` (RFC 8446 section 4.2.11.1).
    pub fn claimed_age(&self, obfuscated: u32) -> u32 {
        obfuscated.wrapping_sub(self.age_add)
    }

    /// By how many milliseconds the ticket is older in the words of a client that sends `obfuscated` than by the clock
    /// here; negative: younger (RFC 8446 section 8.3).
    ///
    /// Times here are whole seconds, so it is off by up to a second.
    ///
    /// ```
    /// use core::time::Duration;
    /// use premaster_crypto::SecretBytes;
    /// use premaster_session::{TicketPsk, UnixTime};
    ///
    /// let second = |n| UnixTime::since_unix_epoch(Duration::from_secs(n));
    /// let ticket = TicketPsk {
    ///     psk: SecretBytes::new(&[7; 32]),
    ///     age_add: 5,
    ///     issued_at: second(1_000),
    ///     max_early_data: 0,
    /// };
    /// assert_eq!(ticket.age_skew(5 + 31_000, second(1_030)), 1_000);
    /// assert_eq!(ticket.age_skew(5 + 31_000, second(1_040)), -9_000);
    /// ```
    pub fn age_skew(&self, obfuscated: u32, now: UnixTime) -> i64 {
        let claimed = i128::from(self.claimed_age(obfuscated));
        let counted = i128::from(millis(now)) - i128::from(millis(self.issued_at));
        let skew = claimed - counted;
        i64::try_from(skew).unwrap_or(if skew < 0 { i64::MIN } else { i64::MAX })
    }

    /// Whether a ClientHello with this `obfuscated_ticket_age` was, by its own words, sent within `tolerance` of `now`:
    /// the freshness check of early data (RFC 8446 section 8.3).
    ///
    /// The way from the server and back is part of what is tolerated, as is the drift of two clocks and, as times here are
    /// whole seconds, up to a second on each side; the RFC suggests 10 seconds for clients on the Internet. One
    /// ClientHello is fresh for twice the tolerance at most: for so long a [`ReplayRegister`](crate::ReplayRegister)
    /// has to remember it.
    pub fn is_fresh(&self, obfuscated: u32, now: UnixTime, tolerance: Duration) -> bool {
        let skew = self.age_skew(obfuscated, now).unsigned_abs();
        u128::from(skew) <= tolerance.as_millis()
    }
}

impl fmt::Debug for TicketPsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TicketPsk")
            .field("psk", &self.psk)
            .field("issued_at", &self.issued_at.as_secs())
            .field("max_early_data", &self.max_early_data)
            .finish_non_exhaustive()
    }
}

fn millis(time: UnixTime) -> u64 {
    time.as_secs().saturating_mul(1_000)
}

/// How long the PSK of a session under this suite is; none if it is no suite of TLS 1.3.
pub(crate) fn psk_len(id: u16) -> Option<usize> {
    let is_tls13 = |suite: &&Suite| suite.version == SuiteVersion::Tls13;
    suite(id)
        .filter(is_tls13)
        .map(|suite| suite.hash.output_len())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::session::at;

    /// A ticket's PSK for SHA-256, issued at second 1,000,000.
    pub(crate) fn ticket_psk() -> TicketPsk {
        TicketPsk {
            psk: SecretBytes::new(&[0x5e; 32]),
            age_add: 0xcafe_f00d,
            issued_at: at(1_000_000),
            max_early_data: 16_384,
        }
    }

    #[test]
    fn an_age_is_hidden_and_found_again() {
        // (now, age_add, age, obfuscated)
        for (now, age_add, age, obfuscated) in [
            (1_000_000, 0, 0, 0),
            (1_000_001, 0, 1_000, 1_000),
            (1_000_001, u32::MAX, 1_000, 999),
            (1_604_800, 7, 604_800_000, 604_800_007),
            // The clock was set back.
            (999_000, 7, 0, 7),
            // Beyond 2^32 milliseconds, long after the session's end.
            (1_000_000 + 4_294_968, 0, 4_294_968_000, 704),
        ] {
            let ticket = TicketPsk {
                age_add,
                ..ticket_psk()
            };
            assert_eq!(ticket.age_millis(at(now)), age, "{now}");
            assert_eq!(ticket.obfuscated_age(at(now)), obfuscated, "{now}");
            let claimed = u64::from(ticket.claimed_age(obfuscated));
            assert_eq!(claimed, age % (1 << 32), "{now}");
        }
    }

    /// Replay of early data: a ClientHello that arrives at another time than it says is not fresh.
    #[test]
    fn only_what_arrives_when_it_says_is_fresh() {
        let ticket = ticket_psk();
        let tolerance = Duration::from_secs(10);
        let sent = |seconds: u32| ticket.age_add.wrapping_add(seconds * 1_000);
        // (seconds that the client counted, seconds that the server counts)
        for (claimed, passed, fresh) in [
            (0, 0, true),
            (60, 60, true),
            (60, 70, true),
            (60, 71, false),
            (60, 50, true),
            (60, 49, false),
            (0, 10, true),
            (0, 11, false),
            (600_000, 600_000, true),
            (600_000, 5, false),
        ] {
            let now = at(1_000_000 + passed);
            let is = ticket.is_fresh(sent(claimed), now, tolerance);
            assert_eq!(is, fresh, "{claimed} {passed}");
        }
        let half = Duration::from_millis(500);
        let exact = ticket.age_add.wrapping_add(1_500);
        assert!(ticket.is_fresh(exact, at(1_000_002), half));
        assert!(ticket.is_fresh(exact, at(1_000_001), half));
        assert!(!ticket.is_fresh(exact + 1, at(1_000_001), half));
    }

    #[test]
    fn an_age_that_comes_round_again_is_not_fresh() {
        // 2^32 milliseconds later, the obfuscated age of a new ticket would be right again.
        let ticket = ticket_psk();
        let later = at(1_000_000 + 4_294_967);
        let tolerance = Duration::from_secs(10);
        assert!(!ticket.is_fresh(ticket.age_add, later, tolerance));
        assert!(ticket.is_fresh(ticket.age_add.wrapping_sub(1), later, tolerance));
    }

    #[test]
    fn times_at_the_end_of_the_world_are_none_to_panic_at() {
        let ticket = TicketPsk {
            issued_at: at(u64::MAX),
            ..ticket_psk()
        };
        for now in [0, 1_000_000, u64::MAX] {
            for obfuscated in [0, ticket.age_add, u32::MAX] {
                ticket.is_fresh(obfuscated, at(now), Duration::MAX);
                ticket.obfuscated_age(at(now));
            }
        }
    }

    #[test]
    fn a_copy_is_the_same() {
        let SessionSecret::Resumption(copy) = SessionSecret::Resumption(ticket_psk()).duplicate()
        else {
            panic!("another kind");
        };
        assert!(copy.psk.ct_eq(&[0x5e; 32]));
        assert_eq!(copy.age_add, 0xcafe_f00d);
        assert_eq!(copy.issued_at, at(1_000_000));
        assert_eq!(copy.max_early_data, 16_384);
    }

    #[test]
    fn debug_tells_neither_the_key_nor_what_hides_the_age() {
        let text = format!("{:?}", SessionSecret::Resumption(ticket_psk()));
        assert_eq!(
            text,
            "Resumption(TicketPsk { psk: SecretBytes(32), issued_at: 1000000, max_early_data: 16384, .. })"
        );
    }

    #[test]
    fn a_psk_is_as_long_as_its_suites_hash() {
        for (id, length) in [
            (0x1301, Some(32)),
            (0x1302, Some(48)),
            (0x1303, Some(32)),
            (0xc02b, None),
            (0x1399, None),
        ] {
            assert_eq!(psk_len(id), length, "{id:#06x}");
        }
    }
}
