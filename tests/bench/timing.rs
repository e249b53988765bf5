//! Paired timing: two pieces of work in turn within one run, so that a machine's moods cancel in the ratio. Rounds are
//! shorter than the slices of time that a busy machine deals out, so that most of them are undisturbed.

use std::time::{Duration, Instant};

/// Rounds of each piece; the first are warm-up.
const ROUNDS: usize = 401;
const WARM_UP: usize = 21;

/// How long one piece of work of a pair runs at least.
const SPAN: Duration = Duration::from_micros(300);

/// Seconds per call of the two, and the median of their ratios round by round.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Median seconds per call of ours.
    pub ours: f64,
    /// Median seconds per call of theirs.
    pub theirs: f64,
    /// Median of ours over theirs.
    pub ratio: f64,
}

/// Times two pieces of work alternately.
pub fn pair(mut ours: impl FnMut(), mut theirs: impl FnMut()) -> Pair {
    let (many_ours, many_theirs) = (calls_in_span(&mut ours), calls_in_span(&mut theirs));
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        rounds.push((seconds_per_call(&mut ours, many_ours), seconds_per_call(&mut theirs, many_theirs)));
    }
    let rounds = &rounds[WARM_UP..];
    Pair {
        ours: median(rounds.iter().map(|(a, _)| *a)),
        theirs: median(rounds.iter().map(|(_, b)| *b)),
        ratio: median(rounds.iter().map(|(a, b)| a / b)),
    }
}

/// Median seconds of a piece of work that is called once a round.
pub fn once(rounds: usize, mut work: impl FnMut()) -> f64 {
    median((0..rounds).map(|_| seconds_per_call(&mut work, 1)))
}

fn calls_in_span(work: &mut impl FnMut()) -> u64 {
    let mut calls = 1;
    loop {
        let seconds = seconds_per_call(work, calls) * calls as f64;
        if seconds >= SPAN.as_secs_f64() {
            return calls;
        }
        calls *= 2;
    }
}

fn seconds_per_call(work: &mut impl FnMut(), calls: u64) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        work();
    }
    start.elapsed().as_secs_f64() / calls as f64
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
