//! Posteriors with known answers, on the shared data: densities by our programs and by the shared ones, moments by ours.
//!
//! Some 240 means are compared, each at four standard errors: all hold by chance alone with probability 0.985, and the
//! seed is fixed.

use ansatz_tests::corpus::shared;
use ansatz_tests::reference::REFERENCES;

/// Posteriors whose moments are a check of the long command: a minute each, and more.
const LONG: [&str; 1] = ["diamonds"];

#[test]
fn log_densities_are_those_known() {
    let Some(data) = shared("posteriors") else { return };
    let faults: Vec<String> = REFERENCES
        .iter()
        .flat_map(|known| known.density_faults(&known.posterior(&known.program(), &data), &data))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn log_densities_of_shared_programs_are_those_known() {
    let (Some(data), Some(programs)) = (shared("posteriors"), shared("programs/posteriors")) else { return };
    let mut faults = Vec::new();
    for known in REFERENCES {
        let path = programs.join(known.name).with_extension("anz");
        let text = std::fs::read_to_string(path).expect("programs are text");
        faults.extend(known.density_faults(&known.posterior(&text, &data), &data));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn moments_are_those_known() {
    let Some(data) = shared("posteriors") else { return };
    let faults: Vec<String> = REFERENCES
        .iter()
        .filter(|known| !LONG.contains(&known.name))
        .flat_map(|known| known.moment_faults(&known.posterior(&known.program(), &data), &data))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The means of another posterior are not taken for those known.
#[test]
fn a_wrong_program_is_found_out() {
    let Some(data) = shared("posteriors") else { return };
    let known = REFERENCES.iter().find(|known| known.name == "blr").expect("it is there");
    let wrong = known.program().replace("beta  ~ normal(0, 10)[D]", "beta  ~ normal(0, 0.1)[D]");
    assert!(!known.moment_faults(&known.posterior(&wrong, &data), &data).is_empty());
}
