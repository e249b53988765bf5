//! The invariants of each stage, checked after every pass. All violations come back, each with its operation printed.
//!
//! Scopes and captures are checked here; types, signatures, sites and stages in the files beside.

mod signature;
mod sites;
mod stage;
mod types;

use super::build::captures;
use super::data::{Block, Function, Module, Operation, Origin, Value};
use super::print::{is_bare, operation_line};
use super::prove::Prover;
use rustc_hash::FxHashSet;
use std::fmt;

/// How far a module has come; each stage admits less than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Models: site operations and all others.
    Site,
    /// No site operations.
    Plain,
    /// No operators and no calls either.
    Resolved,
    /// And every dimension is a number.
    Bound,
}

/// One broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The function's name.
    pub function: String,
    /// The operation as it prints; none where the function as a whole is wrong.
    pub operation: Option<String>,
    /// The operation's place in the source.
    pub origin: Origin,
    /// What is wrong.
    pub message: String,
}

/// Everything that is wrong with a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations(pub Vec<Violation>);

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for violation in &self.0 {
            let Violation { function, operation, message, .. } = violation;
            match operation {
                Some(operation) => writeln!(f, "@{function}: {message}: `{operation}`")?,
                None => writeln!(f, "@{function}: {message}")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// What a rule sees.
pub struct Context<'a> {
    /// The module.
    pub module: &'a Module,
    /// The function.
    pub function: &'a Function,
    /// The stage it is checked for.
    pub stage: Stage,
    /// Indices of the loops around the operation, outermost first.
    pub around: Vec<Value>,
    prover: Prover<'a>,
}

/// A rule over one operation whose values all have types: what is wrong, if anything.
pub type Rule = fn(&Context, &Operation) -> Result<(), String>;

/// The rules of every stage.
const RULES: &[Rule] = &[
    types::results,
    types::parameters,
    types::accumulators,
    signature::named,
    stage::admitted,
    stage::sizes,
    stage::views,
    stage::proved,
];

/// Checks a module against the invariants of a stage.
pub fn verify(module: &Module, stage: Stage) -> Result<(), Violations> {
    verify_with(module, stage, &[])
}

/// Checks a module against the invariants of a stage and further rules: a later stage's own.
pub fn verify_with(module: &Module, stage: Stage, rules: &[Rule]) -> Result<(), Violations> {
    let mut violations = Vec::new();
    for (name, function) in &module.functions {
        let mut walk = Walk::new(module, function, stage, rules);
        if *name != function.name {
            walk.wrong(None, format!("it stands in the module as @{name}"));
        }
        walk.function();
        violations.extend(walk.violations);
    }
    violations.extend(signature::cycles(module));
    violations.extend(signature::distributions(module));
    if violations.is_empty() { Ok(()) } else { Err(Violations(violations)) }
}

/// A violation of a function as a whole.
fn of_function(function: &str, message: String) -> Violation {
    Violation { function: function.to_string(), operation: None, origin: Origin(0), message }
}

struct Walk<'a> {
    module: &'a Module,
    function: &'a Function,
    stage: Stage,
    rules: &'a [Rule],
    defined: FxHashSet<Value>,
    violations: Vec<Violation>,
}

impl<'a> Walk<'a> {
    fn new(module: &'a Module, function: &'a Function, stage: Stage, rules: &'a [Rule]) -> Self {
        Self { module, function, stage, rules, defined: FxHashSet::default(), violations: Vec::new() }
    }

    fn wrong(&mut self, operation: Option<&Operation>, message: String) {
        self.violations.push(Violation {
            function: self.function.name.clone(),
            operation: operation.map(|operation| operation_line(self.function, operation)),
            origin: operation.map_or(Origin(0), |operation| operation.origin),
            message,
        });
    }

    fn function(&mut self) {
        let function = self.function;
        self.head();
        let scope = FxHashSet::from_iter(function.body.parameters.iter().copied());
        self.define(None, &function.body.parameters);
        self.block(None, &function.body, scope);
        if !self.violations.is_empty() {
            return;
        }
        for message in types::function(function) {
            self.wrong(None, message);
        }
        if let Err(message) = sites::once(function) {
            self.wrong(None, message);
        }
        self.operations();
    }

    /// Sizes, parameters and captures of the function itself.
    fn head(&mut self) {
        let function = self.function;
        let mut sizes = FxHashSet::default();
        for size in &function.sizes {
            if !sizes.insert(size) || !is_bare(size, true) {
                self.wrong(None, format!("`{size}` is no name for a size, or one given twice"));
            }
        }
        if self.stage >= Stage::Bound && !function.sizes.is_empty() {
            self.wrong(None, "it has size parameters".into());
        }
        let parameters: Vec<Value> = function.parameters.iter().map(|parameter| parameter.value).collect();
        if parameters != function.body.parameters {
            self.wrong(None, "its body has other parameters".into());
        }
        if !function.body.captures.is_empty() {
            self.wrong(None, "its body captures values".into());
        }
    }

    fn define(&mut self, operation: Option<&Operation>, values: &[Value]) {
        for value in values {
            if value.0 as usize >= self.function.types.len() {
                self.wrong(operation, format!("{value} has no type"));
            }
            if !self.defined.insert(*value) {
                self.wrong(operation, format!("{value} is defined twice"));
            }
        }
    }

    fn visible(&mut self, operation: Option<&Operation>, values: &[Value], scope: &FxHashSet<Value>) {
        for value in values {
            if !scope.contains(value) {
                self.wrong(operation, format!("{value} is not visible here"));
            }
        }
    }

    /// Checks scopes: `scope` holds the block's parameters and captures.
    fn block(&mut self, parent: Option<&Operation>, block: &Block, mut scope: FxHashSet<Value>) {
        for operation in &block.operations {
            self.visible(Some(operation), &operation.operands, &scope);
            for region in &operation.regions {
                self.visible(Some(operation), &region.captures, &scope);
                let used = captures(region);
                if region.captures != used {
                    let list = used.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
                    self.wrong(Some(operation), format!("a region captures ({list}) and lists otherwise"));
                }
                self.define(Some(operation), &region.parameters);
                let inner = region.parameters.iter().chain(&region.captures).copied().collect();
                self.block(Some(operation), region, inner);
            }
            self.define(Some(operation), &operation.results);
            scope.extend(&operation.results);
        }
        self.visible(parent, &block.results, &scope);
    }

    /// Applies the rules to every operation; all values are defined, in scope, and have types.
    fn operations(&mut self) {
        let (module, function, stage) = (self.module, self.function, self.stage);
        let mut context =
            Context { module, function, stage, around: Vec::new(), prover: Prover::new(function) };
        let mut places = Vec::new();
        context.prover.visit(&function.body, &mut Vec::new(), &mut |operation, around| {
            places.push((operation, around.to_vec()));
        });
        for (operation, around) in places {
            context.around = around;
            for rule in RULES.iter().chain(self.rules) {
                if let Err(message) = rule(&context, operation) {
                    self.wrong(Some(operation), message);
                }
            }
        }
    }
}
