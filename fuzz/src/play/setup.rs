//! What the two ends are willing to do: four bytes of the input, a bit for each wish.

use core::time::Duration;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use premaster_connection::record::Padding;
use premaster_connection::session::{MemoryClientStore, MemoryServerStore, UnixTime};
use premaster_connection::trust::{Certificate, TrustError, Verified, Verifier, VerifyRequest};
use premaster_connection::{
    ClientConfig, ClientConfigBuilder, Clock, Credential, ProtocolVersion, ServerConfig,
    ServerConfigBuilder, credential,
};
use premaster_crypto::HashAlgorithm;
use premaster_handshake::{CookieKey, ExternalPsk};

use super::provider::{StampKey, provider};

/// Whom the client wants to reach.
pub(super) const NAME: &str = "server.test";

/// Wishes of both ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setup(pub u32);

/// Declares a bit for each wish, in order.
macro_rules! wishes {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Bit { $($name,)* }

        impl Setup {
            $($(#[$doc])* pub const $name: Self = Self(1 << Bit::$name as u32);)*
        }
    };
}

wishes! {
    /// The client knows no newer version than TLS 1.2.
    CLIENT_OF_TLS12,
    /// The server knows no newer version than TLS 1.2.
    SERVER_OF_TLS12,
    /// The liar makes Finished and signatures fit what it has said.
    FORGED,
    /// Questions come to the owner, who answers when nothing else can be done.
    LATE,
    /// Then the last question first.
    BACKWARDS,
    /// There was a connection before this one.
    RESUMED,
    /// With data along with the ClientHello.
    EARLY_DATA,
    /// The server will not hear of early data this time.
    NO_EARLY_DATA,
    /// Both know a key already.
    EXTERNAL_PSK,
    /// No fresh key exchange with a pre-shared key.
    PSK_ALONE,
    /// The server asks for a certificate.
    ASKS,
    /// The server asks for a certificate and goes on with nobody who has none.
    DEMANDS,
    /// The client has a certificate.
    CERTIFIED,
    /// The client may be asked for its certificate later.
    ASKED_LATER,
    /// The server wants another group than the client begins with.
    RETRY,
    /// And has its cookie remember for it.
    COOKIE,
    /// Both name application protocols.
    ALPN,
    /// The client wants short records.
    CLIENT_LIMIT,
    /// The server wants short records.
    SERVER_LIMIT,
    /// The client asks for short fragments.
    FRAGMENTS,
    /// Certificates are compressed.
    COMPRESSED,
    /// The ClientHello is sprinkled.
    GREASE,
    /// OCSP response and timestamps are asked for, and there.
    STAPLED,
    /// The server issues no tickets.
    NO_TICKETS,
    /// Nobody keeps sessions by ID.
    NO_SESSION_IDS,
    /// Records of TLS 1.3 are padded.
    PADDED,
    /// TLS_AES_256_GCM_SHA384 and the like.
    SHA384,
    /// ChaCha20-Poly1305.
    CHACHA,
    /// No ChangeCipherSpec for middleboxes.
    BARE,
    /// The client names authorities, the server its groups.
    NAMED,
    /// The client knows nothing older than TLS 1.3.
    CLIENT_OF_TLS13,
    /// The server knows nothing older than TLS 1.3.
    SERVER_OF_TLS13,
}

impl Setup {
    /// These wishes and that.
    #[must_use]
    pub const fn and(self, wish: Self) -> Self {
        Self(self.0 | wish.0)
    }

    /// These wishes but that.
    #[must_use]
    pub const fn without(self, wish: Self) -> Self {
        Self(self.0 & !wish.0)
    }

    /// Is that among the wishes?
    #[must_use]
    pub const fn has(self, wish: Self) -> bool {
        self.0 & wish.0 == wish.0
    }

    /// The most bytes of a message that go into one record.
    pub(super) const fn piece(self) -> usize {
        match self.has(Self::CLIENT_LIMIT)
            || self.has(Self::SERVER_LIMIT)
            || self.has(Self::FRAGMENTS)
        {
            true => LIMIT as usize - 1,
            false => 16_384,
        }
    }

    fn suites(self) -> Option<[&'static str; 2]> {
        if self.has(Self::SHA384) {
            return Some([
                "TLS_AES_256_GCM_SHA384",
                "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            ]);
        }
        self.has(Self::CHACHA).then_some([
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        ])
    }

    /// Both ends, and a server that will do for a connection before this one; none if the wishes contradict each other.
    pub(super) fn world(self) -> Option<World> {
        let clock = FakeClock::default();
        let client = self.client(&clock)?;
        let server = self.server(&clock)?;
        Some(World {
            clock,
            client: Arc::new(client),
            server: Arc::new(server),
        })
    }

    fn client(self, clock: &FakeClock) -> Option<ClientConfig> {
        let mut client = ClientConfig::builder(provider(), Arc::new(Gullible))
            .clock(Arc::new(clock.clone()))
            .session_store(Arc::new(MemoryClientStore::new(8)));
        if self.has(Self::CLIENT_OF_TLS12) {
            client = client.max_version(ProtocolVersion::TLSv1_2);
        }
        if self.has(Self::CLIENT_OF_TLS13) {
            client = client.min_version(ProtocolVersion::TLSv1_3);
        }
        if let Some(suites) = self.suites() {
            let spoken = match (
                self.has(Self::CLIENT_OF_TLS12),
                self.has(Self::CLIENT_OF_TLS13),
            ) {
                (true, _) => &suites[1..],
                (_, true) => &suites[..1],
                _ => &suites[..],
            };
            client = client.suites(spoken.iter().copied());
        }
        // The server's best group is the client's second one.
        client = client
            .groups(["x25519", "secp256r1"])
            .key_shares(["x25519"]);
        client = self.more_of_client(client);
        if !self.has(Self::STAPLED) {
            client = client.no_ocsp_stapling();
        } else {
            client = client.certificate_timestamps();
        }
        if self.has(Self::COMPRESSED) {
            client = client.certificate_compression(premaster_certificate_compression::all());
        }
        if self.has(Self::PSK_ALONE) {
            client = client.dangerous_psk_without_forward_secrecy();
        }
        client.build().ok()
    }

    fn more_of_client(self, mut client: ClientConfigBuilder) -> ClientConfigBuilder {
        for (wish, change) in [
            (
                Self::EARLY_DATA,
                (|it| it.early_data()) as fn(ClientConfigBuilder) -> _,
            ),
            (Self::EXTERNAL_PSK, |it| it.external_psk(external_psk())),
            (Self::CERTIFIED, |it| it.credential(CLIENT.clone())),
            (Self::ASKED_LATER, |it| it.post_handshake_auth()),
            (Self::ALPN, |it| it.alpn(["h2", "http/1.1"])),
            (Self::CLIENT_LIMIT, |it| it.record_size_limit(LIMIT)),
            (Self::FRAGMENTS, |it| it.max_fragment_length(512)),
            (Self::GREASE, |it| it.grease()),
            (Self::PADDED, |it| it.padding(Padding::ToMultiple(PADDED))),
            (Self::BARE, |it| it.no_middlebox_compatibility()),
            (Self::NAMED, |it| {
                it.certificate_authorities([b"\x30\x00".to_vec()])
            }),
        ] {
            if self.has(wish) {
                client = change(client);
            }
        }
        client
    }

    fn server(self, clock: &FakeClock) -> Option<ServerConfig> {
        let mut own = SERVER.clone();
        if self.has(Self::STAPLED) {
            own = own
                .with_ocsp_response(b"a response".to_vec())
                .with_certificate_timestamps(vec![b"a timestamp".to_vec()]);
        }
        let mut server = ServerConfig::builder(provider(), own)
            .clock(Arc::new(clock.clone()))
            .session_store(Arc::new(MemoryServerStore::new(8)));
        if self.has(Self::SERVER_OF_TLS12) {
            server = server.max_version(ProtocolVersion::TLSv1_2);
        }
        if self.has(Self::SERVER_OF_TLS13) {
            server = server.min_version(ProtocolVersion::TLSv1_3);
        }
        if self.has(Self::EARLY_DATA) && !self.has(Self::NO_EARLY_DATA) {
            server = server.early_data(EARLY_DATA);
        }
        if self.has(Self::DEMANDS) {
            server = server.require_client_auth(Arc::new(Gullible));
        } else if self.has(Self::ASKS) {
            server = server.optional_client_auth(Arc::new(Gullible));
        } else {
            server = server.late_client_auth(Arc::new(Gullible));
        }
        self.more_of_server(server).build().ok()
    }

    fn more_of_server(self, mut server: ServerConfigBuilder) -> ServerConfigBuilder {
        for (wish, change) in [
            (
                Self::EXTERNAL_PSK,
                (|it| it.external_psk(external_psk())) as fn(ServerConfigBuilder) -> _,
            ),
            (Self::PSK_ALONE, |it| {
                it.dangerous_psk_without_forward_secrecy()
            }),
            (Self::RETRY, |it| it.groups(["secp256r1"])),
            (Self::COOKIE, |it| {
                it.retry_cookie(Arc::new(CookieKey::from_shared(&[7; 32])))
            }),
            (Self::ALPN, |it| it.alpn(["http/1.1", "h2"])),
            (Self::SERVER_LIMIT, |it| it.record_size_limit(LIMIT)),
            (Self::COMPRESSED, |it| {
                it.certificate_compression(premaster_certificate_compression::all())
            }),
            (Self::NO_TICKETS, |it| it.no_tickets()),
            (Self::NO_SESSION_IDS, |it| it.no_session_ids()),
            (Self::PADDED, |it| it.padding(Padding::ToMultiple(PADDED))),
            (Self::NAMED, |it| it.announce_groups()),
        ] {
            if self.has(wish) {
                server = change(server);
            }
        }
        server
    }
}

/// Bytes of a record, where they are limited.
const LIMIT: u16 = 256;
const PADDED: usize = 32;
/// Bytes of early data that the server takes.
const EARLY_DATA: u32 = 600;

/// Both ends before they meet.
pub(super) struct World {
    pub(super) clock: FakeClock,
    pub(super) client: Arc<ClientConfig>,
    pub(super) server: Arc<ServerConfig>,
}

/// A clock that the play moves.
#[derive(Clone, Debug)]
pub(super) struct FakeClock(Arc<AtomicU64>);

impl FakeClock {
    pub(super) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(1_900_000_000)))
    }
}

