//! What a trace tells us to say: its ClientHellos, and the cookie of its HelloRetryRequest.

use std::collections::VecDeque;
use std::sync::Mutex;

use premaster_crypto::HashAlgorithm;
use premaster_handshake::{CookieContent, RetryCookie, ShapeHello};
use premaster_session::UnixTime;
use premaster_wire::{ClientHello, Decode, HelloRetryRequest, HelloRetryRequestExtension};

use crate::trace::Trace;

/// The ClientHellos of a trace, one after the other.
#[derive(Debug)]
pub(crate) struct Hellos(Mutex<VecDeque<Vec<u8>>>);

impl Hellos {
    pub(crate) fn of(trace: &Trace) -> Self {
        Self(Mutex::new(trace.client_hellos().into()))
    }
}

impl ShapeHello for Hellos {
    /// The trace's, without its binders: they are for us to compute.
    fn shape(&self, _client_hello: &[u8]) -> Vec<u8> {
        let next = self.0.lock().expect("no test panicked here").pop_front();
        let mut hello = next.expect("no more ClientHellos than in the trace");
        let binders = ClientHello::decode(&hello[4..])
            .expect("a ClientHello")
            .binders_len();
        if let Some(length) = binders {
            let end = hello.len();
            // Behind the length of the list and that of the only binder.
            hello[end - length + 3..].fill(0);
        }
        hello
    }
}

/// The cookie of a trace, which nobody but its server can read: we know what it stands for.
#[derive(Debug)]
pub(crate) struct Cookie {
    cookie: Vec<u8>,
    content: CookieContent,
}

impl Cookie {
    pub(crate) fn of(trace: &Trace) -> Option<Self> {
        let message = trace.retry_request()?;
        let message = HelloRetryRequest::decode(&message[4..]).expect("a HelloRetryRequest");
        let (mut cookie, mut group) = (None, None);
        for extension in message.extensions {
            match extension {
                HelloRetryRequestExtension::Cookie(bytes) => cookie = Some(bytes.to_vec()),
                HelloRetryRequestExtension::KeyShare(asked) => group = Some(asked),
                _ => {}
            }
        }
        let client_hello = HashAlgorithm::Sha256.hash(&[&trace.client_hellos()[0]]);
        Some(Self {
            cookie: cookie.expect("a cookie"),
            content: CookieContent {
                suite: message.cipher_suite,
                group: group.expect("a group"),
                client_hello: client_hello.to_vec(),
                psk: None,
            },
        })
    }
}

impl RetryCookie for Cookie {
    fn seal(&self, content: &CookieContent, _now: UnixTime) -> Vec<u8> {
        assert_eq!(content, &self.content, "what the trace's cookie stands for");
        self.cookie.clone()
    }

    fn open(&self, cookie: &[u8], _now: UnixTime) -> Option<CookieContent> {
        (cookie == self.cookie).then(|| self.content.clone())
    }
}
