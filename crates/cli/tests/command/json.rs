//! `--json`: all that is told is JSON, an object per line.

use serde_json::Value;

use crate::connect::{connect, echo};
use crate::files::Files;

fn objects<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("`{line}`"));
    lines.into_iter().map(parse).collect()
}

fn event<'a>(objects: &'a [Value], name: &str) -> &'a Value {
    let found = objects.iter().find(|it| it["event"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {objects:?}"))
}

#[test]
fn both_ends_tell_everything() {
    let files = Files::new();
    let serving = echo(&files, "--json");
    let ended = connect(
        &serving,
        &files,
        "--ca-file {ca.pem} --idle 0 --json",
        b"hello",
    );
    assert_eq!((ended.code, &*ended.stdout), (Some(0), &b"hello"[..]));
    let ours = objects(ended.stderr.lines());
    let (_, lines) = serving.stop("-INT");
    let theirs = objects(lines.iter().map(String::as_str));
    for (objects, side) in [(&ours, "client"), (&theirs, "server")] {
        let established = event(objects, "established");
        assert_eq!(established["side"], side);
        assert_eq!(established["suite"], "TLS_AES_128_GCM_SHA256");
        assert_eq!(established["quantum_safety"]["group"], "hybrid");
        let signature = &established["quantum_safety"]["server_signature"];
        assert_eq!(signature, "classical");
        assert_eq!(established["retried"], false);
        assert!(event(objects, "derived")["secret"].is_string());
    }
    // A header, `hello`, its type and a tag, there and back.
    for objects in [&ours, &theirs] {
        let records = objects.iter().filter(|it| it["event"] == "record");
        let lengths: Vec<_> = records.map(|it| it["length"].as_u64()).collect();
        assert_eq!(lengths, [Some(5 + 5 + 1 + 16); 2]);
    }
    let certificate = event(&ours, "connected")["certificate"].as_str().unwrap();
    assert!(
        certificate.starts_with("CN=localhost, issued by CN=test CA"),
        "{certificate}"
    );
    assert!(
        theirs.iter().all(|it| it["connection"] == "1"),
        "{theirs:?}"
    );
}

#[test]
fn failures_are_objects_too() {
    let files = Files::new();
    let serving = echo(&files, "--json");
    let ended = connect(
        &serving,
        &files,
        "--ca-file {other.example.pem} --json",
        b"",
    );
    assert_eq!(ended.code, Some(1));
    let ours = objects(ended.stderr.lines());
    assert!(
        event(&ours, "failed")["reason"]
            .as_str()
            .unwrap()
            .contains("no connection to")
    );
    assert_eq!(event(&ours, "fault")["alert"], "unknown_ca");
    let (_, lines) = serving.stop("-INT");
    let theirs = objects(lines.iter().map(String::as_str));
    assert!(
        event(&theirs, "failed")["reason"]
            .as_str()
            .unwrap()
            .contains("unknown_ca")
    );
}
