//! A module with a root at fixed arguments: evaluated, differentiated, moved.

use crate::generate::{Options as Shape, Part, generate};
use ansatz_compiler::ir::kind::Derivation;
use ansatz_compiler::ir::{
    Binding, Block, Builder, Datum, Dimension, Element, Function, Kind, Module, Polynomial, SizeVariable,
    Type, Value, build, eval, read,
};
use ansatz_compiler::transform::{Options, ResolveError, resolve};

/// One program with its root and arguments.
#[derive(Clone)]
pub struct Program {
    /// The root and what it calls.
    pub module: Module,
    /// The name of the root.
    pub root: String,
    /// One number for each size of the root.
    pub sizes: Vec<i64>,
    /// One datum for each parameter of the root.
    pub arguments: Vec<Datum>,
    /// How it is resolved.
    pub options: Options,
}

/// Reads a module; captures may be left out in hand-written text.
///
/// # Panics
/// If the text does not read, with the reason.
pub fn module(text: &str) -> Module {
    let mut module = read(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    module.functions.values_mut().for_each(|function| capture(&mut function.body));
    module
}

fn capture(block: &mut Block) {
    for operation in &mut block.operations {
        operation.regions.iter_mut().for_each(capture);
    }
    block.captures = build::captures(block);
}

impl Program {
    /// A program whose root is `@f`, at arguments drawn from (0.3, 1.2), integers as given.
    pub fn new(module: Module, sizes: &[i64], integers: &[i64]) -> Program {
        let arguments = arguments(&module.functions["f"], sizes, integers);
        Program::with_arguments(module, sizes, arguments)
    }

    /// A program whose root is `@f`.
    pub fn with_arguments(module: Module, sizes: &[i64], arguments: Vec<Datum>) -> Program {
        let sizes = sizes.to_vec();
        Program { module, root: "f".to_string(), sizes, arguments, options: Options::default() }
    }

    /// A program from text. Sizes and integer arguments stand in comments at its head: `// sizes 3, 4`,
    /// `// integers 7`.
    pub fn parse(text: &str) -> Program {
        Program::sized(text, &header(text, "sizes"))
    }

    /// The same at other sizes.
    pub fn sized(text: &str, sizes: &[i64]) -> Program {
        Program::new(module(text), sizes, &header(text, "integers"))
    }

    /// The random program of a seed; odd ones have kinks and jumps.
    pub fn random(seed: u64) -> Program {
        Program::generated(seed, &Shape { smooth: seed.is_multiple_of(2), ..Shape::default() })
    }

    /// A random program that is differentiated: smooth, its arrays of known sizes.
    pub fn random_smooth(seed: u64) -> Program {
        let mut options = Shape::default();
        options.kinds.retain(|part| *part != Part::Run);
        Program::generated(seed, &options)
    }

    fn generated(seed: u64, options: &Shape) -> Program {
        let generated = generate(seed, options);
        let (module, sizes, arguments) = (generated.module, generated.sizes, generated.arguments);
        Program { module, root: "main".to_string(), sizes, arguments, options: Options::default() }
    }

    /// The root.
    pub fn function(&self) -> &Function {
        &self.module.functions[&self.root]
    }

    /// Which parameters are floating-point numbers that are not data.
    pub fn active(&self) -> Vec<bool> {
        let function = self.function();
        let live = |binding| binding == Binding::Live;
        function.parameters.iter().map(|p| function.type_of(p.value).is_float() && live(p.binding)).collect()
    }

    /// The forward derivative as a program, its tangents given.
    pub fn jvp(&self, tangents: Vec<Datum>) -> Program {
        self.derived(Kind::Jvp, false, tangents)
    }

    /// The reverse derivative as a program, its cotangents given.
    pub fn vjp(&self, cotangents: Vec<Datum>) -> Program {
        self.derived(Kind::Vjp, true, cotangents)
    }

    fn derived(&self, kind: fn(Derivation) -> Kind, reverse: bool, further: Vec<Datum>) -> Program {
        let mut module = self.module.clone();
        let root = format!("{}.{}", self.root, if reverse { "vjp" } else { "jvp" });
        module.insert(derivative(self.function(), &root, kind, reverse, self.active()));
        let arguments = [self.arguments.clone(), further].concat();
        Program { module, root, arguments, ..self.clone() }
    }

    /// The root without calls and derivatives.
    ///
    /// # Panics
    /// If it cannot be resolved, with the reason.
    pub fn resolved(&self) -> Function {
        self.resolution().unwrap_or_else(|error| panic!("@{}: {error}\n{}", self.root, self.module))
    }

    /// The same, or why there is none.
    pub fn resolution(&self) -> Result<Function, ResolveError> {
        resolve::resolve(&self.module, &self.root, &self.options)
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
        let pairs = self.arguments.iter().zip(self.active());
        pairs.filter(|(_, active)| *active).map(|(datum, _)| datum.clone()).collect()
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

/// Results of a resolved function, by the interpreter.
///
/// # Panics
/// If the evaluation fails, with the reason and the function.
pub fn run(function: &Function, sizes: &[i64], arguments: &[Datum]) -> Vec<Datum> {
    let mut module = Module::default();
    module.insert(function.clone());
    eval::evaluate(&module, &function.name, sizes, arguments)
        .unwrap_or_else(|failure| panic!("{failure}\n{function}"))
}

/// The numbers after a word in the comments of a text.
pub fn header(text: &str, word: &str) -> Vec<i64> {
    let comments = text.lines().take_while(|line| line.starts_with("//"));
    let fields = comments.flat_map(|line| line[2..].split(';'));
    let found = fields.filter_map(|field| field.trim().strip_prefix(word));
    found.flat_map(|numbers| numbers.split(',')).filter_map(|number| number.trim().parse().ok()).collect()
}

/// A function that is one `jvp` or `vjp`.
fn derivative(
    function: &Function,
    name: &str,
    kind: fn(Derivation) -> Kind,
    reverse: bool,
    active: Vec<bool>,
) -> Function {
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
    if of.is_scalar() {
        return Datum::from(next());
    }
    let shape: Vec<usize> = of.shape.iter().map(extent).collect();
    let numbers: Vec<f64> = (0..shape.iter().product()).map(|_| next()).collect();
    Datum::floats(&shape, &numbers)
}
