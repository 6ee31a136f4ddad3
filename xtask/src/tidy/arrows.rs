//! Which crate may depend on which. This table is the architecture; ARCHITECTURE.md tells it in prose.

use super::Fault;
use serde_json::Value;

/// A crate and the crates of this workspace that it may use, tests aside.
const ARROWS: [(&str, &[&str]); 24] = [
    ("premaster-wire", &[]),
    ("premaster-crypto", &[]),
    ("premaster-crypto-ring", &["crypto"]),
    ("premaster-crypto-aws-lc", &["crypto"]),
    ("premaster-crypto-ml-kem", &["crypto"]),
    ("premaster-crypto-classic", &["crypto"]),
    ("premaster-crypto-rsa-transport", &["crypto"]),
    ("premaster-trace", &["wire"]),
    ("premaster-session", &["wire", "crypto"]),
    ("premaster-trust", &["crypto"]),
    ("premaster-record", &["wire", "crypto", "trace"]),
    (
        "premaster-handshake",
        &["wire", "crypto", "trace", "session"],
    ),
    ("premaster-certificate-compression", &["wire", "handshake"]),
    (
        "premaster-connection",
        &[
            "wire",
            "crypto",
            "trace",
            "record",
            "handshake",
            "session",
            "trust",
        ],
    ),
    ("premaster-io", &["connection"]),
    ("premaster-io-tokio", &["connection"]),
    ("premaster", &LIBRARIES),
    (
        "premaster-cli",
        &["premaster", "crypto-classic", "crypto-rsa-transport"],
    ),
    (
        "premaster-bogo-shim",
        &[
            "premaster",
            "crypto-aws-lc",
            "crypto-ml-kem",
            "crypto-classic",
            "crypto-rsa-transport",
        ],
    ),
    ("premaster-testkit", &EVERYTHING),
    ("premaster-benches", &EVERYTHING),
    ("premaster-fuzz", &EVERYTHING),
    ("premaster-ct", &EVERYTHING),
    ("xtask", &[]),
];

const LIBRARIES: [&str; 11] = [
    "wire",
    "crypto",
    "crypto-ml-kem",
    "crypto-ring",
    "trace",
    "session",
    "trust",
    "record",
    "handshake",
    "connection",
    "io",
];

const EVERYTHING: [&str; 18] = [
    "wire",
    "crypto",
    "crypto-ring",
    "crypto-aws-lc",
    "crypto-ml-kem",
    "crypto-classic",
    "crypto-rsa-transport",
    "trace",
    "session",
    "trust",
    "record",
    "handshake",
    "certificate-compression",
    "connection",
    "io",
    "io-tokio",
    "premaster",
    "testkit",
];

/// Dependencies that have one home: a layer above that needs one needs the layer instead.
const HOMES: [(&str, &[&str]); 9] = [
    ("ring", &["premaster-crypto-ring"]),
    ("aws-lc-rs", &["premaster-crypto-aws-lc"]),
    ("ml-kem", &["premaster-crypto-ml-kem"]),
    (
        "rustls-webpki",
        &[
            "premaster-trust",
            "premaster-crypto-ring",
            "premaster-crypto-aws-lc",
        ],
    ),
    ("nom", &["premaster-wire"]),
    ("brotli", &["premaster-certificate-compression"]),
    ("miniz_oxide", &["premaster-certificate-compression"]),
    ("ruzstd", &["premaster-certificate-compression"]),
    ("tokio", &["premaster-io-tokio"]),
];

/// Checks every dependency of every workspace member.
pub(super) fn check(metadata: &Value) -> Vec<Fault> {
    let members = metadata["workspace_members"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages
        .filter(|package| members.contains(&package["id"]))
        .flat_map(check_package)
        .collect()
}

fn check_package(package: &Value) -> Vec<Fault> {
    let name = package["name"].as_str().unwrap_or_default();
    let fault = |what: String, remedy| Fault {
        file: manifest(package),
        line: 1,
        what,
        remedy,
    };
    let Some((_, allowed)) = ARROWS.iter().find(|(member, _)| *member == name) else {
        return vec![fault(
            format!("crate {name} has no row"),
            "add its arrows to xtask/src/tidy/arrows.rs",
        )];
    };
    let mut faults = Vec::new();
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        let needed = dependency["name"].as_str().unwrap_or_default();
        let for_tests = dependency["kind"] == "dev";
        if !may_use(name, allowed, needed, for_tests) {
            faults.push(fault(
                format!("{name} may not depend on {needed}"),
                "move the code, or change the table of arrows with its reason",
            ));
        }
        if !is_at_home(name, needed) && !for_tests {
            faults.push(fault(
                format!("{name} may not depend on {needed}"),
                "use the crate of this workspace that wraps it",
            ));
        }
    }
    faults
}

