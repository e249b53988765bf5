//! Log densities of small models, by the interpreter: support, mixtures, and the Jacobian of each support's transform
//! against a numerical determinant.

use ansatz_compiler::ir::datum::Datum;
use ansatz_compiler::ir::eval::evaluate;
use ansatz_compiler::ir::{Constant, Module};
use ansatz_compiler::lower::Known;
use ansatz_compiler::model::{CONSTRAIN, LOG_DENSITY_CONSTRAINED, posterior};
use ansatz_compiler::typed::tree::StepKind;
use ansatz_grammar::span::Sources;

/// The functions of the last posterior that a program names.
fn functions(text: &str) -> Module {
    let mut sources = Sources::default();
    let source = sources.add("model.anz", text);
    let parsed = ansatz_grammar::parse(source, text);
    let (program, diagnostics) = ansatz_compiler::typed::check(parsed.tree, &mut sources);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let StepKind::Let { value, .. } = &program.script.last().expect("a script").kind else {
        panic!("the last line names a posterior")
    };
    posterior(&program, value, &Known::default()).expect("it lowers").module
}

fn scalar(x: f64) -> Datum {
    Datum::Scalar(Constant::F64(x))
}

fn log_density(text: &str, arguments: &[Datum]) -> f64 {
    let results = evaluate(&functions(text), LOG_DENSITY_CONSTRAINED, &[], arguments);
    results.expect("it evaluates")[0].to_f64()[0]
}

/// The first reported value at these coordinates.
fn constrained(module: &Module, q: &[f64]) -> Vec<f64> {
    let results = evaluate(module, CONSTRAIN, &[], &[Datum::floats(&[q.len()], q)]);
    results.expect("it evaluates")[0].to_f64()
}

fn normal(x: f64) -> f64 {
    -0.5 * x * x - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

#[test]
fn data_outside_the_support_are_impossible() {
    let model = "data y: real\nmodel m { x ~ normal(0, 1); y ~ uniform(0, 1) }\nlet p = m given {y}";
    assert_eq!(log_density(model, &[scalar(2.0), scalar(0.0)]), f64::NEG_INFINITY);
    assert_eq!(log_density(model, &[scalar(0.5), scalar(0.0)]), normal(0.0));
}

#[test]
fn a_component_whose_support_misses_the_value_adds_nothing() {
    let model = "model m { x ~ mixture([0.25, 0.75], [normal(0, 1), half_normal(1)]) }\nlet p = m given {}";
    let below = log_density(model, &[scalar(-0.5)]);
    assert!((below - (0.25f64.ln() + normal(-0.5))).abs() < 1e-14, "{below}");
    let above = log_density(model, &[scalar(0.5)]);
    assert!((above - (1.75f64.ln() + normal(0.5))).abs() < 1e-14, "{above}");
}

#[test]
fn trials_are_scored_by_probability_or_log_odds() {
    let by_probability =
        "data y: bool\nmodel m { p ~ uniform(0, 1); y ~ bernoulli(p = p) }\nlet q = m given {y}";
    let by_log_odds =
        "data y: bool\nmodel m { a ~ normal(0, 1); y ~ bernoulli(logit = a) }\nlet q = m given {y}";
    let success = Datum::Scalar(Constant::Bool(true));
    let probability = log_density(by_probability, &[success.clone(), scalar(0.3)]);
    assert!((probability - 0.3f64.ln()).abs() < 1e-15);
    let odds = (0.3f64 / 0.7).ln();
    let log_odds = log_density(by_log_odds, &[success, scalar(odds)]) - normal(odds);
    assert!((log_odds - 0.3f64.ln()).abs() < 1e-14);
}

#[test]
fn a_simplex_sums_to_one() {
    let module = functions("model m { x: simplex[4] ~ flat() }\nlet p = m given {}");
    let x = constrained(&module, &[0.5, -0.2, 1.3]);
    assert!((x.iter().sum::<f64>() - 1.0).abs() < 1e-15);
    let centre = constrained(&module, &[0.0, 0.0, 0.0]);
    assert!(centre.iter().all(|p| (p - 0.25).abs() < 1e-15));
}

#[test]
fn a_truncation_is_divided_by_the_probability_between_its_ends() {
    let between = |lower: &str, upper: &str, x: f64| {
        let model =
            format!("model m {{ x ~ truncate(normal(1, 2), {lower}, {upper}) }}\nlet p = m given {{}}");
        log_density(&model, &[scalar(x)])
    };
    let standard = |x: f64| normal((x - 1.0) / 2.0) - 2f64.ln();
    // Phi(-1/2), Phi(1) - Phi(-1/2) and Phi(-9.5), by mpmath.
    for (lower, upper, x, mass) in [
        ("-inf", "0", -0.5, 0.30853753872598689637),
        ("0", "inf", 0.5, 0.69146246127401310363),
        ("0", "3", 0.5, 0.53280720734255605),
        ("20", "inf", 20.5, 1.0494515075362604e-21),
    ] {
        let found = between(lower, upper, x);
        let expected = standard(x) - f64::ln(mass);
        assert!((found - expected).abs() < 1e-13 * expected.abs(), "{lower} to {upper}: {found} {expected}");
    }
}
