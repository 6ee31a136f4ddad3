//! A run of several steps: each with its heading and duration, the totals at the end.

use crate::command::in_ci;
use anyhow::{Result, bail};
use std::{
    fmt,
    time::{Duration, Instant},
};

/// The steps of one run. A failed step does not keep the later ones from running: a person wants
/// all that is wrong, not the first thing.
#[derive(Debug)]
pub(crate) struct Steps {
    begun: Instant,
    taken: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    heading: String,
    took: Duration,
    failure: Option<String>,
}

impl Steps {
    /// A run that begins now.
    pub(crate) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            taken: Vec::new(),
        }
    }

    /// Runs one step under its heading.
    pub(crate) fn run(&mut self, heading: &str, step: impl FnOnce() -> Result<()>) {
        eprintln!("\n=== {heading}");
        let begun = Instant::now();
        let failure = step().err().map(|error| format!("{error:#}"));
        let took = begun.elapsed();
        match &failure {
            None => eprintln!("=== {heading}: ok in {}", Seconds(took)),
            Some(failure) => eprintln!("=== {heading}: FAILED in {}: {failure}", Seconds(took)),
        }
        self.taken.push(Step {
            heading: heading.to_owned(),
            took,
            failure,
        });
    }

    /// Prints every step's duration and the total.
    ///
    /// # Errors
    /// When a step failed; the message names them all.
    pub(crate) fn finish(self, name: &str) -> Result<()> {
        eprintln!();
        for step in &self.taken {
            let verdict = if step.failure.is_none() {
                "ok"
            } else {
                "FAILED"
            };
            eprintln!(
                "{:>8}  {:<6}  {}",
                Seconds(step.took).to_string(),
                verdict,
                step.heading
            );
        }
        let total = Seconds(self.begun.elapsed());
        eprintln!(
            "{:>8}  {name}{}",
            total.to_string(),
            if in_ci() { " (CI)" } else { "" }
        );
        let failed: Vec<_> = self
            .taken
            .iter()
            .filter(|step| step.failure.is_some())
            .collect();
        if !failed.is_empty() {
            let names: Vec<_> = failed.iter().map(|step| step.heading.as_str()).collect();
            bail!(
                "{name}: {} of {} steps failed: {}",
                failed.len(),
                self.taken.len(),
                names.join(", ")
            );
        }
        Ok(())
    }
}

/// A duration to a tenth of a second.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} s", self.0.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn a_failed_step_fails_the_run_and_the_later_steps_still_run() {
        let mut steps = Steps::begin();
        let mut ran = false;
        steps.run("first", || Err(anyhow!("broken")));
        steps.run("second", || {
            ran = true;
            Ok(())
        });
        let error = steps.finish("run").unwrap_err();
        assert!(ran);
        assert_eq!(error.to_string(), "run: 1 of 2 steps failed: first");
    }

    #[test]
    fn a_run_without_failures_succeeds() {
        let mut steps = Steps::begin();
        steps.run("only", || Ok(()));
        assert!(steps.finish("run").is_ok());
    }
}
