//! Fixed points x = step(x, theta), found by iteration and differentiated implicitly.
//!
//! With A the derivative of the step in x at the fixed point and B that in theta, dx = (I - A)^-1 B dtheta. The
//! inverse is a linear operator with its transpose, each again a fixed point, y = b + A y; so derivatives of every
//! order are fixed points too, no trip of any loop is saved, and the start and the tolerance have no influence on
//! them. Iterations converge where A's spectral radius is below 1, as it is where plain iteration of the step does.

use super::arrays::{pointwise, sum};
use crate::ir::kind::{Check, Custom, Derivation, LinearPair};
use crate::ir::{
    Binding, Builder, Constant, Function, Kind, Module, Polynomial, Reduction, SizeVariable, Type, Value,
};
use crate::transform::arrays;

/// What is iterated.
#[derive(Clone, Copy, Debug)]
pub struct FixedPoint<'a> {
    /// Name of the function that solves it, to be added to the module.
    pub name: &'a str,
    /// The step: a function of the module from (states, parameters) to next states.
    pub step: &'a str,
    /// Number of states, scalars or arrays of floats.
    pub states: usize,
}

/// Adds `@name(first states, parameters, tolerance: f64, limit: i64) -> states` to the module, with what its
/// derivatives need under names that begin with it. It iterates until no entry changes by more than the tolerance,
/// at most `limit` times.
///
/// # Panics
/// If the module has no such step.
pub fn fixed_point(module: &mut Module, point: FixedPoint) {
    let step = module.functions.get(point.step).expect("the step is a function of the module").clone();
    let writer = Writer { point, step: &step };
    let sides = [
        Side { solver: "tangent", operator: "forward", transpose: "cotangent" },
        Side { solver: "cotangent", operator: "backward", transpose: "tangent" },
    ];
    module.insert(writer.solver());
    module.insert(writer.iteration());
    module.insert(writer.rule());
    for side in sides {
        module.insert(writer.operator(&side));
        module.insert(writer.linear_solver(&side));
        module.insert(writer.linear_iteration(&side));
        module.insert(writer.linear_rule(&side));
    }
}

/// (I - A)^-1 or its transpose, by the last part of the names of its functions.
struct Side {
    solver: &'static str,
    operator: &'static str,
    transpose: &'static str,
}

struct Writer<'a> {
    point: FixedPoint<'a>,
    step: &'a Function,
}

/// The operands that every function here takes first.
struct Given {
    states: Vec<Value>,
    parameters: Vec<Value>,
    tolerance: Value,
    limit: Value,
}

impl Given {
    fn all(&self) -> Vec<Value> {
        [self.states.as_slice(), &self.parameters, &[self.tolerance, self.limit]].concat()
    }

    fn point(&self) -> Vec<Value> {
        [self.states.as_slice(), &self.parameters].concat()
    }
}

