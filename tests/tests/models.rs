//! The shared programs of `models`, on data that seeded programs of `tests/programs` draw: each checks, binds and has a
//! finite log density and gradient. Skipped, with the reason, where a user has no shared folder.

use ansatz::program::Posterior;
use ansatz::target::Target;
use ansatz_compiler::pipeline::Unobserved;
use ansatz_tests::corpus::shared;
use ansatz_tests::drawn::{self, checked, named};

#[test]
fn shared_models_evaluate_on_data_that_programs_draw() {
    let Some(shared) = shared("programs/models") else { return };
    for name in drawn::names() {
        let path = shared.join(name).with_extension("anz");
        let text = std::fs::read_to_string(&path).expect("programs are text");
        // What stands behind `nuts` needs a script that computes with fits.
        let text = text.split("let fit").next().expect("there is a first part");
        let (program, bound) = checked(name, text, &drawn::data(name).expect("it is drawn"));
        let posterior = Posterior::new(&program, named(&program, "posterior"), &bound, &mut Unobserved)
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let q: Vec<f64> = (0..posterior.dimension()).map(|i| 0.1 * (i % 7) as f64 - 0.3).collect();
        let mut gradient = vec![0.0; q.len()];
        let value = posterior.evaluator().log_density_gradient(&q, &mut gradient).expect("it evaluates");
        assert!(value.is_finite() && gradient.iter().all(|entry| entry.is_finite()), "{name}: {value}");
        assert!(gradient.iter().any(|entry| *entry != 0.0), "{name}: every parameter matters");
    }
}
