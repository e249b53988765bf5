//! The counter-based generator behind every random choice of inference.
//!
//! A stream is named by a seed, a chain and a purpose, and its numbers are a function of that name alone: the same bytes
//! come out for any number of threads, and drawing more for one purpose moves no other. The bits are those of
//! Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011): the key is the seed, the counter (block, block, chain, purpose).

use rand::rand_core::{Infallible, utils};
use rand::{RngExt, SeedableRng, TryRng};

/// What a stream of random numbers is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Points at which chains start.
    Start = 1,
    /// Momenta.
    Momentum = 2,
    /// Directions and choices along trajectories.
    Trajectory = 3,
    /// The search for a first step size.
    StepSize = 4,
    /// A generator seeded through the traits of `rand`.
    Seeded = 5,
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream {
    key: [u32; 2],
    chain: u32,
    purpose: Purpose,
    block: u64,
    words: [u32; 4],
    used: usize,
}

impl Stream {
    /// The stream of this name, at its beginning.
    pub fn new(seed: u64, chain: u32, purpose: Purpose) -> Stream {
        Stream { key: halves(seed), chain, purpose, block: 0, words: [0; 4], used: 4 }
    }

    fn next_word(&mut self) -> u32 {
        if self.used == 4 {
            let [low, high] = halves(self.block);
            self.words = philox([low, high, self.chain, self.purpose as u32], self.key);
            self.block += 1;
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// A uniform number in [0, 1), a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        self.random()
    }

    /// Fills `out` with independent standard normal numbers.
    pub fn fill_normal(&mut self, out: &mut [f64]) {
        for pair in out.chunks_mut(2) {
            // Box and Muller (1958); 1 - u lies in (0, 1].
            let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
            let (sine, cosine) = (std::f64::consts::TAU * self.uniform()).sin_cos();
            pair[0] = radius * cosine;
            if let Some(second) = pair.get_mut(1) {
                *second = radius * sine;
            }
        }
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next_word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from(self.next_word()) | u64::from(self.next_word()) << 32)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(out, || self.try_next_u32())
    }
}

impl SeedableRng for Stream {
    type Seed = [u8; 8];

    fn from_seed(seed: [u8; 8]) -> Stream {
        Stream::new(u64::from_le_bytes(seed), 0, Purpose::Seeded)
    }

    fn seed_from_u64(seed: u64) -> Stream {
        Stream::from_seed(seed.to_le_bytes())
    }
}

fn halves(word: u64) -> [u32; 2] {
    [word as u32, (word >> 32) as u32]
}

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
    for _ in 0..10 {
        let [low0, high0] = halves(MULTIPLIERS[0] * u64::from(counter[0]));
        let [low1, high1] = halves(MULTIPLIERS[1] * u64::from(counter[2]));
        counter = [high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    /// Known answers of the authors' library (Random123, kat_vectors).
    #[test]
    fn philox_gives_the_published_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
    }

    #[test]
    fn streams_differ_in_seed_chain_and_purpose() {
        let first = |seed, chain, purpose| Stream::new(seed, chain, purpose).next_u64();
        let base = first(1, 0, Purpose::Momentum);
        assert_eq!(base, first(1, 0, Purpose::Momentum));
        assert_ne!(base, first(1 + (1 << 32), 0, Purpose::Momentum));
        assert_ne!(base, first(1, 1, Purpose::Momentum));
        assert_ne!(base, first(1, 0, Purpose::Trajectory));
    }

    #[test]
    fn the_seed_of_the_trait_is_the_seed() {
        assert_eq!(Stream::seed_from_u64(7).next_u64(), Stream::new(7, 0, Purpose::Seeded).next_u64());
    }

    /// Four moments of 200,000 normals; each within 4.5 standard errors fails once in 37,000 seeds.
    #[test]
    fn normals_have_the_moments_of_normals() {
        let mut normals = vec![0.0; 200_001];
        Stream::new(3, 0, Purpose::Momentum).fill_normal(&mut normals);
        let count = normals.len() as f64;
        // (power, its expectation, its variance)
        for (power, mean, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let found = normals.iter().map(|x: &f64| x.powi(power)).sum::<f64>() / count;
            let error: f64 = (found - mean) / f64::sqrt(variance / count);
            assert!(error.abs() < 4.5, "power {power}: {error} standard errors off");
        }
    }
}