impl Writer<'_> {
    fn name(&self, part: &str) -> String {
        format!("{}.{part}", self.point.name)
    }

    fn sizes(&self) -> Vec<Polynomial> {
        (0..self.step.sizes.len()).map(|at| Polynomial::variable(SizeVariable(at as u32))).collect()
    }

    fn types(&self) -> Vec<Type> {
        self.step.parameter_types().cloned().collect()
    }

    fn state_types(&self) -> Vec<Type> {
        self.types()[..self.point.states].to_vec()
    }

    fn begin(&self, name: String) -> (Builder, Given) {
        let mut builder = Builder::new(name, self.step.sizes.clone());
        let mut taken: Vec<Value> =
            self.types().into_iter().map(|of| builder.parameter(of, Binding::Live)).collect();
        let parameters = taken.split_off(self.point.states);
        let tolerance = builder.parameter(Type::f64(), Binding::Live);
        let limit = builder.parameter(Type::i64(), Binding::Live);
        (builder, Given { states: taken, parameters, tolerance, limit })
    }

    fn further(&self, builder: &mut Builder, types: Vec<Type>) -> Vec<Value> {
        types.into_iter().map(|of| builder.parameter(of, Binding::Live)).collect()
    }

    /// Tangents of the states, and of the floating-point parameters; the tolerance's is taken and ignored.
    fn tangents(&self, builder: &mut Builder) -> (Vec<Value>, Vec<Value>) {
        let states = self.further(builder, self.state_types());
        let floats = self.types()[self.point.states..].iter().filter(|of| of.is_float()).cloned().collect();
        let parameters = self.further(builder, floats);
        builder.parameter(Type::f64(), Binding::Live);
        (states, parameters)
    }

    /// `custom @part.iterate with jvp @part.jvp`.
    fn custom(&self, builder: &mut Builder, part: &str, operands: Vec<Value>) -> Vec<Value> {
        let custom = Custom {
            function: format!("{part}.iterate"),
            sizes: self.sizes(),
            jvp: format!("{part}.jvp"),
            adjoint: None,
        };
        builder.push_typed(Kind::Custom(custom), operands, Vec::new(), self.state_types())
    }

    /// A derivative of a function at operands, of which the flagged part is active: tangents or cotangents alone.
    fn derivative(
        &self,
        builder: &mut Builder,
        kind: fn(Derivation) -> Kind,
        function: String,
        (active, operands): (Vec<bool>, Vec<Value>),
    ) -> Vec<Value> {
        let derivation = Derivation { function, sizes: self.sizes(), active };
        let types = [self.state_types(), self.state_types()].concat();
        builder.derive(kind, derivation, &operands, types).split_off(self.point.states)
    }

    /// Flags for the step's operands: its states, or its floating-point parameters, or both.
    fn active(&self, states: bool, parameters: bool) -> Vec<bool> {
        let flag = |(at, of): (usize, Type)| {
            of.is_float() && if at < self.point.states { states } else { parameters }
        };
        self.types().into_iter().enumerate().map(flag).collect()
    }

    /// (I - A)^-1 or its transpose, applied.
    fn linear(
        &self,
        builder: &mut Builder,
        side: (&str, &str),
        given: Vec<Value>,
        right: &[Value],
    ) -> Vec<Value> {
        let pair = LinearPair {
            apply: self.name(side.0),
            transpose: self.name(side.1),
            sizes: self.sizes(),
            linear: right.len(),
        };
        let operands = [given, right.to_vec()].concat();
        builder.push_typed(Kind::Linear(pair), operands, Vec::new(), self.state_types())
    }

    fn solver(&self) -> Function {
        let (mut builder, given) = self.begin(self.point.name.to_string());
        let results = self.custom(&mut builder, self.point.name, given.all());
        builder.finish(results)
    }

    fn iteration(&self) -> Function {
        let (mut builder, given) = self.begin(self.name("iterate"));
        let call = Kind::Call { function: self.point.step.to_string(), sizes: self.sizes() };
        let types = self.state_types();
        let results = iterate(&mut builder, &given, given.states.clone(), |builder, states| {
            let operands = [states, &given.parameters].concat();
            builder.push_typed(call, operands, Vec::new(), types)
        });
        builder.finish(results)
    }

    fn rule(&self) -> Function {
        let (mut builder, given) = self.begin(self.name("jvp"));
        let (_, parameters) = self.tangents(&mut builder);
        let states = self.custom(&mut builder, self.point.name, given.all());
        let at = Given { states, ..given };
        let operands = [at.point(), parameters].concat();
        let active = self.active(false, true);
        let right = self.derivative(&mut builder, Kind::Jvp, self.point.step.to_string(), (active, operands));
        let results = self.linear(&mut builder, ("tangent", "cotangent"), at.all(), &right);
        builder.finish(results)
    }

    /// (x, theta, y) -> A y, or A' y.
    fn operator(&self, side: &Side) -> Function {
        let mut builder = Builder::new(self.name(side.operator), self.step.sizes.clone());
        let types = [self.types(), self.state_types()].concat();
        let operands = self.further(&mut builder, types);
        let kind = if side.operator == "forward" { Kind::Jvp } else { Kind::Vjp };
        let active = self.active(true, false);
        let results = self.derivative(&mut builder, kind, self.point.step.to_string(), (active, operands));
        builder.finish(results)
    }

    fn linear_solver(&self, side: &Side) -> Function {
        let (mut builder, given) = self.begin(self.name(side.solver));
        let right = self.further(&mut builder, self.state_types());
        let operands = [given.all(), right].concat();
        let results = self.custom(&mut builder, &self.name(side.solver), operands);
        builder.finish(results)
    }

    /// y <- b + A y from b.
    fn linear_iteration(&self, side: &Side) -> Function {
        let (mut builder, given) = self.begin(self.name(side.solver) + ".iterate");
        let right = self.further(&mut builder, self.state_types());
        let call = Kind::Call { function: self.name(side.operator), sizes: self.sizes() };
        let types = self.state_types();
        let results = iterate(&mut builder, &given, right.clone(), |builder, states| {
            let operands = [given.point().as_slice(), states].concat();
            let images = builder.push_typed(call, operands, Vec::new(), types);
            right.iter().zip(images).map(|(right, image)| sum(builder, &[*right, image])).collect()
        });
        builder.finish(results)
    }

    /// dy = (I - A)^-1 (db + dA y).
    fn linear_rule(&self, side: &Side) -> Function {
        let (mut builder, given) = self.begin(self.name(side.solver) + ".jvp");
        let right = self.further(&mut builder, self.state_types());
        let (states, parameters) = self.tangents(&mut builder);
        let tangent = self.further(&mut builder, self.state_types());
        let operands = [given.all(), right].concat();
        let solution = self.custom(&mut builder, &self.name(side.solver), operands);
        let active = [self.active(true, true), vec![false; solution.len()]].concat();
        let operands = [given.point(), solution, states, parameters].concat();
        let moved = self.derivative(&mut builder, Kind::Jvp, self.name(side.operator), (active, operands));
        let terms = tangent.iter().zip(moved);
        let right: Vec<Value> = terms.map(|(own, moved)| sum(&mut builder, &[*own, moved])).collect();
        let results = self.linear(&mut builder, (side.solver, side.transpose), given.all(), &right);
        builder.finish(results)
    }
}

