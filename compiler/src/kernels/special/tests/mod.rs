//! Laws of the special functions: agreement with high-precision tables, derivative rows against differences of the
//! order below, identities, round trips, and the edges of the domains.
//!
//! The tables in `../reference` were written once by `../reference/generate.py` (mpmath, 40 digits and more).

mod derivatives;
mod edges;
mod identities;
mod quantiles;
mod tables;

/// The rows of a reference table.
fn table(text: &str) -> impl Iterator<Item = Vec<f64>> + '_ {
    let number = |cell: &str| cell.parse().expect("a number");
    text.lines().filter(|line| !line.starts_with('#')).map(move |line| line.split(' ').map(number).collect())
}

/// The largest error seen, and where.
#[derive(Default)]
struct Worst {
    error: f64,
    place: String,
    count: usize,
}

impl Worst {
    /// Takes in the error of `actual`, relative to `expected`, or to `scale` where that is larger.
    fn compare(&mut self, place: &[f64], actual: f64, expected: f64, scale: f64) {
        self.count += 1;
        if actual == expected || (actual.is_nan() && expected.is_nan()) {
            return;
        }
        let error = (actual - expected).abs() / expected.abs().max(scale);
        if error > self.error || error.is_nan() {
            self.error = if error.is_nan() { f64::INFINITY } else { error };
            self.place = format!("{place:?}: got {actual:e}, expected {expected:e}");
        }
    }

    fn within(&self, tolerance: f64, what: &str) {
        assert!(self.count > 0, "{what}: nothing was compared");
        assert!(self.error <= tolerance, "{what}: error {:.2e} at {}", self.error, self.place);
    }
}

#[test]
#[should_panic(expected = "digamma: error")]
fn a_wrong_digit_is_caught() {
    let mut worst = Worst::default();
    worst.compare(&[1.0], super::digamma(1.0) * (1.0 + 1e-12), super::digamma(1.0), 0.0);
    worst.within(1e-13, "digamma");
}
