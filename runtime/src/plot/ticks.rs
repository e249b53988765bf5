//! Ticks at round numbers, with labels that tell them apart.

/// A tick: where it is, and its label.
pub type Tick = (f64, String);

/// About `count` ticks between the ends of an axis: multiples of 1, 2 or 5 times a power of ten, no closer than `least`.
pub fn ticks([first, last]: [f64; 2], count: usize, least: f64) -> Vec<Tick> {
    let (low, high) = (first.min(last), first.max(last));
    let step = round_step(((high - low) / count.max(1) as f64).max(least));
    if !(step.is_finite() && step > 0.0) {
        return Vec::new();
    }
    let (from, to) = ((low / step).ceil(), (high / step).floor());
    // Labels of more digits are not told apart.
    if !(to - from < 1e3 && from.abs().max(to.abs()) < 1e13) {
        return Vec::new();
    }
    let positions: Vec<f64> = (0..=(to - from) as usize).map(|at| (from + at as f64) * step).collect();
    let largest = low.abs().max(high.abs());
    positions.into_iter().map(|position| (position, label(position, step, largest))).collect()
}

/// The least of 1, 2 and 5 times a power of ten that is no less.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powi(least.log10().floor() as i32);
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= 0.999 * least)
        .unwrap_or(10.0 * power)
}

fn label(position: f64, step: f64, largest: f64) -> String {
    const MOST_DECIMALS: i32 = 5;
    const LARGEST: f64 = 1e6;
    let exponent = (step.log10() + 1e-9).floor() as i32;
    if position == 0.0 {
        return "0".to_owned();
    }
    if largest < LARGEST && -exponent <= MOST_DECIMALS {
        return format!("{position:.*}", (-exponent).max(0) as usize);
    }
    let digits = position.abs().log10().floor() as i32 - exponent;
    format!("{position:.*e}", digits.clamp(0, 15) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(range: [f64; 2]) -> Vec<String> {
        ticks(range, 5, 0.0).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_numbers_inside_the_axis() {
        assert_eq!(labels([-0.3, 1.0]), ["0", "0.5", "1.0"]);
        assert_eq!(labels([0.0, 9.7]), ["0", "2", "4", "6", "8"]);
        assert_eq!(labels([4_000.0, 0.0]), ["0", "1000", "2000", "3000", "4000"]);
        assert_eq!(labels([0.0, 3e7]), ["0", "1e7", "2e7", "3e7"]);
        assert_eq!(labels([0.0, 2.2e-9]), ["0", "5e-10", "1.0e-9", "1.5e-9", "2.0e-9"]);
        assert_eq!(labels([100.0001, 100.0004]), ["100.0001", "100.0002", "100.0003", "100.0004"]);
    }

    #[test]
    fn axes_that_cannot_have_ticks_have_none() {
        for range in [[0.0, f64::NAN], [1e300, 1e300], [1e17, 1e17 + 64.0], [f64::NEG_INFINITY, 1.0]] {
            assert_eq!(labels(range), [""; 0], "{range:?}");
        }
        assert!(!labels([-4e307, 4e307]).is_empty());
    }
}
