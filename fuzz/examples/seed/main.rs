//! Seeds of the corpora: recorded handshakes, cut to what each target takes.
//!
//! `cargo xtask fuzz --seed` runs this. It adds what is missing and takes nothing away; names are
//! hashes of the content, so that running it again changes nothing.
#![forbid(unsafe_code)]

mod messages;
mod plays;
mod recorded;
mod state;

use std::{collections::BTreeMap, fs, path::Path};

use premaster_fuzz::TARGETS;

/// Longer seeds are left out: a fuzzer that mutates them finds little.
const LONGEST: usize = 4096;

/// Inputs by target.
type Seeds = BTreeMap<&'static str, Vec<Vec<u8>>>;

/// Adds one input.
fn add_to(seeds: &mut Seeds, target: &'static str, input: Vec<u8>) {
    seeds.entry(target).or_default().push(input);
}

fn main() {
    let mut seeds = Seeds::new();
    messages::add(&mut seeds);
    plays::add(&mut seeds);
    state::add(&mut seeds);
    for target in TARGETS {
        let inputs = seeds.remove(target.name).unwrap_or_default();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        let folder = folder.join(target.name);
        fs::create_dir_all(&folder).expect("a folder that can be made");
        let mut new = 0;
        for input in inputs.iter().filter(|it| it.len() <= LONGEST) {
            let path = folder.join(name(input));
            if !path.exists() {
                fs::write(&path, input).expect("a folder that can be written to");
                new += 1;
            }
        }
        println!("{:>5} seeds, {new:>5} new  {}", inputs.len(), target.name);
    }
    assert!(seeds.is_empty(), "seeds of no target: {:?}", seeds.keys());
}

/// 128 bits of FNV-1a: a name, not a proof.
fn name(input: &[u8]) -> String {
    let hash = input.iter().fold(
        0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128,
        |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul((1 << 88) + 0x13b),
    );
    format!("{hash:032x}")
}
