//! What an evaluation need not do any more.

use super::regroup;
use crate::ir::read::read;
use crate::ir::{Block, Function, Kind};
use crate::transform::{hoist, prune::prune, share::share, simplify::simplify};

/// The names of what the function does at every evaluation once it is regrouped, regions in braces.
fn live(text: &str) -> String {
    let module = read(text).expect("the text is well formed");
    let mut function: Function = module.functions.into_values().next().expect("a function");
    regroup(&mut function);
    let mut live = hoist::split(&function).live;
    for pass in [simplify, share, prune] {
        pass(&mut live);
    }
    names(&live.body)
}

fn names(block: &Block) -> String {
    let mut names = Vec::new();
    for operation in &block.operations {
        match &operation.kind {
            Kind::Constant(_) => {}
            Kind::Primitive(primitive) => names.push(primitive.row().name.to_owned()),
            Kind::Index(_) => names.push("read".to_owned()),
            Kind::Map(_) => names.push(format!("map {{{}}}", names_of(&operation.regions))),
            Kind::Reduce(..) => names.push(format!("reduce {{{}}}", names_of(&operation.regions))),
            other => names.push(format!("{other:?}")),
        }
    }
    names.join(" ")
}

fn names_of(regions: &[Block]) -> String {
    regions.iter().map(names).collect::<Vec<_>>().join(" ")
}

#[test]
fn factors_constants_and_data_leave_a_sum() {
    let density = "fn @f(%0: f64[8] bound, %1: f64[8] live) -> (f64) {
        %2 = constant -0.5
        %3 = constant 0.9
        %4 = reduce add (%5 < 8) with (%0, %1, %2, %3) {
          %6 = %1[%5] proved
          %7 = mul %6, %6
          %8 = mul %2, %7
          %9 = %0[%5] proved
          %10 = sub %8, %9
          %11 = sub %10, %3
          yield %11
        }
        yield %4
      }";
    assert_eq!(live(density), "reduce {read mul} mul add");
}

#[test]
fn equal_halves_are_a_whole() {
    let doubled = "fn @f(%0: f64 live, %1: f64 live) -> (f64) {
        %2 = constant -0.5
        %3 = mul %2, %0
        %4 = add %3, %3
        %5 = mul %4, %1
        %6 = neg %5
        yield %6
      }";
    assert_eq!(live(doubled), "mul");
}

#[test]
fn a_factor_passes_through_an_array_that_is_read_entry_by_entry() {
    let arrays = "fn @f(%0: f64[8] live, %1: f64[8] live) -> (f64[8]) {
        %2 = map (%3 < 8) with (%0, %1) {
          %4 = %0[%3] proved
          %5 = %1[%3] proved
          %6 = mul %4, %5
          %7 = neg %6
          yield %7
        }
        %8 = map (%9 < 8) with (%2, %0) {
          %10 = %2[%9] proved
          %11 = %0[%9] proved
          %12 = add %10, %11
          yield %12
        }
        yield %8
      }";
    assert_eq!(live(arrays), "map {read read mul} map {read read sub}");
}

#[test]
fn sums_over_the_same_indices_become_one_and_what_data_decide_is_added_once() {
    let sums = "fn @f(%0: f64[8] live, %1: f64[8] live, %2: f64 bound, %3: f64 bound) -> (f64) {
        %4 = constant -0.5
        %5 = reduce add (%6 < 8) with (%0) {
          %7 = %0[%6] proved
          %8 = mul %7, %7
          yield %8
        }
        %9 = mul %4, %5
        %10 = add %2, %9
        %11 = reduce add (%12 < 8) with (%1) {
          %13 = %1[%12] proved
          yield %13
        }
        %14 = mul %4, %11
        %15 = add %10, %14
        %16 = add %15, %3
        yield %16
      }";
    assert_eq!(live(sums), "reduce {read mul read add} mul add");
}

#[test]
fn a_sum_over_run_time_indices_stays() {
    let run = "fn @f(%0: i64 live, %1: f64 live) -> (f64) {
        %2 = reduce add (%3 < %0) with (%1) {
          yield %1
        }
        yield %2
      }";
    assert_eq!(live(run), "reduce {}");
}
