//! `--echo`

use std::io::{self, Read};

use premaster::Stream;

use super::deadline::Deadline;
use crate::update_keys::Updates;

/// Sends everything back, what was said `early` first, until the peer says goodbye, and says goodbye too.
pub(super) fn serve(
    stream: &mut Stream<Deadline>,
    early: &[u8],
    updates: &mut Updates,
) -> io::Result<()> {
    stream.transport_mut().lift()?;
    updates.write_all(stream, early)?;
    let mut buffer = vec![0; 16_384];
    loop {
        let amount = stream.read(&mut buffer)?;
        match buffer.get(..amount) {
            None | Some([]) => return stream.close(),
            Some(data) => updates.write_all(stream, data)?,
        }
    }
}
