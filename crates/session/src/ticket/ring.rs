//! Ticket keys, from made to erased, and the clock they age by.

use core::sync::atomic::{AtomicU64, Ordering};

use premaster_crypto::{Aead, AeadKey, CryptoError, Secret, SecureRandom};
use zeroize::Zeroizing;

use super::TicketKeys;
use crate::session::CLOCK_SKEW;

pub(super) const NAME: usize = 16;
const NONCE: usize = 12;
const TAG: usize = 16;
/// What a ticket is longer than the session in it.
pub(super) const OVERHEAD: usize = NAME + NONCE + TAG;

/// The current key, its predecessor, and a clock that only goes forwards.
pub(super) struct Ring {
    /// The latest `now`, in seconds since 1970.
    seen: u64,
    /// Seconds that have passed forwards since the start.
    passed: u64,
    pub(super) current: Option<TicketKey>,
    pub(super) previous: Option<TicketKey>,
}

impl Ring {
    /// A ring with its first key.
    pub(super) const fn new(now: u64, first: TicketKey) -> Self {
        Self {
            seen: now,
            passed: 0,
            current: Some(first),
            previous: None,
        }
    }

    /// Whether `now` tells something new. Threads may be some seconds late; that is no clock set back.
    pub(super) const fn is_due(&self, now: u64) -> bool {
        now > self.seen || self.seen - now > CLOCK_SKEW
    }

    /// Moves the clock, and erases what is past its time. A clock set back goes on from where it is now.
    pub(super) fn tick(&mut self, now: u64) {
        if self.is_due(now) {
            self.passed = self.passed.saturating_add(now.saturating_sub(self.seen));
            self.seen = now;
        }
        let passed = self.passed;
        let expired = |key: &mut TicketKey| passed - key.made >= TicketKeys::ACCEPTANCE;
        drop(self.previous.take_if(expired));
        drop(self.current.take_if(expired));
    }

    /// Seconds for which the current key still opens what it seals.
    pub(super) fn acceptance_left(&self) -> u64 {
        let age = self.current.as_ref().map_or(0, |key| self.age(key));
        TicketKeys::ACCEPTANCE.saturating_sub(age)
    }

    /// Whether the current key is young enough and has tickets left in its budget.
    pub(super) fn can_seal(&self, budget: u64) -> bool {
        let fit = |key: &TicketKey| self.age(key) < TicketKeys::ROTATION && key.sealed() < budget;
        self.current.as_ref().is_some_and(fit)
    }

    /// The current key, with one ticket of its budget spent.
    pub(super) fn sealing_key(&self, budget: u64) -> Option<&TicketKey> {
        let key = self.current.as_ref()?;
        (self.can_seal(budget) && key.spend(budget)).then_some(key)
    }

    pub(super) fn opening_key(&self, name: &[u8; NAME]) -> Option<&TicketKey> {
        let keys = [&self.current, &self.previous];
        keys.into_iter().flatten().find(|key| key.name == *name)
    }

    /// A new key seals from now on; the one before the current one is erased.
    pub(super) fn rotate(
        &mut self,
        random: &dyn SecureRandom,
        aead: &dyn Aead,
    ) -> Result<(), CryptoError> {
        let next = TicketKey::generate(random, aead, self.passed)?;
        self.previous = self.current.replace(next);
        Ok(())
    }

    fn age(&self, key: &TicketKey) -> u64 {
        self.passed - key.made
    }
}

/// One key, with its name and how much it has sealed.
pub(super) struct TicketKey {
    name: [u8; NAME],
    key: Box<dyn AeadKey>,
    /// When, on the ring's clock.
    made: u64,
    sealed: AtomicU64,
}

impl TicketKey {
    pub(super) fn generate(
        random: &dyn SecureRandom,
        aead: &dyn Aead,
        made: u64,
    ) -> Result<Self, CryptoError> {
        let mut name = [0; NAME];
        random.fill(&mut name)?;
        let mut filled = Err(CryptoError);
        let secret = Secret::<32>::fill_with(|bytes| filled = random.fill(bytes));
        filled?;
        let length = aead.algorithm().key_len();
        let key = aead.key(secret.as_bytes().get(..length).ok_or(CryptoError)?)?;
        Ok(Self {
            name,
            key,
            made,
            sealed: AtomicU64::new(0),
        })
    }

