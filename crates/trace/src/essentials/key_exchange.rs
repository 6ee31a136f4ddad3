//! The messages of the key exchange (RFC 5246 section 7.4.3 and section 7.4.7, RFC 8422 section 5.4 and section 5.7,
//! RFC 4279, RFC 5489, RFC 5054 section 2.8).
//!
//! Their form is not in the message: suite and version say it.

use premaster_wire::tls12::{
    ClientKeyExchange, DigitallySigned, KeyExchangeAlgorithm, ServerDhParams, ServerEcdhParams,
    ServerKeyExchange, ServerSrpParams,
};
use premaster_wire::{DecodeError, ProtocolVersion, tls11};

use super::Fields;
use crate::value::text_or_hex;

pub(super) fn server(
    algorithm: KeyExchangeAlgorithm,
    version: ProtocolVersion,
    body: &[u8],
    fields: &mut Fields,
) -> Result<(), DecodeError> {
    use ServerKeyExchange as M;
    match ServerKeyExchange::decode_as(algorithm, version, body)? {
        M::Ecdhe(message) => signed(curve(fields, &message.params), &message.signed_params),
        M::Ecdhe11(message) => signed11(curve(fields, &message.params), &message.signed_params),
        M::EcdhAnon(params) => curve(fields, &params),
        M::EcdhePsk(message) => {
            identity(fields, HINT, message.psk_identity_hint);
            curve(fields, &message.params)
        }
        M::Dhe(message) => signed(field(fields, &message.params), &message.signed_params),
        M::Dhe11(message) => signed11(field(fields, &message.params), &message.signed_params),
        M::DhAnon(params) => field(fields, &params),
        M::DhePsk(message) => {
            identity(fields, HINT, message.psk_identity_hint);
            field(fields, &message.params)
        }
        M::Psk(message) => identity(fields, HINT, message.psk_identity_hint),
        M::Srp(params) => password(fields, &params),
        M::SrpSigned(message) => signed(password(fields, &message.params), &message.signed_params),
        M::SrpSigned11(message) => {
            signed11(password(fields, &message.params), &message.signed_params)
        }
        _ => fields.number("body_length", body.len()),
    };
    Ok(())
}

pub(super) fn client(
    algorithm: KeyExchangeAlgorithm,
    version: ProtocolVersion,
    body: &[u8],
    fields: &mut Fields,
) -> Result<(), DecodeError> {
    use ClientKeyExchange as M;
    match ClientKeyExchange::decode_as(algorithm, version, body)? {
        M::Rsa(message) => fields.bytes(ENCRYPTED, message.pre_master_secret),
        M::RsaSsl3(message) => fields.bytes(ENCRYPTED, message.pre_master_secret),
        M::Dh(message) => fields.bytes("dh_Yc", message.dh_yc),
        M::Ecdh(message) => fields.bytes("public", message.point),
        M::Implicit(_) => fields.text("public", "in the client's certificate"),
        M::Psk(message) => identity(fields, IDENTITY, message.psk_identity),
        M::RsaPsk(message) => identity(fields, IDENTITY, message.psk_identity)
            .bytes(ENCRYPTED, message.pre_master_secret),
        M::DhePsk(message) => {
            identity(fields, IDENTITY, message.psk_identity).bytes("dh_Yc", message.dh_yc)
        }
        M::EcdhePsk(message) => {
            identity(fields, IDENTITY, message.psk_identity).bytes("public", message.point)
        }
        M::Srp(message) => fields.bytes("srp_A", message.srp_a),
        _ => fields.number("body_length", body.len()),
    };
    Ok(())
}

const ENCRYPTED: &str = "encrypted_pre_master_secret";
const IDENTITY: &str = "psk_identity";
const HINT: &str = "psk_identity_hint";

fn curve<'f>(fields: &'f mut Fields, params: &ServerEcdhParams<'_>) -> &'f mut Fields {
    fields
        .text("named_curve", params.curve_params.named_curve)
        .bytes("public", params.public)
}

fn field<'f>(fields: &'f mut Fields, params: &ServerDhParams<'_>) -> &'f mut Fields {
    fields
        .bytes("dh_p", params.dh_p)
        .bytes("dh_g", params.dh_g)
        .bytes("dh_Ys", params.dh_ys)
}

fn password<'f>(fields: &'f mut Fields, params: &ServerSrpParams<'_>) -> &'f mut Fields {
    fields
        .bytes("srp_N", params.srp_n)
        .bytes("srp_g", params.srp_g)
        .bytes("srp_s", params.srp_s)
        .bytes("srp_B", params.srp_b)
}

fn identity<'f>(fields: &'f mut Fields, name: &'static str, bytes: &[u8]) -> &'f mut Fields {
    fields.text(name, text_or_hex(bytes))
}

fn signed<'f>(fields: &'f mut Fields, signed: &DigitallySigned<'_>) -> &'f mut Fields {
    fields
        .text("signature_algorithm", signed.algorithm)
        .number("signature_length", signed.signature.len())
}

/// Before TLS 1.2 the key says how it signs.
fn signed11<'f>(fields: &'f mut Fields, signed: &tls11::Signature<'_>) -> &'f mut Fields {
    fields.number("signature_length", signed.signature.len())
}

#[cfg(test)]
mod tests {
    use KeyExchangeAlgorithm as A;

