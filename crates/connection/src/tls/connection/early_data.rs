//! Early data: what a client says along with its ClientHello (RFC 8446 section 2.3).

use core::ops::{Deref, Range};

use super::{Connection, Stage};
use crate::Error;

impl Connection {
    /// How many bytes of early data this client may still send; `None` when it may not send any: there is no ticket for
    /// it, the server has rejected it, the server's Finished has come, or this is a server.
    ///
    /// It may be sealed as long as this is `Some` and nothing waits to be transmitted: right behind the ClientHello, and
    /// again and again until the server's Finished, even if by then it is known to be accepted. What the server makes of it is told by
    /// [`Facts::early_data`](crate::Facts): if it was rejected, it never arrived, and the caller sends it again or not.
    ///
    /// ```text
    ///     next_step()   Transmit            the ClientHello
    ///                   Receive             early_data_limit() is Some: seal_early(..), write; as often as there is something
    ///                   Receive             receive(..): the server's flight; from now on early_data_limit() is None
    ///                   Transmit            Finished
    ///                   Established
    /// ```
    ///
    /// Early data is not as safe as other data. Whoever records it may send it again, to the same server or another one
    /// with the same keys (RFC 8446 section 8); and who gets hold of the ticket's secret later, can read it.
    #[must_use]
    pub fn early_data_limit(&self) -> Option<usize> {
        match self.stage {
            Stage::Handshaking(_) => self.sealer.early_data_limit(),
            Stage::Established | Stage::Over => None,
        }
    }

    /// Seals early data where it lies, as [`Sealer::seal`](crate::tls::Sealer::seal) does other data.
    ///
    /// # Errors
    ///
    /// [`Error::NoEarlyData`] when none can be sent now, [`Error::TooMuchEarlyData`] when it is more than
    /// [`early_data_limit`](Self::early_data_limit) says; else as [`Sealer::seal`](crate::tls::Sealer::seal). Nothing is
    /// changed then.
    pub fn seal_early(
        &mut self,
        buf: &mut [u8],
        content: Range<usize>,
    ) -> Result<Range<usize>, Error> {
        self.may_send_early()?;
        self.sealer.seal_early(buf, content)
    }

    /// Gathers and seals early data, as [`Sealer::seal_from`](crate::tls::Sealer::seal_from) does other data.
    ///
    /// # Errors
    ///
    /// As [`seal_early`](Self::seal_early).
    pub fn seal_early_from(
        &mut self,
        parts: &[impl Deref<Target = [u8]>],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        self.may_send_early()?;
        self.sealer.seal_early_from(parts, out)
    }

