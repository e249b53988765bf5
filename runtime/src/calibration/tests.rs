//! Calibrations of posteriors with known answers: right ones are uniform, wrong ones are not, and threads change nothing.

use super::*;
use crate::mcmc::testing::Density;

/// Values from a normal of sd 1, each observed once with an error of sd 1; the posterior that is sampled has its sd multiplied.
struct Normal {
    too_wide: f64,
}

impl Normal {
    fn drawn(replicate: usize) -> [f64; 2] {
        let mut noise = [0.0; 2];
        Stream::new(replicate as u64, 2, Purpose::Seeded).fill_normal(&mut noise);
        [noise[0], noise[0] + noise[1]]
    }
}

impl Replicates for Normal {
    fn target(&self, replicate: usize) -> Result<Box<dyn Target + '_>, String> {
        let [_, observed] = Normal::drawn(replicate);
        let (mean, variance) = (observed / 2.0, 0.5 * self.too_wide.powi(2));
        Ok(Box::new(Density::new(1, move |x: &[f64], gradient: &mut [f64]| {
            gradient[0] = (mean - x[0]) / variance;
            Ok(-0.5 * (x[0] - mean).powi(2) / variance)
        })))
    }

    fn truth(&self, replicate: usize) -> Vec<Option<f64>> {
        vec![Some(Normal::drawn(replicate)[0])]
    }
}

fn calibrated(too_wide: f64, threads: usize) -> Calibration {
    let settings = Settings { replicates: 200, draws: 63, seed: 1, threads };
    calibrate(&Normal { too_wide }, &settings, &Arc::new(Progress::new(1)))
}

/// A right posterior is rejected in one of a hundred; the seed is fixed.
#[test]
fn a_right_posterior_is_calibrated_and_wrong_ones_are_not() {
    let right = calibrated(1.0, 2);
    assert!(right.is_uniform(), "{right}");
    assert_eq!((right.ranks.len(), right.failed.0, right.correlated), (200, 0, 0));
    assert!(
        right.to_string().starts_with("Calibrated: over 200 replicates the ranks of 1 quantity are uniform"),
        "{right}"
    );
    for (too_wide, words) in [(1.8, "is too wide"), (0.6, "is too narrow")] {
        let wrong = calibrated(too_wide, 2);
        assert!(!wrong.is_uniform() && wrong.to_string().contains(words), "{wrong}");
    }
}

#[test]
fn threads_change_no_rank() {
    assert_eq!(calibrated(1.0, 1).ranks, calibrated(1.0, 3).ranks);
}

#[test]
fn a_calibration_that_is_stopped_keeps_nothing_unfinished() {
    let progress = Arc::new(Progress::new(1));
    progress.stop();
    let settings = Settings { replicates: 50, draws: 63, seed: 1, threads: 1 };
    let found = calibrate(&Normal { too_wide: 1.0 }, &settings, &progress);
    assert!(
        found.ranks.is_empty() && found.to_string().contains("ended early: 0 replicates of 50"),
        "{found}"
    );
}

#[test]
fn a_picture_shows_the_line_and_its_bands() {
    let found = calibrated(0.6, 2);
    let panel = &found.picture().panels[0];
    assert_eq!(panel.marks.len(), 2);
    assert!(crate::plot::standalone(&found.picture()).contains("lw"), "the line stands out");
}
