//! Lies about a key exchange in a finite field, by servers and by clients. This file is a table.

use std::sync::Arc;

use premaster_crypto::KeyExchangeKind;
use premaster_handshake::Fault;
use premaster_testkit::Cast;
use premaster_testkit::forger::number::plus;
use premaster_testkit::forger::{Plan, vector16};
use premaster_testkit::provider::with_fields;
use premaster_testkit::scene::Scene;
use premaster_wire::{ExtensionType as Ext, HandshakeType as Type};

use crate::{Lie, altered, lie, lied, longer};

/// All of them, by what they are about.
pub(crate) static LIES: &[&[Lie]] = &[FIELDS, PUBLIC_VALUES, PARAMETERS, TO_SERVER];

/// A server that has its own idea of the field.
fn server(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene {
    let mut scene = cast.in_a_field(cast.against_client());
    plan(&mut scene.plan);
    scene
}

/// A client that answers in the field.
fn client(cast: &Cast, plan: impl FnOnce(&mut Plan)) -> Scene {
    let mut scene = cast.in_a_field(cast.against_server());
    plan(&mut scene.plan);
    scene
}

/// The prime of ffdhe2048.
fn prime(cast: &Cast) -> Vec<u8> {
    cast.world.provider.dh_groups[0].prime().to_vec()
}

/// A server with this prime instead.
fn in_another(cast: &Cast, prime: Vec<u8>) -> Scene {
    server(cast, |plan| plan.field.0 = prime)
}

/// A server with this generator instead.
fn generated_by(cast: &Cast, generator: Vec<u8>) -> Scene {
    server(cast, |plan| plan.field.1 = generator)
}

/// A server with this public value.
fn public(cast: &Cast, value: Vec<u8>) -> Scene {
    server(cast, |plan| plan.share = Some(value))
}

/// A client with this public value.
fn answered(cast: &Cast, value: Vec<u8>) -> Scene {
    client(cast, |plan| plan.share = Some(value))
}

/// property 7: all of these are signed with the server's good key.
static FIELDS: &[Lie] = &[
    lie("a prime of 512 bits", Fault::UnknownDhGroup, |cast| {
        in_another(cast, vec![0xff; 64])
    }),
    lie("a prime of 768 bits", Fault::UnknownDhGroup, |cast| {
        in_another(cast, vec![0xff; 96])
    }),
    lie("a prime of 1024 bits", Fault::UnknownDhGroup, |cast| {
        in_another(cast, vec![0xff; 128])
    }),
    lie("a prime of 16384 bits", Fault::UnknownDhGroup, |cast| {
        let mut scene = in_another(cast, vec![0xff; 2_048]);
        // Its own public value would take the forger long.
        scene.plan.share = Some(vec![2]);
        scene
    }),
    lie(
        "a prime of 2048 bits that nobody knows",
        Fault::UnknownDhGroup,
        |cast| in_another(cast, plus(&prime(cast), -2)),
    ),
    lie(
        "the prime with its last byte left out",
        Fault::UnknownDhGroup,
        |cast| {
            let mut prime = prime(cast);
            prime.pop();
            in_another(cast, prime)
        },
    ),
    lie(
        "the prime with a zero behind it",
        Fault::UnknownDhGroup,
        |cast| in_another(cast, [prime(cast), vec![0]].concat()),
    ),
    lie("a prime of 0", Fault::UnknownDhGroup, |cast| {
        in_another(cast, vec![0])
    }),
    lie("a prime of 1", Fault::UnknownDhGroup, |cast| {
        in_another(cast, vec![1])
    }),
    lie("no prime at all", Fault::Malformed, |cast| {
        in_another(cast, vec![])
    }),
    lie(
        "a field that the client knows and has not listed",
        Fault::UnknownDhGroup,
        |cast| {
            let mut scene = server(cast, |_| {});
            let listed = |name: &str| name == "ffdhe3072";
            scene.client.dh_groups.retain(|group| listed(group.name()));
            scene
        },
    ),
    lie(
        "a generator of the whole field",
        Fault::UnknownDhGroup,
        |cast| generated_by(cast, vec![5]),
    ),
    lie("a generator of 1", Fault::UnknownDhGroup, |cast| {
        generated_by(cast, vec![1])
    }),
    lie("a generator of 0", Fault::UnknownDhGroup, |cast| {
        generated_by(cast, vec![0])
    }),
    lie("a generator of order 2", Fault::UnknownDhGroup, |cast| {
        generated_by(cast, plus(&prime(cast), -1))
    }),
    lie("no generator", Fault::Malformed, |cast| {
        generated_by(cast, vec![])
    }),
    lie(
        "prime and generator are exchanged",
        Fault::UnknownDhGroup,
        |cast| {
            server(cast, |plan| {
                let (prime, generator) = plan.field.clone();
                plan.field = (generator, prime);
            })
        },
    ),
];

/// property 7: 0, 1, p-1 and all that is no element (RFC 7919 section 5.1).
static PUBLIC_VALUES: &[Lie] = &[
    lie("Ys is 0", Fault::BadDhPublicValue, |cast| {
        public(cast, vec![0])
    }),
    lie(
        "Ys is 0, as long as the prime",
        Fault::BadDhPublicValue,
        |cast| public(cast, vec![0; 256]),
    ),
    lie("Ys is 1", Fault::BadDhPublicValue, |cast| {
        public(cast, vec![1])
    }),
    lie("Ys is p-1", Fault::BadDhPublicValue, |cast| {
        public(cast, plus(&prime(cast), -1))
    }),
    lie("Ys is p", Fault::BadDhPublicValue, |cast| {
        public(cast, prime(cast))
    }),
    lie("Ys is p+1", Fault::BadDhPublicValue, |cast| {
        public(cast, plus(&prime(cast), 1))
    }),
    lie(
        "Ys is the highest number of its length",
        Fault::BadDhPublicValue,
        |cast| public(cast, vec![0xff; 256]),
    ),
    lie("Ys is longer than p", Fault::BadDhPublicValue, |cast| {
        public(cast, [vec![1], vec![0; 256]].concat())
    }),
    lie(
        "Ys is much longer than p",
        Fault::BadDhPublicValue,
        |cast| public(cast, vec![7; 8_192]),
    ),
    lie("Ys is empty", Fault::Malformed, |cast| public(cast, vec![])),
    lie("Yc is 0", Fault::BadDhPublicValue, |cast| {
        answered(cast, vec![0])
    }),
    lie(
        "Yc is 0, as long as the prime",
        Fault::BadDhPublicValue,
        |cast| answered(cast, vec![0; 256]),
    ),
    lie("Yc is 1", Fault::BadDhPublicValue, |cast| {
        answered(cast, vec![1])
    }),
    lie("Yc is p-1", Fault::BadDhPublicValue, |cast| {
        answered(cast, plus(&prime(cast), -1))
    }),
    lie("Yc is p", Fault::BadDhPublicValue, |cast| {
        answered(cast, prime(cast))
    }),
    lie("Yc is p+1", Fault::BadDhPublicValue, |cast| {
        answered(cast, plus(&prime(cast), 1))
    }),
    lie("Yc is longer than p", Fault::BadDhPublicValue, |cast| {
        answered(cast, [vec![1], vec![0; 256]].concat())
    }),
    lie(
        "Yc is much longer than p",
        Fault::BadDhPublicValue,
        |cast| answered(cast, vec![7; 8_192]),
    ),
    lie("Yc is empty", Fault::Malformed, |cast| {
        answered(cast, vec![])
    }),
];

/// A ServerKeyExchange altered on its way, at this byte of its body.
fn altered_at(cast: &Cast, at: usize) -> Scene {
    let scene = server(cast, |_| {});
    altered(scene, Type::server_key_exchange, move |bytes| {
        bytes[4 + at] ^= 1
    })
}

/// property 7: the signature covers all three numbers (Logjam).
static PARAMETERS: &[Lie] = &[
    lie(
        "the prime was altered on its way",
        Fault::BadSignature,
        |cast| altered_at(cast, 2 + 100),
    ),
    lie(
        "the generator was altered on its way",
        Fault::BadSignature,
        |cast| altered_at(cast, 2 + 256 + 2),
    ),
    lie("Ys was altered on its way", Fault::BadSignature, |cast| {
        altered_at(cast, 2 + 256 + 2 + 1 + 2 + 200)
    }),
    lie(
        "a short prime takes the place of the signed one",
        Fault::BadSignature,
        |cast| {
            let scene = server(cast, |_| {});
            altered(scene, Type::server_key_exchange, |bytes| {
                let rest = bytes.split_off(4 + 2 + 256);
                bytes.truncate(4);
                bytes.extend(vector16(&[0xff; 64]));
                bytes.extend(rest);
                let length = u16::try_from(bytes.len() - 4).unwrap();
                bytes[2..4].copy_from_slice(&length.to_be_bytes());
            })
        },
    ),
    lie(
        "the signature is of another handshake's field",
        Fault::BadSignature,
        |cast| server(cast, |plan| plan.signs = Some(vec![7; 64 + 517])),
    ),
    lie(
        "nothing of the field is signed",
        Fault::BadSignature,
        |cast| server(cast, |plan| plan.signs = Some(Vec::new())),
    ),
    lie("SHA-1 signed the field", Fault::SchemeNotOffered, |cast| {
        server(cast, |plan| {
            (plan.scheme, plan.signs_with) = (0x0201, Some(0x0401))
        })
    }),
    lie(
        "a curve in a suite of finite fields",
        Fault::Malformed,
        |cast| server(cast, |plan| plan.params = Some(KeyExchangeKind::Ecdhe)),
    ),
    lie(
        "a finite field in a suite of curves",
        Fault::Malformed,
        |cast| {
            let mut scene = server(cast, |plan| {
                plan.params = Some(KeyExchangeKind::Dhe);
                (plan.suite, plan.suites) = (0xc02f, vec![0xc02f]);
            });
            let suite = premaster_crypto::suite(0xc02f).unwrap();
            scene.client.suites = vec![suite];
            scene
        },
    ),
    lie(
        "ephemeral RSA in a suite of finite fields",
        Fault::Malformed,
        |cast| server(cast, |plan| plan.params = Some(KeyExchangeKind::Rsa)),
    ),
    lie(
        "the field's ServerKeyExchange with a byte too many",
        Fault::Malformed,
        |cast| lied(server(cast, |_| {}), Type::server_key_exchange, longer),
    ),
    lie(
        "an ECDSA certificate in a suite of finite fields",
        Fault::KeyDoesNotFitSuite,
        |cast| {
            server(cast, |plan| {
                plan.chain.clone_from(&cast.server.chain);
                plan.key = Some(cast.server.key(&cast.world.provider));
                plan.scheme = 0x0403;
            })
        },
    ),
    lie("no field's key can be made", Fault::RandomFailed, |cast| {
        let mut scene = server(cast, |_| {});
        scene.client.dh_groups = with_fields(&scene.client.provider, |_| {
            Err(premaster_crypto::CryptoError)
        })
        .dh_groups;
        scene
    }),
];

static TO_SERVER: &[Lie] = &[
    lie(
        "only fields that the server has not",
        Fault::NoCommonDhGroup,
        |cast| {
            client(cast, |plan| {
                plan.set(Ext::supported_groups, vector16(&[0, 0x1d, 1, 4]))
            })
        },
    ),
    lie(
        "only a field that nobody knows",
        Fault::NoCommonDhGroup,
        |cast| {
            client(cast, |plan| {
                plan.set(Ext::supported_groups, vector16(&[1, 0xff]))
            })
        },
    ),
    lie("Yc was altered on its way", Fault::BadFinished, |cast| {
        altered(client(cast, |_| {}), Type::client_key_exchange, |bytes| {
            bytes[100] ^= 1
        })
    }),
    lie(
        "a point where a number is wanted",
        Fault::Malformed,
        |cast| client(cast, |plan| plan.params = Some(KeyExchangeKind::Ecdhe)),
    ),
    lie(
        "a ciphertext where a number is wanted",
        Fault::BadFinished,
        |cast| {
            client(cast, |plan| {
                plan.params = Some(KeyExchangeKind::Rsa);
                plan.ciphertext = Some(vec![9; 256]);
            })
        },
    ),
    lie(
        "the number has a byte too many behind it",
        Fault::Malformed,
        |cast| {
            lied(client(cast, |_| {}), Type::client_key_exchange, |bytes| {
                bytes.push(0);
                bytes[3] += 1;
            })
        },
    ),
    lie("the number ends too early", Fault::Malformed, |cast| {
        lied(client(cast, |_| {}), Type::client_key_exchange, |bytes| {
            bytes.pop();
            bytes[3] -= 1;
        })
    }),
    lie(
        "a server in a field whose key only decrypts",
        Fault::NoCommonScheme,
        |cast| {
            let mut scene = client(cast, |_| {});
            let transport = cast.by_transport(cast.against_server());
            scene.host.credential = transport.host.credential;
            scene
        },
    ),
    lie(
        "a server in a field whose key makes no scheme that is listed",
        Fault::NoCommonScheme,
        |cast| {
            client(cast, |plan| {
                plan.set(Ext::signature_algorithms, vector16(&[4, 3]))
            })
        },
    ),
    lie(
        "no server's key in a field can be made",
        Fault::RandomFailed,
        |cast| {
            let mut scene = client(cast, |_| {});
            let failing = with_fields(&scene.server.provider, |_| {
                Err(premaster_crypto::CryptoError)
            });
            scene.server.dh_groups.clone_from(&failing.dh_groups);
            scene.server.provider = Arc::new(failing);
            scene
        },
    ),
];
