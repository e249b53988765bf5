//! Quantiles undo distribution functions, to the conditioning of the problem.

use super::super::*;
use super::Worst;

const RANKS: [f64; 9] = [1e-300, 1e-30, 1e-4, 0.1, 0.49, 0.51, 0.8, 0.9999, 1.0 - 1e-12];
const SHAPES: [f64; 8] = [1e-3, 0.1, 0.5, 1.0, 3.0, 40.0, 1e3, 1e6];

#[test]
fn normal_round_trip() {
    let mut worst = Worst::default();
    for p in RANKS {
        worst.compare(&[p], normal_cdf(normal_quantile(p)), p, 0.0);
        worst.compare(&[p], erfc(inv_erfc(2.0 * p)), 2.0 * p, 0.0);
    }
    for y in [-0.999, -0.3, 1e-200, 1e-8, 0.5, 0.849, 0.851] {
        worst.compare(&[y], erf(inv_erf(y)), y, 0.0);
    }
    // One unit in the last place of the quantile moves a rank of 1e-300 by 1400 units.
    worst.within(4e-13, "normal");
}

#[test]
fn gamma_round_trip() {
    let mut worst = Worst::default();
    for a in SHAPES {
        for p in RANKS {
            let (lower, upper) = (gamma_p_inverse(a, p), gamma_q_inverse(a, p));
            // A rank whose quantile is below the smallest normal number is not attained.
            if lower > f64::MIN_POSITIVE {
                let conditioned = lower * gamma_density_da(0, a, lower);
                worst.compare(&[a, p], gamma_p(a, lower), p, conditioned);
            }
            if upper > f64::MIN_POSITIVE {
                let conditioned = upper * gamma_density_da(0, a, upper);
                worst.compare(&[a, p], gamma_q(a, upper), p, conditioned);
            }
        }
    }
    worst.within(1e-13, "gamma");
}

#[test]
fn beta_round_trip() {
    let mut worst = Worst::default();
    for a in SHAPES {
        for b in SHAPES {
            for p in RANKS {
                let (lower, upper) = (beta_inc_inverse(a, b, p), beta_inc_upper_inverse(a, b, p));
                for (x, back) in [(lower, beta_inc(a, b, lower)), (upper, beta_inc_upper(a, b, upper))] {
                    // Near 1 the spacing of doubles, not the quantile, limits the rank.
                    if x > f64::MIN_POSITIVE && x < 1.0 {
                        let conditioned = x / (1.0 - x) * beta_density_dab([0, 0], a, b, x);
                        worst.compare(&[a, b, p], back, p, 1e-1 * conditioned);
                    }
                }
            }
        }
    }
    worst.within(1e-12, "beta");
}

#[test]
fn quantiles_decrease_nowhere() {
    for a in [0.02, 2.0, 300.0] {
        let ranks: Vec<f64> = (1..1000).map(|k| f64::from(k) * 1e-3).collect();
        let increasing = |f: &dyn Fn(f64) -> f64| ranks.windows(2).all(|pair| f(pair[0]) <= f(pair[1]));
        assert!(increasing(&|p| gamma_p_inverse(a, p)), "gamma {a}");
        assert!(increasing(&|p| beta_inc_inverse(a, 0.7, p)), "beta {a}");
    }
}
