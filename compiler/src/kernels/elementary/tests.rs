//! Accuracy and special values of the elementary functions, through the compiled rows.

use crate::kernels::tile::elementary::ROWS;
use crate::kernels::tile::find;

/// What a line of `reference.txt` says.
struct Reference {
    name: &'static str,
    arguments: Vec<f64>,
    rounded: f64,
    residual: f64,
}

fn references() -> impl Iterator<Item = Reference> {
    include_str!("reference.txt").lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (name, numbers) = line.split_once(' ').expect("a name and numbers");
        let mut arguments: Vec<f64> = numbers.split(' ').map(|n| n.parse().expect("a number")).collect();
        let residual = arguments.pop().expect("a residual");
        let rounded = arguments.pop().expect("a value");
        Reference { name, arguments, rounded, residual }
    })
}

/// The distance between neighbouring numbers at `x`.
fn ulp(x: f64) -> f64 {
    let exponent = ((x.to_bits() >> 52) & 0x7ff).max(1) as i32 - 1075;
    2.0_f64.powi(exponent.max(-1000)) * 2.0_f64.powi(exponent.min(-1000) + 1000)
}

fn error_in_ulp(value: f64, reference: &Reference) -> f64 {
    ((value - reference.rounded) / ulp(reference.rounded) - reference.residual).abs()
}

#[test]
fn rows_are_as_accurate_as_they_say() {
    let mut checked = 0;
    for reference in references() {
        let row = find(reference.name).expect("a row of that name");
        let value = row.evaluate(&reference.arguments);
        let error = error_in_ulp(value, &reference);
        assert!(error <= row.ulp, "{}{:?} = {value:e}, off by {error} ulp", row.name, reference.arguments);
        // The check itself must notice four units in the last place.
        let perturbed = error_in_ulp(value + 4.0 * ulp(reference.rounded), &reference);
        assert!(perturbed > row.ulp, "{} at {:?}: {perturbed}", row.name, reference.arguments);
        checked += 1;
    }
    assert!(checked > 400);
}

/// Two results that a caller could not tell apart in kind, and whose values differ by at most `bound` ulp.
fn alike(ours: f64, theirs: f64, bound: f64) -> bool {
    if theirs.is_nan() || theirs.is_infinite() || theirs == 0.0 {
        return ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan());
    }
    (ours - theirs).abs() <= bound * ulp(theirs)
}

const SPECIAL: [f64; 34] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    -2.0,
    3.0,
    -3.0,
    2.5,
    -2.5,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    5e-324,
    -5e-324,
    f64::MIN_POSITIVE,
    -f64::MIN_POSITIVE,
    f64::MAX,
    f64::MIN,
    1e-310,
    1e300,
    -1e300,
    1e-300,
    9_007_199_254_740_991.0,
    -4_503_599_627_370_497.5,
    0.999_999_999_999_999_9,
    709.782_712_893_384,
    709.782_712_893_384_1,
    -745.133_219_101_941_1,
    -745.133_219_101_941_2,
    268_435_456.0,
    268_435_457.0,
];

#[test]
fn special_values_are_those_of_c99() {
    type Unary = fn(f64) -> f64;
    type Binary = fn(f64, f64) -> f64;
    let unary: [(&str, Unary); 13] = [
        ("exp", libm::exp),
        ("expm1", libm::expm1),
        ("log", libm::log),
        ("log1p", libm::log1p),
        ("sin", libm::sin),
        ("cos", libm::cos),
        ("asin", libm::asin),
        ("acos", libm::acos),
        ("atan", libm::atan),
        ("sinh", libm::sinh),
        ("cosh", libm::cosh),
        ("tanh", libm::tanh),
        ("tan", libm::tan),
    ];
    for (name, theirs) in unary {
        for x in SPECIAL {
            let (ours, theirs) = (find(name).expect("a row").evaluate(&[x]), theirs(x));
            assert!(alike(ours, theirs, 3.0), "{name}({x:e}) = {ours:e}, not {theirs:e}");
        }
    }
    let binary: [(&str, Binary); 2] = [("pow", libm::pow), ("atan2", libm::atan2)];
    for (name, theirs) in binary {
        for x in SPECIAL {
            for y in SPECIAL {
                let (ours, theirs) = (find(name).expect("a row").evaluate(&[x, y]), theirs(x, y));
                assert!(alike(ours, theirs, 3.0), "{name}({x:e}, {y:e}) = {ours:e}, not {theirs:e}");
            }
        }
    }
}

#[test]
fn logistic_functions_have_their_limits() {
    let cases = [
        ("sigmoid", f64::INFINITY, 1.0),
        ("sigmoid", f64::NEG_INFINITY, 0.0),
        ("sigmoid", 0.0, 0.5),
        ("softplus", f64::INFINITY, f64::INFINITY),
        ("softplus", f64::NEG_INFINITY, 0.0),
        ("softplus", 800.0, 800.0),
        ("log_sigmoid", f64::NEG_INFINITY, f64::NEG_INFINITY),
        ("log_sigmoid", -800.0, -800.0),
        ("log1m_exp", 0.0, f64::NEG_INFINITY),
        ("log1m_exp", 1.0, f64::NAN),
        ("log1m_exp", f64::NEG_INFINITY, -0.0),
        ("sigmoid", f64::NAN, f64::NAN),
        ("softplus", f64::NAN, f64::NAN),
        ("log1m_exp", f64::NAN, f64::NAN),
    ];
    for (name, x, expected) in cases {
        let value = find(name).expect("a row").evaluate(&[x]);
        assert!(value == expected || (value.is_nan() && expected.is_nan()), "{name}({x}) = {value}");
    }
}

#[test]
fn plain_calls_and_compiled_rows_agree() {
    // Without the fma feature, mul_add is a call to the system's: still one rounding.
    for x in [0.1, -0.7, 3.25, 40.0, 1e-9] {
        assert_eq!(super::exp(x).to_bits(), find("exp").expect("a row").evaluate(&[x]).to_bits());
        assert_eq!(super::sin(x).to_bits(), find("sin").expect("a row").evaluate(&[x]).to_bits());
    }
}

#[test]
fn every_elementary_row_has_references() {
    for row in ROWS.iter().filter(|row| row.name != "sqrt") {
        assert!(references().any(|reference| reference.name == row.name), "{} has no reference", row.name);
    }
}
