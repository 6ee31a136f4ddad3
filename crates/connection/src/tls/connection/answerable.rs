//! Which questions a caller answers by a value.

use premaster_handshake::{
    Ask, ChooseCredential, Decrypt, FindClientSession, FindSession, ForgetClientSession,
    ForgetSession, OpenTicket, SealTicket, Sign, StoreClientSession, StoreSession, VerifyIdentity,
};

/// Questions that are answered by a value and nothing else: all but [`ChooseConfig`], whose answer
/// changes who answers the following ones.
pub trait Answerable: Ask {}

impl Answerable for ChooseCredential {}
impl Answerable for FindSession {}
impl Answerable for StoreSession {}
impl Answerable for ForgetSession {}
impl Answerable for OpenTicket {}
impl Answerable for SealTicket {}
impl Answerable for FindClientSession {}
impl Answerable for StoreClientSession {}
impl Answerable for ForgetClientSession {}
impl Answerable for Sign {}
impl Answerable for Decrypt {}
impl Answerable for VerifyIdentity {}
