//! The effective sample size of chains.

use nalgebra::DMatrix;

use super::autocovariance::Autocovariance;

/// How many independent draws would give the mean of all entries as precisely; chains are columns.
///
/// Autocorrelations come from all chains together (Vehtari et al. 2021, equation 10), cut by Geyer's initial monotone
/// sequence (Geyer 1992, section 3.3). Constant chains count in full. Nothing when an entry is not finite.
pub fn effective_size(chains: &DMatrix<f64>) -> Option<f64> {
    const CONSTANT: f64 = 1e-15;
    let size = chains.len() as f64;
    if chains.iter().any(|value| !value.is_finite()) {
        return None;
    }
    if chains.max() - chains.min() < CONSTANT {
        return Some(size);
    }
    let time = integrated_time(&autocorrelations(chains));
    Some(size / time.max(1.0 / size.log10()))
}

/// Autocorrelations for lags from 0, in pairs while the sum of a pair is positive.
fn autocorrelations(chains: &DMatrix<f64>) -> Vec<f64> {
    let length = chains.nrows();
    let mut autocovariance = Autocovariance::new(chains);
    let within = autocovariance.mean(0) * length as f64 / (length as f64 - 1.0);
    let between = if chains.ncols() > 1 { sample_variance(chains.row_mean().iter()) } else { 0.0 };
    let total = autocovariance.mean(0) + between;
    let mut at = |lag| 1.0 - (within - autocovariance.mean(lag)) / total;
    let mut correlations = vec![1.0, at(1)];
    while correlations.len() + 2 < length {
        let lag = correlations.len();
        if correlations[lag - 2] + correlations[lag - 1] <= 0.0 {
            break;
        }
        correlations.extend([at(lag), at(lag + 1)]);
    }
    correlations
}

/// 1 + 2 sum of autocorrelations. Every pair counts but the last, which was read to see where to stop; of it the even lag
/// counts once, unless both that lag and the pair are negative.
fn integrated_time(correlations: &[f64]) -> f64 {
    let (last, pairs) = correlations.as_chunks::<2>().0.split_last().expect("lags 0 and 1 are there");
    let mut least = f64::INFINITY;
    let monotone = pairs.iter().map(|pair| {
        least = least.min(pair[0] + pair[1]);
        least
    });
    let even = if last[0] > 0.0 || last[0] + last[1] >= 0.0 { last[0] } else { 0.0 };
    -1.0 + 2.0 * monotone.sum::<f64>() + even
}

/// Sum of squared deviations from the mean over one less than the count.
pub fn sample_variance<'a>(values: impl Iterator<Item = &'a f64> + Clone) -> f64 {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count - 1.0)
}
