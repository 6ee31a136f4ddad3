//! The body of a ServerHello or a HelloRetryRequest.

use premaster_wire::{Decode, Encode, Extension, Random, ServerHelloOrRetry};

/// Runs one input.
pub(crate) fn run(body: &[u8]) {
    let Ok(message) = ServerHelloOrRetry::decode(body) else {
        return;
    };
    assert_eq!(message.to_vec().as_deref(), Ok(body));
    match message {
        ServerHelloOrRetry::ServerHello(hello) => {
            assert_ne!(hello.random, Random::HELLO_RETRY_REQUEST);
            let extensions = hello.extensions();
            extensions
                .iter()
                .for_each(|e| assert_eq!(extensions.find(e.extension_type()), Some(e)));
        }
        ServerHelloOrRetry::HelloRetryRequest(request) => {
            let extensions = request.extensions;
            extensions
                .iter()
                .for_each(|e| assert_eq!(extensions.find(e.extension_type()), Some(e)));
        }
    }
}
