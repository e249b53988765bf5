//! Philox4x32-10: a counter and a key to 128 random bits, without state (Salmon, Moraes, Dror and Shaw,
//! "Parallel random numbers: as easy as 1, 2, 3", SC 2011).

const MULTIPLIERS: [u64; 2] = [0xd251_1f53, 0xcd9e_8d57];
/// The golden ratio and the square root of three, less one: what the keys move by in each round.
const KEY_STEPS: [u64; 2] = [0x9e37_79b9, 0xbb67_ae85];
const ROUNDS: usize = 10;
const LOW: u64 = 0xffff_ffff;

/// The 128 bits of a counter under a key, as two words; each 32-bit word of the arguments sits in the low
/// half of a lane.
#[inline(always)]
pub(super) fn philox_lanes(counter: [u64; 4], key: [u64; 2]) -> [u64; 2] {
    let [mut a, mut b, mut c, mut d] = counter;
    let [mut left, mut right] = key;
    for _ in 0..ROUNDS {
        let first = (a & LOW) * MULTIPLIERS[0];
        let second = (c & LOW) * MULTIPLIERS[1];
        (a, b, c, d) = ((second >> 32) ^ b ^ left, second, (first >> 32) ^ d ^ right, first);
        left = (left + KEY_STEPS[0]) & LOW;
        right = (right + KEY_STEPS[1]) & LOW;
    }
    [(a & LOW) | (b << 32), (c & LOW) | (d << 32)]
}

/// Philox4x32-10 as published: four words of counter and two of key give four words.
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [first, second] = philox_lanes(counter.map(u64::from), key.map(u64::from));
    [first as u32, (first >> 32) as u32, second as u32, (second >> 32) as u32]
}
