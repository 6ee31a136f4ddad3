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
    let suites: Vec<_> = policy.suites.iter().map(|suite| code(suite)).collect();
    let known = |id: CipherSuite| -> Option<&'static Suite> {
        policy
            .suites
            .iter()
            .copied()
            .find(|suite| code(suite) == id)
    };
    let suites = in_their_order(&suites, &policy.equal_suites, offer.suites.iter().copied());
    let suites: Vec<_> = suites.into_iter().filter_map(known).collect();
    // For a group without a share there would have to be another ClientHello.
    let shares = offer.key_shares.iter().flatten().map(|share| share.group);
    let groups = shares.chain(offer.groups.iter().flatten().copied());
    let groups = in_their_order(&policy.groups, &policy.equal_groups, groups);
    let same = |(one, other): (&&Suite, &&Suite)| one.id == other.id;
    if groups == policy.groups && suites.iter().zip(&policy.suites).all(same) {
        return policy;
    }
    let mut settled = ServerPolicy::clone(&policy);
    (settled.suites, settled.groups) = (suites, groups);
    Arc::new(settled)
}

/// Whether the client's order decided about this: what counts as much as something else here.
pub(crate) fn decides<T: PartialEq>(equals: &[Vec<T>], chosen: &T) -> bool {
    let others = |equals: &Vec<T>| equals.iter().any(|one| one != chosen);
    rank(equals, chosen).is_some_and(others)
}

fn rank<'a, T: PartialEq>(equals: &'a [Vec<T>], one: &T) -> Option<&'a Vec<T>> {
    equals.iter().find(|equals| equals.contains(one))
}

/// Our list, with what is equally good in their order, and behind it what they do not have.
///
/// Each of theirs is looked for once among ours, and no further than until all of ours are found: nobody is authenticated
/// yet, and their list may be as long as a message (property 9).
fn in_their_order<T: Copy + PartialEq>(
    ours: &[T],
    equals: &[Vec<T>],
    theirs: impl IntoIterator<Item = T>,
) -> Vec<T> {
    let mut common: Vec<T> = Vec::with_capacity(ours.len());
    for next in theirs {
        if ours.contains(&next) && !common.contains(&next) {
            common.push(next);
            if common.len() == ours.len() {
                break;
            }
        }
    }
    let mut settled: Vec<T> = Vec::with_capacity(ours.len());
    for one in ours {
        let as_good = rank(equals, one).map_or(core::slice::from_ref(one), Vec::as_slice);
        for next in common.iter().chain(ours) {
            if as_good.contains(next) && !settled.contains(next) {
                settled.push(*next);
            }
        }
    }
    settled
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;

    #[test]
    fn among_equals_the_client_decides_and_nowhere_else() {
        let order = |equals: &[&[u8]], theirs: &[u8]| {
            let equals: Vec<_> = equals.iter().map(|list| list.to_vec()).collect();
            in_their_order(&[1, 2, 3, 4, 5], &equals, theirs.iter().copied())
        };
        assert_eq!(order(&[], &[5, 4, 3, 2, 1]), [1, 2, 3, 4, 5]);
        assert_eq!(order(&[&[2, 3, 4]], &[4, 2]), [1, 4, 2, 3, 5]);
        assert_eq!(order(&[&[2, 3, 4]], &[5, 3]), [1, 3, 2, 4, 5]);
        assert_eq!(order(&[&[1, 2], &[4, 5]], &[5, 2, 9, 1]), [2, 1, 3, 5, 4]);
        // What stands apart counts as much as the first of its equals; what is not ours never counts.
        assert_eq!(order(&[&[1, 5, 9]], &[9, 5, 1]), [5, 1, 2, 3, 4]);
    }
    thread_local! {
        static COMPARED: Cell<usize> = const { Cell::new(0) };
    }

    /// A number that counts how often one is compared.
    #[derive(Clone, Copy)]
    struct Counted(u16);

    impl PartialEq for Counted {
        fn eq(&self, other: &Self) -> bool {
            COMPARED.with(|compared| compared.set(compared.get() + 1));
            self.0 == other.0
        }
    }

    /// property 9: a list as long as a ClientHello can have is read once.
    #[test]
    #[cfg_attr(miri, ignore = "about size: too slow")]
    fn a_long_list_is_walked_once() {
        let ours = [1, 2, 3, 4, 5].map(Counted);
        let theirs = |beginning: &[u16]| {
            let beginning = beginning.iter().copied().map(Counted);
            let list: Vec<_> = beginning.chain((100..32_767).map(Counted)).collect();
            COMPARED.set(0);
            let settled = in_their_order(&ours, &[ours.to_vec()], list.iter().copied());
            let settled: Vec<_> = settled.iter().map(|one| one.0).collect();
            (settled, COMPARED.get())
        };
        let own_work = 10 * ours.len().pow(3);
        let (settled, compared) = theirs(&[4, 2]);
        assert_eq!(settled, [4, 2, 1, 3, 5]);
        assert!(compared < ours.len() * 32_768 + own_work, "{compared}");
        // Nor is it read when there is nothing more to be found.
        let (settled, compared) = theirs(&[5, 4, 3, 2, 1]);
        assert_eq!(settled, [5, 4, 3, 2, 1]);
        assert!(compared < own_work, "{compared}");
    }

    #[test]
    fn the_client_decides_where_there_is_something_as_good() {
        let equals = [vec![1, 2], vec![3], vec![4, 4]];
        let decided: Vec<_> = (1..=5).filter(|one| decides(&equals, one)).collect();
        assert_eq!(decided, [1, 2]);
    }
}
