//! Questions that came to the surface, and the answers that are on their way.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use premaster_connection::{Local, Question, Resolved};

type Answer = Pin<Box<dyn Future<Output = Resolved> + Send>>;
type Handler = Box<dyn FnMut(Question, Local) -> Answer + Send>;

/// Who answers, and what they have not answered yet.
#[derive(Default)]
pub(crate) struct Answers {
    handler: Option<Handler>,
    open: Vec<Answer>,
}

impl Answers {
    pub(crate) fn by<H, F>(mut handler: H) -> Self
    where
        H: FnMut(Question, Local) -> F + Send + 'static,
        F: Future<Output = Resolved> + Send + 'static,
    {
        Self {
            handler: Some(Box::new(move |question, local| {
                Box::pin(handler(question, local))
            })),
            open: Vec::new(),
        }
    }

    /// Asks. Without a handler the answer is there at once.
    pub(crate) fn ask(&mut self, question: Question, local: &Local) -> Option<Resolved> {
        match &mut self.handler {
            None => Some(local.resolve(question)),
            Some(handler) => {
                self.open.push(handler(question, local.clone()));
                None
            }
        }
    }

    /// Whether every question is answered.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// The answers that have arrived, in the order of the questions.
    pub(crate) fn poll_arrived(&mut self, cx: &mut Context<'_>) -> Vec<Resolved> {
        let mut arrived = Vec::new();
        self.open
            .retain_mut(|answer| match answer.as_mut().poll(cx) {
                Poll::Ready(resolved) => {
                    arrived.push(resolved);
                    false
                }
                Poll::Pending => true,
            });
        arrived
    }

    /// Nobody wants to know any more.
    pub(crate) fn abandon(&mut self) {
        self.open.clear();
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers")
            .field("open", &self.open.len())
            .finish_non_exhaustive()
    }
}
