//! `--echo`

use std::io::{self, Read, Write};

use premaster::Stream;

use super::deadline::Deadline;

/// Sends everything back, what was said `early` first, until the peer says goodbye, and says goodbye too.
pub(super) fn serve(stream: &mut Stream<Deadline>, early: &[u8]) -> io::Result<()> {
    stream.transport_mut().lift()?;
    stream.write_all(early)?;
    let mut buffer = vec![0; 16_384];
    loop {
        let amount = stream.read(&mut buffer)?;
        match buffer.get(..amount) {
            None | Some([]) => return stream.close(),
            Some(data) => stream.write_all(data)?,
        }
    }
}