    use super::*;

    const TLS12: ProtocolVersion = ProtocolVersion::TLSv1_2;
    const TLS11: ProtocolVersion = ProtocolVersion::TLSv1_1;
    const SSL3: ProtocolVersion = ProtocolVersion::SSLv3;

    /// A piece of a message and the fields in it.
    type Piece = (&'static [u8], &'static [&'static str]);

    const CURVE: Piece = (&[3, 0, 29, 1, 0xaa], &["named_curve", "public"]);
    const FIELD: Piece = (&[0, 1, 23, 0, 1, 5, 0, 1, 8], &["dh_p", "dh_g", "dh_Ys"]);
    const PASSWORD: Piece = (
        &[0, 1, 23, 0, 1, 5, 1, 0xaa, 0, 1, 8],
        &["srp_N", "srp_g", "srp_s", "srp_B"],
    );
    const HINT: Piece = (b"\0\x04hint", &["psk_identity_hint"]);
    const SIGNED: Piece = (
        &[4, 1, 0, 1, 0xbb],
        &["signature_algorithm", "signature_length"],
    );
    const SIGNED_11: Piece = (&[0, 1, 0xbb], &["signature_length"]);
    const IDENTITY: Piece = (b"\0\x05al\0ce", &["psk_identity"]);
    const ENCRYPTED: Piece = (&[0, 2, 0xcc, 0xcc], &["encrypted_pre_master_secret"]);
    const ENCRYPTED_SSL3: Piece = (&[0xcc, 0xcc], &["encrypted_pre_master_secret"]);
    const DH_YC: Piece = (&[0, 1, 8], &["dh_Yc"]);
    const POINT: Piece = (&[1, 0xaa], &["public"]);
    const SRP_A: Piece = (&[0, 1, 8], &["srp_A"]);
    const IMPLICIT: Piece = (&[], &["public"]);

    type Read = fn(A, ProtocolVersion, &[u8], &mut Fields) -> Result<(), DecodeError>;

    fn check(read: Read, forms: &[(A, ProtocolVersion, &[Piece])]) {
        for (algorithm, version, pieces) in forms {
            let body: Vec<u8> = pieces
                .iter()
                .flat_map(|(bytes, _)| *bytes)
                .copied()
                .collect();
            let wanted: Vec<_> = pieces
                .iter()
                .flat_map(|(_, names)| *names)
                .copied()
                .collect();
            let mut fields = Fields::default();
            read(*algorithm, *version, &body, &mut fields).unwrap();
            let names: Vec<_> = fields.into_iter().map(|(name, _)| name).collect();
            assert_eq!(names, wanted, "{algorithm:?} in {version}");
        }
    }

    #[test]
    fn every_form_of_the_servers_message_is_told() {
        let forms: [(A, ProtocolVersion, &[Piece]); 13] = [
            (A::Ecdhe, TLS12, &[CURVE, SIGNED]),
            (A::Ecdhe, TLS11, &[CURVE, SIGNED_11]),
            (A::EcdhAnon, TLS12, &[CURVE]),
            (A::EcdhePsk, TLS12, &[HINT, CURVE]),
            (A::Dhe, TLS12, &[FIELD, SIGNED]),
            (A::Dhe, SSL3, &[FIELD, SIGNED_11]),
            (A::DhAnon, TLS12, &[FIELD]),
            (A::DhePsk, TLS12, &[HINT, FIELD]),
            (A::Psk, TLS12, &[HINT]),
            (A::RsaPsk, TLS12, &[HINT]),
            (A::Srp, TLS12, &[PASSWORD]),
            (A::SrpSigned, TLS12, &[PASSWORD, SIGNED]),
            (A::SrpSigned, TLS11, &[PASSWORD, SIGNED_11]),
        ];
        check(server, &forms);
    }

    #[test]
    fn every_form_of_the_clients_message_is_told() {
        let forms: [(A, ProtocolVersion, &[Piece]); 15] = [
            (A::Rsa, TLS12, &[ENCRYPTED]),
            (A::Rsa, TLS11, &[ENCRYPTED]),
            (A::Rsa, SSL3, &[ENCRYPTED_SSL3]),
            (A::Dh, TLS12, &[IMPLICIT]),
            (A::Dh, TLS12, &[DH_YC]),
            (A::Dhe, TLS12, &[DH_YC]),
            (A::DhAnon, TLS12, &[DH_YC]),
            (A::Ecdh, TLS12, &[POINT]),
            (A::Ecdhe, TLS12, &[POINT]),
            (A::Psk, TLS12, &[IDENTITY]),
            (A::RsaPsk, TLS12, &[IDENTITY, ENCRYPTED]),
            (A::DhePsk, TLS12, &[IDENTITY, DH_YC]),
            (A::EcdhePsk, TLS12, &[IDENTITY, POINT]),
            (A::Srp, TLS12, &[SRP_A]),
            (A::SrpSigned, TLS12, &[SRP_A]),
        ];
        check(client, &forms);
    }

    #[test]
    fn where_there_is_no_message_none_is_told() {
        for algorithm in [A::Rsa, A::Dh, A::Ecdh] {
            assert!(server(algorithm, TLS12, CURVE.0, &mut Fields::default()).is_err());
        }
    }
}
