//! Laws of the generator: the published answers, one value at every width, and the distributions.

use super::*;
use crate::kernels::level::Level;

#[test]
fn philox_gives_the_published_answers() {
    // Random123 1.09, kat_vectors, philox4x32 with 10 rounds.
    let cases = [
        ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        ),
    ];
    for (counter, key, expected) in cases {
        assert_eq!(philox4x32(counter, key), expected);
    }
}

#[test]
fn every_part_of_an_address_matters() {
    let places: [(i64, u64, &[i64]); 11] = [
        (1, 2, &[]),
        (2, 1, &[]),
        (-1, 2, &[]),
        (1, 2, &[1]),
        (1, 2, &[0, 1]),
        (1, 2, &[0, 0, 0, 1]),
        (1, 2, &[0, 0, 0, 0, 1]),
        (1, 2, &[0, 0, 0, 0, 0, 1]),
        (1, 2, &[1 << 32]),
        (1, 2, &[0, 1 << 32]),
        (1, 2, &[-1]),
    ];
    let mut drawn: Vec<_> = places.iter().map(|&(seed, site, indices)| bits(seed, site, indices)).collect();
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn.len(), places.len());
    assert_eq!(bits(1, 2, &[7]), bits(1, 2, &[7, 0, 0, 0]), "missing indices are zero");
}

/// What a generator must write: its conversion of the bits at each address, one by one.
fn one_by_one<T>(run: Run, count: usize, convert: impl Fn([u64; 2]) -> Vec<T>) -> Vec<T> {
    let draw = |step: usize| {
        let mut indices = run.indices.to_vec();
        indices[run.axis] = indices[run.axis].wrapping_add(step as i64);
        convert(bits(run.seed, run.site, &indices))
    };
    (0..count).flat_map(draw).collect()
}

#[test]
fn levels_and_runs_change_no_draw() {
    let starts: [(&[i64], usize); 7] = [
        (&[0], 0),
        (&[5, 9, 2], 1),
        (&[5, 9, 2, 7], 2),
        (&[1, 2, 3, 4], 3),
        (&[1, 2, 3, 4, 5], 4),
        (&[(1 << 32) - 10, 3], 0),
        (&[-20], 0),
    ];
    for ((indices, axis), count) in
        starts.into_iter().flat_map(|start| [0, 1, 31, 32, 100].map(|n| (start, n)))
    {
        let run = Run { seed: 42, site: 7, indices, axis };
        for level in Level::supported() {
            let mut words = vec![0; 2 * count];
            BITS.fill(level, run, &mut words);
            assert_eq!(words, one_by_one(run, count, |words| words.to_vec()));
            let mut numbers = vec![0.0; count];
            UNIFORMS.fill(level, run, &mut numbers);
            assert_eq!(numbers, one_by_one(run, count, |words| vec![uniform(words[0])]));
            NORMALS.fill(level, run, &mut numbers);
            assert_eq!(numbers, one_by_one(run, count, |[first, second]| vec![normal(first, second)]));
            let mut pairs = vec![0.0; 2 * count];
            NORMAL_PAIRS.fill(level, run, &mut pairs);
            assert_eq!(pairs, one_by_one(run, count, |[first, second]| normal_pair(first, second).to_vec()));
        }
    }
}

#[test]
fn scalar_entries_give_the_same_draws() {
    let indices = [3, -4, 5, 6, 7];
    let mut address = Address { key: 0, counter: [0; 4] };
    let mut words = [0; 2];
    // Safety: everything pointed to is ours, and the tests run on supported machines.
    let (first, second) = unsafe {
        scalars::locate(1, 2, indices.len(), indices.as_ptr(), &mut address);
        scalars::bits(&address, &mut words);
        (scalars::normal(words[0], words[1]), scalars::second_normal(words[0], words[1]))
    };
    assert_eq!(words, bits(1, 2, &indices));
    assert_eq!([first, second], normal_pair(words[0], words[1]));
    assert_eq!(scalars::uniform(words[0]), uniform(words[0]));
}

