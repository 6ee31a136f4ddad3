//! The figure of an RFC as a test reads it: the lines of one side, and which sequences follow them.
//!
//! The figures themselves stand in the tests, written from the RFCs and from nothing else.

use crate::Step;

/// Whether a line of a figure is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It has to be.
    Must,
    /// A star in the figure.
    May,
    /// Not in this course of the handshake.
    Never,
}

use Presence::{May, Must, Never};

impl Presence {
    /// This if the line is there at all.
    #[must_use]
    pub const fn when(self, there: bool) -> Self {
        if there { self } else { Never }
    }
}

/// A line of one side: any of these may stand there.
#[derive(Clone, Debug)]
pub struct Line {
    /// Whether one of them has to.
    pub presence: Presence,
    /// The messages.
    pub steps: Vec<Step>,
}

/// The lines of one side, in order.
#[derive(Clone, Debug)]
pub struct Figure(Vec<Line>);

impl Figure {
    /// Of all these lines those that are there.
    #[must_use]
    pub fn new(lines: impl IntoIterator<Item = Line>) -> Self {
        let there = |line: &Line| line.presence != Never;
        Self(lines.into_iter().filter(there).collect())
    }

    /// The line at which `step` stands, from line `at` on, if nothing that must be is left out before it.
    fn find(&self, at: usize, step: Step) -> Option<usize> {
        for (index, line) in self.0.iter().enumerate().skip(at) {
            if line.steps.contains(&step) {
                return Some(index);
            }
            if line.presence == Must {
                return None;
            }
        }
        None
    }

    /// Whether `step` may come where the first `at` lines are behind us.
    #[must_use]
    pub fn allows(&self, at: usize, step: Step) -> bool {
        self.find(at, step).is_some()
    }

    /// Whether a whole sequence is one that the figure has.
    #[must_use]
    pub fn follows(&self, sequence: &[Step]) -> bool {
        let mut at = 0;
        for step in sequence {
            match self.find(at, *step) {
                Some(line) => at = line + 1,
                None => return false,
            }
        }
        self.0[at..].iter().all(|line| line.presence == May)
    }

    /// How many lines are behind an honest script before each of its steps.
    ///
    /// # Panics
    ///
    /// If the script is none that the figure has.
    #[must_use]
    pub fn places(&self, script: &[Step]) -> Vec<usize> {
        assert!(self.follows(script), "{script:?} is not in {self:?}");
        let mut at = 0;
        let place = |step: &Step| {
            let place = at;
            at = 1 + self.find(at, *step).expect("it follows");
            place
        };
        script.iter().map(place).collect()
    }

    /// How often this step is in it.
    #[must_use]
    pub fn count(&self, step: Step) -> usize {
        let lines = self.0.iter();
        lines.filter(|line| line.steps.contains(&step)).count()
    }
}

/// The script with each step left out, said again behind any other step, or swapped with any other. What comes behind
/// the last step nobody hears.
#[must_use]
pub fn variants(honest: &[Step]) -> Vec<Vec<Step>> {
    let mut variants = Vec::new();
    for at in 0..honest.len() {
        let mut omitted = honest.to_vec();
        omitted.remove(at);
        variants.push(omitted);
        for later in at + 1..honest.len() {
            let (mut repeated, mut swapped) = (honest.to_vec(), honest.to_vec());
            repeated.insert(later, honest[at]);
            swapped.swap(at, later);
            variants.extend([repeated, swapped]);
        }
    }
    variants.retain(|variant| !variant.starts_with(honest));
    variants
}

#[cfg(test)]
mod tests {
    use premaster_wire::HandshakeType as Type;

    use super::*;

    const A: Step = Step::Message(Type::server_hello);
    const B: Step = Step::Message(Type::certificate);
    const C: Step = Step::Message(Type::finished);

    fn line(presence: Presence, steps: &[Step]) -> Line {
        let steps = steps.to_vec();
        Line { presence, steps }
    }

    #[test]
    fn a_star_may_be_left_out_and_nothing_else() {
        let figure = Figure::new([
            line(Must, &[A]),
            line(May, &[B]),
            line(Never, &[A]),
            line(Must, &[B, C]),
        ]);
        for right in [&[A, B, C][..], &[A, C], &[A, B, B]] {
            assert!(figure.follows(right), "{right:?}");
        }
        for wrong in [&[][..], &[A], &[C], &[B, C], &[A, C, C], &[A, A, C]] {
            assert!(!figure.follows(wrong), "{wrong:?}");
        }
        assert_eq!(figure.places(&[A, C]), [0, 1]);
        assert!(figure.allows(1, B) && figure.allows(1, C) && !figure.allows(1, A));
        assert_eq!(figure.count(B), 2);
    }

    #[test]
    fn a_script_of_three_has_its_variants() {
        let made = variants(&[A, B, C]);
        for variant in [&[B, C][..], &[A, C], &[A, B], &[A, A, B, C], &[C, B, A]] {
            assert!(made.iter().any(|one| one == variant), "{variant:?}");
        }
        assert_eq!(made.len(), 3 + 3 + 3);
        assert!(!made.contains(&vec![A, B, C]));
        assert_eq!(
            variants(&[A, A]),
            [[A], [A]],
            "nothing behind the last step"
        );
    }
}
