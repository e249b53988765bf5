//! Modules, functions, blocks, operations and values.

use super::kind::{Kind, Strategy};
use super::types::Type;
use std::collections::BTreeMap;
use std::fmt;

/// A value of one function: defined once, printed `%3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(pub u32);

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

/// Where an operation comes from: a number into a side table of the front end. 0 is nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Origin(pub u32);

/// When a parameter is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binding {
    /// With the data.
    Bound,
    /// At every evaluation.
    Live,
}

/// A function's parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The value inside the function.
    pub value: Value,
    /// When it is known.
    pub binding: Binding,
}

/// A straight line of operations that yields values. A region's block sees its parameters, what it defines, and
/// its captures, under the same names as outside; nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Block {
    /// Values that the enclosing operation provides: indices, states, accumulators.
    pub parameters: Vec<Value>,
    /// Values from outside that are used inside, nested regions included, in order of first use.
    pub captures: Vec<Value>,
    /// In order of evaluation.
    pub operations: Vec<Operation>,
    /// What it yields.
    pub results: Vec<Value>,
}

impl Block {
    /// The names of functions that its operations call, differentiate or are ruled by, nested regions included.
    pub fn callees(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.collect_callees(&mut names);
        names
    }

    fn collect_callees<'a>(&'a self, names: &mut Vec<&'a str>) {
        for operation in &self.operations {
            match &operation.kind {
                Kind::Call { function, .. } => names.push(function),
                Kind::Jvp(derivation) | Kind::Vjp(derivation) => names.push(&derivation.function),
                Kind::Custom(custom) => {
                    names.extend([&custom.function, &custom.jvp].map(String::as_str));
                    names.extend(custom.adjoint.as_deref());
                }
                Kind::Linear(pair) => names.extend([&pair.apply, &pair.transpose].map(String::as_str)),
                _ => {}
            }
            operation.regions.iter().for_each(|region| region.collect_callees(names));
        }
    }
}

/// One operation: a kind with operands, regions and results.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    /// What it does.
    pub kind: Kind,
    /// Values read; see [`Kind`] for their order.
    pub operands: Vec<Value>,
    /// Nested blocks.
    pub regions: Vec<Block>,
    /// Values defined.
    pub results: Vec<Value>,
    /// Its place in the source, for messages only.
    pub origin: Origin,
}

impl Operation {
    /// What it reads: its operands, and what its regions capture.
    pub fn reads(&self) -> impl Iterator<Item = Value> + '_ {
        self.operands.iter().chain(self.regions.iter().flat_map(|region| &region.captures)).copied()
    }
}

/// A named function: pure, total, polymorphic in its sizes. Two are equal when they print the same: types of numbers
/// that no value has do not count.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name, without the `@`.
    pub name: String,
    /// Names of its size parameters.
    pub sizes: Vec<String>,
    /// Parameters, in order; the body's block has the same values as parameters.
    pub parameters: Vec<Parameter>,
    /// What it computes; no captures.
    pub body: Block,
    /// The type of each value, by number. Numbers need not be dense or ordered.
    pub types: Vec<Type>,
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        let alike =
            self.name == other.name && self.sizes == other.sizes && self.parameters == other.parameters;
        let typed = |value: &Value| {
            self.types.get(value.0 as usize).is_some_and(|of| other.types.get(value.0 as usize) == Some(of))
        };
        alike && self.body == other.body && self.body.defined().iter().all(typed)
    }
}

impl Block {
    /// Every value defined in it, nested regions included, in order of definition.
    pub fn defined(&self) -> Vec<Value> {
        let mut values = self.parameters.clone();
        for operation in &self.operations {
            operation.regions.iter().for_each(|region| values.extend(region.defined()));
            values.extend(&operation.results);
        }
        values
    }
}

impl Function {
    /// The type of a value.
    pub fn type_of(&self, value: Value) -> &Type {
        &self.types[value.0 as usize]
    }

    /// The types of the parameters.
    pub fn parameter_types(&self) -> impl Iterator<Item = &Type> {
        self.parameters.iter().map(|parameter| self.type_of(parameter.value))
    }

    /// The types of the results.
    pub fn result_types(&self) -> impl Iterator<Item = &Type> {
        self.body.results.iter().map(|value| self.type_of(*value))
    }
}

/// A distribution of the site dialect, as a bundle of functions. All take the distribution's arguments first.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Distribution {
    /// (arguments, x) -> log density of x.
    pub log_density: String,
    /// (arguments, bits, bits) -> a draw; two `i64` of random bits.
    pub sample: String,
    /// Whether `sample` is a smooth function of the arguments, so that its derivative is the pathwise one.
    pub reparameterized: bool,
    /// For a finite support 0, 1, .., n-1: (arguments) -> n.
    pub support_size: Option<String>,
    /// (arguments, x, bits, bits) -> for each floating-point argument: coefficient, x plus, x minus; the derivative of
    /// E k(x) in that argument is the mean of coefficient * (k(x plus) - k(x minus)).
    pub measure_valued: Option<String>,
}

impl Distribution {
    /// Whether the strategy's ingredient is present.
    pub fn has(&self, strategy: Strategy) -> bool {
        match strategy {
            Strategy::Reparam => self.reparameterized,
            Strategy::Enumerate => self.support_size.is_some(),
            Strategy::Reinforce { .. } => true,
            Strategy::MeasureValued => self.measure_valued.is_some(),
        }
    }
}

/// Functions and distributions by name.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Module {
    /// Functions, by name.
    pub functions: BTreeMap<String, Function>,
    /// Distributions of the site dialect, by name.
    pub distributions: BTreeMap<String, Distribution>,
}

impl Module {
    /// The functions that a root needs, itself included; distributions are left out.
    pub fn reachable(&self, root: &str) -> Module {
        let mut found = Module::default();
        let mut open = vec![root];
        while let Some(name) = open.pop() {
            let Some(function) = self.functions.get(name) else { continue };
            if !found.functions.contains_key(&function.name) {
                found.insert(function.clone());
                open.extend(function.body.callees());
            }
        }
        found
    }

    /// Adds a function under its name, replacing one of that name.
    pub fn insert(&mut self, function: Function) {
        self.functions.insert(function.name.clone(), function);
    }
}
