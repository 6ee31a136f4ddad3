//! The desk between a script and its driver: an inbox, a pile of orders, the open questions.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use premaster_crypto::tls13::FinishedKey;
use premaster_trace::Tracer;
use premaster_wire::HandshakeType;

use crate::question::BoxedAnswer;
use crate::{After, Incoming, Order, Question};

/// The desk, shared by the script (inside its future) and the driver (outside).
///
/// The lock is never contended: the driver holds it only between polls. It stands here because
/// a connection is one `Send` value made of safe code.
pub(crate) struct Shared(Mutex<Desk>);

impl Shared {
    pub(crate) fn new(tracer: Tracer) -> Self {
        Self(Mutex::new(Desk {
            tracer,
            inbox: VecDeque::new(),
            orders: VecDeque::new(),
            questions: VecDeque::new(),
            open: Vec::new(),
            next_serial: 0,
            awaiting_message: false,
            expected: &[],
            after: None,
            client_finished_key: None,
        }))
    }

    /// A panic elsewhere leaves no half-done change here, so a poisoned lock is still good.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Desk {
    pub(crate) tracer: Tracer,
    pub(crate) inbox: VecDeque<Incoming>,
    pub(crate) orders: VecDeque<Order>,
    pub(crate) questions: VecDeque<Question>,
    pub(crate) open: Vec<Slot>,
    pub(crate) next_serial: u64,
    pub(crate) awaiting_message: bool,
    pub(crate) expected: &'static [HandshakeType],
    /// What the script leaves behind.
    pub(crate) after: Option<After>,
    /// After the handshake: the key of the client's Finished, as it stands now.
    pub(crate) client_finished_key: Option<FinishedKey>,
}

/// An open question: `answer` is filled by the driver and taken by the script.
pub(crate) struct Slot {
    pub(crate) serial: u64,
    pub(crate) name: &'static str,
    pub(crate) answer: Option<BoxedAnswer>,
}

impl Desk {
    /// Opens a slot for a question and returns its serial number.
    pub(crate) fn open_slot(&mut self, name: &'static str) -> u64 {
        let serial = self.next_serial;
        self.next_serial = self.next_serial.wrapping_add(1);
        self.open.push(Slot {
            serial,
            name,
            answer: None,
        });
        serial
    }

    /// Closes a slot and returns its answer, if it has one.
    pub(crate) fn take_answer(&mut self, serial: u64) -> Option<BoxedAnswer> {
        let at = self
            .open
            .iter()
            .position(|slot| slot.serial == serial && slot.answer.is_some())?;
        self.open.swap_remove(at).answer
    }

    /// Whether somebody still owes an answer.
    pub(crate) fn awaits_answers(&self) -> bool {
        self.open.iter().any(|slot| slot.answer.is_none())
    }
}
