//! Where a draw stands: seed, site and indices, folded into the key and counter of the generator.
//!
//! The first four indices (lane, step, i, j; missing ones are zero) are the four words of the counter. The
//! key begins as `fold(fold(0, seed), site)`. If an index among the four needs more than 32 bits, the upper
//! halves of all four are folded in, two to a word; then every further index is folded in. `fold(key, word) =
//! mix(key ^ mix(word + golden))`, where `mix` is the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA
//! 2014) and `golden` its increment.

use super::philox::philox_lanes;

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn fold(key: u64, word: u64) -> u64 {
    mix(key ^ mix(word.wrapping_add(GOLDEN)))
}

/// The place of a draw in the generator.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// Seed, site and further indices.
    pub key: u64,
    /// The first four indices.
    pub counter: [u32; 4],
}

impl Address {
    /// The address of the draw at a site with these indices.
    pub fn new(seed: i64, site: u64, indices: &[i64]) -> Address {
        let mut first = [0; 4];
        let near = indices.len().min(4);
        first[..near].copy_from_slice(&indices[..near]);
        let upper = first.map(|index| (index as u64) >> 32);
        let mut key = fold(fold(0, seed as u64), site);
        if upper != [0; 4] {
            key = fold(fold(key, upper[0] | (upper[1] << 32)), upper[2] | (upper[3] << 32));
        }
        key = indices[near..].iter().fold(key, |key, &index| fold(key, index as u64));
        Address { key, counter: first.map(|index| index as u32) }
    }

    /// The bits drawn there: a pure function of the address.
    #[inline(always)]
    pub fn bits(self) -> [u64; 2] {
        philox_lanes(self.counter.map(u64::from), self.key_words())
    }

    /// The two words of the key.
    #[inline(always)]
    pub(super) fn key_words(self) -> [u64; 2] {
        [self.key & 0xffff_ffff, self.key >> 32]
    }
}

/// The two words of random bits at a site with these indices.
pub fn bits(seed: i64, site: u64, indices: &[i64]) -> [u64; 2] {
    Address::new(seed, site, indices).bits()
}
