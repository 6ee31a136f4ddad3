//! What happens in the middle of a connection: cues, and early data.

use super::{
    act::early_data,
    payload::{Carriage, Load, carry, exchange},
    process::{GLANCE, Heard, Running},
    program::{Client, Cue, End, Output, Scene, Server, Visit},
};
use anyhow::{Context, Result, bail};
use std::{thread, time::Instant};

/// The two programs of a connection.
#[derive(Clone, Copy)]
pub(super) struct Ends<'a> {
    pub(super) client: &'a Running,
    pub(super) server: &'a Running,
}

impl<'a> Ends<'a> {
    fn of(self, end: End) -> &'a Running {
        match end {
            End::Client => self.client,
            End::Server => self.server,
        }
    }

    fn heard(self, (end, output): (End, Output)) -> &'a Heard {
        match output {
            Output::Stdout => &self.of(end).stdout,
            Output::Stderr => &self.of(end).stderr,
        }
    }
}

/// Some data, then the cue, if nobody begins by itself, then some data again: the first bytes of each direction carry
/// what is still to be answered.
pub(super) fn perform(
    ends: Ends<'_>,
    cue: Option<Cue>,
    carriage: Carriage,
    load: Load,
    deadline: Instant,
) -> Result<()> {
    let Ends { client, server } = ends;
    exchange(client, server, carriage, load, deadline).context("before the cues")?;
    if let Some(cue) = cue {
        ends.of(cue.to).feed(cue.line.as_bytes());
        let heard = ends.heard(cue.from);
        heard
            .find(cue.says.as_bytes(), heard, deadline)
            .with_context(|| format!("nobody said `{}`", cue.says.trim_end()))?;
    }
    for _ in 0..2 {
        exchange(client, server, carriage, load, deadline).context("after the cues")?;
    }
    Ok(())
}

/// Follows early data until it has arrived, early or, if it was refused, by the ordinary way; says which.
pub(super) fn follow_early_data(
    scene: &Scene<'_>,
    visit: Visit,
    ends: Ends<'_>,
    program: &dyn Client,
    server: &dyn Server,
    deadline: Instant,
) -> Result<bool> {
    let Ends { client, .. } = ends;
    let accepted = loop {
        match program.early_data(scene, visit, client) {
            Some(accepted) => break accepted,
            None if Instant::now() >= deadline => bail!("the client did not tell of early data"),
            None => thread::sleep(GLANCE),
        }
    };
    let carriage = match accepted {
        true => server.early_carriage(scene.cell),
        false => Some(server.carriage(scene.cell)),
    };
    if let Some(carriage) = carriage {
        let are_sent = accepted || program.repeats_early_data();
        let data = early_data();
        carry(client, ends.server, carriage, &data, are_sent, deadline).context("early data")?;
    }
    Ok(accepted)
}
