//! Laws over the whole primitive table: a new row needs no new test.

use ansatz_compiler::ir::{
    Binding, Bound, Builder, Constant, Datum, Element, Entries, Function, Module, Type, Value,
};
use ansatz_compiler::kernels::tile;
use ansatz_compiler::primitive::{Derivative, Lower, Primitive, Row, Smoothness};
use ansatz_compiler::transform::ResolveError;
use ansatz_tests::gap::{differences, relative};
use ansatz_tests::native::{self, alike, same};
use ansatz_tests::pass::unreadable;
use ansatz_tests::program::{Program, run};
use std::collections::BTreeSet;

/// Extrapolated differences of functions that are accurate to some units in the last place.
const DIFFERENCE: f64 = 1e-6;

/// The element types of operands that a row takes.
fn instances(row: &Row) -> Vec<Vec<Element>> {
    const ALL: [Element; 4] = [Element::F64, Element::F32, Element::I64, Element::Bool];
    let mut lists: Vec<Vec<Element>> = vec![Vec::new()];
    for _ in 0..row.signature.arity() {
        let longer = |list: &Vec<Element>| ALL.map(|element| [list.as_slice(), &[element]].concat());
        lists = lists.iter().flat_map(longer).collect();
    }
    lists.retain(|elements| row.result(elements).is_some());
    lists
}

/// Numbers of a row's samples as operands of these types.
fn operands(elements: &[Element], point: &[f64]) -> Vec<Constant> {
    let scalar = |(element, x): (&Element, &f64)| match element {
        Element::F64 => Constant::F64(*x),
        Element::F32 => Constant::F32(*x as f32),
        Element::I64 => Constant::I64(*x as i64),
        Element::Bool => Constant::Bool(*x != 0.0),
    };
    elements.iter().zip(point).map(scalar).collect()
}

/// A function of scalars of these types.
fn function(elements: &[Element], body: impl FnOnce(&mut Builder, &[Value]) -> Vec<Value>) -> Function {
    let mut builder = Builder::new("f", Vec::new());
    let parameters: Vec<Value> =
        elements.iter().map(|of| builder.parameter(Type::scalar(*of), Binding::Live)).collect();
    let results = body(&mut builder, &parameters);
    builder.finish(results)
}

/// The row as a function.
fn applied(primitive: Primitive, elements: &[Element]) -> Function {
    function(elements, |builder, operands| vec![builder.apply(primitive, operands)])
}

/// The row mapped over arrays of as many entries as there are points.
fn mapped(primitive: Primitive, elements: &[Element], count: i64) -> Function {
    let mut builder = Builder::new("f", Vec::new());
    let array = |of: &Element| Type::array(*of, vec![count.into()]);
    let parameters: Vec<Value> =
        elements.iter().map(|of| builder.parameter(array(of), Binding::Live)).collect();
    let results = builder.map(vec![Bound::Size(count.into())], vec![], |builder, index| {
        let entry = |builder: &mut Builder, array: &Value| {
            builder.index(*array, index, ansatz_compiler::ir::kind::Check::Proved)
        };
        let entries: Vec<Value> = parameters.iter().map(|array| entry(builder, array)).collect();
        vec![builder.apply(primitive, &entries)]
    });
    builder.finish(results)
}

/// The arrays whose entry i is operand j of point i.
fn columns(elements: &[Element], points: &[Vec<Constant>]) -> Vec<Datum> {
    let column = |position: usize| {
        let mut entries = Entries::with_capacity(elements[position], points.len());
        points.iter().for_each(|point| entries.push(point[position]));
        Datum::array(&[points.len()], entries)
    };
    (0..elements.len()).map(column).collect()
}

/// Operands at samples and edges that are not a run-time failure.
fn everywhere(row: &Row, elements: &[Element]) -> Vec<Vec<Constant>> {
    let samples = row.samples.points.iter().chain(row.samples.edges);
    let points = samples.map(|point| operands(elements, point));
    points.filter(|point| !row.fails(point)).collect()
}

