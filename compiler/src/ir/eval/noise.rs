//! Random bits as a pure function of seed, site and indices: Philox 4x32-10 (Salmon et al., SC 2011).
//!
//! The key is the seed mixed with the site, the counter holds up to two indices; further indices fold into the key.

/// Two words of random bits.
pub(super) fn bits(seed: i64, site: u64, indices: &[i64]) -> [i64; 2] {
    let mut key = mix(mix(seed as u64) ^ site);
    let (head, rest) = indices.split_at(indices.len().min(2));
    for index in rest {
        key = mix(key ^ *index as u64);
    }
    let word = |position: usize| head.get(position).map_or(0, |index| *index as u64);
    let counter = [word(0) as u32, (word(0) >> 32) as u32, word(1) as u32, (word(1) >> 32) as u32];
    let out = philox(counter, [key as u32, (key >> 32) as u32]);
    let join = |low: u32, high: u32| (u64::from(low) | u64::from(high) << 32) as i64;
    [join(out[0], out[1]), join(out[2], out[3])]
}

/// The finaliser of SplitMix64 (Steele et al., OOPSLA 2014): a bijection.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let first = u64::from(counter[0]) * 0xd251_1f53;
        let second = u64::from(counter[2]) * 0xcd9e_8d57;
        counter = [
            (second >> 32) as u32 ^ counter[1] ^ key[0],
            second as u32,
            (first >> 32) as u32 ^ counter[3] ^ key[1],
            first as u32,
        ];
        key = [key[0].wrapping_add(0x9e37_79b9), key[1].wrapping_add(0xbb67_ae85)];
    }
    counter
}
