//! Which loops become one, and that no bit changes.

use super::{fuse, rename};
use crate::ir::read::read;
use crate::ir::{Block, Datum, Function, Kind, Module, Stage, eval, verify};
use crate::transform::share::share;
use rustc_hash::FxHashMap;

fn function(text: &str) -> Function {
    let module = read(text).unwrap_or_else(|error| panic!("{error}"));
    let mut function = module.functions.into_values().next().expect("a function");
    // Captures are left out above.
    rename(&mut function.body, &FxHashMap::default());
    function.body.captures.clear();
    function
}

fn module(function: &Function) -> Module {
    let mut module = Module::default();
    module.insert(function.clone());
    module
}

/// Loops with their operations, nested loops in braces.
fn shape(block: &Block) -> String {
    let one = |operation: &crate::ir::Operation| match (&operation.kind, operation.regions.first()) {
        (Kind::Primitive(primitive), _) => primitive.row().name.to_owned(),
        (Kind::Index(_), _) => "read".to_owned(),
        (Kind::Map(_), Some(region)) => format!("map {{{}}}", shape(region)),
        (Kind::Reduce(..), Some(region)) => format!("reduce {{{}}}", shape(region)),
        (Kind::Accumulate(_), Some(region)) => format!("accumulate {{{}}}", shape(region)),
        (other, _) => format!("{other:?}"),
    };
    block.operations.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// What is left once loops are fused; the function is sound, and its results have the same bits.
fn fused(text: &str) -> String {
    let x = Datum::floats(&[3], &[0.3, -1.25, 2.0]);
    let matrix = Datum::floats(&[3, 2], &[0.1, 0.2, 0.3, -0.4, 0.5, 0.6]);
    fused_of(text, &[x, matrix])
}

/// The same of a function of these.
fn fused_of(text: &str, data: &[Datum]) -> String {
    let before = function(text);
    let mut after = before.clone();
    fuse(&mut after);
    share(&mut after);
    verify(&module(&after), Stage::Bound).unwrap_or_else(|wrong| panic!("{wrong}\n{after}"));
    let run = |function: &Function| {
        let arguments = &data[..function.parameters.len()];
        eval::evaluate(&module(function), &function.name, &[], arguments).expect("it runs")
    };
    assert_eq!(run(&before), run(&after), "{after}");
    shape(&after.body)
}

#[test]
fn a_chain_of_maps_and_its_sum_are_one_loop() {
    let text = "
fn @f(%0: f64[3] live) -> (f64) {
  %1 = map (%2 < 3) {
    %3 = %0[%2] proved
    %4 = exp %3
    yield %4
  }
  %5 = map (%6 < 3) {
    %7 = %1[%6] proved
    %8 = neg %7
    yield %8
  }
  %9 = reduce add (%10 < 3) {
    %11 = %5[%10] proved
    %12 = mul %11, %11
    yield %12
  }
  yield %9
}";
    assert_eq!(fused(text), "reduce {read exp neg mul}");
}

#[test]
fn rows_are_fused_with_what_reads_them() {
    let text = "
fn @f(%0: f64[3] live, %1: f64[3, 2] live) -> (f64) {
  %2 = map (%3 < 3) {
    %4 = map (%5 < 2) {
      %6 = %1[%3, %5] proved
      %7 = exp %6
      yield %7
    }
    yield %4
  }
  %8 = reduce add (%9 < 3) {
    %10 = reduce max (%11 < 2) {
      %12 = %2[%9, %11] proved
      yield %12
    }
    yield %10
  }
  yield %8
}";
    assert_eq!(fused(text), "reduce {reduce {read exp}}");
}

#[test]
fn an_array_that_two_loops_read_or_that_is_a_result_stays() {
    let text = "
fn @f(%0: f64[3] live) -> (f64, f64, f64[3]) {
  %1 = map (%2 < 3) {
    %3 = %0[%2] proved
    %4 = exp %3
    yield %4
  }
  %5 = reduce add (%6 < 3) {
    %7 = %1[%6] proved
    yield %7
  }
  %8 = reduce max (%9 < 3) {
    %10 = %1[%9] proved
    yield %10
  }
  yield %5, %8, %1
}";
    assert_eq!(fused(text), "map {read exp} reduce {read} reduce {read}");
}

#[test]
fn an_array_that_is_read_elsewhere_than_at_the_index_stays() {
    let text = "
fn @f(%0: f64[3] live) -> (f64) {
  %1 = map (%2 < 3) {
    %3 = %0[%2] proved
    %4 = exp %3
    yield %4
  }
  %5 = reduce add (%6 < 3) {
    %7 = constant 2
    %8 = sub %7, %6
    %9 = %1[%8]
    yield %9
  }
  yield %5
}";
    assert_eq!(fused(text), "map {read exp} reduce {Constant(I64(2)) sub read}");
}

#[test]
fn sums_beside_each_other_share_their_work() {
    let text = "
fn @f(%0: f64[3] live) -> (f64, f64) {
  %1 = reduce add (%2 < 3) {
    %3 = %0[%2] proved
    %4 = exp %3
    yield %4
  }
  %5 = neg %1
  %6 = reduce add (%7 < 3) {
    %8 = %0[%7] proved
    %9 = exp %8
    %10 = mul %9, %8
    yield %10
  }
  yield %5, %6
}";
    assert_eq!(fused(text), "reduce {read exp mul} neg");
}

#[test]
fn a_sum_that_needs_the_first_waits_for_it() {
    let text = "
fn @f(%0: f64[3] live) -> (f64) {
  %1 = reduce add (%2 < 3) {
    %3 = %0[%2] proved
    yield %3
  }
  %5 = exp %1
  %6 = reduce add (%7 < 3) {
    %8 = %0[%7] proved
    %9 = mul %8, %5
    yield %9
  }
  yield %6
}";
    assert_eq!(fused(text), "reduce {read} exp reduce {read mul}");
}

#[test]
fn loops_of_a_length_that_the_run_knows_are_fused_where_it_is_the_same() {
    let text = "
fn @f(%0: f64[3] live, %1: i64 live, %2: i64 live) -> (f64, f64) {
  %3 = map (%4 < %1) {
    %5 = int_to_float %4
    %6 = exp %5
    yield %6
  }
  %7 = reduce add (%8 < %1) {
    %9 = %3[%8]
    yield %9
  }
  %10 = reduce add (%11 < %2) {
    %12 = int_to_float %11
    %13 = exp %12
    yield %13
  }
  yield %7, %10
}";
    let data = [Datum::floats(&[3], &[0.0; 3]), Datum::from(5), Datum::from(7)];
    assert_eq!(fused_of(text, &data), "reduce {int_to_float exp} reduce {int_to_float exp}");
}

/// A batch and its reverse sweep, which adds to sums around it.
#[test]
fn a_sum_joins_the_accumulation_that_repeats_its_work() {
    let text = "
fn @f(%0: f64[3] live, %1: i64 live) -> (f64, f64[3]) {
  %2 = reduce add (%3 < %1) {
    %4 = int_to_float %3
    %5 = exp %4
    %6 = reduce add (%7 < 3) {
      %8 = %0[%7] proved
      %9 = mul %8, %5
      yield %9
    }
    yield %6
  }
  %10 = neg %2
  %11, %12 = accumulate (%13: acc f64[3]) {
    %14 = reduce add (%15 < %1) {
      %16 = int_to_float %15
      %17 = exp %16
      map (%18 < 3) {
        add %13[%18], %17
        yield
      }
      yield %17
    }
    yield %14
  }
  %19 = add %10, %12
  yield %19, %11
}";
    let data = [Datum::floats(&[3], &[0.3, -1.25, 2.0]), Datum::from(5)];
    let expected = "accumulate {reduce {int_to_float exp reduce {read mul} map {AddTo}}} neg add";
    assert_eq!(fused_of(text, &data), expected);
}
