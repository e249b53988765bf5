//! When warm-up adapts what: a fast start, windows of doubling length, a fast end (Stan reference manual, "Automatic
//! parameter tuning").
//!
//! The step size adapts throughout. The metric is estimated from the draws of each window and set at its end; the step
//! size then begins anew.

use std::ops::Range;

/// Windows of warm-up iterations, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Number of warm-up iterations.
    pub warmup: usize,
    /// Windows of the metric, one after the other.
    pub windows: Vec<Range<usize>>,
}

impl Schedule {
    const START: usize = 75;
    const FIRST_WINDOW: usize = 25;
    const END: usize = 50;
    /// A shorter warm-up adapts the step size only.
    const SHORTEST: usize = 20;

    /// The schedule of `warmup` iterations. One too short for the usual buffers gives them 15 and 10 per cent.
    pub fn new(warmup: usize) -> Schedule {
        let mut windows = Vec::new();
        if warmup < Self::SHORTEST {
            return Schedule { warmup, windows };
        }
        if Self::START + Self::FIRST_WINDOW + Self::END > warmup {
            windows.push(warmup * 15 / 100..warmup - warmup / 10);
            return Schedule { warmup, windows };
        }
        let (last, mut begin, mut length) = (warmup - Self::END, Self::START, Self::FIRST_WINDOW);
        while begin < last {
            // A window that leaves no room for the next one, twice its length, takes all that is left.
            let end = if begin + 3 * length > last { last } else { begin + length };
            windows.push(begin..end);
            (begin, length) = (end, 2 * length);
        }
        Schedule { warmup, windows }
    }

    /// Whether the draw of `iteration` counts for the metric.
    pub fn estimates(&self, iteration: usize) -> bool {
        self.windows.first().is_some_and(|first| first.start <= iteration)
            && self.windows.last().is_some_and(|last| iteration < last.end)
    }

    /// Whether the metric is set after `iteration`.
    pub fn ends_window(&self, iteration: usize) -> bool {
        self.windows.iter().any(|window| window.end == iteration + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_iterations_have_the_windows_of_stan() {
        assert_eq!(Schedule::new(1_000).windows, [75..100, 100..150, 150..250, 250..450, 450..950]);
    }

    #[test]
    fn windows_fill_the_slow_phase_whatever_its_length() {
        for warmup in [20, 99, 149, 150, 151, 174, 175, 200, 226, 500, 777, 10_000] {
            let windows = Schedule::new(warmup).windows;
            assert!(windows.windows(2).all(|pair| pair[0].end == pair[1].start), "{warmup}: {windows:?}");
            let (first, last) = (windows.first().expect("a window"), windows.last().expect("a window"));
            let buffers = if warmup < 150 { (warmup * 15 / 100, warmup / 10) } else { (75, 50) };
            assert_eq!((first.start, warmup - last.end), buffers, "{warmup}");
            assert!(windows.iter().all(|window| window.len() >= 14), "{warmup}: {windows:?}");
        }
    }

    #[test]
    fn nineteen_iterations_leave_the_metric_alone() {
        let schedule = Schedule::new(19);
        assert!(!(0..19).any(|iteration| schedule.estimates(iteration) || schedule.ends_window(iteration)));
    }

    #[test]
    fn draws_count_from_the_first_window_to_the_last() {
        let schedule = Schedule::new(150);
        let counted: Vec<usize> = (0..150).filter(|&iteration| schedule.estimates(iteration)).collect();
        assert_eq!(counted, (75..100).collect::<Vec<_>>());
        assert!(schedule.ends_window(99) && !schedule.ends_window(98));
    }
}
