//! Shared programs with discrete sites, on data small enough to sum over all their values. Skipped, with the reason, where
//! a user has no shared folder.

use super::case::log_sum_exp;
use ansatz::data::Input;
use ansatz::program::{Posterior, Program};
use ansatz_compiler::pipeline::Unobserved;
use ansatz_compiler::typed::tree::StepKind;
use ansatz_tests::corpus::shared;

/// A program with a site `z` that it sums out.
struct Shared {
    file: &'static str,
    /// What its data hold.
    data: &'static str,
    /// The type of `z`, and how many entries it has on these data.
    site: (&'static str, u32),
    /// Values of the latent sites.
    at: &'static [&'static [f64]],
}

const SHARED: &[Shared] = &[
    Shared {
        file: "M0_model.anz",
        data: r#""M": 4, "T": 2, "y": [[true, false], [false, false], [false, false], [true, true]]"#,
        site: ("bool[M]", 4),
        at: &[&[0.6], &[0.35]],
    },
    Shared {
        file: "ldaK2.anz",
        data: r#""V": 3, "M": 2, "N": 4, "w": [1, 3, 3, 2], "doc": [1, 1, 2, 2]"#,
        site: ("fin(2)[N]", 4),
        at: &[&[0.7, 0.3, 0.2, 0.8], &[0.5, 0.3, 0.2, 0.1, 0.2, 0.7]],
    },
];

/// The log density of the posterior in a program's last line.
fn log_density(text: &str, data: &str, at: &[&[f64]]) -> f64 {
    let mut program = Program::compile("shared.anz", text);
    assert!(!program.is_faulty(), "{}", program.render(&program.diagnostics, false));
    let input =
        Input { files: vec![("data.json".into(), format!("{{{data}}}").into())], settings: Vec::new() };
    let bound = program.read(&input).unwrap_or_else(|faults| panic!("{faults:?}"));
    let StepKind::Let { value, .. } = &program.typed.script.last().expect("a script").kind else {
        panic!("the last line names a posterior")
    };
    let posterior = Posterior::new(&program, value, &bound, &mut Unobserved).expect("it compiles");
    let at: Vec<Vec<f64>> = at.iter().map(|values| values.to_vec()).collect();
    posterior.log_density_at(&at).expect("it evaluates")
}

#[test]
fn shared_programs_agree_with_sums_over_all_values() {
    let Some(folder) = shared("programs/models") else { return };
    for Shared { file, data, site: (ty, entries), at } in SHARED {
        let text = std::fs::read_to_string(folder.join(file)).expect("the program can be read");
        let (model, rest) = text.split_once("let posterior = ").expect("it names its posterior");
        let (posterior, _) = rest.split_once('\n').expect("a line ends");
        let found = log_density(&format!("{model}let posterior = {posterior}\n"), data, at);
        let joint = posterior.replace("marginal(", "").replace(", out = [z])", "").replace('}', ", z = s}");
        let terms: Vec<f64> = (0..1u32 << entries)
            .map(|number| {
                let bit = |place: u32| number >> place & 1;
                let states: Vec<String> = (0..*entries)
                    .map(|place| match ty.starts_with("bool") {
                        true => (bit(place) == 1).to_string(),
                        false => bit(place).to_string(),
                    })
                    .collect();
                let data = format!("{data}, \"s\": [{}]", states.join(", "));
                log_density(&format!("{model}data s: {ty}\nlet joint = {joint}\n"), &data, at)
            })
            .collect();
        let expected = log_sum_exp(&terms);
        assert!((found - expected).abs() < 1e-11 * expected.abs(), "{file}: {found} {expected}");
        // Without the greatest term the sum is another.
        let greatest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert!(((expected.exp() - greatest.exp()).ln() - found).abs() > 1e-3);
    }
}
