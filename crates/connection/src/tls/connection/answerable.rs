//! Which questions a caller answers by a value.

use premaster_handshake::{
    AdmitEarlyData, Ask, ChooseCredential, Decrypt, FindClientSession, FindPsk, FindSession,
    ForgetClientSession, ForgetSession, OpenTicket, SealTicket, Sign, StoreClientSession,
    StoreSession, TakeSession, VerifyIdentity,
};

/// Questions that are answered by a value and nothing else: all but [`ChooseConfig`], whose answer
/// changes who answers the following ones.
///
/// ```
/// use premaster_connection::handshake::{Question, StaleClaim};
/// use premaster_connection::tls::Connection;
///
/// /// A server that knows nobody yet.
/// fn answer(connection: &mut Connection, question: Question) -> Result<(), StaleClaim> {
///     match question {
///         Question::FindPsk(asked) => connection.answer(asked.claim, Ok(None)),
///         Question::TakeSession(asked) => connection.answer(asked.claim, Ok(None)),
///         Question::AdmitEarlyData(asked) => connection.answer(asked.claim, Ok(false)),
///         other => connection.accept(connection.local().resolve(other)),
///     }
/// }
/// ```
///
/// [`ChooseConfig`]: premaster_handshake::ChooseConfig
pub trait Answerable: Ask {}

impl Answerable for ChooseCredential {}
impl Answerable for FindSession {}
impl Answerable for StoreSession {}
impl Answerable for ForgetSession {}
impl Answerable for TakeSession {}
impl Answerable for FindPsk {}
impl Answerable for OpenTicket {}
impl Answerable for SealTicket {}
impl Answerable for AdmitEarlyData {}
impl Answerable for FindClientSession {}
impl Answerable for StoreClientSession {}
impl Answerable for ForgetClientSession {}
impl Answerable for Sign {}
impl Answerable for Decrypt {}
impl Answerable for VerifyIdentity {}