fn data(point: &[Constant]) -> Vec<Datum> {
    point.iter().map(|scalar| Datum::Scalar(*scalar)).collect()
}

/// Rows with a derivative, at f64.
fn differentiable() -> impl Iterator<Item = (Primitive, Vec<Element>)> {
    let rows = Primitive::all().filter(|primitive| {
        let derivative = primitive.row().derivative;
        matches!(derivative, Derivative::Partials(_) | Derivative::Linear)
    });
    rows.filter_map(|primitive| {
        let floats = |elements: &Vec<Element>| {
            let taken = elements.contains(&Element::F64) && !elements.contains(&Element::F32);
            taken && primitive.row().result(elements) == Some(Element::F64)
        };
        Some((primitive, instances(primitive.row()).into_iter().find(floats)?))
    })
}

/// A row as a program at a point.
fn program(primitive: Primitive, elements: &[Element], point: &[f64]) -> Program {
    let mut module = Module::default();
    module.insert(applied(primitive, elements));
    let arguments = data(&operands(elements, point));
    Program::with_arguments(module, &[], arguments)
}

/// The active arguments as numbers.
fn numbers(program: &Program) -> Vec<f64> {
    program.point().iter().map(|datum| datum.as_f64().expect("scalars")).collect()
}

/// The derivative of the last result in one active argument, and its difference quotient. The step is in proportion to
/// the argument, so that it stays inside domains that end at zero.
fn partial(program: &Program, position: usize) -> (f64, f64) {
    let point = numbers(program);
    let unit: Vec<Datum> = (0..point.len()).map(|at| f64::from(u8::from(at == position)).into()).collect();
    let last = |program: &Program| program.run().last().and_then(Datum::as_f64).expect("a float");
    let found = last(&program.jvp(unit));
    let step = 0.005 * point[position].abs().clamp(1e-3, 1.0);
    let curve = |distance: f64| {
        let mut moved = point.clone();
        moved[position] += distance;
        vec![last(&program.moved(moved.into_iter().map(Datum::from).collect()))]
    };
    (found, differences(curve, step)[0])
}

/// The greatest gap between derivative and difference over the arguments, with the scale of the value over the argument.
fn difference_gap(program: &Program) -> f64 {
    let gaps = (0..numbers(program).len()).map(|position| {
        let (found, expected) = partial(program, position);
        relative(found, expected)
    });
    gaps.fold(0.0, f64::max)
}

#[test]
fn native_code_and_tiles_agree_with_the_interpreter() {
    for primitive in Primitive::all() {
        let row = primitive.row();
        for elements in instances(row) {
            let points = everywhere(row, &elements);
            let function = mapped(primitive, &elements, points.len() as i64);
            let arguments = columns(&elements, &points);
            let expected = run(&function, &[], &arguments);
            let found = native::run(&function, &[], &arguments);
            assert!(alike(&expected, &found), "{primitive} of {elements:?}:\n{expected:?}\n{found:?}");
        }
    }
}

#[test]
fn a_batch_is_a_loop() {
    for primitive in Primitive::all() {
        for elements in instances(primitive.row()) {
            let points = everywhere(primitive.row(), &elements);
            let batch =
                run(&mapped(primitive, &elements, points.len() as i64), &[], &columns(&elements, &points));
            let single = applied(primitive, &elements);
            for (point, entry) in points.iter().zip(batch[0].scalars()) {
                let alone = run(&single, &[], &data(point))[0].scalars()[0];
                assert!(
                    same(alone, entry),
                    "{primitive} at {point:?}: {alone:?} alone, {entry:?} in a batch"
                );
                let code = native::run(&single, &[], &data(point))[0].scalars()[0];
                assert!(
                    same(alone, code),
                    "{primitive} at {point:?}: {alone:?} alone, {code:?} in native code"
                );
            }
        }
    }
}

