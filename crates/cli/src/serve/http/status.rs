//! `--status`

use premaster::Stream;

use super::request::Request;
use super::{Answer, Answerer};
use crate::serve::deadline::Deadline;
use crate::summary;

/// Answers every request with what was agreed on.
#[derive(Debug)]
pub(in crate::serve) struct Status;

impl Answerer for Status {
    fn answer(&self, _: &Request, stream: &Stream<Deadline>) -> Answer {
        let text = stream.facts().map(summary::table).unwrap_or_default();
        Answer::text("200 OK", text)
    }
}
