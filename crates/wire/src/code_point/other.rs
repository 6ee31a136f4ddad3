//! The small registries: compression, names, modes and requests.

use super::code_points;

code_points! {
    /// How records are compressed (RFC 5246 section 6.2.2, IANA "TLS Compression Method Identifiers").
    pub struct CompressionMethod(u8);
    null = 0, "RFC 3749";
    DEFLATE = 1, "RFC 3749";
    LZS = 64, "RFC 3943";
}

code_points! {
    /// The form of a server name (RFC 6066 section 3).
    pub struct NameType(u8);
    host_name = 0, "RFC 6066";
}

code_points! {
    /// How a pre-shared key may be used (RFC 8446 section 4.2.9, IANA "TLS PskKeyExchangeMode").
    pub struct PskKeyExchangeMode(u8);
    psk_ke = 0, "RFC 8446";
    psk_dhe_ke = 1, "RFC 8446";
}

impl PskKeyExchangeMode {
    /// The values that are reserved to be ignored (RFC 8701 section 2).
    pub const GREASE: [Self; 8] = [
        Self(0x0b),
        Self(0x2a),
        Self(0x49),
        Self(0x68),
        Self(0x87),
        Self(0xa6),
        Self(0xc5),
        Self(0xe4),
    ];

    /// Whether this is one of the values that are reserved to be ignored (RFC 8701 section 2).
    #[must_use]
    pub const fn is_grease(self) -> bool {
        self.0 % 0x1f == 0x0b
    }

    /// The one of [`GREASE`](Self::GREASE) that the upper three bits of `pick` choose.
    #[must_use]
    pub const fn grease(pick: u8) -> Self {
        let [a, b, c, d, e, f, g, h] = Self::GREASE;
        match pick >> 5 {
            0 => a,
            1 => b,
            2 => c,
            3 => d,
            4 => e,
            5 => f,
            6 => g,
            _ => h,
        }
    }
}

code_points! {
    /// Whether the receiver of a KeyUpdate must answer with its own (RFC 8446 section 4.6.3).
    pub struct KeyUpdateRequest(u8);
    update_not_requested = 0, "RFC 8446";
    update_requested = 1, "RFC 8446";
}

code_points! {
    /// Whether the peer may send heartbeats (RFC 6520 section 2, IANA "Heartbeat Modes").
    pub struct HeartbeatMode(u8);
    peer_allowed_to_send = 1, "RFC 6520";
    peer_not_allowed_to_send = 2, "RFC 6520";
}

code_points! {
    /// The largest fragment that a client wants to receive (RFC 6066 section 4).
    pub struct MaxFragmentLength(u8);
    two_to_the_9 = 1 as "2^9", "RFC 6066";
    two_to_the_10 = 2 as "2^10", "RFC 6066";
    two_to_the_11 = 3 as "2^11", "RFC 6066";
    two_to_the_12 = 4 as "2^12", "RFC 6066";
}

impl MaxFragmentLength {
    /// The number of bytes, if the value is registered.
    #[must_use]
    pub const fn bytes(self) -> Option<usize> {
        match self {
            Self::two_to_the_9 => Some(512),
            Self::two_to_the_10 => Some(1024),
            Self::two_to_the_11 => Some(2048),
            Self::two_to_the_12 => Some(4096),
            _ => None,
        }
    }
}

code_points! {
    /// A protection profile of SRTP (RFC 5764 section 4.1.2, IANA "DTLS-SRTP Protection Profiles").
    pub struct SrtpProtectionProfile(u16);
    SRTP_AES128_CM_HMAC_SHA1_80 = 0x0001, "RFC 5764";
    SRTP_AES128_CM_HMAC_SHA1_32 = 0x0002, "RFC 5764";
    SRTP_NULL_HMAC_SHA1_80 = 0x0005, "RFC 5764";
    SRTP_NULL_HMAC_SHA1_32 = 0x0006, "RFC 5764";
    SRTP_AEAD_AES_128_GCM = 0x0007, "RFC 7714";
    SRTP_AEAD_AES_256_GCM = 0x0008, "RFC 7714";
    DOUBLE_AEAD_AES_128_GCM_AEAD_AES_128_GCM = 0x0009, "RFC 8723";
    DOUBLE_AEAD_AES_256_GCM_AEAD_AES_256_GCM = 0x000a, "RFC 8723";
    SRTP_ARIA_128_CTR_HMAC_SHA1_80 = 0x000b, "RFC 8269";
    SRTP_ARIA_128_CTR_HMAC_SHA1_32 = 0x000c, "RFC 8269";
    SRTP_ARIA_256_CTR_HMAC_SHA1_80 = 0x000d, "RFC 8269";
    SRTP_ARIA_256_CTR_HMAC_SHA1_32 = 0x000e, "RFC 8269";
    SRTP_AEAD_ARIA_128_GCM = 0x000f, "RFC 8269";
    SRTP_AEAD_ARIA_256_GCM = 0x0010, "RFC 8269";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6066 section 4.
    #[test]
    fn the_four_lengths_of_fragments_are_powers_of_two() {
        for (value, bytes) in [(1, 512), (2, 1024), (3, 2048), (4, 4096)] {
            assert_eq!(MaxFragmentLength(value).bytes(), Some(bytes));
        }
        for value in [0, 5, 0xff] {
            assert_eq!(MaxFragmentLength(value).bytes(), None);
        }
    }

    /// RFC 8701 section 2.
    #[test]
    fn each_eighth_of_the_picks_has_its_own_grease() {
        for pick in 0..=u8::MAX {
            let wanted = PskKeyExchangeMode::GREASE[usize::from(pick / 32)];
            assert_eq!(PskKeyExchangeMode::grease(pick), wanted, "{pick}");
        }
    }
}
