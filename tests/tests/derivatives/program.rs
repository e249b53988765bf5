//! Programs of the corpus: text, sizes, arguments at fixed points, and derivatives of them as further functions.

use ansatz_compiler::ir::kind::Derivation;
use ansatz_compiler::ir::{
    Binding, Block, Builder, Datum, Dimension, Element, Function, Kind, Module, Polynomial, SizeVariable,
    Type, Value, build, eval, read,
};
use ansatz_compiler::transform::{Options, resolve};
use std::path::PathBuf;

/// One program with its root.
#[derive(Clone)]
pub struct Program {
    pub module: Module,
    pub root: String,
    pub sizes: Vec<i64>,
    pub arguments: Vec<Datum>,
    pub options: Options,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ir").join("derivatives")
}

/// Names of all programs of the corpus.
pub fn corpus() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).expect("the corpus is a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let mut names: Vec<String> =
        names.filter_map(|name| name.strip_suffix(".ir").map(str::to_string)).collect();
    names.sort();
    names
}

/// The text of a program of the corpus.
pub fn text(name: &str) -> String {
    let path = folder().join(format!("{name}.ir"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The numbers after a word in the comments of a text.
fn header(text: &str, word: &str) -> Vec<i64> {
    let comments = text.lines().take_while(|line| line.starts_with("//"));
    let fields = comments.flat_map(|line| line[2..].split(';'));
    let found = fields.filter_map(|field| field.trim().strip_prefix(word));
    found.flat_map(|numbers| numbers.split(',')).filter_map(|number| number.trim().parse().ok()).collect()
}

impl Program {
    pub fn load(name: &str) -> Program {
        Program::parse(name, &text(name))
    }

    pub fn parse(name: &str, text: &str) -> Program {
        Program::sized(name, text, header(text, "sizes"))
    }

    /// At sizes other than the text's.
    pub fn sized(name: &str, text: &str, sizes: Vec<i64>) -> Program {
        let mut module = read(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        module.functions.values_mut().for_each(|function| capture(&mut function.body));
        let arguments = arguments(&module.functions["f"], &sizes, &header(text, "integers"));
        Program { module, root: "f".to_string(), sizes, arguments, options: Options::default() }
    }

    pub fn function(&self) -> &Function {
        &self.module.functions[&self.root]
    }

    /// Which parameters are floating-point numbers that are not data.
    pub fn active(&self) -> Vec<bool> {
        let function = self.function();
        let live = |binding| binding == Binding::Live;
        function.parameters.iter().map(|p| function.type_of(p.value).is_float() && live(p.binding)).collect()
    }

    /// The program whose root is a derivative of this one's, its further arguments given.
    pub fn derived(&self, reverse: bool, further: Vec<Datum>) -> Program {
        let mut module = self.module.clone();
        let root = format!("{}.{}", self.root, if reverse { "vjp" } else { "jvp" });
        let function = derivative(self.function(), &root, reverse, self.active());
        module.insert(function);
        let arguments = [self.arguments.clone(), further].concat();
        Program { module, root, sizes: self.sizes.clone(), arguments, options: self.options.clone() }
    }

    /// The root without calls and derivatives.
    pub fn resolved(&self) -> Function {
        resolve::resolve(&self.module, &self.root, &self.options)
            .unwrap_or_else(|error| panic!("@{}: {error}", self.root))
    }

    /// Results at the program's arguments, by the interpreter.
    pub fn run(&self) -> Vec<Datum> {
        let sizes = if self.options.sizes.is_some() { &[][..] } else { &self.sizes };
        run(&self.resolved(), sizes, &self.arguments)
    }

    /// The same at other arguments.
    pub fn at(&self, arguments: Vec<Datum>) -> Program {
        Program { arguments, ..self.clone() }
    }

    /// Arguments that are active.
    pub fn point(&self) -> Vec<Datum> {
        let active = self.active();
        self.arguments
            .iter()
            .zip(active)
            .filter(|(_, active)| *active)
            .map(|(datum, _)| datum.clone())
            .collect()
    }

    /// With the active arguments replaced.
    pub fn moved(&self, point: Vec<Datum>) -> Program {
        let mut point = point.into_iter();
        let pairs = self.arguments.iter().zip(self.active());
        let arguments = pairs.map(|(datum, active)| match active {
            true => point.next().expect("one for each active argument"),
            false => datum.clone(),
        });
        self.at(arguments.collect())
    }

    /// The floating-point results.
    pub fn float_results(&self) -> Vec<Datum> {
        self.run().into_iter().filter(|datum| datum.element().is_float()).collect()
    }
}

pub fn run(function: &Function, sizes: &[i64], arguments: &[Datum]) -> Vec<Datum> {
    let mut module = Module::default();
    module.insert(function.clone());
    eval::evaluate(&module, &function.name, sizes, arguments)
        .unwrap_or_else(|failure| panic!("{failure}\n{function}"))
}

/// Captures are left out in hand-written programs.
fn capture(block: &mut Block) {
    for operation in &mut block.operations {
        operation.regions.iter_mut().for_each(capture);
    }
    block.captures = build::captures(block);
}

/// A function that is one `jvp` or `vjp`.
fn derivative(function: &Function, name: &str, reverse: bool, active: Vec<bool>) -> Function {
    let mut builder = Builder::new(name, function.sizes.clone());
    let mut operands: Vec<Value> = Vec::new();
    for parameter in &function.parameters {
        operands.push(builder.parameter(function.type_of(parameter.value).clone(), parameter.binding));
    }
    let results: Vec<Type> = function.result_types().cloned().collect();
    let floats: Vec<Type> = results.iter().filter(|of| of.is_float()).cloned().collect();
    let flagged = function.parameter_types().zip(&active).filter(|(_, active)| **active);
    let flagged: Vec<Type> = flagged.map(|(of, _)| of.clone()).collect();
    let (taken, given) = if reverse { (floats, flagged) } else { (flagged, floats) };
    for of in taken {
        operands.push(builder.parameter(of, Binding::Live));
    }
    let sizes = (0..function.sizes.len()).map(|at| Polynomial::variable(SizeVariable(at as u32))).collect();
    let derivation = Derivation { function: function.name.clone(), sizes, active };
    let kind = if reverse { Kind::Vjp } else { Kind::Jvp };
    let values = builder.derive(kind, derivation, &operands, [results, given].concat());
    builder.finish(values)
}

/// Numbers in (0.3, 1.2), the same at every run.
pub fn numbers(stream: u64) -> impl FnMut() -> f64 {
    let mut state = stream.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
    move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        let bits = state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11;
        0.3 + 0.9 * bits as f64 / (1u64 << 53) as f64
    }
}

fn arguments(function: &Function, sizes: &[i64], integers: &[i64]) -> Vec<Datum> {
    let mut next = numbers(1);
    let mut integers = integers.iter();
    let types: Vec<Type> = function.parameter_types().cloned().collect();
    let argument = |of: &Type| match of.element {
        Element::I64 => Datum::from(*integers.next().expect("`integers` gives one for each")),
        _ => floats(of, sizes, &mut next),
    };
    types.iter().map(argument).collect()
}

/// A float or array of floats of this type.
fn floats(of: &Type, sizes: &[i64], next: &mut impl FnMut() -> f64) -> Datum {
    let extent = |dimension: &Dimension| match dimension {
        Dimension::Size(size) => size.evaluate(sizes).expect("small") as usize,
        Dimension::Run => 4,
    };
    let shape: Vec<usize> = of.shape.iter().map(extent).collect();
    like(&Datum::floats(&shape, &vec![0.0; shape.iter().product()]), of.is_scalar(), next)
}

fn like(datum: &Datum, scalar: bool, next: &mut impl FnMut() -> f64) -> Datum {
    let numbers: Vec<f64> = datum.to_f64().iter().map(|_| next()).collect();
    if scalar { Datum::from(numbers[0]) } else { Datum::floats(datum.shape(), &numbers) }
}

/// Data of the same shapes, other numbers.
pub fn direction(data: &[Datum], stream: u64) -> Vec<Datum> {
    let mut next = numbers(stream);
    data.iter().map(|datum| like(datum, matches!(datum, Datum::Scalar(_)), &mut || next() - 0.75)).collect()
}

/// `a + scale * b`, datum by datum.
pub fn plus(a: &[Datum], scale: f64, b: &[Datum]) -> Vec<Datum> {
    let sum = |(a, b): (&Datum, &Datum)| {
        let numbers: Vec<f64> = a.to_f64().iter().zip(b.to_f64()).map(|(x, y)| x + scale * y).collect();
        match a {
            Datum::Scalar(_) => Datum::from(numbers[0]),
            Datum::Array(_) => Datum::floats(a.shape(), &numbers),
        }
    };
    a.iter().zip(b).map(sum).collect()
}

pub fn dot(a: &[Datum], b: &[Datum]) -> f64 {
    let flat = |data: &[Datum]| data.iter().flat_map(Datum::to_f64).collect::<Vec<f64>>();
    let (a, b) = (flat(a), flat(b));
    assert_eq!(a.len(), b.len(), "shapes agree");
    a.iter().zip(&b).map(|(x, y)| x * y).sum()
}

/// Number of static operations.
pub fn count(block: &Block) -> usize {
    let inner =
        |operation: &ansatz_compiler::ir::Operation| operation.regions.iter().map(count).sum::<usize>();
    block.operations.iter().map(|operation| 1 + inner(operation)).sum()
}