#[test]
fn the_comparison_of_bits_sees_a_wrong_bit() {
    let one = Constant::F64(1.0);
    assert!(!same(one, Constant::F64(1.0 + f64::EPSILON)));
    assert!(!same(Constant::F64(0.0), Constant::F64(-0.0)));
    assert!(same(Constant::F64(f64::NAN), Constant::F64(-f64::NAN)));
    let sum = applied(Primitive::named("add"), &[Element::F64; 2]);
    let difference = applied(Primitive::named("sub"), &[Element::F64; 2]);
    let arguments = [Datum::from(1.5), Datum::from(2.5)];
    assert!(!alike(&run(&sum, &[], &arguments), &native::run(&difference, &[], &arguments)));
}

#[test]
fn derivatives_agree_with_differences() {
    for (primitive, elements) in differentiable() {
        for point in primitive.row().samples.points {
            let gap = difference_gap(&program(primitive, &elements, point));
            assert!(gap < DIFFERENCE, "{primitive} at {point:?}: {gap:e}");
        }
    }
}

/// Whether the table says, with a reason, that this program has no derivative of its own.
fn declined(program: &Program) -> bool {
    let tangents = ansatz_tests::gap::direction(&program.point(), 3);
    match program.jvp(tangents).resolution() {
        Err(ResolveError::Declined { reason, .. }) => reason.len() > 10,
        _ => false,
    }
}

#[test]
fn second_derivatives_agree_with_differences_of_first() {
    for (primitive, elements) in differentiable() {
        for point in primitive.row().samples.points {
            let value = program(primitive, &elements, point);
            let tangents = ansatz_tests::gap::direction(&value.point(), 7);
            let first = value.jvp(tangents);
            if declined(&first) {
                continue;
            }
            let gap = difference_gap(&first);
            assert!(gap < DIFFERENCE, "the derivative of {primitive} at {point:?}: {gap:e}");
        }
    }
}

#[test]
fn a_wrong_derivative_is_caught() {
    let text = "fn @f(%0: f64 live) -> (f64) { %1: f64 = custom @g with jvp @g.jvp (%0) yield %1 }
        fn @g(%0: f64 live) -> (f64) { %1 = sinh %0 yield %1 }
        fn @g.jvp(%0: f64 live, %1: f64 live) -> (f64) { %2 = FUNCTION %0 %3 = mul %2, %1 yield %3 }";
    let gap = |function: &str| difference_gap(&Program::parse(&text.replace("FUNCTION", function)));
    assert!(gap("cosh") < DIFFERENCE);
    assert!(gap("exp") > DIFFERENCE);
}

#[test]
fn steps_have_no_derivative_and_smooth_rows_have_one() {
    for primitive in Primitive::all() {
        let row = primitive.row();
        let steps = matches!(row.derivative, Derivative::Zero);
        let floats =
            instances(row).iter().any(|elements| row.result(elements).is_some_and(Element::is_float));
        assert_eq!(
            steps,
            row.smoothness == Smoothness::Jump,
            "{primitive}: smoothness and derivative disagree"
        );
        assert!(steps || floats, "{primitive} gives no float and has a derivative");
        if let Derivative::Declined(reason) = row.derivative {
            assert!(reason.len() > 10, "{primitive} declines its derivative without a reason");
        }
    }
}

/// <A u, v> - <u, A' v> for the row as a function of one operand, the others fixed. A row that has a transpose is affine
/// in the operand, so A u is its value less its value at zero.
fn transpose_gap(row: &Row, rule: &Row, primitive: Primitive, position: usize, point: &[f64]) -> f64 {
    let Some(transpose) = rule.transpose[position] else { return 0.0 };
    let floats = |elements: &Vec<Element>| elements[position].is_float();
    let elements = instances(row).into_iter().find(floats).expect("a row with a transpose takes floats");
    let result = row.result(&elements).expect("an instance");
    let backward = function(&[elements.as_slice(), &[result]].concat(), |builder, all| {
        let (operands, cotangent) = all.split_at(elements.len());
        vec![transpose(builder, operands, cotangent[0])]
    });
    let at = |x: f64| {
        let mut moved = operands(&elements, point);
        moved[position] = operands(&elements[position..=position], &[x])[0];
        run(&applied(primitive, &elements), &[], &data(&moved))[0].to_f64()[0]
    };
    let (u, v) = (point[position], 0.625);
    let mut given = operands(&elements, point);
    given.extend(operands(&[result], &[v]));
    let back = run(&backward, &[], &data(&given))[0].to_f64()[0];
    relative((at(u) - at(0.0)) * v, u * back)
}

