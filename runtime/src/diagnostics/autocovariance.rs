//! Autocovariances of chains, lag by lag, for as many lags as are asked for.

use nalgebra::DMatrix;

/// Chains less their means.
pub struct Autocovariance {
    centred: DMatrix<f64>,
    /// Means over the chains by lag, once more than [`Autocovariance::DIRECT`] lags were asked for.
    spectral: Option<Vec<f64>>,
}

impl Autocovariance {
    /// Lags summed one by one. Chains that mix need fewer; for the others the Fourier transform gives all at once.
    const DIRECT: usize = 100;

    /// Of chains in columns.
    pub fn new(chains: &DMatrix<f64>) -> Autocovariance {
        let mut centred = chains.clone();
        for mut chain in centred.column_iter_mut() {
            let mean = chain.mean();
            chain.add_scalar_mut(-mean);
        }
        Autocovariance { centred, spectral: None }
    }

    /// Mean over the chains of the autocovariance at `lag`, a sum over pairs divided by the length of a chain.
    pub fn mean(&mut self, lag: usize) -> f64 {
        if lag < Self::DIRECT {
            return self.direct(lag) / self.centred.len() as f64;
        }
        self.spectral.get_or_insert_with(|| spectral(&self.centred))[lag]
    }

    fn direct(&self, lag: usize) -> f64 {
        let length = self.centred.nrows();
        let chains = self.centred.as_slice().chunks_exact(length.max(1));
        chains.map(|chain| dot(&chain[..length - lag], &chain[lag..])).sum()
    }
}

/// Sum of products in eight interleaved parts.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let mut parts = [0.0; 8];
    let (left_blocks, right_blocks) = (left.chunks_exact(8), right.chunks_exact(8));
    let rest = left_blocks.remainder().iter().zip(right_blocks.remainder()).map(|(a, b)| a * b).sum::<f64>();
    for (left, right) in left_blocks.zip(right_blocks) {
        (0..8).for_each(|lane| parts[lane] += left[lane] * right[lane]);
    }
    parts.iter().sum::<f64>() + rest
}

/// Mean autocovariances at all lags: the transform of the power spectrum of the chains, padded by zeros to twice their
/// length.
fn spectral(centred: &DMatrix<f64>) -> Vec<f64> {
    let length = centred.nrows();
    let size = (2 * length).next_power_of_two();
    let mut power = vec![[0.0; 2]; size];
    for chain in centred.column_iter() {
        let mut spectrum = vec![[0.0; 2]; size];
        spectrum.iter_mut().zip(chain.iter()).for_each(|(entry, value)| entry[0] = *value);
        transform(&mut spectrum);
        power.iter_mut().zip(&spectrum).for_each(|(sum, [re, im])| sum[0] += re * re + im * im);
    }
    transform(&mut power);
    let scale = (size * centred.len()) as f64;
    power[..length].iter().map(|[re, _]| re / scale).collect()
}

/// The discrete Fourier transform of [real, imaginary] pairs, in place; their number is a power of two (Cooley and Tukey
/// 1965). It is its own inverse on real, even sequences, up to the factor 1 / size.
fn transform(values: &mut [[f64; 2]]) {
    let size = values.len();
    for index in 0..size {
        let reversed = index.reverse_bits() >> (usize::BITS - size.ilog2()).min(usize::BITS - 1);
        if index < reversed {
            values.swap(index, reversed);
        }
    }
    let roots: Vec<[f64; 2]> = (0..size / 2)
        .map(|k| {
            let (sine, cosine) = (std::f64::consts::TAU * k as f64 / size as f64).sin_cos();
            [cosine, -sine]
        })
        .collect();
    let mut half = 1;
    while half < size {
        for block in values.chunks_exact_mut(2 * half) {
            let (even, odd) = block.split_at_mut(half);
            for (k, (even, odd)) in even.iter_mut().zip(odd).enumerate() {
                let [cosine, sine] = roots[k * (size / (2 * half))];
                let turned = [odd[0] * cosine - odd[1] * sine, odd[0] * sine + odd[1] * cosine];
                *odd = [even[0] - turned[0], even[1] - turned[1]];
                *even = [even[0] + turned[0], even[1] + turned[1]];
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::testing::chains;

    #[test]
    fn both_ways_agree_at_every_lag() {
        for length in [1, 2, 7, 64, 250] {
            let mut autocovariance = Autocovariance::new(&chains(length, 3));
            let spectral = spectral(&autocovariance.centred);
            for (lag, value) in spectral.iter().enumerate() {
                let direct = autocovariance.direct(lag) / autocovariance.centred.len() as f64;
                assert!(
                    (value - direct).abs() < 1e-14,
                    "length {length}, lag {lag}: {value} is not {direct}"
                );
                assert!((autocovariance.mean(lag) - direct).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn a_square_wave_alternates() {
        let mut autocovariance =
            Autocovariance::new(&DMatrix::from_column_slice(4, 1, &[1.0, -1.0, 1.0, -1.0]));
        assert_eq!([0, 1, 2, 3].map(|lag| autocovariance.mean(lag)), [1.0, -0.75, 0.5, -0.25]);
    }
}
