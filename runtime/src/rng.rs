//! Streams of random numbers for inference.
//!
//! A stream is named by a seed, a chain and a purpose, and its numbers are a function of that name alone: the same bytes
//! come out for any number of threads, and drawing more for one purpose moves no other. Bits and distributions are the
//! compiler's own, counter-based ([`ansatz_compiler::kernels::random`]); a stream is a counter through its addresses.

use ansatz_compiler::kernels::level::{Level, level};
use ansatz_compiler::kernels::random::{Address, NORMAL_PAIRS, normal_pair, uniform};
use rand::rand_core::{Infallible, utils};
use rand::{SeedableRng, TryRng};
use serde::{Deserialize, Serialize};

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
    start: Address,
    block: u64,
    words: [u64; 2],
    used: usize,
}

/// A place in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    block: u64,
    words: [u64; 2],
    used: u64,
}

impl Stream {
    /// The stream of this name, at its beginning.
    pub fn new(seed: u64, chain: u32, purpose: Purpose) -> Stream {
        // A site that no program has: their numbers are hashes of names.
        const INFERENCE: u64 = 0;
        let start = Address::new(seed as i64, INFERENCE, &[0, 0, i64::from(chain), purpose as i64]);
        Stream { start, block: 0, words: [0; 2], used: 2 }
    }

    /// Where it is: what [`Stream::go_to`] takes.
    pub fn place(&self) -> Place {
        Place { block: self.block, words: self.words, used: self.used as u64 }
    }

    /// Goes on from where a stream of the same name was.
    pub fn go_to(&mut self, place: Place) {
        (self.block, self.words, self.used) = (place.block, place.words, place.used.min(2) as usize);
    }

    /// Where the next block is.
    fn address(&self) -> Address {
        let mut address = self.start;
        (address.counter[0], address.counter[1]) = (self.block as u32, (self.block >> 32) as u32);
        address
    }

    fn next_block(&mut self) -> [u64; 2] {
        let address = self.address();
        self.block += 1;
        address.bits()
    }

    fn next_word(&mut self) -> u64 {
        if self.used == 2 {
            self.words = self.next_block();
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// A uniform number between 0 and 1, neither of which it is.
    pub fn uniform(&mut self) -> f64 {
        uniform(self.next_word())
    }

    /// Fills `out` with independent standard normal numbers.
    pub fn fill_normal(&mut self, out: &mut [f64]) {
        let (pairs, last) = out.as_chunks_mut::<2>();
        self.fill_pairs(pairs.as_flattened_mut());
        if let [last] = last {
            let [first, second] = self.next_block();
            *last = normal_pair(first, second)[0];
        }
    }

    /// Blocks are consecutive as long as the lower word of their number does not overflow.
    fn fill_pairs(&mut self, mut out: &mut [f64]) {
        let level = level().unwrap_or(Level::Baseline);
        while !out.is_empty() {
            let left = (1 << 32) - (self.block & u64::from(u32::MAX));
            let count = (out.len() / 2).min(usize::try_from(left).unwrap_or(usize::MAX));
            let (now, later) = out.split_at_mut(2 * count);
            NORMAL_PAIRS.fill_from(level, &self.address(), 0, now);
            self.block += count as u64;
            out = later;
        }
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next_word() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next_word())
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(out, || self.try_next_u64())
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

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

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

    #[test]
    fn normals_are_the_same_however_many_are_drawn_at_once() {
        for block in [0, (1 << 32) - 2] {
            let stream = || {
                let mut stream = Stream::new(5, 1, Purpose::Momentum);
                stream.go_to(Place { block, words: [0; 2], used: 2 });
                stream
            };
            let (mut together, mut apart) = ([0.0; 9], [0.0; 9]);
            stream().fill_normal(&mut together);
            let mut one_by_one = stream();
            for pair in apart.chunks_mut(2) {
                let [first, second] = one_by_one.next_block();
                pair.copy_from_slice(&normal_pair(first, second)[..pair.len()]);
            }
            assert_eq!(together, apart, "from block {block}");
        }
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
