//! Typed tree to IR: expressions become scalar code inside loops over their entries.
//!
//! Functions, distributions and bijectors are inlined. An elementwise expression is not built array by array: its entry
//! at given indices is lowered instead ([`Lowerer::entry`]), so that the log density of a product of normals is one
//! reduction with the scalar density inside. Arrays are made where they are named (`let`, `track`) and where a
//! whole-array operation reads them ([`Lowerer::value`]).

mod access;
mod call;
mod derivative;
pub mod draw;
mod entry;
pub mod expect;
mod iteration;
pub mod looping;
pub mod measure;
mod outline;
mod record;
mod recurrence;
mod reduce;
pub mod script;
pub mod statement;
pub mod truncation;
mod value;
pub mod within;

pub use record::{Compound, numbers, rebuilt};

use crate::ir::{Binding, Builder, Dimension, Element, Module, Polynomial, Type, Value};
use crate::typed::tree::{Block, Expr, Program, Variable};
use crate::typed::types;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use rustc_hash::FxHashMap;

/// What lowering may find: a construct that is checked but has no code yet.
pub type Lowered<T> = Result<T, Box<Diagnostic>>;

/// What is known of the script where an expression of it is compiled.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The numbers that size symbols of the program stand for, where known; those of data may be left open. An unknown
    /// one counts as 1: the program is only looked at.
    pub sizes: Vec<Option<i64>>,
    /// Variables whose values are passed.
    pub variables: Vec<Variable>,
    /// The values of whole numbers of the script, where they are known: what counts copies becomes a size.
    pub integers: FxHashMap<Variable, i64>,
}

/// Lowers expressions of one program into one function.
pub struct Lowerer<'p> {
    /// The program.
    pub program: &'p Program,
    /// The function being built.
    pub builder: Builder,
    /// Its name.
    name: String,
    /// Functions made of parts of it.
    pub module: Module,
    /// How many.
    outlines: usize,
    /// What variables are bound to, at this place.
    pub variables: FxHashMap<Variable, Value>,
    /// Variables that are records.
    records: FxHashMap<Variable, Compound>,
    /// Arrays to which the loops around this place only add.
    sums: FxHashMap<Variable, Value>,
    /// Arrays that the loops around this place make step by step.
    windows: FxHashMap<Variable, recurrence::Window>,
    /// Whether statements that score are passed over.
    pub unscored: bool,
    /// What each size symbol is, in the sizes of the function: the sizes that data declare.
    sizes: Vec<Polynomial>,
    /// Variables of the script that were met, each a parameter: only the script knows their values.
    pub inputs: Vec<Variable>,
    /// Places by origin; 0 is nowhere.
    pub origins: Vec<Span>,
    /// The program's call of the library that this place is inside of.
    called: Option<Span>,
    /// Whether paths are scored with respect to the numbers that they are, and not relative to driftless processes.
    pub absolute: bool,
    /// Where noise comes from, in what draws.
    pub noise: Option<draw::Noise>,
    /// Site arrays of which the loops around this place have fixed some leading axes: how many.
    pub rows: FxHashMap<Variable, usize>,
    /// Functions of the module that give what baselines are compared with.
    pub scored: Vec<String>,
    /// Whole numbers that are known: values of the function, by those of the script.
    integers: FxHashMap<Value, i64>,
    /// Draws by the expectations around, each with the number of the model or guide that it is of.
    pub landed: Vec<(Variable, usize)>,
    /// The script's, by variable; none where the program is only looked at.
    known_integers: Option<FxHashMap<Variable, i64>>,
    /// Where expectations have their seed from, in what estimates them.
    pub expecting: Option<expect::Expecting>,
}

impl<'p> Lowerer<'p> {
    /// An empty function of that name whose sizes are those that data declare, with the data as bound parameters, and
    /// after them what is known of the script.
    pub fn new(program: &'p Program, name: &str, known: &Known) -> Self {
        let names = program.bound_sizes().map(|(name, _)| name.to_string()).collect();
        let mut lowerer = Self::open(program, name, names, known);
        for (position, (_, symbol)) in program.bound_sizes().enumerate() {
            let variable = crate::ir::SizeVariable(position as u32);
            lowerer.sizes[symbol.0 as usize] = Polynomial::variable(variable);
        }
        let data = program.data.iter().map(|datum| datum.variable);
        for variable in data.chain(program.gaps().map(|gaps| gaps.numbers)) {
            let of = lowerer.ir_type(&program.variables[variable.0 as usize].ty);
            let parameter = lowerer.builder.parameter(of, Binding::Bound);
            lowerer.variables.insert(variable, parameter);
        }
        for variable in &known.variables {
            lowerer.input(*variable);
        }
        lowerer
    }

    /// An empty function of that name and these sizes, without parameters.
    pub fn open(program: &'p Program, name: &str, names: Vec<String>, known: &Known) -> Self {
        let known_size = |symbol: usize| known.sizes.get(symbol).copied().flatten().unwrap_or(1);
        let sizes = (0..program.sizes.len()).map(|symbol| known_size(symbol).into()).collect();
        Self {
            program,
            builder: Builder::new(name, names),
            name: name.to_string(),
            module: Module::default(),
            outlines: 0,
            variables: FxHashMap::default(),
            records: FxHashMap::default(),
            sums: FxHashMap::default(),
            windows: FxHashMap::default(),
            unscored: false,
            sizes,
            inputs: Vec::new(),
            origins: Vec::new(),
            called: None,
            absolute: false,
            noise: None,
            rows: FxHashMap::default(),
            scored: Vec::new(),
            integers: FxHashMap::default(),
            landed: Vec::new(),
            known_integers: (!known.sizes.is_empty()).then(|| known.integers.clone()),
            expecting: None,
        }
    }

