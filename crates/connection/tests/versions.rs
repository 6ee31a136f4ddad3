//! Which versions a configuration speaks: those that a suite and a group are left for.

use std::sync::Arc;

use premaster_connection::{ClientConfig, ConfigError};
use premaster_trust::RefuseAll;
use premaster_wire::ProtocolVersion;

const BOTH: [ProtocolVersion; 2] = [ProtocolVersion::TLSv1_3, ProtocolVersion::TLSv1_2];
const OLD: ProtocolVersion = ProtocolVersion::TLSv1_2;
const NEW: ProtocolVersion = ProtocolVersion::TLSv1_3;

fn client() -> premaster_connection::ClientConfigBuilder {
    let provider = premaster_crypto_ml_kem::extend(premaster_crypto_ring::provider());
    ClientConfig::builder(Arc::new(provider), Arc::new(RefuseAll))
}

#[test]
fn a_version_is_spoken_if_a_suite_and_a_group_are_left_for_it() {
    let old_suite = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    let new_suite = "TLS_AES_128_GCM_SHA256";
    for (builder, versions) in [
        (client(), &BOTH[..]),
        (client().max_version(OLD), &[OLD]),
        (client().min_version(NEW), &[NEW]),
        (client().suites([old_suite]), &[OLD]),
        (client().suites([new_suite]), &[NEW]),
        (client().suites([old_suite, new_suite]), &BOTH),
        (client().groups(["x25519"]), &BOTH),
        // TLS 1.2 does not know it.
        (client().groups(["X25519MLKEM768"]), &[NEW]),
    ] {
        let config = builder.clone().build().expect("a client");
        assert_eq!(config.policy().versions, versions, "{builder:?}");
    }
}

#[test]
fn what_leaves_no_version_is_refused() {
    let suite = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    for (builder, error) in [
        (
            client().groups(["X25519MLKEM768"]).max_version(OLD),
            ConfigError::NoSuite,
        ),
        (
            client().suites([suite]).groups(["X25519MLKEM768"]),
            ConfigError::SuiteWithoutGroup { suite },
        ),
        (
            client()
                .suites([suite, "TLS_AES_128_GCM_SHA256"])
                .min_version(NEW),
            ConfigError::SuiteOfOtherVersion { suite },
        ),
    ] {
        assert_eq!(builder.build().expect_err("no version"), error);
    }
    let none = client().min_version(NEW).max_version(OLD).build();
    assert!(matches!(none, Err(ConfigError::NoVersion { .. })));
}
