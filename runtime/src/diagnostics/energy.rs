//! How well resampling momenta explores energies.

use super::effective_size::sample_variance;

/// The energy Bayesian fraction of missing information of one chain: mean square of the energies' steps over their
/// variance (Betancourt 2016, "Diagnosing suboptimal cotangent disintegrations", section 3.2). Below 0.3 the momenta are
/// too small to reach the tails. Nothing for fewer than two energies, or equal ones.
pub fn energy_bfmi(energies: &[f64]) -> Option<f64> {
    let squares: f64 = energies.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
    let fraction = squares / (energies.len().checked_sub(1)? as f64) / sample_variance(energies.iter());
    fraction.is_finite().then_some(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::testing::chains;

    /// arviz.bfmi of the test chain, arviz 0.23.4.
    const BFMI: f64 = 0.7191137775240336;

    #[test]
    fn the_fraction_agrees_with_arviz() {
        let energies = chains(250, 1);
        let found = energy_bfmi(energies.as_slice()).expect("energies differ");
        assert!((found / BFMI - 1.0).abs() < 1e-10, "{found} is not {BFMI}");
    }

    #[test]
    fn equal_energies_have_none() {
        assert_eq!(energy_bfmi(&[1.0, 1.0, 1.0]), None);
        assert_eq!(energy_bfmi(&[1.0]), None);
        assert_eq!(energy_bfmi(&[]), None);
    }
}
