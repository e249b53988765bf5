//! Random well-typed, total IR programs, with arguments to run them on: what every pass is tried on.
//!
//! Every float of a program stays within about [-2, 2] for arguments within [-1, 1], and with [`Options::smooth`] the
//! results are smooth functions of the floating-point arguments, so that derivatives can be compared with differences.

pub mod chance;
mod loops;
mod scalars;

pub use chance::Chance;

use ansatz_compiler::ir::{
    Binding, Builder, Datum, Dimension, Element, Module, Polynomial, SizeVariable, Type, Value,
};

/// What programs are made of.
#[derive(Clone, Debug)]
pub struct Options {
    /// Steps in the body of the function; regions have fewer.
    pub steps: usize,
    /// How deep regions nest.
    pub depth: usize,
    /// No kinks and no jumps: conditions depend on integers only.
    pub smooth: bool,
    /// Kinds that may occur.
    pub kinds: Vec<Part>,
}

impl Default for Options {
    fn default() -> Self {
        Self { steps: 6, depth: 3, smooth: true, kinds: Part::ALL.to_vec() }
    }
}

/// What a step may add beside scalar arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Reading an entry, by a proved index.
    Proved,
    /// Reading an entry, by an index that is checked.
    Checked,
    /// Transposes, reversals, slices, broadcasts.
    View,
    /// Unordered loops that stack.
    Map,
    /// Sums, products, log-sum-exps; minima and maxima where kinks may be.
    Reduce,
    /// Ordered loops, forward and in reverse.
    Scan,
    /// Loops until a condition fails, with and without checkpoints.
    While,
    /// Conditionals.
    If,
    /// Sums into arrays at computed places.
    Accumulate,
    /// Contractions, Cholesky factors, triangular systems.
    Matrix,
    /// Axes with run-time lengths.
    Run,
    /// Calls of a second function.
    Call,
}

impl Part {
    /// All of them.
    pub const ALL: [Part; 12] = [
        Part::Proved,
        Part::Checked,
        Part::View,
        Part::Map,
        Part::Reduce,
        Part::Scan,
        Part::While,
        Part::If,
        Part::Accumulate,
        Part::Matrix,
        Part::Run,
        Part::Call,
    ];
}

/// A program with what to run it on: the function `main` of the module.
#[derive(Clone, Debug)]
pub struct Program {
    /// `main`, and what it calls.
    pub module: Module,
    /// A number for each size parameter, at least 1.
    pub sizes: Vec<i64>,
    /// Arguments; floats within [-1, 1].
    pub arguments: Vec<Datum>,
}

/// The program of a seed.
pub fn generate(seed: u64, options: &Options) -> Program {
    let mut chance = Chance::new(seed);
    let mut module = Module::default();
    module.insert(scalars::callee(&mut chance, options.smooth));
    let sizes = vec!["N".to_string(), "M".to_string()];
    let mut builder = Builder::new("main", sizes);
    let mut maker = Maker { chance, options, pool: Vec::new(), indices: Vec::new() };
    let types = parameter_types();
    for (of, binding) in &types {
        let value = builder.parameter(of.clone(), *binding);
        maker.pool.push(value);
    }
    maker.steps(&mut builder, options.steps, options.depth);
    let results = maker.results(&mut builder);
    module.insert(builder.finish(results));
    let sizes = vec![1 + maker.chance.below(4) as i64, 1 + maker.chance.below(4) as i64];
    let arguments = types.iter().map(|(of, _)| argument(&mut maker.chance, of, &sizes)).collect();
    Program { module, sizes, arguments }
}

fn size(position: u32) -> Polynomial {
    Polynomial::variable(SizeVariable(position))
}

/// The parameters of every program: scalars, vectors and a matrix, live and bound, integers and a bool.
fn parameter_types() -> Vec<(Type, Binding)> {
    let array = |element: Element, shape: &[u32]| {
        Type::array(element, shape.iter().map(|position| Dimension::Size(size(*position))).collect())
    };
    vec![
        (Type::f64(), Binding::Live),
        (Type::f64(), Binding::Live),
        (array(Element::F64, &[0]), Binding::Live),
        (array(Element::F64, &[0, 1]), Binding::Live),
        (array(Element::F64, &[1]), Binding::Bound),
        (array(Element::I64, &[1]), Binding::Bound),
        (Type::i64(), Binding::Live),
        (Type::bool(), Binding::Live),
    ]
}