    /// Makes a variable of the script a parameter, or a parameter for each number of a record.
    pub fn input(&mut self, variable: Variable) -> Compound {
        let ty = self.program.variables[variable.0 as usize].ty.clone();
        let mut types = Vec::new();
        numbers(&ty, &mut types);
        let parameters: Vec<Value> = types
            .iter()
            .map(|of| {
                let of = self.ir_type(of);
                self.builder.parameter(of, Binding::Bound)
            })
            .collect();
        let value = rebuilt(&ty, &mut parameters.into_iter());
        if let (Compound::Value(own), Some(known)) = (&value, &self.known_integers)
            && let Some(number) = known.get(&variable)
        {
            self.integers.insert(*own, *number);
        }
        self.bind(variable, value.clone());
        self.inputs.push(variable);
        value
    }

    /// A size in terms of the function's sizes.
    pub fn size(&self, size: &Polynomial) -> Polynomial {
        size.substitute(&self.sizes)
    }

    /// Sizes in terms of the function's sizes.
    pub fn sizes(&self, sizes: &[Polynomial]) -> Vec<Polynomial> {
        sizes.iter().map(|size| self.size(size)).collect()
    }

    /// Gives size symbols their meaning for a call.
    pub fn bind_sizes(&mut self, symbols: &[crate::ir::SizeVariable], sizes: &[Polynomial]) {
        let sizes = self.sizes(sizes);
        self.bind_resolved_sizes(symbols, &sizes);
    }

    /// Gives size symbols their meaning, in the sizes of the function.
    pub fn bind_resolved_sizes(&mut self, symbols: &[crate::ir::SizeVariable], sizes: &[Polynomial]) {
        for (symbol, size) in symbols.iter().zip(sizes) {
            self.sizes[symbol.0 as usize] = size.clone();
        }
    }

    /// The IR's type of a number or an array of numbers.
    ///
    /// # Panics
    /// If the type is not numeric: the checker lets no other value into kernels.
    pub fn ir_type(&self, of: &types::Type) -> Type {
        let element = match &of.element {
            types::Element::Real(_) => Element::F64,
            types::Element::Int(_) => Element::I64,
            types::Element::Bool => Element::Bool,
            other => panic!("a value of type {other:?} in a kernel"),
        };
        let shape = of.shape.iter().map(|size| Dimension::Size(self.size(size))).collect();
        Type::array(element, shape)
    }

    /// Everything pushed from here on comes from this place.
    pub fn at(&mut self, span: Span) {
        if self.origins.last() != Some(&span) {
            self.origins.push(span);
        }
        self.builder.origin = crate::ir::Origin(self.origins.len() as u32);
    }

    /// Binds a variable to the value of an expression.
    pub fn define(&mut self, variable: Variable, value: &'p Expr) -> Lowered<()> {
        let value = self.compound(value)?;
        self.bind(variable, value);
        Ok(())
    }

    /// Binds a variable.
    pub fn bind(&mut self, variable: Variable, value: Compound) {
        match value {
            Compound::Value(value) => _ = self.variables.insert(variable, value),
            Compound::Record(_) => _ = self.records.insert(variable, value),
            Compound::Nothing => {}
        }
    }

    /// What a variable is bound to, if it is.
    pub fn bound(&self, variable: Variable) -> Option<Compound> {
        let record = || self.records.get(&variable).cloned();
        self.variables.get(&variable).map(|value| Compound::Value(*value)).or_else(record)
    }

    /// Takes what has been lowered so far, to be put back: what lowers a model's body holds it.
    pub fn lent(&mut self) -> Self {
        let empty = Self::open(self.program, "", Vec::new(), &Known::default());
        std::mem::replace(self, empty)
    }

    /// Lowers something whose names mean nothing after it.
    pub fn apart<T>(&mut self, work: impl FnOnce(&mut Self) -> Lowered<T>) -> Lowered<T> {
        let (variables, records, sizes) = (self.variables.clone(), self.records.clone(), self.sizes.clone());
        let before = self.inputs.len();
        let result = work(self);
        let (own, own_records) = (
            std::mem::replace(&mut self.variables, variables),
            std::mem::replace(&mut self.records, records),
        );
        self.sizes = sizes;
        // What the script passes is passed once.
        for input in &self.inputs[before..] {
            self.variables.extend(own.get(input).map(|value| (*input, *value)));
            self.records.extend(own_records.get(input).map(|value| (*input, value.clone())));
        }
        result
    }

    /// A region without parameters that yields what the closure makes.
    pub fn region(&mut self, make: impl FnOnce(&mut Self) -> Lowered<Value>) -> Lowered<crate::ir::Block> {
        self.builder.begin(Vec::new());
        let value = make(self);
        let region = self.builder.end(value.iter().copied().collect());
        value.map(|_| region)
    }

    /// A block's statements, then what the closure makes of its value.
    pub fn block<T>(
        &mut self,
        block: &'p Block,
        span: Span,
        finish: impl FnOnce(&mut Self, &'p Expr) -> Lowered<T>,
    ) -> Lowered<T> {
        self.statements(&block.statements)?;
        match &block.value {
            Some(value) => finish(self, value),
            None => Err(unsupported(span, "a block without a value as a number")),
        }
    }
}

/// The message for a construct that is understood but cannot be compiled yet.
pub fn unsupported(span: Span, what: &str) -> Box<Diagnostic> {
    let message = format!("not supported yet: {what}");
    Box::new(Diagnostic::error(codes::NOT_SUPPORTED, span, message).here("cannot be compiled yet"))
}
