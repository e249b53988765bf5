//! The laws, as gaps that ought to vanish.

use crate::corpus::{direction, dot, plus};
use ansatz_compiler::ir::Datum;
use ansatz_tests::program::Program;

/// Results of the forward and reverse derivative in fixed directions.
pub fn joint(program: &Program) -> (Vec<Datum>, Vec<Datum>) {
    let tangents = direction(&program.point(), 2);
    let cotangents = direction(&program.float_results(), 3);
    (program.jvp(tangents).run(), program.vjp(cotangents).run())
}

fn relative(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        return f64::INFINITY;
    }
    (a - b).abs() / (1.0 + a.abs().max(b.abs()))
}

/// <J u, v> - <u, J' v>.
pub fn adjoint_gap(program: &Program) -> f64 {
    let tangents = direction(&program.point(), 2);
    let values = program.run().len();
    let cotangents = direction(&program.float_results(), 3);
    let (forward, reverse) = joint(program);
    relative(dot(&forward[values..], &cotangents), dot(&tangents, &reverse[values..]))
}

/// The forward derivative less central differences, in the greatest entry.
pub fn difference_gap(program: &Program) -> f64 {
    let step = 1e-5;
    let point = program.point();
    let tangents = direction(&point, 2);
    let forward = program.jvp(tangents.clone()).run();
    let side = |step: f64| program.moved(plus(&point, step, &tangents)).float_results();
    let differences = plus(&side(step), -1.0, &side(-step));
    let found: Vec<f64> = forward[program.run().len()..].iter().flat_map(Datum::to_f64).collect();
    let expected = differences.iter().flat_map(Datum::to_f64).map(|difference| difference / (2.0 * step));
    found.into_iter().zip(expected).map(|(a, b)| relative(a, b)).fold(0.0, f64::max)
}
