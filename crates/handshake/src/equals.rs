//! What is equally good for a server: there the client's order decides.

use std::sync::Arc;

use premaster_crypto::Suite;
use premaster_wire::CipherSuite;

use crate::offer::Offer;
use crate::policy::code;
use crate::{Preference, ServerPolicy};

/// The policy for this client: what is equally good comes in the client's order.
pub(crate) fn settled(policy: Arc<ServerPolicy>, offer: &Offer<'_>) -> Arc<ServerPolicy> {
    let equals = !policy.equal_suites.is_empty() || !policy.equal_groups.is_empty();
    if !equals || policy.preference == Preference::Client {
        return policy;
    }
    let mut settled = ServerPolicy::clone(&policy);
    let suites: Vec<_> = policy.suites.iter().map(|suite| code(suite)).collect();
    let known = |id: CipherSuite| -> Option<&'static Suite> {
        policy
            .suites
            .iter()
            .copied()
            .find(|suite| code(suite) == id)
    };
    let suites = in_their_order(&suites, &policy.equal_suites, &offer.suites);
    settled.suites = suites.into_iter().filter_map(known).collect();
    // For a group without a share there would have to be another ClientHello.
    let shares = offer.key_shares.iter().flatten().map(|share| share.group);
    let groups = shares.chain(offer.groups.iter().flatten().copied());
    let groups: Vec<_> = groups.collect();
    settled.groups = in_their_order(&policy.groups, &policy.equal_groups, &groups);
    Arc::new(settled)
}

/// Our list, with what is equally good in their order, and behind it what they do not have.
fn in_their_order<T: Copy + PartialEq>(ours: &[T], equals: &[Vec<T>], theirs: &[T]) -> Vec<T> {
    let mut settled: Vec<T> = Vec::with_capacity(ours.len());
    for one in ours {
        let as_good: &[T] = match equals.iter().find(|equals| equals.contains(one)) {
            Some(equals) => equals,
            None => &[*one],
        };
        for next in theirs.iter().chain(ours) {
            if as_good.contains(next) && ours.contains(next) && !settled.contains(next) {
                settled.push(*next);
            }
        }
    }
    settled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn among_equals_the_client_decides_and_nowhere_else() {
        let order = |equals: &[&[u8]], theirs: &[u8]| {
            let equals: Vec<_> = equals.iter().map(|list| list.to_vec()).collect();
            in_their_order(&[1, 2, 3, 4, 5], &equals, theirs)
        };
        assert_eq!(order(&[], &[5, 4, 3, 2, 1]), [1, 2, 3, 4, 5]);
        assert_eq!(order(&[&[2, 3, 4]], &[4, 2]), [1, 4, 2, 3, 5]);
        assert_eq!(order(&[&[2, 3, 4]], &[5, 3]), [1, 3, 2, 4, 5]);
        assert_eq!(order(&[&[1, 2], &[4, 5]], &[5, 2, 9, 1]), [2, 1, 3, 5, 4]);
        // What stands apart counts as much as the first of its equals; what is not ours never counts.
        assert_eq!(order(&[&[1, 5, 9]], &[9, 5, 1]), [5, 1, 2, 3, 4]);
    }
}
