//! One JSON object per event and line, for tools.

use std::fmt;
use std::io::Write;

use serde_json::{Map, Value as Json, json};

use crate::essentials::{Essentials, FieldValue, Share, Told};
use crate::output::write_or_drop;
use crate::value::{hex, text_or_hex};
use crate::{
    Choice, Context, Derivation, Direction, Epoch, Event, Facts, QuantumSafety, SignatureUse, Sink,
    Value,
};

/// Writes one JSON object per event, each on a line of its own.
///
/// Every object has `event` (the name below) and `side` (`client` or `server`: who reports), and `connection` if the
/// sink has a name. Field names are stable; new ones may be added. Code points are written by their RFC name, or as
/// `0x1234` if they have none; bytes as lower-case hex. A field without a value is left out.
///
/// | `event` | other fields |
/// |---|---|
/// | `started` | `peer` |
/// | `record` | `direction`, `from`, `epoch`, `content_type`, `length` |
/// | `message` | `direction`, `from`, `epoch`, `type`, `length`, `fields` (object), `bytes` if asked for |
/// | `change_cipher_spec` | `direction`, `from` |
/// | `alert` | `direction`, `from`, `epoch`, `level`, `description` |
/// | `expected` | `any_of` (list), `section` |
/// | `asked` | `question`, `detail` |
/// | `answered` | `question`, `by`, `answer` |
/// | `chosen` | `what`, `by`, `chosen`, `ours` (list), `theirs` (list), `reason` |
/// | `signature` | `by`, `direction`, `scheme`, `over`, `proves`, `section` |
/// | `identity_verified` | `of`, `by`, `detail` |
/// | `derived` | `secret`, `of`, `length`, `function`, `inputs` (list of `name`, `from`, `how`, `public`), `parts` (list of `name`, `length`), `section` |
/// | `keys_installed` | `direction`, `from`, `epoch`, `suite` |
/// | `psk_chosen` | `psk` (`resumption`, `external`, `imported`), `index`, `key_exchange`, `age` |
/// | `early_data` | `what` (`offered`, `accepted`, `rejected`), `detail` |
/// | `key_update` | `direction`, `from`, `requested`, `generation` |
/// | `resuming` | `by`, `age` |
/// | `not_resumed` | `reason` |
/// | `session_stored` | `by`, `length`, `lifetime` |
/// | `established` | `version`, `suite`, `group`, `forward_secret`, `encrypt_then_mac`, `server_signature`, `client_signature`, `resumed`, `early_data`, `early_data_reason`, `retried`, `extended_master_secret`, `quantum_safety` (object: `group`, `server_signature`, `client_signature`, each `classical`, `hybrid` or `post-quantum`), `server_name`, `alpn`, `peer_certificates` |
/// | `fault` | `rule`, `alert` (null if the peer is not told), `section`, `detail` |
/// | `closed` | `direction`, `from` |
///
/// `direction` is `sent` or `received`, `from` the side that sent it. `fields` of a message has what is essential in it,
/// under the RFC's names: `random`, `session_id`, `cipher_suites`, `extensions` and the like. A `key_share` is an object
/// with `group` and `key_exchange`, in a ClientHello a list of them. A HelloRetryRequest has its own `type`.
///
/// ```
/// use premaster_trace::{Direction, Event, JsonLines, Shared, Side, Tracer};
///
/// let output = Shared::new(Vec::new());
/// let tracer = Tracer::new(Side::Server).with_sink(JsonLines::new(output.clone()));
/// tracer.emit(|| Event::ChangeCipherSpec { direction: Direction::Received });
///
/// let line = br#"{"direction":"received","event":"change_cipher_spec","from":"client","side":"server"}"#;
/// output.with(|bytes| assert_eq!(bytes.trim_ascii_end(), line));
/// ```
pub struct JsonLines<W> {
    writer: W,
    connection: Option<String>,
    with_bytes: bool,
    essentials: Essentials,
}

impl<W: Write + Send> JsonLines<W> {
    /// Writes to `writer`; each event is one write. Errors of the writer are ignored.
    #[must_use]
    pub fn new(writer: W) -> Self {
        Self {
            writer,
            connection: None,
            with_bytes: false,
            essentials: Essentials::default(),
        }
    }

    /// Puts `connection` into each object, for several connections in one output.
    #[must_use]
    pub fn named(mut self, connection: &str) -> Self {
        self.connection = Some(connection.to_owned());
        self
    }

    /// Puts the whole message into the object of a `message`.
    #[must_use]
    pub const fn with_bytes(mut self) -> Self {
        self.with_bytes = true;
        self
    }

