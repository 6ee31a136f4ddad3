//! Plays that are known to get somewhere: the first inputs of both corpora, and what the tests look at.

use premaster_connection::Side;

use super::{Act, Between, Deed, Script, Setup, Wish};

/// A play with its name.
#[derive(Clone, Debug)]
pub struct Seed {
    /// What it is about.
    pub name: &'static str,
    /// Against which side it is meant; it can be played against the other one too.
    pub victim: Side,
    /// What happens.
    pub script: Script,
}

const NONE: Setup = Setup(0);
const TLS12: Setup = Setup::CLIENT_OF_TLS12;

/// The name of a seed, the wishes of its two ends, and what happens.
type Row = (&'static str, Setup, Vec<Act>);

const ASKED: Setup = Setup::CERTIFIED.and(Setup::ASKS);

/// The owner of the liar's other end does something.
const fn of_peer(wish: Wish) -> Act {
    Act::Owner(false, wish)
}

/// The owner of the victim does something.
const fn of_victim(wish: Wish) -> Act {
    Act::Owner(true, wish)
}

/// When the handshake is done.
fn done(mut acts: Vec<Act>) -> Vec<Act> {
    acts.insert(0, Act::Pass(7));
    acts
}

/// Nobody lies: all of them end established, in the way that their names say.
#[must_use]
pub fn honest() -> Vec<Seed> {
    both_sides(&[full(), known(), after(), tls12()].concat())
}

/// Full handshakes of TLS 1.3.
fn full() -> Vec<Row> {
    vec![
        ("1.3", NONE, vec![]),
        ("1.3 re-sealed", NONE, vec![Act::Merge(0)]),
        ("1.3 SHA-384", Setup::SHA384, vec![]),
        ("1.3 ChaCha20", Setup::CHACHA, vec![Act::Merge(3)]),
        ("1.3 client authentication", ASKED, vec![]),
        ("1.3 declined", Setup::ASKS, vec![]),
        ("1.3 retried", Setup::RETRY, vec![]),
        ("1.3 cookie", Setup::RETRY.and(Setup::COOKIE), vec![]),
        ("1.3 compressed", ASKED.and(Setup::COMPRESSED), vec![]),
        ("1.3 stapled", Setup::STAPLED.and(Setup::NAMED), vec![]),
        (
            "1.3 short records",
            ASKED.and(Setup::CLIENT_LIMIT).and(Setup::SERVER_LIMIT),
            vec![],
        ),
        ("1.3 fragments", Setup::FRAGMENTS, vec![Act::Pass(0)]),
        ("1.3 padded", Setup::PADDED, vec![Act::Merge(1)]),
        (
            "1.3 bare",
            Setup::BARE.and(Setup::GREASE).and(Setup::ALPN),
            vec![],
        ),
        (
            "1.3 late answers",
            ASKED.and(Setup::LATE).and(Setup::BACKWARDS),
            vec![],
        ),
        ("1.3 byte by byte", NONE, vec![Act::Trickle(1)]),
    ]
}

/// Handshakes of TLS 1.3 with a key that both know.
fn known() -> Vec<Row> {
    let early = Setup::RESUMED.and(Setup::EARLY_DATA);
    let known = Setup::EXTERNAL_PSK;
    let write = [of_peer, of_victim].map(|of| of(Wish::WriteEarly(9)));
    let write_early = [&write[..], &[Act::Pass(0)]].concat();
    vec![
        ("1.3 resumed", Setup::RESUMED, vec![]),
        (
            "1.3 resumed, retried",
            Setup::RESUMED.and(Setup::RETRY),
            vec![],
        ),
        (
            "1.3 PSK alone",
            Setup::RESUMED.and(Setup::PSK_ALONE),
            vec![],
        ),
        ("1.3 early data", early, write_early.clone()),
        (
            "1.3 early data, late",
            early.and(Setup::LATE),
            write_early.clone(),
        ),
        (
            "1.3 early data, refused",
            early.and(Setup::RETRY),
            write_early.clone(),
        ),
        (
            "1.3 another server",
            early.and(Setup::NO_EARLY_DATA),
            write_early,
        ),
        ("1.3 external PSK", known, vec![]),
        (
            "1.3 external PSK alone",
            known.and(Setup::PSK_ALONE),
            vec![],
        ),
    ]
}

/// What follows a handshake of TLS 1.3.
fn after() -> Vec<Row> {
    let later = Setup::CERTIFIED.and(Setup::ASKED_LATER);
    vec![
        (
            "1.3 keys change",
            NONE,
            done(vec![
                of_peer(Wish::UpdateKeys(true)),
                Act::Pass(1),
                of_victim(Wish::UpdateKeys(false)),
                of_peer(Wish::Write(700)),
                Act::Pass(0),
            ]),
        ),
        (
            "1.3 halves",
            NONE,
            done(vec![
                of_victim(Wish::Part),
                of_victim(Wish::Write(3)),
                of_peer(Wish::UpdateKeys(true)),
                Act::Pass(1),
            ]),
        ),
        (
            "1.3 asked later",
            later,
            done(vec![
                of_peer(Wish::Request(true)),
                of_victim(Wish::Request(true)),
                Act::Pass(7),
                of_victim(Wish::Export(32)),
            ]),
        ),
        (
            "1.3 asked later, late",
            later.and(Setup::LATE),
            done(vec![
                of_peer(Wish::Request(false)),
                of_victim(Wish::Request(false)),
                Act::Pass(7),
            ]),
        ),
    ]
}

fn tls12() -> Vec<Row> {
    vec![
        ("1.2", TLS12, vec![]),
        ("1.2 re-sealed", TLS12, vec![Act::Merge(0)]),
        ("1.2 of the server", Setup::SERVER_OF_TLS12, vec![]),
        ("1.2 SHA-384", TLS12.and(Setup::SHA384), vec![Act::Merge(0)]),
        (
            "1.2 ChaCha20",
            TLS12.and(Setup::CHACHA),
            vec![Act::Merge(3)],
        ),
        ("1.2 client authentication", TLS12.and(ASKED), vec![]),
        (
            "1.2 late answers",
            TLS12.and(ASKED).and(Setup::LATE),
            vec![],
        ),
        ("1.2 by ticket", TLS12.and(Setup::RESUMED), vec![]),
        (
            "1.2 by ID",
            TLS12.and(Setup::RESUMED).and(Setup::NO_TICKETS),
            vec![],
        ),
        (
            "1.2 stapled",
            TLS12.and(Setup::STAPLED).and(Setup::ALPN),
            vec![],
        ),
        ("1.2 fragments", TLS12.and(Setup::FRAGMENTS), vec![]),
        (
            "1.2 limits",
            TLS12.and(Setup::CLIENT_LIMIT).and(Setup::SERVER_LIMIT),
            vec![],
        ),
        ("1.2 halves", TLS12, done(vec![of_victim(Wish::Part)])),
    ]
}

/// Somebody lies; what comes of it differs, and nothing may break.
#[must_use]
pub fn lies() -> Vec<Seed> {
    let forged = Setup::FORGED;
    let after = |acts: &[Act]| [&[Act::Pass(7)], acts].concat();
    let mut rows: Vec<Row> = vec![
        ("goodbye", NONE, after(&[Act::Record(1, vec![1, 0])])),
        ("warning", TLS12, after(&[Act::Record(1, vec![1, 90])])),
        ("fatal alert", NONE, after(&[Act::Record(1, vec![2, 40])])),
        ("end", NONE, vec![Act::Pass(0), Act::End]),
        ("spoilt", NONE, vec![Act::Pass(0), Act::Spoil(9, 1)]),
        ("bare", NONE, vec![Act::Merge(0), Act::Pass(0), Act::Bare]),
        ("raw", NONE, vec![Act::Raw(vec![22, 3, 3, 0, 1, 0])]),
        (
            "long record",
            NONE,
            vec![Act::Raw(vec![22, 3, 3, 0xff, 0xff])],
        ),
        (
            "hello requests",
            TLS12,
            after(&[Act::Say(4), Act::Say(4), Act::Say(17)]),
        ),
        (
            "keys are asked for",
            NONE,
            after(&[Act::Say(2), Act::Say(1), Act::Say(2)]),
        ),
        (
            "tickets",
            NONE,
            after(&[Act::Say(6), Act::Wait(9), Act::Say(6)]),
        ),
        (
            "requests",
            Setup::ASKED_LATER,
            after(&[Act::Say(8), Act::Say(8), Act::Say(8)]),
        ),
        ("too long a message", NONE, vec![Act::Pass(0), Act::Say(25)]),
        (
            "forged extension",
            forged,
            vec![Act::Merge(0), Act::Extension(0, Deed::Rename(9))],
        ),
        (
            "refused",
            Setup::LATE,
            vec![Act::Pass(0), Act::Owner(true, Wish::Refuse)],
        ),
        (
            "said goodbye",
            NONE,
            vec![Act::Owner(true, Wish::Close), Act::Pass(0)],
        ),
        (
            "held back",
            NONE,
            vec![Act::Owner(true, Wish::Hold(true)), Act::Pass(7)],
        ),
    ];
    rows.push(("a long evening", ASKED.and(Setup::ASKED_LATER), evening()));
    rows.extend(each_at_each_place());
    both_sides(&rows)
}

/// A long script, so that a fuzzer begins with long ones.
fn evening() -> Vec<Act> {
    let mut acts = vec![Act::Pass(7)];
    for round in 0..5 {
        acts.extend([
            of_peer(Wish::Write(100 * u16::from(round))),
            Act::Pass(0),
            of_victim(Wish::UpdateKeys(round % 2 == 0)),
            Act::Split(3, Between::Nothing),
            of_peer(Wish::Request(false)),
            of_victim(Wish::Request(false)),
            Act::Merge(2),
            Act::Wait(round),
            Act::Say(6 * round),
        ]);
    }
    acts
}

/// Each kind of lie about the first, the second, the third word.
fn each_at_each_place() -> Vec<Row> {
    let forged = Setup::FORGED;
    let mut rows = Vec::new();
    for setup in [NONE, TLS12] {
        for act in [
            Act::Change(5, 1),
            Act::Cut(9, true),
            Act::Cut(9, false),
            Act::Stretch(3, true),
            Act::Stretch(3, false),
            Act::Extension(1, Deed::Remove),
            Act::Extension(1, Deed::Double),
            Act::Extension(1, Deed::First),
            Act::Extension(2, Deed::Empty),
            Act::Omit,
            Act::Repeat,
            Act::Swap,
            Act::Split(7, Between::Nothing),
            Act::Split(7, Between::Data),
            Act::Split(7, Between::ChangeCipherSpec),
            Act::Split(7, Between::Warning),
            Act::Split(7, Between::Empty),
            Act::Merge(3),
            Act::Retype(3),
        ] {
            // Of what: the first word, the second, and so on.
            for place in 0..3 {
                let mut acts = vec![Act::Merge(0)];
                acts.resize(place, Act::Pass(0));
                acts.push(act.clone());
                rows.push(("a lie", setup, acts.clone()));
                rows.push(("a forged lie", setup.and(forged), acts));
            }
        }
    }
    rows
}

fn both_sides(rows: &[Row]) -> Vec<Seed> {
    let seed = |victim, (name, setup, acts): &Row| Seed {
        name,
        victim,
        script: Script {
            setup: *setup,
            dice: 0,
            acts: acts.clone(),
        },
    };
    let of = |victim| rows.iter().map(move |row| seed(victim, row)).collect();
    [of(Side::Client), of(Side::Server)]
        .into_iter()
        .flat_map(|seeds: Vec<_>| seeds)
        .collect()
}
