//! Guides made of models, fitted to the posteriors with known answers: each fit tells its bound with an error and how far it
//! is to be trusted. Those that take longer are a check of the long command, `guides`.

#![allow(clippy::print_stdout, reason = "the report is what one looks at")]

use ansatz_tests::corpus::shared;
use ansatz_tests::guides::faults;

/// Posteriors that are fitted within seconds.
const FAST: [&str; 4] = ["eight_schools_noncentered", "gp_regr", "kidscore_momiq", "low_dim_gauss_mix"];

#[test]
fn a_fit_says_how_far_it_is_to_be_trusted() {
    let Some(data) = shared("posteriors") else { return };
    let faults = faults(&|known| FAST.contains(&known.name), &data, &mut |told| println!("{told}"));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
