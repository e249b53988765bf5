//! Supports: the maps onto them are inverted, and their Jacobians are numerical determinants.

use super::program::{Faults, along, compiled, lowered, numbers};
use ansatz_compiler::codegen::{Argument, ResultBuffer};
use ansatz_compiler::model::{CONSTRAIN, LOG_DENSITY};
use ansatz_compiler::pipeline::Form;

/// A support, the type of its values, whether they are square, and coordinates.
const SUPPORTS: &[(&str, &str, &[f64])] = &[
    ("positive", "real", &[0.7]),
    ("unit", "real", &[-0.4]),
    ("interval(-2, 3)", "real", &[0.3]),
    ("interval(-inf, 3)", "real", &[0.3]),
    ("interval(3, inf)", "real", &[0.3]),
    ("ordered[3]", "real[3]", &[-0.3, 0.4, -1.1]),
    ("positive_ordered[3]", "real[3]", &[-0.3, 0.4, -1.1]),
    ("simplex[4]", "real[4]", &[0.5, -0.2, 1.3]),
    ("cholesky_corr[3]", "real[3, 3]", &[0.4, -0.7, 1.1]),
    ("corr[3]", "real[3, 3]", &[0.4, -0.7, 1.1]),
    ("cholesky_cov[3]", "real[3, 3]", &[0.2, 0.4, -0.3, -0.7, 1.1, 0.6]),
    ("cov[3]", "real[3, 3]", &[0.2, 0.4, -0.3, -0.7, 1.1, 0.6]),
    ("corr[1]", "real[1, 1]", &[]),
    ("cholesky_corr[4]", "real[4, 4]", &[0.4, -0.7, 1.1, 0.2, -0.5, 0.9]),
    ("simplex[3][2]", "real[2, 3]", &[0.5, -0.2, 1.3, 0.1]),
    ("cholesky_corr[2][2]", "real[2, 2, 2]", &[0.5, -0.2]),
];

/// A site with this support: its value, and the log of the Jacobian.
fn constrained(support: &str, q: &[f64]) -> (Vec<f64>, f64) {
    let (mut values, jacobian) =
        values(&format!("x: {support} ~ flat(); a: real ~ flat()"), &[q, &[0.0]].concat());
    (values.remove(0), jacobian)
}

/// The values of sites on Lebesgue measure, and the log of the Jacobian of them all.
fn values(sites: &str, q: &[f64]) -> (Vec<Vec<f64>>, f64) {
    let module = lowered(&format!("model m {{ {sites} }}\nlet p = m given {{}}"));
    let run = |root| -> Vec<Vec<f64>> {
        let mut evaluator = compiled(&module, root, Form::Value, &[], &[]);
        evaluator.run(&[Argument::F64(q)]).expect("it runs").iter().map(numbers).collect()
    };
    (run(CONSTRAIN), run(LOG_DENSITY)[0][0])
}

/// Which entries of a value determine it: as many as there are coordinates.
fn free(support: &str, values: usize, coordinates: usize) -> Vec<usize> {
    let square = |n: usize, diagonal: bool| {
        (0..n).flat_map(move |i| (0..i + usize::from(diagonal)).map(move |j| i * n + j)).collect()
    };
    let arrays = support.matches('[').count() == 2;
    match support.split('[').next() {
        Some("cholesky_corr") if arrays => vec![2, 6],
        Some("cholesky_corr" | "corr") => square(values.isqrt(), false),
        Some("cholesky_cov" | "cov") => square(values.isqrt(), true),
        Some("simplex") if arrays => vec![0, 1, 3, 4],
        _ => (0..coordinates).collect(),
    }
}

/// log |det| of the matrix with these rows, by elimination with pivots.
fn log_determinant(mut rows: Vec<Vec<f64>>) -> f64 {
    let mut sum = 0.0;
    for column in 0..rows.len() {
        let greatest = |a: &usize, b: &usize| rows[*a][column].abs().total_cmp(&rows[*b][column].abs());
        let pivot = (column..rows.len()).max_by(greatest).expect("a row is left");
        rows.swap(column, pivot);
        sum += rows[column][column].abs().ln();
        let above = rows[column].clone();
        for row in &mut rows[column + 1..] {
            let factor = row[column] / above[column];
            row.iter_mut().zip(&above).for_each(|(entry, above)| *entry -= factor * above);
        }
    }
    sum
}

/// log |det| of the derivatives of some entries of a function of q, by differences.
fn numerical_jacobian(q: &[f64], entries: &[usize], value: impl Fn(&[f64]) -> Vec<f64>) -> f64 {
    let step = 1e-5;
    let rows = (0..q.len()).map(|along| {
        let moved = |by: f64| {
            let mut q = q.to_vec();
            q[along] += by;
            value(&q)
        };
        let (ahead, behind) = (moved(step), moved(-step));
        entries.iter().map(|entry| (ahead[*entry] - behind[*entry]) / (2.0 * step)).collect()
    });
    log_determinant(rows.collect())
}

#[test]
fn jacobians_equal_numerical_determinants() {
    let mut faults = Faults::default();
    for (support, _, q) in SUPPORTS {
        let (value, found) = constrained(support, q);
        let free = free(support, value.len(), q.len());
        let numerical = numerical_jacobian(q, &free, |q| constrained(support, q).0);
        faults.unless((found - numerical).abs() < 1e-8, || format!("{support}: {found} and {numerical}"));
    }
}

