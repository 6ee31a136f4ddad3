//! The story of a connection in plain text, for a person who wants to understand it.

mod page;
mod words;

use std::fmt;
use std::io::Write;

use premaster_wire::{ContentType, ProtocolVersion, SignatureScheme};

use crate::essentials::{Essentials, FieldValue, Share};
use crate::output::write_or_drop;
use crate::{
    Choice, Context, Derivation, Direction, EarlyData, Epoch, Event, Facts, Origin, PskKind,
    QuantumSafety, SecretKind, Side, SignatureUse, Sink, Value,
};
use page::{Page, bytes, short_hex};

/// Tells the whole connection as readable text, a line or paragraph per event.
///
/// The text comes from the events alone. What a message or secret is for is explained the first time it turns up.
///
/// ```
/// use premaster_trace::{Direction, Event, Shared, Side, Text, Tracer};
///
/// let output = Shared::new(Vec::new());
/// let tracer = Tracer::new(Side::Client).with_sink(Text::new(output.clone()));
/// tracer.emit(|| Event::ChangeCipherSpec { direction: Direction::Received });
///
/// let text = output.with(|bytes| String::from_utf8_lossy(bytes).into_owned());
/// assert!(text.contains("server -> client: ChangeCipherSpec"), "{text}");
/// ```
pub struct Text<W> {
    writer: W,
    prefix: String,
    essentials: Essentials,
    /// What has been explained already.
    explained: Vec<&'static str>,
}

impl<W: Write + Send> Text<W> {
    /// Writes to `writer`; each event is one write. Errors of the writer are ignored.
    #[must_use]
    pub fn new(writer: W) -> Self {
        Self {
            writer,
            prefix: String::new(),
            essentials: Essentials::default(),
            explained: Vec::new(),
        }
    }

    /// Puts a name before each line, for several connections in one output.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.prefix = format!("{name} |");
        self
    }

    /// Says it once.
    fn explain(&mut self, page: &mut Page, sentence: &'static str) {
        if !sentence.is_empty() && !self.explained.contains(&sentence) {
            self.explained.push(sentence);
            page.sentence(sentence);
        }
    }

    fn message(&mut self, page: &mut Page, from: Side, epoch: Epoch, message: &[u8]) {
        let told = self.essentials.of(epoch, message);
        let protection = protection(epoch);
        let size = bytes(message.len());
        page.blank();
        page.heading(&format!(
            "{}: {} ({size}, {protection})",
            arrow(from),
            told.name
        ));
        if told.tls13 {
            for sentence in words::tls13::purpose(&told, self.essentials.retried()) {
                self.explain(page, sentence);
            }
        } else {
            let purpose = words::purpose(told.message, self.essentials.key_exchange());
            self.explain(page, purpose);
        }
        for (name, value) in told.fields {
            match value {
                FieldValue::Share(only) => page.field(name, &share(&only)),
                FieldValue::Shares(shares) if shares.is_empty() => page.field(name, "(none)"),
                FieldValue::Shares(shares) => page.list(name, shares.iter().map(share)),
                FieldValue::Text(text) => page.field(name, &text),
                FieldValue::Number(number) => page.field(name, &number.to_string()),
                FieldValue::Bytes(bytes) if bytes.is_empty() => page.field(name, "(none)"),
                FieldValue::Bytes(bytes) => page.field(name, &short_hex(&bytes)),
                FieldValue::List(list) if list.is_empty() => page.field(name, "(none)"),
                FieldValue::List(list) => page.list(name, list),
            }
        }
    }

    /// Data of the application is nobody else's business: its length is all that there is to tell.
    fn data(&mut self, page: &mut Page, from: Side, epoch: Epoch, length: usize) {
        let protection = protection(epoch);
        page.blank();
        page.heading(&format!(
            "{}: application data ({}, {protection})",
            arrow(from),
            bytes(length)
        ));
        let words = match epoch {
            Epoch::EarlyData => words::tls13::EARLY_DATA,
            _ => words::DATA,
        };
        self.explain(page, words);
    }

    fn change_cipher_spec(&mut self, page: &mut Page, from: Side) {
        page.blank();
        page.heading(&format!("{}: ChangeCipherSpec", arrow(from)));
        match self.essentials.is_about_tls13() {
            Some(true) => self.explain(page, words::tls13::CHANGE_CIPHER_SPEC),
            Some(false) => page.sentence(&format!(
                "All that the {from} sends after this is encrypted with the new keys."
            )),
            None => {}
        }
    }

    fn derived(&mut self, page: &mut Page, side: Side, told: &Derivation<'_>) {
        let name = told.secret.name();
        let of = match told.of {
            Some(of) if !name.starts_with(of.name()) => format!("the {of}'s "),
            _ => String::new(),
        };
        page.step(&format!(
            "{side} computes {of}{name}, {} ({})",
            bytes(told.length),
            told.section
        ));
        page.field("by", &told.function);
        for (index, input) in told.inputs.iter().enumerate() {
            let from = match input.from {
                Origin::Both => "both sides: ",
                Origin::Client => "client: ",
                Origin::Server => "server: ",
                Origin::Constant => "constant: ",
            };
            page.field(
                if index == 0 { "from" } else { "" },
                &format!("{} ({from}{})", input.name, input.how),
            );
            if let Some(public) = &input.public {
                page.field("", &format!("= {}", short_hex(public)));
            }
        }
        let part = |part: &crate::Part| format!("{} ({})", part.name, bytes(part.length));
        let label = match told.secret {
            SecretKind::SharedSecret => "made of",
            SecretKind::TrafficKeys(..) => "these are",
            _ => "cut into",
        };
        if !told.parts.is_empty() {
            page.list(label, told.parts.iter().map(part));
        }
        self.explain(page, words::meaning(told));
    }
}