fn argument(chance: &mut Chance, of: &Type, sizes: &[i64]) -> Datum {
    let extents = of.shape.iter().map(|dimension| match dimension {
        Dimension::Size(size) => size.evaluate(sizes).expect("small sizes") as usize,
        Dimension::Run => unreachable!("no parameter is as long as it turns out"),
    });
    let shape: Vec<usize> = extents.collect();
    let volume: usize = shape.iter().product();
    match of.element {
        Element::F64 if shape.is_empty() => chance.real().into(),
        Element::F64 => Datum::floats(&shape, &(0..volume).map(|_| chance.real()).collect::<Vec<_>>()),
        Element::I64 if shape.is_empty() => (chance.below(5) as i64).into(),
        Element::I64 => {
            Datum::integers(&shape, &(0..volume).map(|_| chance.below(8) as i64 - 4).collect::<Vec<_>>())
        }
        Element::Bool | Element::F32 => chance.one_in(2).into(),
    }
}

/// Makes one function; the pool holds the values in scope.
struct Maker<'a> {
    chance: Chance,
    options: &'a Options,
    pool: Vec<Value>,
    /// Indices of the loops around and what they stay below.
    indices: Vec<(Value, Polynomial)>,
}

impl Maker<'_> {
    /// Adds steps to the block that is open, each leaving values in the pool.
    fn steps(&mut self, builder: &mut Builder, count: usize, depth: usize) {
        for _ in 0..count {
            self.step(builder, depth);
        }
    }

    fn step(&mut self, builder: &mut Builder, depth: usize) {
        let parts = &self.options.kinds;
        if parts.is_empty() || self.chance.one_in(3) {
            let value = self.scalar(builder);
            return self.pool.push(value);
        }
        let part = parts[self.chance.below(parts.len())];
        let nested =
            matches!(part, Part::Map | Part::Reduce | Part::Scan | Part::While | Part::If | Part::Accumulate);
        if nested && depth == 0 {
            let value = self.scalar(builder);
            return self.pool.push(value);
        }
        let new = match part {
            Part::Proved => vec![self.proved_entry(builder)],
            Part::Checked => vec![self.checked_entry(builder)],
            Part::View => vec![self.view(builder)],
            Part::Map => self.map(builder, depth - 1),
            Part::Reduce => self.reduce(builder, depth - 1),
            Part::Scan => self.scan(builder, depth - 1),
            Part::While => self.while_loop(builder, depth - 1),
            Part::If => self.branch(builder, depth - 1),
            Part::Accumulate => self.accumulate(builder, depth - 1),
            Part::Matrix => self.matrix(builder),
            Part::Run => self.run_time(builder),
            Part::Call => vec![self.call(builder)],
        };
        self.pool.extend(new);
    }

    /// Runs `make` in a region: what it adds to the pool goes out of scope again.
    fn scoped<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let (values, indices) = (self.pool.len(), self.indices.len());
        let made = make(self);
        self.pool.truncate(values);
        self.indices.truncate(indices);
        made
    }

    /// Values of the pool of a type that `fits`.
    fn all(&self, builder: &Builder, fits: impl Fn(&Type) -> bool) -> Vec<Value> {
        self.pool.iter().copied().filter(|value| fits(builder.type_of(*value))).collect()
    }

    /// An extent of an axis.
    fn extent(&mut self) -> Polynomial {
        match self.chance.below(4) {
            0 => size(0),
            1 => size(1),
            2 => size(0).plus(&1.into()),
            _ => Polynomial::constant(2 + self.chance.below(2) as i64),
        }
    }

    /// The results: the latest values, at least one float among them.
    fn results(&mut self, builder: &mut Builder) -> Vec<Value> {
        let known = |of: &Type| of.shape.iter().all(|dimension| *dimension != Dimension::Run);
        let latest: Vec<Value> = self.all(builder, known).into_iter().rev().take(3).collect();
        let mut results = vec![self.scalar(builder)];
        results.extend(latest);
        results
    }
}