impl Clock for FakeClock {
    fn now(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(self.0.load(Ordering::Relaxed)))
    }
}

/// Finds every certificate good that can be read.
#[derive(Debug)]
struct Gullible;

impl Verifier for Gullible {
    fn verify(&self, request: &VerifyRequest<'_>) -> Result<Verified, TrustError> {
        let leaf = request.chain.first();
        let leaf = leaf.and_then(|leaf| Certificate::parse(leaf));
        leaf.map(|leaf| Verified::assert(leaf.spki()))
            .ok_or(TrustError::NobodyVerifies)
    }

    fn isolation(&self) -> [u8; 32] {
        [9; 32]
    }
}

static SERVER: LazyLock<Credential> = LazyLock::new(|| stamped(include_bytes!("server.der")));
static CLIENT: LazyLock<Credential> = LazyLock::new(|| stamped(include_bytes!("client.der")));

fn stamped(certificate: &[u8]) -> Credential {
    let spki = Certificate::parse(certificate)
        .expect("a certificate")
        .spki();
    credential(vec![certificate.to_vec()], Arc::new(StampKey { spki })).expect("its own key")
}

/// Made anew each time: a key keeps the role of its first use.
fn external_psk() -> ExternalPsk {
    let psk = ExternalPsk::new(b"known to both", &[0x17; 32], HashAlgorithm::Sha256);
    psk.expect("long enough")
}