    fn may_send_early(&self) -> Result<(), Error> {
        match &self.stage {
            Stage::Handshaking(_) => Ok(()),
            Stage::Established => Err(Error::NoEarlyData),
            Stage::Over => Err(self.error.clone().unwrap_or(Error::AlreadyClosed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use premaster_crypto::Side;
    use premaster_handshake::{Direction, Keys, Message, Order};
    use premaster_record::{RecordFault, RecordSealer};
    use premaster_trace::Epoch;
    use premaster_trust::RefuseAll;
    use premaster_wire::{AlertDescription, ContentType, ProtocolVersion};

    use super::*;
    use crate::ClientConfig;
    use crate::tls::testing::{keys, secret, suite};
    use crate::tls::{Next, Received};

    fn client() -> Connection {
        let provider = Arc::new(premaster_crypto_ring::provider());
        let config = ClientConfig::builder(provider, Arc::new(RefuseAll)).build();
        Connection::client(Arc::new(config.unwrap()), "localhost".try_into().unwrap())
    }

    fn install(connection: &mut Connection, direction: Direction, epoch: Epoch) {
        let order = Order::Install {
            direction,
            epoch,
            version: ProtocolVersion::TLSv1_3,
            suite: suite(),
            keys: Keys::Secret(secret(Side::Client, epoch)),
        };
        connection.carry_out(order).unwrap();
    }

    /// A client whose ClientHello has gone, with leave to send so much early data.
    fn offering(limit: usize) -> Connection {
        let mut client = client();
        install(&mut client, Direction::Sent, Epoch::EarlyData);
        client.carry_out(Order::EarlyData { limit }).unwrap();
        transmit(&mut client);
        client
    }

    fn transmit(connection: &mut Connection) -> Vec<u8> {
        let mut out = vec![0; connection.pending()];
        let length = connection.transmit(&mut out).unwrap();
        out.truncate(length);
        out
    }

    fn early(connection: &mut Connection, data: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = vec![0; connection.sealed_len(data.len())];
        connection.seal_early_from(&[data], &mut out)?;
        Ok(out)
    }

    /// A server, or what is one as far as early data is concerned.
    fn server(limit: usize) -> Connection {
        let mut server = client();
        transmit(&mut server);
        server.opener.side = Side::Server;
        install(&mut server, Direction::Received, Epoch::EarlyData);
        server.carry_out(Order::EarlyData { limit }).unwrap();
        server
    }

    #[test]
    fn early_data_is_told_apart_from_other_data() {
        let (mut client, mut server) = (offering(10), server(10));
        let mut record = early(&mut client, b"early").unwrap();
        let length = record.len();
        let Ok(Received::EarlyData {
            plaintext,
            consumed,
        }) = server.receive(&mut record)
        else {
            panic!("early data")
        };
        assert_eq!((&plaintext[..], consumed), (&b"early"[..], length));
        let mut nothing = early(&mut client, b"").unwrap();
        let empty = server.receive(&mut nothing);
        assert!(matches!(empty, Ok(Received::Control { .. })), "{empty:?}");
    }

    /// RFC 8446 section 4.2.10.
    #[test]
    fn a_server_refuses_more_than_it_allows() {
        let (mut client, mut server) = (offering(100), server(9));
        for fits in [true, false] {
            let mut record = early(&mut client, b"early").unwrap();
            assert_eq!(server.receive(&mut record).is_ok(), fits);
        }
        let fault = RecordFault::TooMuchEarlyData { limit: 9 };
        assert_eq!(server.error(), Some(&Error::Record(fault)));
        assert!(matches!(server.next_step(), Next::Transmit));
    }

    /// property 3: neither the keys of the handshake nor any other carry data before it is complete.
    #[test]
    fn data_before_the_handshake_is_complete_is_refused() {
        for epoch in [Epoch::EarlyData, Epoch::Handshake, Epoch::Traffic] {
            let mut server = server(100);
            install(&mut server, Direction::Received, epoch);
            let mut record = data_of_a_liar(epoch);
            let error = server.receive(&mut record).unwrap_err();
            let alert = Some(AlertDescription::unexpected_message);
            assert_eq!(error.alert(), alert, "{epoch:?}");
        }
    }

    /// Application data under keys that carry none.
    fn data_of_a_liar(epoch: Epoch) -> Vec<u8> {
        let mut sealer = RecordSealer::new();
        sealer.install(keys(Side::Client, epoch).protection);
        let mut out = vec![0; sealer.sealed_len(4)];
        let data = ContentType::application_data;
        sealer.seal_from(data, &[&b"data"[..]], &mut out).unwrap();
        out
    }

    #[test]
    fn a_client_sends_as_much_as_it_may() {
        let mut client = offering(10);
        assert_eq!(client.early_data_limit(), Some(10));
        assert!(matches!(client.next_step(), Next::Receive { .. }));
        assert!(early(&mut client, b"12345678").is_ok());
        let (length, left) = (3, 2);
        let error = Error::TooMuchEarlyData { length, left };
        assert_eq!(early(&mut client, b"123"), Err(error));
        assert_eq!(client.early_data_limit(), Some(2));
        let no_room = client.seal_early_from(&[&b"12"[..]], &mut [0; 9]);
        assert!(matches!(no_room, Err(Error::Record(_))));
        assert_eq!(client.early_data_limit(), Some(2));
        let margins = client.margins();
        let content = margins.front..margins.front + 2;
        let mut buf = vec![0; content.end + margins.back];
        assert_eq!(client.seal_early(&mut buf, content), Ok(0..buf.len()));
        assert_eq!(client.early_data_limit(), Some(0));
        assert!(client.error().is_none());
    }

    /// RFC 8446 section 4.2.10.
    #[test]
    fn a_client_that_was_rejected_sends_no_more() {
        let mut client = offering(10);
        early(&mut client, b"early").unwrap();
        client.carry_out(Order::EarlyData { limit: 0 }).unwrap();
        assert_eq!(client.early_data_limit(), None);
        for data in [&b""[..], b"more"] {
            assert_eq!(early(&mut client, data), Err(Error::NoEarlyData));
        }
        assert!(client.error().is_none());
    }

    #[test]
    fn the_client_hello_goes_first() {
        let mut client = client();
        assert_eq!(early(&mut client, b"early"), Err(Error::NoEarlyData));
        install(&mut client, Direction::Sent, Epoch::EarlyData);
        client.carry_out(Order::EarlyData { limit: 9 }).unwrap();
        assert_eq!(early(&mut client, b"early"), Err(Error::TransmitFirst));
        let hello = transmit(&mut client);
        assert_eq!(hello.first(), Some(&22), "it is not protected");
        assert!(early(&mut client, b"early").is_ok());
    }

    #[test]
    fn early_data_ends_with_the_keys_of_the_handshake_and_with_the_connection() {
        let mut client = offering(10);
        install(&mut client, Direction::Sent, Epoch::Handshake);
        assert_eq!(client.early_data_limit(), None);
        assert_eq!(early(&mut client, b"early"), Err(Error::NoEarlyData));

        let mut client = offering(10);
        client.close().unwrap();
        assert_eq!(client.early_data_limit(), None);
        assert_eq!(early(&mut client, b"early"), Err(Error::AlreadyClosed));
    }

    /// RFC 8446 section 4.1.2.
    #[test]
    fn a_second_client_hello_is_not_protected_and_ends_early_data() {
        let mut client = offering(10);
        let record = early(&mut client, b"early").unwrap();
        assert_eq!(record.first(), Some(&23));
        let hello = Message::new(vec![1, 0, 0, 0]);
        client.carry_out(Order::Send(hello)).unwrap();
        let wire = transmit(&mut client);
        assert_eq!(wire, [22, 3, 3, 0, 4, 1, 0, 0, 0]);
        assert_eq!(early(&mut client, b"early"), Err(Error::NoEarlyData));
    }
}