/// Iterates until no entry changes by more than the tolerance.
fn iterate(
    builder: &mut Builder,
    given: &Given,
    first: Vec<Value>,
    step: impl FnOnce(&mut Builder, &[Value]) -> Vec<Value>,
) -> Vec<Value> {
    let change = builder.constant(Constant::F64(f64::INFINITY));
    let types: Vec<Type> =
        first.iter().chain([&change]).map(|value| builder.type_of(*value).clone()).collect();
    let condition = builder.region(types.clone(), |builder, states| {
        let change = *states.last().expect("the change is a state");
        vec![builder.primitive("gt", &[change, given.tolerance])]
    });
    let body = builder.region(types, |builder, states| {
        let states = &states[..states.len() - 1];
        let mut next = step(builder, states);
        let changes: Vec<Value> =
            states.iter().zip(&next).map(|(old, new)| greatest_change(builder, *old, *new)).collect();
        let first = changes[0];
        next.push(changes[1..].iter().fold(first, |most, other| builder.primitive("max", &[most, *other])));
        next
    });
    let operands = [&[given.limit], first.as_slice(), &[change]].concat();
    let mut results = builder.push(Kind::While { slots: None }, operands, vec![condition, body]);
    results.truncate(first.len());
    results
}

/// The greatest absolute difference of entries, as f64.
fn greatest_change(builder: &mut Builder, old: Value, new: Value) -> Value {
    let differences = pointwise(builder, &[old, new], |builder, entries| {
        let difference = builder.sub(entries[1], entries[0]);
        builder.primitive("abs", &[difference])
    });
    let greatest = if builder.type_of(differences).is_scalar() {
        differences
    } else {
        let (bounds, run) = arrays::bounds(builder, differences);
        builder.reduce(Reduction::Max, bounds, run, |builder, index| {
            vec![builder.index(differences, index, Check::Proved)]
        })[0]
    };
    match builder.type_of(greatest).element {
        crate::ir::Element::F32 => builder.primitive("widen", &[greatest]),
        _ => greatest,
    }
}