#[test]
fn uniforms_are_open_and_symmetric() {
    let step = 2.0_f64.powi(-53);
    assert_eq!((uniform(0), uniform(u64::MAX)), (step, 1.0 - step));
    for index in 0..1000 {
        let [word, _] = bits(3, 1, &[index]);
        assert_eq!(uniform(word) + uniform(!word), 1.0);
    }
}

#[test]
fn normals_are_accurate() {
    // Computed with mpmath 1.3 at 200 bits.
    let cases = [
        (0x0000_0000_0000_0000, 0x0000_0000_0000_0000, [6.061089058055253, -6.061089058055251]),
        (0xffff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff, [1.0536712127723507e-08, -1.053671212772351e-08]),
        (0x0000_0000_0000_0000, 0x2000_0000_0000_0000, [8.571674348652905, 1.4948436467927562e-15]),
        (0x4164_d839_9f76_7c45, 0x16f2_3eef_bde5_c099, [1.611496996677467, -0.364106592327624]),
        (0xb0c1_1fde_cb91_ce37, 0x75db_50cc_f144_6bea, [-0.43989737274829027, 0.7398127316509254]),
        (0xa6eb_8c9e_bd69_fe29, 0xa1ec_2c49_ec1d_7da0, [-0.923807980080571, -0.043623643031671065]),
        (0xd721_0dff_076c_e2ef, 0xf1a9_4e1d_7733_0bdb, [0.24773672505482408, -0.535261238768406]),
        (0x3fc1_ea36_f17f_d374, 0x0351_904e_a623_3255, [1.2710385642556532, -1.0791861904227475]),
        (0x2827_688d_e6a1_6a3b, 0x57cb_765f_1cfb_10f6, [0.3850169908154022, 1.8859150867171282]),
        (0xde52_7100_7814_e8a2, 0x985e_5673_3f1f_65a8, [-0.5218421183668625, 0.09890297667364172]),
        (0x1a1a_fe87_8b33_e968, 0xcff5_08d6_92ed_cf45, [-0.8198066393050885, -1.973318027109754]),
    ];
    for (first, second, expected) in cases {
        for (value, exact) in normal_pair(first, second).into_iter().zip(expected) {
            assert!((value - exact).abs() <= 3.5 * f64::EPSILON * exact.abs(), "{value} is not {exact}");
        }
    }
}

/// The greatest distance between the empirical distribution and the standard normal one, times the
/// square root of the number of draws (Kolmogorov). Above 1.95 once in a thousand.
fn kolmogorov(mut draws: Vec<f64>) -> f64 {
    draws.sort_unstable_by(f64::total_cmp);
    let n = draws.len() as f64;
    let distance = |(i, x): (usize, &f64)| {
        let below = 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
        (below - i as f64 / n).abs().max((below - (i + 1) as f64 / n).abs())
    };
    draws.iter().enumerate().map(distance).fold(0.0, f64::max) * n.sqrt()
}

fn correlation(pairs: &[f64]) -> f64 {
    pairs.chunks_exact(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / (pairs.len() as f64 / 2.0).sqrt()
}

#[test]
fn normals_are_normal_and_independent() {
    let level = Level::supported().last().expect("a level");
    for (seed, axis) in [(1, 0), (1, 1), (2, 3)] {
        let mut pairs = vec![0.0; 40_000];
        NORMAL_PAIRS.fill(level, Run { seed, site: 9, indices: &[0; 4], axis }, &mut pairs);
        let (cosines, sines): (Vec<_>, Vec<_>) = pairs.chunks_exact(2).map(|pair| (pair[0], pair[1])).unzip();
        // Fixed seeds; each check would fail by chance once in a thousand.
        assert!(kolmogorov(cosines.clone()) < 1.95 && kolmogorov(sines) < 1.95);
        assert!(correlation(&pairs).abs() < 3.3, "the two of a pair");
        assert!(correlation(&cosines).abs() < 3.3, "neighbours");
        // Controls: a shift of a twentieth and a repeated draw are noticed.
        assert!(kolmogorov(cosines.iter().map(|x| x + 0.05).collect()) > 1.95);
        let repeated: Vec<f64> = cosines.iter().flat_map(|&x| [x, x]).collect();
        assert!(correlation(&repeated) > 3.3);
    }
}
