//! What an established connection sees to by itself.

use std::iter;

use super::*;
use crate::tls::testing::{TICKET, shaken};

/// A whole connection has them stored, and asks the caller to if it wants to be asked.
#[test]
fn a_connection_has_tickets_stored() {
    let [mut client, mut server] = shaken();
    for surface in [Surface::Everything, Surface::Nothing] {
        client.surface = surface;
        server.sealer.message(&TICKET.repeat(2)).unwrap();
        let mut wire = vec![0; server.pending()];
        server.transmit(&mut wire).unwrap();
        let received = client.receive(&mut wire);
        assert!(matches!(received, Ok(Received::Control { .. })));
        let asked = iter::from_fn(|| match client.next_step() {
            Next::Ask(Question::StoreClientSession(asked)) => Some(asked),
            other => {
                assert!(matches!(other, Next::Established));
                None
            }
        });
        assert_eq!(
            asked.count(),
            if surface == Surface::Nothing { 0 } else { 2 }
        );
    }
}
