//! Laws of the reductions: every level and every way of cutting into tiles gives the bits of the definition.

use super::logsumexp::{ABSORB_EXP, log_of_shifted_sum, logsumexp, logsumexp_at};
use super::{Partials, Reducer, find, float, integer, operators, reduce, truth};
use crate::kernels::level::Level;

const LENGTHS: [usize; 14] = [0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 63, 64, 100, 1000];

/// Numbers whose sums round differently in every order.
fn numbers(count: usize) -> Vec<f64> {
    (0..count as u64).map(|i| ((i * i * 7919 + 13) % 1009) as f64 / 7.0 - 50.0).collect()
}

fn bits(x: f64) -> u64 {
    if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }
}

/// Checks a table of reducers against the definition.
fn check<T: Copy + PartialEq + std::fmt::Debug>(
    table: &'static [Reducer<T>],
    elements: impl Fn(usize) -> Vec<T>,
    view: impl Fn(T) -> u64,
) {
    for (reducer, length) in table.iter().flat_map(|row| LENGTHS.map(|length| (row, length))) {
        let values = elements(length);
        let expected = view(reduce(reducer.combine, reducer.identity, values.iter().copied()));
        for level in Level::supported() {
            assert_eq!(view(reducer.reduce(level, &values)), expected, "{} of {length}", reducer.name);
            for tile in [32, 5] {
                // Safety: a state of our own.
                let mut partials = Partials::new(reducer.identity);
                unsafe { (reducer.begin)(&mut partials) };
                values.chunks(tile).for_each(|part| reducer.absorb(level, &mut partials, part));
                let value = unsafe { (reducer.finish)(&partials) };
                assert_eq!(view(value), expected, "{} of {length} by {tile}", reducer.name);
            }
        }
    }
}

#[test]
fn levels_and_tiles_change_no_reduction() {
    check(float::REDUCERS, numbers, bits);
    check(float::REDUCERS, |n| numbers(n).into_iter().map(|x| 1.0 + x / 1e4).collect(), bits);
    check(integer::REDUCERS, |n| numbers(n).into_iter().map(|x| x as i64 * 3 + 1).collect(), |x| x as u64);
    check(truth::REDUCERS, |n| (0..n).map(|i| u8::from(i % 97 != 40)).collect(), u64::from);
}

#[test]
fn the_order_is_as_defined() {
    // 33 elements: the first partial alone combines two, elements 0 and 32; then halving.
    let values: Vec<String> = (0..33).map(|i| i.to_string()).collect();
    let show = |a: &'static str, b: &'static str| -> &'static str { format!("({a}+{b})").leak() };
    let text = reduce(show, "", values.into_iter().map(|value| &*value.leak()));
    assert!(text.starts_with("((((((0+32)+16)+(8+24))+((4+20)+(12+28)))+(((2+18)+(10+26))"), "{text}");
    let three = reduce(show, "", ["a", "b", "c"]);
    assert_eq!(three, "((a+c)+b)");
}

#[test]
fn the_order_matters_to_the_last_bit() {
    let values = numbers(1000);
    let forward: f64 = values.iter().sum();
    assert_ne!(forward, reduce(operators::add, 0.0, values));
}

#[test]
fn extremes_keep_the_sign_of_zero_and_pass_on_nan() {
    let min = find(float::REDUCERS, "min").expect("a reducer");
    let max = find(float::REDUCERS, "max").expect("a reducer");
    for level in Level::supported() {
        for at in [0, 31, 32, 77] {
            let mut values = vec![0.0; 78];
            values[at] = -0.0;
            assert!(min.reduce(level, &values).is_sign_negative());
            values.iter_mut().for_each(|value| *value = -*value);
            assert!(max.reduce(level, &values).is_sign_positive());
            values[at] = f64::NAN;
            assert!(min.reduce(level, &values).is_nan() && max.reduce(level, &values).is_nan());
        }
        assert_eq!(min.reduce(level, &[]), f64::INFINITY);
    }
}

#[test]
fn logsumexp_agrees_with_its_definition_at_every_level() {
    let max = find(float::REDUCERS, "max").expect("a reducer");
    let add = find(float::REDUCERS, "add").expect("a reducer");
    for length in LENGTHS {
        let values: Vec<f64> = numbers(length).into_iter().map(|x| 20.0 * x).collect();
        let expected = bits(logsumexp(&values));
        for level in Level::supported() {
            assert_eq!(bits(logsumexp_at(level, &values)), expected, "of {length}");
            let greatest = max.reduce(level, &values);
            let mut sum = Partials::new(0.0);
            for tile in values.chunks(64) {
                // Safety: the state and the elements are borrowed, and `get` checks the level.
                unsafe { ABSORB_EXP.get(level)(&mut sum, greatest, tile.len(), tile.as_ptr()) };
            }
            let sum = sum.finish(add.combine, add.identity);
            assert_eq!(bits(log_of_shifted_sum(greatest, sum)), expected);
        }
    }
}

#[test]
fn logsumexp_has_its_limits() {
    assert_eq!(logsumexp(&[]), f64::NEG_INFINITY);
    assert_eq!(logsumexp(&[f64::NEG_INFINITY; 3]), f64::NEG_INFINITY);
    assert_eq!(logsumexp(&[1.0, f64::INFINITY]), f64::INFINITY);
    assert!(logsumexp(&[1.0, f64::NAN]).is_nan());
    assert_eq!(logsumexp(&[-3.5]), -3.5);
    assert!((logsumexp(&[1000.0, 1000.0]) - (1000.0 + std::f64::consts::LN_2)).abs() < 1e-12);
}