/// Sites whose ends are earlier sites, with coordinates: the map of all is triangular, by blocks.
const DEPENDENT: &[(&str, &[f64])] = &[
    ("a: unit ~ flat(); b: interval(0, 1 - a) ~ flat()", &[0.3, -0.7]),
    ("a: real ~ flat(); b: interval(a, inf) ~ flat(); c: interval(a, b) ~ flat()", &[0.3, -0.7, 1.1]),
    ("a: positive ~ flat(); b: interval(-inf, a)[2] ~ flat()", &[0.3, -0.7, 0.4]),
    ("a: ordered[2] ~ flat(); b: interval(a[0], a[1]) ~ flat()", &[0.3, -0.7, 0.4]),
];

#[test]
fn jacobians_of_ends_that_are_sites_equal_numerical_determinants() {
    let mut faults = Faults::default();
    for (sites, q) in DEPENDENT {
        let found = values(sites, q).1;
        let all: Vec<usize> = (0..q.len()).collect();
        let numerical = numerical_jacobian(q, &all, |q| values(sites, q).0.concat());
        faults.unless((found - numerical).abs() < 1e-8, || format!("{sites}: {found} and {numerical}"));
    }
}

/// The gradient of the log Jacobian, which samplers follow.
#[test]
fn gradients_of_jacobians_are_those_of_differences() {
    let mut faults = Faults::default();
    let supports = SUPPORTS
        .iter()
        .map(|(support, _, q)| (format!("x: {support} ~ flat(); a: real ~ flat()"), [*q, &[0.0]].concat()));
    let dependent = DEPENDENT.iter().map(|(sites, q)| (sites.to_string(), q.to_vec()));
    for (sites, q) in supports.chain(dependent) {
        let module = lowered(&format!("model m {{ {sites} }}\nlet p = m given {{}}"));
        let mut gradient = compiled(&module, LOG_DENSITY, Form::Gradient, &[], &[]);
        let slopes = numbers(&gradient.run(&[Argument::F64(&q)]).expect("it runs")[1]);
        for (along, slope) in slopes.iter().enumerate() {
            let moved = |by: f64| {
                let mut q = q.clone();
                q[along] += by;
                values(&sites, &q).1
            };
            let numerical = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            faults.unless((slope - numerical).abs() < 1e-8, || {
                format!("{sites} in {along}: {slope} {numerical}")
            });
        }
    }
}

/// The density of the image of normals with different means is that of the coordinates over the Jacobian, which takes `inverse`
/// and `log_det` to be those of `forward`.
#[test]
fn the_maps_onto_supports_are_inverted() {
    let mut faults = Faults::default();
    for (support, ty, q) in
        SUPPORTS.iter().filter(|(support, _, q)| support.matches('[').count() < 2 && !q.is_empty())
    {
        let (value, jacobian) = constrained(support, q);
        let means: Vec<f64> = (0..q.len()).map(|at| 0.25 * at as f64).collect();
        let base = if ty.contains('[') { format!("normal({means:?}, 1)") } else { "normal(0, 1)".into() };
        let density = format!("log_density(transformed({base}, to({support})), x[i])");
        let found = along(&[&density], ty, ResultBuffer::F64(value), 1)[0][0];
        let normal =
            |(q, mean): (&f64, &f64)| -0.5 * (q - mean).powi(2) - 0.5 * (2.0 * std::f64::consts::PI).ln();
        let expected = q.iter().zip(&means).map(normal).sum::<f64>() - jacobian;
        faults.unless((found - expected).abs() < 1e-12 * expected.abs().max(1.0), || {
            format!("{support}: {found} {expected}")
        });
    }
}

#[test]
fn matrices_are_what_their_types_say() {
    let (factor, _) = constrained("cholesky_corr[3]", &[0.4, -0.7, 1.1]);
    for row in factor.chunks(3) {
        assert!((row.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-15);
    }
    let (matrix, _) = constrained("corr[3]", &[0.4, -0.7, 1.1]);
    for i in 0..3 {
        assert!((matrix[4 * i] - 1.0).abs() < 1e-15);
        (0..3).for_each(|j| assert_eq!(matrix[3 * i + j], matrix[3 * j + i]));
    }
}

/// Ends that are earlier sites, and ends of truncations beyond or within those of the support.
#[test]
fn ends_may_depend_on_earlier_sites() {
    let text = "model m {
  a ~ uniform(0, 1)
  b: interval(0, 1 - a) ~ flat()
  c ~ truncate(exponential(rate = 1), a, 2)
  d ~ truncate(normal([0, 1], 2), -inf, [a, b])
}
let p = m given {}";
    let module = lowered(text);
    let mut evaluator = compiled(&module, CONSTRAIN, Form::Value, &[], &[]);
    let results = evaluator.run(&[Argument::F64(&[0.3, -0.2, 0.5, 1.5, -0.5])]).expect("it runs");
    let values: Vec<Vec<f64>> = results.iter().map(numbers).collect();
    let (a, b, c, d) = (values[0][0], values[1][0], values[2][0], &values[3]);
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    assert!((a - sigmoid(0.3)).abs() < 1e-15 && (b - (1.0 - a) * sigmoid(-0.2)).abs() < 1e-15);
    assert!((c - (a + (2.0 - a) * sigmoid(0.5))).abs() < 1e-15, "{c}");
    assert!(
        (d[0] - (a - 1.5f64.exp())).abs() < 1e-15 && (d[1] - (b - (-0.5f64).exp())).abs() < 1e-15,
        "{d:?}"
    );
}

#[test]
fn an_open_end_is_not_in_the_support() {
    let densities = along(
        &["log_density(lognormal(0, 1), x[i])", "log_density(uniform(0, 1), x[i])"],
        "real",
        ResultBuffer::F64(vec![0.0, 1.0]),
        2,
    );
    assert_eq!(densities[0][0], f64::NEG_INFINITY);
    assert_eq!(densities[1], [0.0, 0.0]);
}
