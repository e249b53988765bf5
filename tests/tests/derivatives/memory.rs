//! What reverse mode saves: nothing for straight lines and maps, states for scans, every sqrt(T)-th of them above
//! the budget, a fixed number of slots for loops; and that how much is saved changes no bit of the result.

use crate::corpus::{direction, load, text};
use crate::laws::adjoint_gap;
use ansatz_compiler::transform::forward::Nothing;
use ansatz_compiler::transform::{Options, Rule, Saved, vjp};
use ansatz_tests::program::Program;

/// What the reverse derivative of a program saves.
fn saved(program: &Program) -> Vec<Saved> {
    let function = match &program.options.sizes {
        Some(sizes) => program.function().with_sizes(sizes),
        None => program.function().clone(),
    };
    vjp(&function, &program.active(), &program.options, &mut Nothing).expect("it has a derivative").saved
}

/// Bytes for the program's sizes, those of one round where they are inside a loop.
fn bytes(program: &Program, rule: Rule) -> u64 {
    let sizes = if program.options.sizes.is_some() { &[][..] } else { &program.sizes };
    let by_rule = saved(program).into_iter().filter(|saved| saved.rule == rule);
    by_rule.map(|saved| saved.bytes(sizes).expect("sizes are known")).sum()
}

fn gradient(program: &Program) -> Program {
    program.vjp(direction(&program.float_results(), 5))
}

#[test]
fn straight_lines_maps_and_sums_save_nothing() {
    for name in ["straight", "map", "nested_map", "eight_schools", "reductions", "branch", "accumulate"] {
        assert_eq!(saved(&load(name)), [], "{name}");
    }
}

#[test]
fn a_scan_saves_the_states_that_its_steps_need() {
    let program = load("scan_vector");
    assert_eq!(bytes(&program, Rule::States), 8 * 4 * 3);
    let inside = saved(&load("scan_in_map"));
    assert!(inside.iter().all(|saved| saved.inside && saved.rule == Rule::States));
}

#[test]
fn rows_inside_a_map_are_saved() {
    assert!(bytes(&load("matrices_in_map"), Rule::Row) > 0);
    assert_eq!(bytes(&load("matrices"), Rule::Row), 0);
}

/// The scan over a hundred steps, or so many, with a budget of bytes.
fn budgeted(steps: i64, scan_bytes: u64) -> Program {
    let mut program = Program::sized(&text("scan_vector"), &[steps, 3]);
    program.options = Options { sizes: Some(program.sizes.clone()), scan_bytes, ..Options::default() };
    program
}

#[test]
fn above_the_budget_a_scan_saves_segments() {
    let (all, segments) = (budgeted(100, 1 << 20), budgeted(100, 100));
    assert_eq!((bytes(&all, Rule::States), bytes(&all, Rule::Segments)), (8 * 3 * 100, 0));
    assert_eq!((bytes(&segments, Rule::States), bytes(&segments, Rule::Segments)), (0, 8 * 3 * (10 + 10)));
}

#[test]
fn segments_change_no_bit() {
    for steps in [4, 5, 9, 13, 16] {
        for name in ["scan_vector", "scan", "forward_algorithm"] {
            let sizes = [&[steps], &load(name).sizes[1..]].concat();
            let mut program = Program::sized(&text(name), &sizes);
            let whole = gradient(&program).run();
            program.options = Options { sizes: Some(sizes), scan_bytes: 0, ..Options::default() };
            assert_eq!(gradient(&program).run(), whole, "{name} over {steps} steps");
            let gap = adjoint_gap(&gradient(&program));
            assert!(gap < 1e-11, "second derivative of {name} over {steps} steps: {gap:e}");
        }
    }
}

#[test]
fn a_loop_saves_as_much_however_long_it_runs() {
    let trips = |trips: &str| text("long_loop").replace("constant 37", &format!("constant {trips}"));
    let (short, long) = (Program::parse(&trips("3")), Program::parse(&trips("100000")));
    assert_eq!(saved(&short), saved(&long));
    // Two levels of 64 slots, of a scalar and a pair each.
    assert_eq!(bytes(&long, Rule::Slots), 2 * 64 * (8 + 16));
}

#[test]
fn the_number_of_slots_changes_no_bit() {
    let mut program = load("long_loop");
    let whole = gradient(&program).run();
    for slots in [1, 2, 3, 7] {
        program.options = Options { slots, ..Options::default() };
        assert_eq!(gradient(&program).run(), whole, "{slots} slots");
        let gap = adjoint_gap(&gradient(&program));
        assert!(gap < 1e-11, "second derivative with {slots} slots: {gap:e}");
    }
}
