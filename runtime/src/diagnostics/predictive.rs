//! How well a posterior predicts observations that it has not seen, from the log likelihood of each observation at each draw:
//! leave-one-out cross-validation by Pareto-smoothed importance sampling, and the widely applicable information criterion
//! (Vehtari, Gelman and Gabry, Statistics and Computing 2017). Computed as ArviZ 0.23 does.

use super::psis::{log_sum_exp, smooth};

/// An estimate of the expected log predictive density.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictive {
    /// Its terms, one for each observation.
    pub pointwise: Vec<f64>,
    /// The effective number of parameters.
    pub parameters: f64,
    /// What tells whether a term can be trusted: tail indices of importance ratios, or variances of log densities.
    pub trouble: Vec<f64>,
}

impl Predictive {
    /// The estimate.
    pub fn elpd(&self) -> f64 {
        self.pointwise.iter().sum()
    }

    /// Its standard error.
    pub fn se(&self) -> f64 {
        let count = self.pointwise.len() as f64;
        let mean = self.elpd() / count;
        self.pointwise.iter().map(|term| (term - mean).powi(2)).sum::<f64>().sqrt()
    }
}

/// Log of the mean density.
fn log_mean_exp(densities: &[f64]) -> f64 {
    log_sum_exp(densities) - (densities.len() as f64).ln()
}

/// Leave-one-out cross-validation. A row for each observation with its log density at each draw; the draws are worth `efficiency` times
/// their number of independent ones.
pub fn loo(rows: &[Vec<f64>], efficiency: f64) -> Predictive {
    let mut estimate = Predictive { pointwise: Vec::new(), parameters: 0.0, trouble: Vec::new() };
    for densities in rows {
        let ratios: Vec<f64> = densities.iter().map(|density| -density).collect();
        let smoothed = smooth(&ratios, efficiency);
        let weighted: Vec<f64> =
            smoothed.log_weights.iter().zip(densities).map(|(weight, density)| weight + density).collect();
        let term = log_sum_exp(&weighted);
        estimate.parameters += log_mean_exp(densities) - term;
        estimate.pointwise.push(term);
        estimate.trouble.push(smoothed.k);
    }
    estimate
}

/// The widely applicable information criterion, on the scale of log densities.
pub fn waic(rows: &[Vec<f64>]) -> Predictive {
    let mut estimate = Predictive { pointwise: Vec::new(), parameters: 0.0, trouble: Vec::new() };
    for densities in rows {
        let count = densities.len() as f64;
        let mean = densities.iter().sum::<f64>() / count;
        let variance = densities.iter().map(|density| (density - mean).powi(2)).sum::<f64>() / count;
        estimate.parameters += variance;
        estimate.pointwise.push(log_mean_exp(densities) - variance);
        estimate.trouble.push(variance);
    }
    estimate
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::testing::chains;

    /// Log densities of six observations under normals of scale 0.3 at the test chains' draws. The references are those of
    ///
    /// ```python
    /// y = np.array([-1.0, -0.2, 0.0, 0.3, 0.8, 2.0]); c = chains(250, 4)
    /// ll = -0.5 * ((y - c[..., None]) / 0.3) ** 2 - np.log(0.3) - 0.5 * np.log(2 * np.pi)
    /// data = az.from_dict(posterior={"x": c}, log_likelihood={"y": ll})
    /// az.loo(data, pointwise=True, reff=0.7); az.waic(data)          # arviz 0.23.4
    /// ```
    fn rows() -> Vec<Vec<f64>> {
        let draws = chains(250, 4);
        let density =
            |y: f64, x: f64| -0.5 * ((y - x) / 0.3).powi(2) - 0.3f64.ln() - 0.5 * std::f64::consts::TAU.ln();
        let row = |y: f64| draws.iter().map(|x| density(y, *x)).collect();
        [-1.0, -0.2, 0.0, 0.3, 0.8, 2.0].map(row).to_vec()
    }

    fn agree(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-10, "{found:?} is not {expected:?}");
    }

    #[test]
    fn leave_one_out_agrees_with_arviz() {
        const K: [f64; 6] = [
            1.951881502652016,
            0.9499199345257403,
            0.7095690061663824,
            1.2419552803925828,
            1.8130857282341275,
            3.350037330224384,
        ];
        let found = loo(&rows(), 0.7);
        agree(found.elpd(), -78.18866575039188);
        agree(found.se(), 35.53809119941241);
        agree(found.parameters, 62.902654086385624);
        found.trouble.iter().zip(K).for_each(|(found, expected)| agree(*found, expected));
    }

    #[test]
    fn the_criterion_agrees_with_arviz() {
        let found = waic(&rows());
        agree(found.elpd(), -112.44679019493327);
        agree(found.se(), 63.06604770516673);
        agree(found.parameters, 97.16077853092702);
    }

    /// Twenty normal observations of unit scale, their mean flat a priori: leaving one out is known in closed form, and both
    /// estimates are near it.
    #[test]
    fn both_are_near_the_exact_value_of_a_normal_mean() {
        let y: Vec<f64> = (0..20).map(|i| 2.0 * ((f64::from(i) * 7.3).sin())).collect();
        let count = y.len() as f64;
        let mean = y.iter().sum::<f64>() / count;
        let normal =
            |x: f64, m: f64, v: f64| -0.5 * (x - m).powi(2) / v - 0.5 * (std::f64::consts::TAU * v).ln();
        let left_out = |y: &f64| normal(*y, (count * mean - y) / (count - 1.0), 1.0 + 1.0 / (count - 1.0));
        let exact: f64 = y.iter().map(left_out).sum();
        let mut stream = crate::rng::Stream::new(1, 0, crate::rng::Purpose::Seeded);
        let mut z = vec![0.0; 4_000];
        stream.fill_normal(&mut z);
        let rows: Vec<Vec<f64>> =
            y.iter().map(|y| z.iter().map(|z| normal(*y, mean + z / count.sqrt(), 1.0)).collect()).collect();
        let (loo, waic) = (loo(&rows, 1.0), waic(&rows));
        assert!((loo.elpd() - exact).abs() < 0.02, "{} {exact}", loo.elpd());
        assert!((waic.elpd() - exact).abs() < 0.1, "{} {exact}", waic.elpd());
        assert!(loo.trouble.iter().all(|k| *k < 0.5), "{:?}", loo.trouble);
    }
}