impl<W: Write + Send> Sink for Text<W> {
    fn event(&mut self, context: &Context, event: &Event<'_>) {
        let mut page = Page::new(&self.prefix);
        let us = context.side;
        match event {
            Event::Message {
                direction,
                epoch,
                bytes,
            } => self.message(&mut page, context.sender(*direction), *epoch, bytes),
            Event::Derived(told) => self.derived(&mut page, us, told),
            Event::Record {
                direction,
                epoch,
                content_type: ContentType::application_data,
                length,
            } => self.data(&mut page, context.sender(*direction), *epoch, *length),
            // Other records tell nothing that their messages do not; the JSON sink has them.
            Event::Record { .. } => return,
            Event::ChangeCipherSpec { direction } => {
                self.change_cipher_spec(&mut page, context.sender(*direction));
            }
            Event::Chosen(choice) => chosen(&mut page, us, choice),
            Event::Signature(signature) => signed(&mut page, us, signature),
            Event::Established(facts) => established(&mut page, us, facts),
            other => headline(&mut page, context, other),
        }
        write_or_drop(&mut self.writer, &page.into_text());
    }
}

impl<W> fmt::Debug for Text<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text")
    }
}

/// What stands out of the story, with an empty line before it; everything else is told in a sentence.
fn headline(page: &mut Page, context: &Context, event: &Event<'_>) {
    match event {
        Event::Started { peer } => {
            let peer = peer.as_deref().map(|peer| format!(" with {peer}"));
            page.heading(&format!(
                "{} begins a connection{}",
                context.side,
                peer.unwrap_or_default()
            ));
        }
        Event::Alert {
            direction,
            epoch,
            level,
            description,
        } => {
            let from = arrow(context.sender(*direction));
            let protection = protection(*epoch);
            page.blank();
            page.heading(&format!(
                "{from}: Alert {description} ({level}, {protection})"
            ));
        }
        Event::Fault {
            rule,
            alert,
            section,
            detail,
        } => {
            page.blank();
            page.heading(&format!("{} gives up: {rule} ({section})", context.side));
            page.field("what happened", detail);
            if let Some(alert) = alert {
                page.field("alert", &alert.to_string());
            }
        }
        other => page.step(&sentence(context, other)),
    }
}

fn sentence(context: &Context, event: &Event<'_>) -> String {
    let us = context.side;
    match event {
        Event::Expected { any_of, section } => format!("{us} waits for {} ({section})", or(any_of)),
        Event::Asked { question, detail } => format!("{us} asks {question}: {detail}"),
        Event::Answered {
            question,
            by,
            answer,
        } => format!("{by} answers {question}: {answer}"),
        Event::IdentityVerified { of, by, detail } => {
            format!("{by} vouches for the {of}: {detail}")
        }
        Event::KeysInstalled {
            direction,
            epoch,
            suite,
        } => {
            let whose = context.sender(*direction);
            let does = match direction {
                Direction::Sent => "encrypts what it sends",
                Direction::Received => "decrypts what it receives",
            };
            let keys = epoch.name();
            format!("{us} {does} with the {whose}'s {keys} keys from now on ({suite})")
        }
        Event::PskChosen {
            psk,
            index,
            key_exchange,
            age,
        } => psk_chosen(*psk, *index, *key_exchange, *age),
        Event::EarlyData { what, detail } => early_data(*what, detail),
        Event::KeyUpdate {
            direction,
            requested,
            generation,
        } => {
            let whose = context.sender(*direction);
            let asks = match requested {
                true => format!(", and wants the {} to do the same", whose.other()),
                false => String::new(),
            };
            format!("{whose} goes on with its traffic secret number {generation}{asks}")
        }
        Event::Resuming { by, age } => format!(
            "{us} resumes an earlier session, found by its {}: no certificates and no key exchange \
             this time (authenticated {age} seconds ago)",
            by.name()
        ),
        Event::NotResumed { reason } => format!("{us} does not resume a session: {reason}"),
        Event::SessionStored {
            by,
            length,
            lifetime,
        } => {
            let (by, length) = (by.name(), bytes(*length));
            format!(
                "{us} can resume this session later by its {by} ({length}, for {lifetime} seconds)"
            )
        }
        Event::Closed { direction } => {
            let who = context.sender(*direction);
            format!("{who} has closed its direction: no more data follows")
        }
        other => other.name().to_owned(),
    }
}

