//! Lies that are told in TLS 1.3.

mod answers;
mod early_data;
mod identity;
mod keys;
mod later;
mod offers;
mod retry;

use premaster_handshake::ClientPolicy;
use premaster_testkit::Cast;
use premaster_testkit::scene::Scene;
use premaster_testkit::tls13::{Forger, Plan};

use crate::Lie;

/// All of them, by what they are about.
pub(crate) const LIES: &[&[Lie]] = &[
    answers::HELLO,
    answers::ENCRYPTED_EXTENSIONS,
    answers::VERSIONS,
    answers::END,
    retry::TO_CLIENT,
    retry::TO_SERVER,
    offers::HELLO,
    offers::SHARES,
    offers::AGREEMENT,
    identity::OF_SERVERS,
    identity::REQUESTS,
    identity::SIGNATURES,
    identity::COMPRESSED,
    identity::OF_CLIENTS,
    keys::CHOSEN,
    keys::OFFERED,
    early_data::LIES,
    later::LIES,
];

/// A server that is honest but for what the plan says.
fn server(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene<Forger> {
    but(cast.modern_against_client(), plan)
}

/// A client that is honest but for what the plan says.
fn client(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene<Forger> {
    but(cast.modern_against_server(), plan)
}

/// The scene, with another plan.
fn but(mut scene: Scene<Forger>, plan: impl FnOnce(&mut Plan)) -> Scene<Forger> {
    plan(&mut scene.plan);
    scene
}

/// A policy of a client that speaks TLS 1.3 and TLS 1.2.
fn both_versions(cast: &Cast) -> ClientPolicy {
    let mut policy = ClientPolicy::new(cast.modern.clone());
    policy.ocsp_stapling = false;
    policy
}
