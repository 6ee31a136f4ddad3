//! `--echo`

use std::io::{self, Read, Write};

use premaster::Stream;

use super::deadline::Deadline;

/// Sends everything back until the peer says goodbye, and says goodbye too.
pub(super) fn serve(stream: &mut Stream<Deadline>) -> io::Result<()> {
    stream.transport_mut().lift()?;
    let mut buffer = vec![0; 16_384];
    loop {
        let amount = stream.read(&mut buffer)?;
        match buffer.get(..amount) {
            None | Some([]) => return stream.close(),
            Some(data) => stream.write_all(data)?,
        }
    }
}
