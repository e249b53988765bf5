//! Derivatives of random smooth programs: forward mode agrees with differences, reverse mode with forward mode.
//!
//! Programs have no arrays of run-time length: the transpose of a read from one would sum into an array whose length
//! `accumulate` cannot say.

use ansatz_compiler::ir::eval::evaluate;
use ansatz_compiler::ir::kind::{Derivation, Kind};
use ansatz_compiler::ir::{
    Binding, Builder, Datum, Entries, Function, Module, Polynomial, SizeVariable, Stage, Type, Value, verify,
};
use ansatz_compiler::transform::{Options, resolve::resolve};
use ansatz_tests::generate::{self, Chance, Part, Program, generate};

const PROGRAMS: u64 = 200;

/// Which parameters are differentiated: the live floats.
fn active(main: &Function) -> Vec<bool> {
    let live = |binding| binding == Binding::Live;
    main.parameters.iter().map(|p| live(p.binding) && main.type_of(p.value).is_float()).collect()
}

fn floats(types: Vec<Type>) -> Vec<Type> {
    types.into_iter().filter(Type::is_float).collect()
}

/// A resolved function of the program's arguments and directions (or cotangents) that yields derivatives alone.
fn derived(seed: u64, module: &Module, reverse: bool) -> Module {
    let main = &module.functions["main"];
    let active = active(main);
    let mut builder = Builder::new("derived", main.sizes.clone());
    let parameters = main.parameters.iter().map(|p| (main.type_of(p.value).clone(), p.binding));
    let mut operands: Vec<Value> = parameters.map(|(of, binding)| builder.parameter(of, binding)).collect();
    let chosen = main.parameter_types().zip(&active).filter(|(_, active)| **active);
    let chosen: Vec<Type> = chosen.map(|(of, _)| of.clone()).collect();
    let results: Vec<Type> = main.result_types().cloned().collect();
    let (given, found) =
        if reverse { (floats(results.clone()), chosen) } else { (chosen, floats(results.clone())) };
    operands.extend(given.into_iter().map(|of| builder.parameter(of, Binding::Live)));
    let sizes = (0..main.sizes.len() as u32).map(|at| Polynomial::variable(SizeVariable(at))).collect();
    let derivation = Derivation { function: "main".into(), sizes, active };
    let kind = if reverse { Kind::Vjp(derivation) } else { Kind::Jvp(derivation) };
    let count = results.len();
    let all = builder.push_typed(kind, operands, Vec::new(), [results, found].concat());
    let mut whole = module.clone();
    whole.insert(builder.finish(all[count..].to_vec()));
    verify(&whole, Stage::Plain).unwrap_or_else(|found| panic!("seed {seed}\n{whole}\n{found}"));
    let resolved = resolve(&whole, "derived", &Options::default());
    let mut alone = Module::default();
    alone.insert(resolved.unwrap_or_else(|error| panic!("seed {seed}\n{whole}\n{error:?}")));
    verify(&alone, Stage::Resolved).unwrap_or_else(|found| panic!("seed {seed}\n{alone}\n{found}"));
    alone
}

fn random_like(chance: &mut Chance, datum: &Datum) -> Datum {
    match datum {
        Datum::Scalar(_) => chance.real().into(),
        Datum::Array(array) => {
            let entries = (0..array.entries.len()).map(|_| chance.real()).collect();
            Datum::array(&array.shape, Entries::F64(entries))
        }
    }
}

fn moved(datum: &Datum, by: &Datum, step: f64) -> Datum {
    let sum: Vec<f64> = datum.to_f64().iter().zip(by.to_f64()).map(|(x, d)| x + step * d).collect();
    match datum {
        Datum::Scalar(_) => sum[0].into(),
        Datum::Array(array) => Datum::array(&array.shape, Entries::F64(sum)),
    }
}

fn dot(left: &[Datum], right: &[Datum]) -> f64 {
    let all = |data: &[Datum]| data.iter().flat_map(Datum::to_f64).collect::<Vec<f64>>();
    all(left).iter().zip(all(right)).map(|(x, y)| x * y).sum()
}

/// One program at one point in one direction, its results weighted.
struct Case {
    seed: u64,
    program: Program,
    directions: Vec<Datum>,
    weights: Vec<Datum>,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut options = generate::Options::default();
        options.kinds.retain(|part| *part != Part::Run);
        let program = generate(seed, &options);
        let mut chance = Chance::new(!seed);
        let mut case = Self { seed, program, directions: Vec::new(), weights: Vec::new() };
        let flags = active(&case.program.module.functions["main"]);
        let chosen = case.program.arguments.iter().zip(&flags).filter(|(_, active)| **active);
        case.directions = chosen.map(|(datum, _)| random_like(&mut chance, datum)).collect();
        case.weights = case.at(0.0).iter().map(|datum| random_like(&mut chance, datum)).collect();
        case
    }

    fn run(&self, module: &Module, function: &str, arguments: &[Datum]) -> Vec<Datum> {
        let results = evaluate(module, function, &self.program.sizes, arguments);
        results.unwrap_or_else(|failure| panic!("seed {}\n{module}\n{failure}", self.seed))
    }

    /// The floats among the results, a step along the direction.
    fn at(&self, step: f64) -> Vec<Datum> {
        let module = &self.program.module;
        let flags = active(&module.functions["main"]);
        let mut directions = self.directions.iter();
        let arguments = self.program.arguments.iter().zip(flags).map(|(datum, active)| match active {
            true => directions.next().map_or(datum.clone(), |by| moved(datum, by, step)),
            false => datum.clone(),
        });
        let arguments: Vec<Datum> = arguments.collect();
        let results = self.run(module, "main", &arguments);
        results.into_iter().filter(|datum| datum.element().is_float()).collect()
    }

    /// The directional derivative by differences, of fourth order in the step.
    fn difference(&self) -> f64 {
        let step = 1e-3;
        let central =
            |h: f64| (dot(&self.weights, &self.at(h)) - dot(&self.weights, &self.at(-h))) / (2.0 * h);
        (4.0 * central(step) - central(2.0 * step)) / 3.0
    }

    /// The directional derivative by forward or reverse mode.
    fn derivative(&self, reverse: bool) -> f64 {
        let module = derived(self.seed, &self.program.module, reverse);
        let (given, other) = match reverse {
            true => (&self.weights, &self.directions),
            false => (&self.directions, &self.weights),
        };
        let arguments = [&self.program.arguments[..], given].concat();
        dot(&self.run(&module, "derived", &arguments), other)
    }
}

#[test]
fn forward_mode_agrees_with_differences_and_reverse_mode_with_forward_mode() {
    let mut moved = 0;
    for seed in 0..PROGRAMS {
        let case = Case::new(seed);
        let (difference, forward, reverse) =
            (case.difference(), case.derivative(false), case.derivative(true));
        let scale = 1.0 + difference.abs();
        assert!((forward - difference).abs() < 1e-7 * scale, "seed {seed}: {forward} is not {difference}");
        assert!((reverse - forward).abs() < 1e-12 * scale, "seed {seed}: {reverse} is not {forward}");
        moved += usize::from(forward.abs() > 1e-3);
    }
    assert!(moved > 150, "only {moved} programs depend on their arguments");
}