    fn message(&mut self, epoch: Epoch, bytes: &[u8]) -> Map<String, Json> {
        let told = self.essentials.of(epoch, bytes);
        let mut object = object([
            ("type", told.name.as_str().into()),
            ("epoch", epoch.name().into()),
            ("length", bytes.len().into()),
            ("fields", fields(told)),
        ]);
        if self.with_bytes {
            object.insert("bytes".into(), hex(bytes).into());
        }
        object
    }
}

impl<W: Write + Send> Sink for JsonLines<W> {
    fn event(&mut self, context: &Context, event: &Event<'_>) {
        let mut line = match event {
            Event::Message { epoch, bytes, .. } => self.message(*epoch, bytes),
            other => details(other),
        };
        line.append(&mut object([
            ("event", event.name().into()),
            ("side", context.side.name().into()),
            ("connection", self.connection.as_deref().into()),
            ("direction", direction(event).map(direction_name).into()),
            (
                "from",
                direction(event)
                    .map(|way| context.sender(way).name())
                    .into(),
            ),
        ]));
        line.retain(|_, value| !value.is_null());
        let line = Json::Object(line);
        write_or_drop(&mut self.writer, &format!("{line}\n"));
    }
}

impl<W> fmt::Debug for JsonLines<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonLines")
    }
}

/// The fields that only this event has.
fn details(event: &Event<'_>) -> Map<String, Json> {
    match event {
        Event::Started { peer } => object([("peer", peer.as_deref().into())]),
        Event::Record {
            epoch,
            content_type,
            length,
            ..
        } => object([
            ("epoch", epoch.name().into()),
            ("content_type", shown(content_type)),
            ("length", (*length).into()),
        ]),
        Event::Alert {
            epoch,
            level,
            description,
            ..
        } => object([
            ("epoch", epoch.name().into()),
            ("level", shown(level)),
            ("description", shown(description)),
        ]),
        Event::Expected { any_of, section } => {
            object([("any_of", values(any_of)), ("section", (*section).into())])
        }
        Event::Asked { question, detail } => object([
            ("question", (*question).into()),
            ("detail", detail.as_ref().into()),
        ]),
        Event::Answered {
            question,
            by,
            answer,
        } => object([
            ("question", (*question).into()),
            ("by", by.as_ref().into()),
            ("answer", answer.as_ref().into()),
        ]),
        Event::Chosen(choice) => chosen(choice),
        Event::Signature(told) => signature(told),
        Event::IdentityVerified { of, by, detail } => object([
            ("of", of.name().into()),
            ("by", by.as_ref().into()),
            ("detail", detail.as_ref().into()),
        ]),
        Event::Derived(told) => derived(told),
        Event::KeysInstalled { epoch, suite, .. } => {
            object([("epoch", epoch.name().into()), ("suite", shown(suite))])
        }
        Event::PskChosen { .. } | Event::EarlyData { .. } | Event::KeyUpdate { .. } => tls13(event),
        Event::Resuming { by, age } => object([("by", by.name().into()), ("age", (*age).into())]),
        Event::NotResumed { reason } => object([("reason", reason.as_ref().into())]),
        Event::SessionStored {
            by,
            length,
            lifetime,
        } => object([
            ("by", by.name().into()),
            ("length", (*length).into()),
            ("lifetime", (*lifetime).into()),
        ]),
        Event::Established(facts) => established(facts),
        Event::Fault {
            rule,
            alert,
            section,
            detail,
        } => object([
            ("rule", (*rule).into()),
            (
                "alert",
                alert.as_ref().map_or(serde_json::Value::Null, shown),
            ),
            ("section", (*section).into()),
            ("detail", detail.as_ref().into()),
        ]),
        Event::Message { .. } | Event::ChangeCipherSpec { .. } | Event::Closed { .. } => Map::new(),
    }
}

/// The same for what only TLS 1.3 has.
fn tls13(event: &Event<'_>) -> Map<String, Json> {
    match event {
        Event::PskChosen {
            psk,
            index,
            key_exchange,
            age,
        } => object([
            ("psk", psk.name().into()),
            ("index", (*index).into()),
            ("key_exchange", (*key_exchange).into()),
            ("age", (*age).into()),
        ]),
        Event::EarlyData { what, detail } => object([
            ("what", what.name().into()),
            ("detail", detail.as_ref().into()),
        ]),
        Event::KeyUpdate {
            requested,
            generation,
            ..
        } => object([
            ("requested", (*requested).into()),
            ("generation", (*generation).into()),
        ]),
        _ => Map::new(),
    }
}

