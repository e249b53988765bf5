//! Laws of the table: every level and the scalar entry agree in every bit, and rows are well formed.

use super::{Kernel, find, table};
use crate::kernels::level::Level;

/// NaN is one value: its payload carries no meaning.
fn bits(x: f64) -> u64 {
    if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }
}

/// Numbers of every magnitude, a good part of them near one, from a fixed sequence (Steele et al., 2014).
fn arguments(seed: u64, count: usize) -> Vec<f64> {
    const EDGES: [f64; 12] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        5e-324,
        f64::MAX,
        1e9,
        -720.0,
    ];
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let mut number = || {
        let unit = (next() >> 11) as f64 / 9_007_199_254_740_992.0;
        match next() % 8 {
            0 => f64::from_bits(next()),
            1 => EDGES[(next() % 12) as usize],
            2 | 3 => unit,
            4 | 5 => 20.0 * unit - 10.0,
            _ => 1500.0 * unit - 750.0,
        }
    };
    (0..count).map(|_| number()).collect()
}

/// The row at every element, by its scalar entry.
fn one_by_one(row: &Kernel, arguments: &[Vec<f64>]) -> Vec<u64> {
    let point = |i| arguments.iter().map(|argument| argument[i]).collect::<Vec<_>>();
    (0..arguments[0].len()).map(|i| bits(row.evaluate(&point(i)))).collect()
}

#[test]
fn levels_change_no_value() {
    for row in table() {
        let inputs: Vec<_> = (1..=row.arity() as u64).map(|seed| arguments(seed, 1000)).collect();
        let expected = one_by_one(row, &inputs);
        let slices: Vec<&[f64]> = inputs.iter().map(Vec::as_slice).collect();
        for level in Level::supported() {
            let mut out = vec![0.0; 1000];
            row.fill(level, &slices, &mut out);
            for (i, value) in out.into_iter().enumerate() {
                let point: Vec<f64> = inputs.iter().map(|input| input[i]).collect();
                assert_eq!(bits(value), expected[i], "{} at {point:?} at {level:?}", row.name);
            }
        }
    }
}

#[test]
fn tiles_of_every_length_write_exactly_their_elements() {
    for row in [find("exp"), find("sin"), find("pow")].into_iter().flatten() {
        for count in 0..70 {
            let inputs: Vec<_> = (1..=row.arity() as u64).map(|seed| arguments(seed, count)).collect();
            let expected = if count == 0 { Vec::new() } else { one_by_one(row, &inputs) };
            let slices: Vec<&[f64]> = inputs.iter().map(Vec::as_slice).collect();
            for level in Level::supported() {
                let mut out = vec![-7.5; count + 1];
                row.fill(level, &slices, &mut out[..count]);
                assert_eq!(out.pop(), Some(-7.5));
                assert_eq!(out.into_iter().map(bits).collect::<Vec<_>>(), expected);
            }
        }
    }
}

#[test]
fn a_tile_may_overwrite_its_argument() {
    let row = find("exp").expect("a row");
    let super::Entries::One(_, tile) = row.entries else { panic!("exp has one argument") };
    for level in Level::supported() {
        let mut values = arguments(3, 100);
        let expected = one_by_one(row, &[values.clone()]);
        // Safety: the pointers are good for 100 elements, and `get` checks the level.
        unsafe { tile.get(level)(100, values.as_ptr(), values.as_mut_ptr()) };
        assert_eq!(values.into_iter().map(bits).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn names_are_unique_and_rows_documented() {
    let mut names: Vec<_> = table().map(|row| row.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(table().all(|row| !row.doc.is_empty() && row.ulp >= 0.5));
    assert!(find("no_such_function").is_none());
}