/// Tests may use every library of the workspace, never the programs.
fn may_use(name: &str, allowed: &[&str], needed: &str, for_tests: bool) -> bool {
    let is_ours = ARROWS.iter().any(|(member, _)| *member == needed);
    if !is_ours {
        return true;
    }
    let short = needed.strip_prefix("premaster-").unwrap_or(needed);
    if for_tests {
        return name != "xtask" && EVERYTHING.contains(&short);
    }
    allowed.contains(&short)
}

fn is_at_home(name: &str, needed: &str) -> bool {
    let home = HOMES.iter().find(|(dependency, _)| *dependency == needed);
    let free = name == "premaster-benches" || name == "premaster-fuzz";
    free || home.is_none_or(|(_, crates)| crates.contains(&name))
}

/// The manifest's path from the workspace's root.
pub(super) fn manifest(package: &Value) -> String {
    let path = package["manifest_path"].as_str().unwrap_or_default();
    let root = crate::command::root();
    path.strip_prefix(&*root.to_string_lossy())
        .unwrap_or(path)
        .trim_start_matches('/')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(name: &str, needed: &str, kind: Option<&str>) -> Vec<String> {
        let metadata = json!({
            "workspace_members": ["it"],
            "packages": [{
                "id": "it", "name": name, "manifest_path": "Cargo.toml",
                "dependencies": [{ "name": needed, "kind": kind }],
            }],
        });
        check(&metadata)
            .into_iter()
            .map(|fault| fault.what)
            .collect()
    }

    #[test]
    fn an_arrow_that_is_not_in_the_table_is_a_fault() {
        assert_eq!(
            faults("premaster-wire", "premaster-crypto", None),
            ["premaster-wire may not depend on premaster-crypto"]
        );
        assert_eq!(
            faults("premaster-wire", "premaster-crypto", Some("build")).len(),
            1
        );
        assert_eq!(faults("premaster-record", "premaster-wire", None), [""; 0]);
        assert_eq!(faults("premaster-cli", "premaster-wire", None).len(), 1);
    }

    #[test]
    fn tests_may_use_any_library_but_no_program() {
        assert_eq!(
            faults("premaster-wire", "premaster-testkit", Some("dev")),
            [""; 0]
        );
        assert_eq!(
            faults("premaster-wire", "premaster-cli", Some("dev")).len(),
            1
        );
    }

    #[test]
    fn a_backend_stays_in_its_crate() {
        assert_eq!(faults("premaster-handshake", "ring", None).len(), 1);
        assert_eq!(faults("premaster-crypto-ring", "ring", None), [""; 0]);
    }

    #[test]
    fn a_crate_without_a_row_is_a_fault() {
        assert_eq!(
            faults("premaster-new", "bytes", None),
            ["crate premaster-new has no row"]
        );
    }

    #[test]
    fn the_table_has_no_cycle_and_names_only_what_exists() {
        for (position, (name, allowed)) in ARROWS.iter().enumerate() {
            for short in *allowed {
                let place = ARROWS.iter().position(|(member, _)| {
                    member.strip_prefix("premaster-").unwrap_or(member) == *short
                });
                let place =
                    place.unwrap_or_else(|| panic!("{name} may use {short}, which has no row"));
                let is_test_crate = [
                    "premaster-testkit",
                    "premaster-benches",
                    "premaster-fuzz",
                    "premaster-ct",
                ]
                .contains(name);
                assert!(
                    place < position || is_test_crate,
                    "{name} stands above {short}"
                );
            }
        }
    }
}
