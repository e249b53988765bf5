//! Laws over random programs as texts: see `ansatz_tests::sources`. The long checks try ten thousand of them.

use ansatz_tests::sources::{differs, fault, source};

const PROGRAMS: u64 = 120;

#[test]
fn generated_sources_mean_the_same_compiled_interpreted_printed_and_formatted() {
    for seed in 0..PROGRAMS {
        let text = source(seed);
        if let Some(fault) = fault(&text) {
            panic!("seed {seed}: {fault}\n{text}");
        }
    }
}

/// Negative control: a program that was changed in one place is told apart.
#[test]
fn a_changed_source_is_noticed() {
    let mut noticed = 0;
    let mut tried = 0;
    for seed in 0..40 {
        let text = source(seed);
        let changed = text.replace("  factor ", "  factor 0.9 * ");
        tried += 1;
        noticed += u32::from(
            differs(&text, &changed).unwrap_or_else(|fault| panic!("seed {seed}: {fault}\n{changed}")),
        );
    }
    assert!(tried >= 30 && 4 * noticed >= 3 * tried, "only {noticed} of {tried} changes are noticed");
}

#[test]
fn every_form_occurs() {
    let texts: Vec<String> = (0..PROGRAMS).map(source).collect();
    let forms = [
        "grad(",
        "scan(",
        "iterate(",
        "var ",
        "+=",
        "[0] = ",
        "{..",
        ".T",
        " @ ",
        "if ",
        "logsumexp(",
        "for ",
        "f0(",
        "[:, ",
        "dot(",
        "let ",
        "mean(",
    ];
    for form in forms {
        assert!(texts.iter().any(|text| text.contains(form)), "`{form}` does not occur");
    }
}
