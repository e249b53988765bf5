//! Laws of derivatives over the corpus under ir/derivatives: <J u, v> = <u, J' v>, derivatives against differences,
//! and the same of derivatives, which are programs like any other. Every rule of a region stands in some program.

mod controls;
mod corpus;
mod edges;
mod fixed_points;
mod laws;
mod memory;

use ansatz_compiler::ir::{Datum, Stage, read, verify};
use ansatz_tests::program::Program;
use corpus::{corpus, count, direction, load};
use laws::{adjoint_gap, difference_gap, joint};

/// <J u, v> and <u, J' v> are sums of the same products in another order.
const EXACT: f64 = 1e-11;
/// Central differences at a step of 1e-5.
const DIFFERENCE: f64 = 2e-7;
/// Its derivative is not that of what it computes.
const STOPPED: &str = "stops";

fn gradient(program: &Program) -> Program {
    program.vjp(direction(&program.float_results(), 5))
}

fn obeys(name: &str, order: &str, program: &Program) {
    let gap = adjoint_gap(program);
    assert!(gap < EXACT, "adjoint, {order} of {name}: {gap:e}");
    if name != STOPPED {
        let gap = difference_gap(program);
        assert!(gap < DIFFERENCE, "differences, {order} of {name}: {gap:e}");
    }
}

#[test]
fn forward_and_reverse_obey_their_laws() {
    for name in corpus() {
        obeys(&name, "first derivative", &load(&name));
    }
}

#[test]
fn derivatives_of_gradients_obey_the_same_laws() {
    for name in corpus() {
        obeys(&name, "second derivative", &gradient(&load(&name)));
    }
}

#[test]
fn third_derivatives_obey_the_same_laws() {
    for name in corpus() {
        obeys(&name, "third derivative", &gradient(&gradient(&load(&name))));
    }
}

#[test]
fn values_pass_unchanged_through_derivatives() {
    for name in corpus() {
        let program = load(&name);
        let values = program.run();
        let (forward, reverse) = joint(&program);
        assert_eq!(values[..], forward[..values.len()], "{name}");
        assert_eq!(values[..], reverse[..values.len()], "{name}");
    }
}

#[test]
fn derivatives_keep_the_invariants_and_read_back_as_they_print() {
    for name in corpus() {
        let first = gradient(&load(&name));
        for program in [first.clone(), gradient(&first), gradient(&gradient(&first))] {
            let text = program.resolved().to_string();
            let module = read(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(module.to_string(), text, "{name}");
            verify(&module, Stage::Resolved).unwrap_or_else(|wrong| panic!("{name}: {wrong}\n{text}"));
        }
    }
}

#[test]
fn a_reverse_derivative_has_about_six_times_the_operations() {
    for name in corpus() {
        let first = gradient(&load(&name));
        let mut before = count(&load(&name).resolved().body);
        for program in [first.clone(), gradient(&first), gradient(&gradient(&first))] {
            let after = count(&program.resolved().body);
            assert!(after <= 6 * before + 24, "@{} of {name}: {before} become {after}", program.root);
            before = after;
        }
    }
}

#[test]
fn a_stopped_value_is_a_constant() {
    let gradient = load(STOPPED).at(vec![Datum::from(0.5)]).vjp(vec![Datum::from(1.0)]);
    assert_eq!(gradient.run()[1], Datum::from(0.5f64.exp()));
    let second = gradient.jvp(vec![Datum::from(1.0), Datum::from(0.0)]);
    assert_eq!(second.run()[3], Datum::from(0.0));
}
