//! What a single operation leaves on the stack: nothing of the secrets that it computed with.

use std::hint::black_box;

use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::{Aead, HashAlgorithm, HmacKey, Secret, SharedSecret, Side, hkdf, suite};
use premaster_crypto_ring::provider;

use crate::allocator::{Place, keep_stack};
use crate::derivations;
use crate::needles::{catch, catch_hmac_key};
use crate::secrets::search;

const HASHES: [HashAlgorithm; 2] = [HashAlgorithm::Sha256, HashAlgorithm::Sha384];

/// Runs an operation, has its secrets caught once it is over, and looks at the stack.
fn look_after<R>(what: &str, operation: impl FnOnce() -> R, secrets: impl FnOnce(&R)) {
    let (found, needles) = search(|| {
        let result = operation();
        keep_stack();
        secrets(&result);
    });
    assert!(!needles.is_empty(), "{what}");
    assert_eq!(found, [], "{what}");
}

/// The same where the result is needed for the next operation: what it holds is not lost.
pub(crate) fn look_and_keep<R>(
    what: &str,
    operation: impl FnOnce() -> R,
    secrets: impl FnOnce(&R),
) -> R {
    let mut result = None;
    let (mut found, needles) = search(|| {
        let result = result.insert(operation());
        keep_stack();
        secrets(result);
    });
    assert!(!needles.is_empty(), "{what}");
    found.retain(|(_, place, _)| *place != Place::Lost);
    assert_eq!(found, [], "{what}");
    result.expect("the result")
}

/// A secret that no other test has, and that lies in no frame.
pub(crate) fn random<const N: usize>() -> Secret<N> {
    Secret::fill_with(|bytes| provider().random.fill(bytes).unwrap())
}

fn catch_master(master: &MasterSecret) {
    catch("master secret", master.secret().as_bytes());
    catch_hmac_key("HMAC key", master.secret().as_bytes());
}

/// One test: what is caught is kept in one place.
pub(crate) fn no_operation_leaves_its_secrets_on_the_stack() {
    for hash in HASHES {
        tls12(hash);
        hmac_and_hkdf(hash);
    }
    for group in provider().groups {
        let (ours, theirs) = (group.start().unwrap(), group.start().unwrap());
        look_after(
            group.name(),
            || ours.complete(theirs.share()).unwrap(),
            |shared| catch("premaster secret", shared.as_bytes()),
        );
    }
    provider().aeads.into_iter().for_each(aead);
    derivations::no_step_leaves_its_secrets_on_the_stack();
}

fn tls12(hash: HashAlgorithm) {
    let bytes = random::<32>();
    let premaster = SharedSecret::from_bytes(bytes.as_bytes());
    let transcript = hash.hash(&[b"messages"]);
    let catch_both = |master: &MasterSecret| {
        catch("premaster secret", premaster.as_bytes());
        catch_hmac_key("HMAC key of the premaster secret", premaster.as_bytes());
        catch_master(master);
    };
    look_after(
        "derive",
        || MasterSecret::derive(hash, &premaster, &[1; 32], &[2; 32]),
        catch_both,
    );
    look_after(
        "derive_extended",
        || MasterSecret::derive_extended(hash, &premaster, &transcript),
        catch_both,
    );
    let secret = random();
    look_after(
        "from_secret",
        || MasterSecret::from_secret(hash, secret),
        catch_master,
    );
    let master = MasterSecret::from_secret(hash, random());
    let shape = suite(0xcca9).unwrap().key_block_shape();
    look_after(
        "key_block",
        || master.key_block(&[1; 32], &[2; 32], shape),
        |block| {
            catch_master(&master);
            for keys in [&block.client, &block.server] {
                catch("write key", keys.key.as_bytes());
                catch("write IV", keys.iv.as_bytes());
            }
        },
    );
    look_after(
        "verify_data",
        || master.verify_data(Side::Client, &transcript),
        |_| catch_master(&master),
    );
    for context in [None, Some(&[3; 300][..])] {
        let export = || {
            Secret::<32>::fill_with(|out| {
                let exported = master.export(b"label", &[1; 32], &[2; 32], context, out);
                exported.unwrap();
            })
        };
        look_after("export", export, |exported| {
            catch_master(&master);
            catch("exported key", exported.as_bytes());
        });
    }
}

fn hmac_and_hkdf(hash: HashAlgorithm) {
    let secret = random::<48>();
    look_after(
        "HmacKey::new",
        || HmacKey::new(hash, secret.as_bytes()),
        |_| catch_hmac_key("HMAC key", secret.as_bytes()),
    );
    look_after(
        "extract",
        || hkdf::extract(hash, b"salt", secret.as_bytes()),
        |_| {
            catch("input", secret.as_bytes());
            let prk = HmacKey::new(hash, b"salt").sign(&[secret.as_bytes()]);
            catch("pseudorandom key", &prk);
            catch_hmac_key("pseudorandom key, as HMAC key", &prk);
        },
    );
    let key = HmacKey::new(hash, secret.as_bytes());
    for context in [&[][..], &[4; 200]] {
        let expand = || {
            Secret::<48>::fill_with(|out| {
                hkdf::expand_label(&key, b"label", context, out).unwrap();
            })
        };
        look_after("expand_label", expand, |expanded| {
            catch_hmac_key("HMAC key", secret.as_bytes());
            catch("expanded key", expanded.as_bytes());
        });
    }
}

fn aead(aead: &dyn Aead) {
    let secret = random::<32>();
    let bytes = &secret.as_bytes()[..aead.algorithm().key_len()];
    let what = format!("{:?}", aead.algorithm());
    let mut data = black_box([7; 100]);
    look_after(
        &what,
        || {
            let key = aead.key(bytes).unwrap();
            keep_stack();
            let tag = key.seal(&[1; 12], b"", &mut data[..84]).unwrap();
            keep_stack();
            data[84..].copy_from_slice(&tag);
            key.open(&[1; 12], b"", &mut data).unwrap();
            keep_stack();
        },
        |()| catch("AEAD key", bytes),
    );
}
