//! Paired comparisons that assume nothing about how noise is distributed.

use std::fmt;

use crate::class::CLASSES;

/// Standard deviations that chance exceeds once in 260 times, on either side: once in 20 times over 13 comparisons.
const CRITICAL: f64 = 2.89;

const _: () = assert!(CLASSES.len() == 13);

/// Standard deviations that chance stays under 4 of 5 times.
const POWER: f64 = 0.84;

/// The best times of two by turns, in nanoseconds.
pub(crate) struct Pair {
    pub(crate) other: i64,
    pub(crate) well_formed: i64,
}

/// A class beside well-formed blocks; in nanoseconds a call.
pub(crate) struct Comparison {
    /// The median time of the class.
    median: f64,
    /// The median of the differences, and the bounds that it lies between but for one in 20 reports.
    difference: [f64; 3],
    /// Wilcoxon's signed-rank statistic, in standard deviations.
    z: f64,
}

impl Comparison {
    /// Of times that are sums over so many calls.
    pub(crate) fn new(pairs: &[Pair], calls: usize) -> Self {
        let a_call = |time: i64| time as f64 / calls as f64;
        let mut times: Vec<i64> = pairs.iter().map(|pair| pair.other).collect();
        times.sort_unstable();
        let mut differences: Vec<i64> = pairs
            .iter()
            .map(|pair| pair.other - pair.well_formed)
            .collect();
        differences.sort_unstable();
        let half = pairs.len() / 2;
        // The bounds of a sign test.
        let spread = (CRITICAL * (pairs.len() as f64).sqrt() / 2.0).ceil() as usize;
        let high = (half + spread).min(pairs.len() - 1);
        let difference = [half, half.saturating_sub(spread), high];
        Self {
            median: a_call(times[half]),
            difference: difference.map(|at| a_call(differences[at])),
            z: signed_rank(differences),
        }
    }

    /// Whether chance is no explanation.
    pub(crate) fn is_detectable(&self) -> bool {
        self.z.abs() > CRITICAL
    }

    /// What a difference would have to be for such a measurement to find it 4 of 5 times.
    pub(crate) fn smallest_detectable(&self) -> f64 {
        let [_, low, high] = self.difference;
        (high - low) / 2.0 * (CRITICAL + POWER) / CRITICAL
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, low, high] = self.difference;
        let between = format!("{low:.1}..{high:.1}");
        write!(
            f,
            "{:>12.1} {median:>10.1} {between:>20} {:>7.2}",
            self.median, self.z
        )
    }
}

/// The sum of the ranks of positive differences, in standard deviations from what chance gives.
fn signed_rank(mut differences: Vec<i64>) -> f64 {
    differences.retain(|difference| *difference != 0);
    differences.sort_unstable_by_key(|difference| difference.unsigned_abs());
    let (mut rank, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for tied in differences.chunk_by(|a, b| a.unsigned_abs() == b.unsigned_abs()) {
        let count = tied.len() as f64;
        let mean = rank + (count + 1.0) / 2.0;
        let signs: i64 = tied.iter().map(|difference| difference.signum()).sum();
        sum += mean * signs as f64;
        squares += mean * mean * count;
        rank += count;
    }
    if squares == 0.0 {
        0.0
    } else {
        sum / f64::sqrt(squares)
    }
}