/// The server chooses; a client tells what it was told.
fn psk_chosen(psk: PskKind, index: u16, key_exchange: bool, age: Option<u64>) -> String {
    let age = age.map(|age| format!(", authenticated {age} seconds ago"));
    let place = format!("identity {index}{}", age.unwrap_or_default());
    let what = match psk {
        PskKind::Resumption => format!("resumes the session of a ticket ({place})"),
        other => format!("takes the {} pre-shared key ({place})", other.name()),
    };
    let exchange = match key_exchange {
        true => "but a new key exchange",
        false => "and no key exchange",
    };
    format!("server {what}: no certificates this time, {exchange}")
}

fn early_data(what: EarlyData, detail: &str) -> String {
    let happens = match what {
        EarlyData::Offered => "client wants to send data before the server has answered",
        EarlyData::Accepted => "server accepts the early data",
        EarlyData::Rejected => "server drops the early data unread",
    };
    match detail {
        "" => happens.to_owned(),
        detail => format!("{happens}: {detail}"),
    }
}

fn share(share: &Share) -> String {
    format!("{} {}", share.group, short_hex(&share.key_exchange))
}

fn chosen(page: &mut Page, us: Side, choice: &Choice<'_>) {
    let values = |values: &[Value<'_>]| values.iter().map(Value::to_string).collect::<Vec<_>>();
    page.step(&format!(
        "{} chooses the {}: {}",
        choice.by, choice.what, choice.chosen
    ));
    page.field("because", &choice.reason);
    if choice.ours == choice.theirs {
        page.list("both accept", values(&choice.ours));
        return;
    }
    page.list(&format!("{us} accepts"), values(&choice.ours));
    page.list(&format!("{} accepts", us.other()), values(&choice.theirs));
}

fn signed(page: &mut Page, us: Side, signature: &SignatureUse<'_>) {
    let does = match signature.direction {
        Direction::Sent => "signs".to_owned(),
        Direction::Received => format!("checks the {}'s signature", signature.by),
    };
    page.step(&format!(
        "{us} {does} with {} ({})",
        signature.scheme, signature.section
    ));
    page.field("over", &signature.over);
    page.field("proves", &signature.proves);
}

fn established(page: &mut Page, us: Side, facts: &Facts<'_>) {
    let how = facts.resumed.map_or("full handshake".to_owned(), |by| {
        format!("resumed by {}", by.name())
    });
    page.blank();
    page.heading(&format!("{us}: the connection is established ({how})"));
    page.field("version", &facts.version.to_string());
    page.field("cipher suite", &facts.suite.to_string());
    let mut optional = |name, value: Option<String>| page.field(name, &value.unwrap_or_default());
    optional("group", facts.group.as_ref().map(group));
    optional("server signature", facts.server_signature.map(scheme));
    optional("client signature", facts.client_signature.map(scheme));
    optional(
        "server name",
        facts.server_name.as_deref().map(str::to_owned),
    );
    let alpn = facts.alpn.as_deref().map(crate::value::text_or_hex);
    optional("application protocol", alpn);
    let is_tls13 = facts.version == ProtocolVersion::TLSv1_3;
    if !is_tls13 {
        let binding = match facts.extended_master_secret {
            true => "bound to this handshake (extended master secret)",
            false => "not bound to the handshake (the peer knows no extended master secret)",
        };
        page.field("master secret", binding);
    }
    if facts.retried {
        page.field("hello retry", "the server asked for a second ClientHello");
    }
    page.field("early data", &words::tls13::early_data(facts));
    page.field("peer certificates", &facts.peer_certificates.to_string());
    let cost = match is_tls13 {
        true => words::tls13::NO_FORWARD_SECRECY,
        false => words::NO_FORWARD_SECRECY,
    };
    if !facts.forward_secret {
        page.field("forward secrecy", cost);
    }
    let order = facts.encrypt_then_mac.map(words::cbc);
    page.field("protection", order.unwrap_or_default());
}

/// With what it is worth against a quantum computer.
fn group(group: &Value<'_>) -> String {
    let safety = match group {
        Value::Group(group) => QuantumSafety::of_group(*group),
        _ => None,
    };
    judged(group, safety)
}

fn scheme(scheme: SignatureScheme) -> String {
    judged(scheme, QuantumSafety::of_scheme(scheme))
}

fn judged(value: impl fmt::Display, safety: Option<QuantumSafety>) -> String {
    safety.map_or_else(|| value.to_string(), |safety| format!("{value} ({safety})"))
}

fn arrow(from: Side) -> String {
    format!("{from} -> {}", from.other())
}

const fn protection(epoch: Epoch) -> &'static str {
    match epoch {
        Epoch::Plain => "not encrypted",
        Epoch::EarlyData => "encrypted with the early data keys",
        Epoch::Handshake => "encrypted with the handshake keys",
        Epoch::Traffic => "encrypted with the traffic keys",
    }
}

/// `a`, `a or b`, `a, b or c`.
fn or(values: &[Value<'_>]) -> String {
    let words: Vec<_> = values.iter().map(Value::to_string).collect();
    match words.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}