fn transpose_gaps(row: &Row, rule: &Row, primitive: Primitive) -> f64 {
    let points = row.samples.points.iter();
    let gaps = points.flat_map(|point| {
        (0..row.signature.arity()).map(|position| transpose_gap(row, rule, primitive, position, point))
    });
    gaps.fold(0.0, f64::max)
}

#[test]
fn transposes_are_adjoint() {
    for primitive in Primitive::all() {
        let row = primitive.row();
        assert_eq!(row.transpose.len(), row.signature.arity(), "{primitive}: one transpose for each operand");
        let gap = transpose_gaps(row, row, primitive);
        let singles = instances(row).iter().all(|elements| elements.contains(&Element::F32))
            || row.result(&[Element::F64]) == Some(Element::F32);
        let close = if singles { 1e-6 } else { 1e-12 };
        assert!(gap < close, "{primitive}: {gap:e}");
    }
    let (add, sub) = (Primitive::named("add"), Primitive::named("sub"));
    assert!(transpose_gaps(sub.row(), add.row(), sub) > 0.1, "the transpose of add is not that of sub");
}

#[test]
fn every_instance_prints_and_reads_back() {
    for primitive in Primitive::all() {
        for elements in instances(primitive.row()) {
            assert_eq!(unreadable(&applied(primitive, &elements)), None);
        }
    }
}

#[test]
fn kernels_are_in_the_table_and_have_the_bits_of_the_rows() {
    let mut checked = 0;
    for primitive in Primitive::all() {
        let Lower::Kernel(name) = primitive.row().lower else { continue };
        let kernel = tile::find(name).unwrap_or_else(|| panic!("{primitive}: no kernel `{name}`"));
        let elements = vec![Element::F64; kernel.arity()];
        assert_eq!(primitive.row().result(&elements), Some(Element::F64), "{primitive}: arity of `{name}`");
        for point in everywhere(primitive.row(), &elements) {
            let numbers: Vec<f64> = data(&point).iter().flat_map(Datum::to_f64).collect();
            let expected = (primitive.row().evaluate)(&point);
            let found = Constant::F64(kernel.evaluate(&numbers));
            assert!(same(expected, found), "{primitive} at {point:?}: {expected:?}, kernel {found:?}");
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked} points of kernels");
}

#[test]
fn rows_are_complete() {
    let mut names = BTreeSet::new();
    for primitive in Primitive::all() {
        let row = primitive.row();
        assert!(names.insert(row.name), "two rows are named {}", row.name);
        assert!(row.doc.ends_with('.'), "{primitive}: a doc is sentences");
        assert!(!instances(row).is_empty(), "{primitive} takes nothing");
        assert!(!row.samples.points.is_empty(), "{primitive} is tried nowhere");
        let points = row.samples.points.iter().chain(row.samples.edges).chain([&row.safe_point]);
        for point in points {
            assert_eq!(point.len(), row.signature.arity(), "{primitive} at {point:?}");
        }
    }
}

#[test]
fn values_and_derivatives_are_finite_at_safe_points() {
    let finite = |program: &Program| program.run().iter().flat_map(Datum::to_f64).all(f64::is_finite);
    for (primitive, elements) in differentiable() {
        let value = program(primitive, &elements, primitive.row().safe_point);
        let ones = |program: &Program| vec![Datum::from(1.0); program.point().len()];
        let first = value.jvp(ones(&value));
        assert!(finite(&first), "{primitive} at its safe point: {:?}", first.run());
        if declined(&first) {
            continue;
        }
        let second = first.jvp(ones(&first));
        assert!(finite(&second), "{primitive} at its safe point: {:?}", second.run());
    }
    let logarithm = program(Primitive::named("log"), &[Element::F64], &[0.0]);
    assert!(!finite(&logarithm), "the control: log has no finite value at 0");
}