/// The way that something went, for events that have one.
const fn direction(event: &Event<'_>) -> Option<Direction> {
    match event {
        Event::Record { direction, .. }
        | Event::Message { direction, .. }
        | Event::ChangeCipherSpec { direction }
        | Event::Alert { direction, .. }
        | Event::KeysInstalled { direction, .. }
        | Event::KeyUpdate { direction, .. }
        | Event::Closed { direction } => Some(*direction),
        Event::Signature(told) => Some(told.direction),
        _ => None,
    }
}

fn chosen(choice: &Choice<'_>) -> Map<String, Json> {
    object([
        ("what", choice.what.into()),
        ("by", choice.by.name().into()),
        ("chosen", shown(&choice.chosen)),
        ("ours", values(&choice.ours)),
        ("theirs", values(&choice.theirs)),
        ("reason", choice.reason.as_ref().into()),
    ])
}

fn signature(told: &SignatureUse<'_>) -> Map<String, Json> {
    object([
        ("by", told.by.name().into()),
        ("scheme", shown(told.scheme)),
        ("over", told.over.as_ref().into()),
        ("proves", told.proves.as_ref().into()),
        ("section", told.section.into()),
    ])
}

fn derived(told: &Derivation<'_>) -> Map<String, Json> {
    let inputs = told.inputs.iter().map(|input| {
        let mut told = object([
            ("name", input.name.as_ref().into()),
            ("from", input.from.name().into()),
            ("how", input.how.as_ref().into()),
            ("public", input.public.as_deref().map(hex).into()),
        ]);
        told.retain(|_, value| !value.is_null());
        Json::Object(told)
    });
    let parts = told
        .parts
        .iter()
        .map(|part| json!({ "name": part.name, "length": part.length }));
    object([
        ("secret", told.secret.name().as_ref().into()),
        ("of", told.of.map(|side| side.name()).into()),
        ("length", told.length.into()),
        ("function", told.function.as_ref().into()),
        ("inputs", inputs.collect()),
        ("parts", parts.collect()),
        ("section", told.section.into()),
    ])
}

fn established(facts: &Facts<'_>) -> Map<String, Json> {
    object([
        ("version", shown(facts.version)),
        ("suite", shown(facts.suite)),
        ("group", facts.group.as_ref().map(shown).into()),
        ("forward_secret", facts.forward_secret.into()),
        ("encrypt_then_mac", facts.encrypt_then_mac.into()),
        ("server_signature", facts.server_signature.map(shown).into()),
        ("client_signature", facts.client_signature.map(shown).into()),
        ("resumed", facts.resumed.map(|by| by.name()).into()),
        (
            "early_data",
            facts.early_data.map(|what| what.name()).into(),
        ),
        ("early_data_reason", facts.early_data_reason.name().into()),
        ("retried", facts.retried.into()),
        ("quantum_safety", quantum_safety(facts)),
        (
            "extended_master_secret",
            facts.extended_master_secret.into(),
        ),
        ("server_name", facts.server_name.as_deref().into()),
        ("alpn", facts.alpn.as_deref().map(text_or_hex).into()),
        ("peer_certificates", facts.peer_certificates.into()),
    ])
}

fn quantum_safety(facts: &Facts<'_>) -> Json {
    let group = match facts.group {
        Some(Value::Group(group)) => QuantumSafety::of_group(group),
        _ => None,
    };
    let scheme = |scheme: Option<_>| scheme.and_then(QuantumSafety::of_scheme);
    let mut safety = object([
        ("group", group.map(QuantumSafety::name).into()),
        (
            "server_signature",
            scheme(facts.server_signature)
                .map(QuantumSafety::name)
                .into(),
        ),
        (
            "client_signature",
            scheme(facts.client_signature)
                .map(QuantumSafety::name)
                .into(),
        ),
    ]);
    safety.retain(|_, value| !value.is_null());
    Json::Object(safety)
}

fn share(share: &Share) -> Json {
    json!({ "group": share.group.to_string(), "key_exchange": hex(&share.key_exchange) })
}

fn fields(told: Told) -> Json {
    let value = |value| match value {
        FieldValue::Text(text) => Json::from(text),
        FieldValue::Number(number) => number.into(),
        FieldValue::Bytes(bytes) => hex(&bytes).into(),
        FieldValue::List(list) => list.into(),
        FieldValue::Share(only) => share(&only),
        FieldValue::Shares(shares) => shares.iter().map(share).collect(),
    };
    told.fields
        .into_iter()
        .map(|(name, field)| (name.to_owned(), value(field)))
        .collect()
}

fn object<const N: usize>(fields: [(&str, Json); N]) -> Map<String, Json> {
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn shown(value: impl fmt::Display) -> Json {
    value.to_string().into()
}

fn values(values: &[Value<'_>]) -> Json {
    values.iter().map(shown).collect()
}

const fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Sent => "sent",
        Direction::Received => "received",
    }
}
