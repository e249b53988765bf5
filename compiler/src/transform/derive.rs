//! Reverse mode put together: forward, unzip, transpose, with the signature of a `vjp`.

use super::error::ResolveError;
use super::forward::{self, Library};
use super::options::Options;
use super::prune::prune;
use super::saved::{self, Saved};
use super::share::share;
use super::simplify::simplify;
use super::transpose::Source;
use super::unzip;
use crate::ir::{Binding, Builder, Function, Value};

/// A reverse derivative, and what it saves on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Reverse {
    /// Parameters: the function's, then cotangents of its floating-point results. Results: the function's, then
    /// cotangents of the active parameters.
    pub function: Function,
    /// What is kept between values and cotangents.
    pub saved: Vec<Saved>,
}

/// The reverse derivative in the parameters flagged.
pub fn vjp(
    function: &Function,
    active: &[bool],
    options: &Options,
    library: &mut dyn Library,
) -> Result<Reverse, ResolveError> {
    let joint = forward::joint(function, active, library)?;
    let parameters = function.parameters.len();
    let linear: Vec<bool> = (0..joint.function.parameters.len()).map(|at| at >= parameters).collect();
    let mut unzipped = unzip::split(&joint.function, &linear, options)?;
    prune(&mut unzipped.function);
    let saved = saved::report(&unzipped.function, &unzipped.saved);
    let mut function = transposed(function, active, &joint.active_results, &unzipped.function, &linear)?;
    simplify(&mut function);
    share(&mut function);
    prune(&mut function);
    Ok(Reverse { function, saved })
}

/// The transpose of the unzipped joint function, in the order of a `vjp`.
fn transposed(
    function: &Function,
    active: &[bool],
    active_results: &[bool],
    unzipped: &Function,
    linear: &[bool],
) -> Result<Function, ResolveError> {
    let mut builder = Builder::new(format!("{}.vjp", function.name), function.sizes.clone());
    let mut arguments: Vec<(Value, Value)> = Vec::new();
    for (parameter, source) in function.parameters.iter().zip(&unzipped.parameters) {
        let of = function.type_of(parameter.value).clone();
        arguments.push((source.value, builder.parameter(of, parameter.binding)));
    }
    let flagged: Vec<(Value, Value)> =
        arguments.iter().zip(active).filter(|(_, active)| **active).map(|(pair, _)| *pair).collect();
    let tangents = &unzipped.parameters[function.parameters.len()..];
    let alike: Vec<(Value, Value)> =
        tangents.iter().zip(&flagged).map(|(tangent, (parameter, _))| (tangent.value, *parameter)).collect();
    let source = Source::new(unzipped, linear, &alike)?;
    let (values, moved) = unzipped.body.results.split_at(function.body.results.len());
    let mut moved = moved.iter();
    let mut seeds: Vec<(Value, Value)> = Vec::new();
    for (result, active) in function.body.results.iter().zip(active_results) {
        let of = function.type_of(*result);
        let cotangent = of.is_float().then(|| builder.parameter(of.clone(), Binding::Live));
        if let (true, Some(cotangent)) = (*active, cotangent) {
            seeds.push((*moved.next().expect("a tangent of each active result"), cotangent));
        }
    }
    let mut pass = source.transpose(builder, &arguments);
    pass.run(&seeds)?;
    let mut results = pass.values.all(values);
    for ((_, argument), tangent) in flagged.iter().zip(tangents) {
        results.push(pass.cotangent_or_zero(tangent.value, Some(*argument))?);
    }
    Ok(pass.builder.finish(results))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::kind::Check;
    use crate::ir::{Block, Bound, Element, Kind, Reduction, Type};
    use crate::transform::forward::Nothing;

    /// sum_i x_i s y_0 over four entries.
    fn product() -> Function {
        let mut builder = Builder::new("f", Vec::new());
        let array = Type::array(Element::F64, vec![4.into()]);
        let x = builder.parameter(array.clone(), Binding::Live);
        let s = builder.parameter(Type::f64(), Binding::Live);
        let y = builder.parameter(array, Binding::Live);
        let sum = builder.reduce(Reduction::Add, vec![Bound::Size(4.into())], vec![], |builder, index| {
            let entry = builder.index(x, index, Check::Proved);
            let first = builder.i64(0);
            let other = builder.index(y, &[first], Check::Checked);
            let scaled = builder.mul(entry, s);
            vec![builder.mul(scaled, other)]
        });
        builder.finish(sum)
    }

    fn reverse(active: [bool; 3]) -> Function {
        vjp(&product(), &active, &Options::default(), &mut Nothing)
            .expect("every row has a derivative")
            .function
    }

    fn count(block: &Block, kind: fn(&Kind) -> bool) -> usize {
        let inner = block.operations.iter().flat_map(|operation| &operation.regions);
        let own = block.operations.iter().filter(|operation| kind(&operation.kind)).count();
        own + inner.map(|region| count(region, kind)).sum::<usize>()
    }

    #[test]
    fn an_entry_comes_back_as_a_result_of_the_map() {
        let body = reverse([true, false, false]).body;
        assert_eq!(count(&body, |kind| matches!(kind, Kind::Map(_))), 1);
        assert_eq!(count(&body, |kind| matches!(kind, Kind::Accumulate(_))), 0);
        assert_eq!(count(&body, |kind| matches!(kind, Kind::Reduce(..))), 1, "the value's own");
    }

    #[test]
    fn a_scalar_comes_back_as_a_sum() {
        let body = reverse([false, true, false]).body;
        assert_eq!(count(&body, |kind| matches!(kind, Kind::Reduce(Reduction::Add, _))), 2);
        assert_eq!(count(&body, |kind| matches!(kind, Kind::Map(_) | Kind::Accumulate(_))), 0);
    }

    #[test]
    fn other_reads_come_back_through_an_accumulator() {
        let body = reverse([false, false, true]).body;
        assert_eq!(count(&body, |kind| matches!(kind, Kind::Accumulate(_))), 1);
        assert_eq!(count(&body, |kind| matches!(kind, Kind::AddTo)), 1);
    }

    #[test]
    fn results_are_values_then_cotangents() {
        let function = reverse([true, true, false]);
        let types: Vec<Type> = function.result_types().cloned().collect();
        assert_eq!(types, [Type::f64(), Type::array(Element::F64, vec![4.into()]), Type::f64()]);
        assert_eq!(function.parameters.len(), 4);
    }
}