    /// How many tickets it has sealed.
    pub(super) fn sealed(&self) -> u64 {
        self.sealed.load(Ordering::Relaxed)
    }

    /// The plaintext as a ticket.
    pub(super) fn seal(
        &self,
        random: &dyn SecureRandom,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce)?;
        // Wiped if sealing fails, when it still holds the plaintext.
        let mut ticket = Zeroizing::new(Vec::with_capacity(OVERHEAD + plaintext.len()));
        ticket.extend_from_slice(&self.name);
        ticket.extend_from_slice(&nonce);
        ticket.extend_from_slice(plaintext);
        let in_out = ticket.get_mut(NAME + NONCE..).ok_or(CryptoError)?;
        let tag = self.key.seal(&nonce, &self.name, in_out)?;
        ticket.extend_from_slice(&tag);
        Ok(core::mem::take(&mut *ticket))
    }

    /// The plaintext of what follows the name in a ticket.
    pub(super) fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let (nonce, sealed) = sealed.split_first_chunk().ok_or(CryptoError)?;
        let mut in_out = Zeroizing::new(sealed.to_vec());
        let length = self.key.open(nonce, &self.name, &mut in_out)?;
        in_out.truncate(length);
        Ok(in_out)
    }

    /// One more ticket, if the budget has room.
    fn spend(&self, budget: u64) -> bool {
        let one_more = |sealed: u64| (sealed < budget).then(|| sealed + 1);
        let spent = self
            .sealed
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        spent.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::AtomicUsize;
    use std::collections::HashSet;
    use std::sync::Arc;

    use premaster_crypto::{AeadAlgorithm, Provider};

    use super::*;
    use crate::session::at;
    use crate::session::tests::full;
    use crate::{Session, TicketFault, TicketMiss};

    const HOUR: u64 = 3_600;
    const MADE: u64 = 1_000_000;

    /// A session that outlives all keys.
    fn session() -> Session {
        Session {
            lifetime: Session::MAX_LIFETIME,
            ..full()
        }
    }

    /// A source of randomness that fails after so many calls.
    #[derive(Debug)]
    struct Failing(AtomicUsize, &'static dyn SecureRandom);

    impl SecureRandom for Failing {
        fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
            let one_less = |left: usize| left.checked_sub(1);
            self.0
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
                .map_err(|_| CryptoError)?;
            self.1.fill(out)
        }
    }

    fn provider_failing_after(calls: usize) -> Provider {
        let provider = premaster_crypto_ring::provider();
        let random = Box::leak(Box::new(Failing(AtomicUsize::new(calls), provider.random)));
        Provider { random, ..provider }
    }

    /// An AEAD that counts the keys that are alive: each holds a clone.
    #[derive(Debug)]
    struct Counting(&'static dyn Aead, Arc<()>);

    impl Counting {
        fn alive(&self) -> usize {
            Arc::strong_count(&self.1) - 1
        }
    }

    impl Aead for Counting {
        fn algorithm(&self) -> AeadAlgorithm {
            self.0.algorithm()
        }

        fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
            Ok(Box::new(Counted(self.0.key(key)?, Arc::clone(&self.1))))
        }
    }

    struct Counted(
        Box<dyn AeadKey>,
        #[expect(dead_code, reason = "counted")] Arc<()>,
    );

    impl AeadKey for Counted {
        fn seal(
            &self,
            nonce: &[u8; 12],
            aad: &[u8],
            in_out: &mut [u8],
        ) -> Result<[u8; 16], CryptoError> {
            self.0.seal(nonce, aad, in_out)
        }

        fn open(
            &self,
            nonce: &[u8; 12],
            aad: &[u8],
            in_out: &mut [u8],
        ) -> Result<usize, CryptoError> {
            self.0.open(nonce, aad, in_out)
        }
    }

    fn counting_provider() -> (Provider, &'static Counting) {
        let mut provider = premaster_crypto_ring::provider();
        let inner = provider.aead(AeadAlgorithm::Aes256Gcm).unwrap();
        let counting: &'static Counting = Box::leak(Box::new(Counting(inner, Arc::new(()))));
        provider.aeads = vec![counting];
        (provider, counting)
    }

    fn keys() -> TicketKeys {
        TicketKeys::new(&premaster_crypto_ring::provider(), at(MADE)).unwrap()
    }

    fn name(ticket: &[u8]) -> &[u8] {
        &ticket[..NAME]
    }

    #[test]
    fn a_key_seals_for_twelve_hours_and_opens_for_twenty_four() {
        let keys = keys();
        let seal = |hours: u64, seconds: u64| {
            keys.seal(&session(), at(MADE + hours * HOUR + seconds))
                .unwrap()
        };
        let open = |ticket: &[u8], hours: u64, seconds: u64| {
            keys.open(ticket, at(MADE + hours * HOUR + seconds))
                .map(drop)
        };
        let first = seal(0, 0);
        let last = seal(11, 3_599);
        assert_eq!(name(&first), name(&last));
        let second = seal(12, 0);
        assert_ne!(name(&last), name(&second));
        for (hours, seconds) in [(12, 0), (23, 3_599)] {
            for ticket in [&first, &last, &second] {
                assert_eq!(open(ticket, hours, seconds), Ok(()));
            }
        }
        for ticket in [&first, &last] {
            assert_eq!(open(ticket, 24, 0), Err(TicketMiss::UnknownKey));
        }
        assert_eq!(open(&second, 24, 0), Ok(()));
        assert_eq!(open(&second, 36, 0), Err(TicketMiss::UnknownKey));
    }

    #[test]
    fn exactly_one_predecessor_is_accepted() {
        let provider = premaster_crypto_ring::provider();
        let keys = TicketKeys::with_budget(&provider, at(MADE), 1).unwrap();
        let [first, second, third] = [(); 3].map(|()| keys.seal(&session(), at(MADE)).unwrap());
        let open = |ticket: &[u8]| keys.open(ticket, at(MADE)).map(drop);
        assert_eq!(open(&first), Err(TicketMiss::UnknownKey));
        assert_eq!(open(&second), Ok(()));
        assert_eq!(open(&third), Ok(()));
    }

    /// property 17: a key that has spent its nonces is replaced, whatever its age.
    #[test]
    fn a_key_seals_no_more_tickets_than_its_budget() {
        let provider = premaster_crypto_ring::provider();
        let keys = TicketKeys::with_budget(&provider, at(MADE), 5).unwrap();
        let tickets: Vec<_> = (0..20)
            .map(|_| keys.seal(&session(), at(MADE)).unwrap())
            .collect();
        for five in tickets.chunks(5) {
            assert!(five.iter().all(|ticket| name(ticket) == name(&five[0])));
        }
        let names: HashSet<_> = tickets.iter().map(|ticket| name(ticket)).collect();
        assert_eq!(names.len(), 4);
    }

    /// property 17: no (key, nonce) pair repeats.
    #[test]
    fn no_two_tickets_share_a_nonce() {
        let keys = keys();
        let tickets = (0..2_000).map(|_| keys.seal(&session(), at(MADE)).unwrap());
        let nonces: HashSet<_> = tickets
            .map(|ticket| ticket[NAME..NAME + NONCE].to_vec())
            .collect();
        assert_eq!(nonces.len(), 2_000);
    }

    #[test]
    fn threads_that_seal_at_once_keep_to_the_budget() {
        let provider = premaster_crypto_ring::provider();
        let keys = TicketKeys::with_budget(&provider, at(MADE), 10).unwrap();
        let seal = || -> Vec<Vec<u8>> {
            (0..50)
                .map(|_| keys.seal(&session(), at(MADE)).unwrap())
                .collect()
        };
        let tickets: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(seal));
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        });
        let mut of_key: std::collections::HashMap<&[u8], u32> = Default::default();
        for ticket in &tickets {
            *of_key.entry(name(ticket)).or_default() += 1;
        }
        assert!(
            of_key.values().all(|sealed| *sealed == 10),
            "{:?}",
            of_key.values()
        );
        assert_eq!(of_key.len(), 20);
    }

    #[test]
    fn keys_are_erased_in_their_time_and_by_any_call() {
        let calls: [fn(&TicketKeys, u64); 3] = [
            |keys, now| keys.erase_expired(at(now)),
            |keys, now| drop(keys.open(&[0; 100], at(now))),
            |keys, now| assert!(keys.lifetime_hint(&session(), at(now)) > 0),
        ];
        for call in calls {
            let (provider, counting) = counting_provider();
            let keys = TicketKeys::new(&provider, at(MADE)).unwrap();
            assert_eq!(counting.alive(), 1);
            keys.seal(&session(), at(MADE + 12 * HOUR)).unwrap();
            assert_eq!(counting.alive(), 2, "current and predecessor");
            call(&keys, MADE + 24 * HOUR - 1);
            assert_eq!(counting.alive(), 2);
            call(&keys, MADE + 24 * HOUR);
            assert_eq!(counting.alive(), 1, "the predecessor is erased");
            call(&keys, MADE + 36 * HOUR);
            assert_eq!(counting.alive(), 0, "a server without traffic keeps no key");
            keys.seal(&session(), at(MADE + 37 * HOUR)).unwrap();
            assert_eq!(counting.alive(), 1, "and makes a new one when it needs it");
        }
    }

    #[test]
    fn a_clock_set_back_makes_no_key_younger() {
        let keys = keys();
        let first = keys.seal(&session(), at(MADE + 11 * HOUR)).unwrap();
        // Back by ten hours, then on for one: the key is twelve hours old.
        let second = keys.seal(&session(), at(MADE + HOUR)).unwrap();
        assert_eq!(name(&first), name(&second));
        let third = keys.seal(&session(), at(MADE + 2 * HOUR)).unwrap();
        assert_ne!(name(&first), name(&third));
        assert!(keys.open(&first, at(MADE + 13 * HOUR)).is_ok());
        assert_eq!(
            keys.open(&first, at(MADE + 14 * HOUR)).map(drop),
            Err(TicketMiss::UnknownKey)
        );
    }

    #[test]
    fn any_course_of_the_clock_is_survived() {
        let keys = keys();
        for now in [0, u64::MAX, MADE, 1, u64::MAX - 1, MADE - 61, MADE + 61, 0] {
            let session = Session {
                authenticated_at: at(now),
                ..session()
            };
            if let Ok(ticket) = keys.seal(&session, at(now)) {
                assert!(keys.open(&ticket, at(now)).is_ok(), "at {now}");
            }
            keys.erase_expired(at(now));
        }
    }

    #[test]
    fn threads_whose_clocks_differ_by_seconds_age_no_key() {
        let keys = keys();
        let first = keys.seal(&session(), at(MADE)).unwrap();
        for _ in 0..2 * TicketKeys::ACCEPTANCE {
            keys.erase_expired(at(MADE + 1));
            keys.erase_expired(at(MADE));
        }
        let last = keys.seal(&session(), at(MADE)).unwrap();
        assert_eq!(name(&first), name(&last));
    }

    /// property 20: no key and no ticket without randomness.
    #[test]
    fn failing_randomness_gives_no_key_and_no_ticket() {
        let failed = TicketFault::Crypto(CryptoError);
        // Two calls for a key, its name and its secret; one for a nonce.
        for calls in 0..2 {
            let made = TicketKeys::new(&provider_failing_after(calls), at(MADE));
            assert_eq!(made.map(drop), Err(failed), "after {calls}");
        }
        let keys = TicketKeys::new(&provider_failing_after(2), at(MADE)).unwrap();
        assert_eq!(keys.seal(&session(), at(MADE)), Err(failed));
        let keys = TicketKeys::new(&provider_failing_after(3), at(MADE)).unwrap();
        let ticket = keys.seal(&session(), at(MADE)).unwrap();
        assert_eq!(
            keys.seal(&session(), at(MADE + 12 * HOUR)),
            Err(failed),
            "no rotation"
        );
        assert!(
            keys.open(&ticket, at(MADE + 12 * HOUR)).is_ok(),
            "what was sealed still opens"
        );
    }
}
