//! `--update-keys`: new keys in the middle of the data.

use std::fs;
use std::io::{Read, Write};
use std::thread;

use serde_json::Value;

use crate::connect::{connect, echo, noise};
use crate::files::Files;
use crate::process::{Serving, start};

const TRUSTING: &str = "--ca-file {ca.pem} --idle 0";

/// The two numbers of `key updates: 3 sent, 4 received`.
fn counted(told: &str) -> (usize, usize) {
    let told = told.strip_prefix("key updates: ");
    let told = told.unwrap_or_else(|| panic!("{told:?}"));
    let mut numbers = told.split(' ').filter_map(|word| word.parse().ok());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

/// Has all of this come back before stdin ends: who has said goodbye answers no request. What the client told.
fn exchange(serving: &Serving, files: &Files, more: &str, data: &[u8]) -> String {
    let mut args = vec!["connect".to_owned(), serving.address()];
    args.extend(files.args(&format!("{TRUSTING} {more}")));
    let mut child = start(args);
    let (mut input, sent) = (child.stdin.take().unwrap(), data.to_vec());
    let feeding = thread::spawn(move || {
        input.write_all(&sent).unwrap();
        input
    });
    let mut came = vec![0; data.len()];
    child.stdout.take().unwrap().read_exact(&mut came).unwrap();
    assert!(came == data);
    drop(feeding.join().unwrap());
    let mut told = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut told).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{told}");
    told
}

#[test]
fn a_client_changes_its_keys_and_has_the_server_do_the_same() {
    let files = Files::new();
    let serving = echo(&files, "");
    let told = exchange(&serving, &files, "--update-keys 100000", &noise());
    let (sent, received) = counted(told.lines().last().unwrap());
    assert_eq!(sent, noise().len() / 100_000);
    // One may answer several.
    assert!((1..=sent).contains(&received), "{told}");
}

#[test]
fn a_server_changes_its_keys_and_has_the_client_do_the_same() {
    let files = Files::new();
    let mut serving = echo(&files, "--update-keys 100000");
    let told = exchange(&serving, &files, "", &noise());
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(serving.line().starts_with("connected: "));
    let told = serving.line();
    assert!(told.contains(", from 127.0.0.1:"), "{told}");
    let (sent, received) = counted(&told);
    assert_eq!(sent, noise().len() / 100_000);
    assert!((1..=sent).contains(&received), "{told}");
}

#[test]
fn both_ends_may_change_their_keys_at_the_same_time() {
    let files = Files::new();
    let mut serving = echo(&files, "--update-keys 100000");
    let told = exchange(&serving, &files, "--update-keys 100000", &noise());
    let own = noise().len() / 100_000;
    let [client, server] = [
        told.lines().last().unwrap(),
        &[serving.line(), serving.line()][1],
    ]
    .map(counted);
    for (sent, received) in [client, server] {
        assert!(sent >= own && received >= own, "{client:?} {server:?}");
    }
}

/// As often as can be.
#[test]
fn every_byte_may_have_keys_of_its_own() {
    let files = Files::new();
    let words = &noise()[..500];
    let told = exchange(&echo(&files, ""), &files, "--update-keys 1", words);
    let (sent, received) = counted(told.lines().last().unwrap());
    assert_eq!(sent, words.len());
    assert!(received > 0, "{told}");
}

#[test]
fn files_are_served_with_changing_keys() {
    let files = Files::new();
    fs::create_dir(files.path("www")).unwrap();
    fs::write(files.path("www").join("noise"), noise()).unwrap();
    let certificate = "--cert {localhost.pem} --key {localhost.key}";
    let serving =
        Serving::start(files.args(&format!("{certificate} --www {{www}} --update-keys 65536")));
    let request = b"GET /noise HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let ended = connect(&serving, &files, "--ca-file {ca.pem}", request);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.ends_with(&noise()));
    let (_, told) = serving.stop("-INT");
    let (sent, _) = counted(told.last().unwrap());
    // The head of the answer counts too.
    assert_eq!(sent, noise().len() / 65_536);
}

/// What early data did not carry goes with keys that change.
#[test]
fn what_comes_before_stdin_counts() {
    let files = Files::new();
    let serving = echo(&files, "");
    fs::write(files.path("words"), noise()).unwrap();
    let options = format!(
        "{TRUSTING} --update-keys 100000 --session-file {{session}} --early-data {{words}}"
    );
    let ended = connect(&serving, &files, &options, b"");
    assert!(ended.stdout == noise());
    let (sent, _) = counted(ended.stderr.lines().last().unwrap());
    assert_eq!(sent, noise().len() / 100_000);
}

#[test]
fn in_tls12_the_keys_stay_and_that_is_said() {
    let files = Files::new();
    let mut serving = echo(&files, "--update-keys 10");
    let options = format!("{TRUSTING} --max-version 1.2");
    let ended = connect(&serving, &files, &options, &noise());
    assert!(ended.stdout == noise());
    serving.line();
    let reason = "warning: --update-keys: TLS 1.2 has no new keys: they stay as they are";
    let told = serving.line();
    assert!(told.starts_with(&format!("{reason}, from ")), "{told}");

    let serving = echo(&files, "--max-version 1.2");
    let options = format!("{TRUSTING} --update-keys 10");
    let ended = connect(&serving, &files, &options, &noise());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout == noise());
    assert_eq!(ended.stderr.lines().last(), Some(reason));
}

#[test]
fn json_tells_of_each() {
    let files = Files::new();
    let serving = echo(&files, "");
    let told = exchange(&serving, &files, "--update-keys 4 --json", b"new keys");
    let parse = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let objects: Vec<_> = told.lines().map(parse).collect();
    let of = |direction: &str| -> Vec<_> {
        let updates = objects.iter().filter(|it| it["event"] == "key_update");
        updates.filter(|it| it["direction"] == direction).collect()
    };
    let sent = of("sent");
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent.iter().all(|it| it["requested"] == true), "{sent:?}");
    assert_eq!(sent[1]["generation"], 2);
    let received = of("received");
    assert!(!received.is_empty());
    assert!(received.iter().all(|it| it["requested"] == false));
}
