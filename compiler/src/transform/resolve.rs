//! Resolve: one self-contained function of a module's root, without calls, derivatives, rules or stops.
//!
//! What disappears: `call`, `jvp`, `vjp`, `custom`, `linear`, `stop`. What appears: what they stand for, from the
//! inside out, so that the derivative of a derivative is the same passes again. Each (function, sizes, form) is made
//! once. A function that calls itself is an error: the IR has no recursion.

use super::derive::vjp;
use super::error::ResolveError;
use super::forward::{Library, forward};
use super::options::Options;
use super::prune::prune;
use super::rebuild::{self, inline};
use crate::ir::kind::Derivation;
use crate::ir::{Function, Kind, Module, Polynomial, SizeVariable};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Resolves a root for its sizes, or for the numbers that the options give.
pub fn resolve(module: &Module, root: &str, options: &Options) -> Result<Function, ResolveError> {
    let missing = || ResolveError::UnknownFunction { function: root.to_string() };
    let function = module.functions.get(root).ok_or_else(missing)?;
    let (sizes, names): (Vec<Polynomial>, Vec<String>) = match &options.sizes {
        Some(numbers) => (numbers.iter().map(|n| Polynomial::constant(*n)).collect(), Vec::new()),
        None => {
            let variables = (0..function.sizes.len()).map(|at| Polynomial::variable(SizeVariable(at as u32)));
            (variables.collect(), function.sizes.clone())
        }
    };
    let mut resolver = Resolver { module, options, names, made: FxHashMap::default(), open: Vec::new() };
    let key = Key { function: root.to_string(), sizes, form: Form::Erased };
    let mut resolved = (*resolver.made(key)?).clone();
    prune(&mut resolved);
    Ok(resolved)
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    /// Calls and derivatives replaced.
    Plain,
    /// Rules and stops replaced too: nothing differentiates it again.
    Erased,
    Jvp(Vec<bool>),
    Vjp(Vec<bool>),
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    function: String,
    sizes: Vec<Polynomial>,
    form: Form,
}

struct Resolver<'a> {
    module: &'a Module,
    options: &'a Options,
    /// The root's names for its sizes, in which all sizes are.
    names: Vec<String>,
    made: FxHashMap<Key, Rc<Function>>,
    /// What is being made, outermost first.
    open: Vec<Key>,
}

impl Library for Resolver<'_> {
    fn function(&mut self, name: &str, sizes: &[Polynomial]) -> Result<Rc<Function>, ResolveError> {
        self.made(Key { function: name.to_string(), sizes: sizes.to_vec(), form: Form::Plain })
    }
}

impl Resolver<'_> {
    fn made(&mut self, key: Key) -> Result<Rc<Function>, ResolveError> {
        if let Some(function) = self.made.get(&key) {
            return Ok(function.clone());
        }
        if let Some(first) = self.open.iter().position(|open| *open == key) {
            let round = self.open[first..].iter().chain([&key]);
            return Err(ResolveError::Recursion { chain: round.map(|key| key.function.clone()).collect() });
        }
        self.open.push(key.clone());
        let function = Rc::new(self.make(&key)?);
        self.open.pop();
        self.made.insert(key, function.clone());
        Ok(function)
    }

    fn make(&mut self, key: &Key) -> Result<Function, ResolveError> {
        match &key.form {
            Form::Plain => self.expand(&key.function, &key.sizes),
            Form::Erased => {
                let plain = self.function(&key.function, &key.sizes)?;
                self.erase(&plain)
            }
            Form::Jvp(active) => {
                let plain = self.function(&key.function, &key.sizes)?;
                let mut derivative = forward(&plain, active, self)?;
                prune(&mut derivative);
                Ok(derivative)
            }
            Form::Vjp(active) => {
                let plain = self.function(&key.function, &key.sizes)?;
                Ok(vjp(&plain, active, self.options, self)?.function)
            }
        }
    }

    /// A function of the module with everything it calls put in its place.
    fn expand(&mut self, name: &str, sizes: &[Polynomial]) -> Result<Function, ResolveError> {
        let missing = || ResolveError::UnknownFunction { function: name.to_string() };
        let function = self.module.functions.get(name).ok_or_else(missing)?;
        let function = function.instantiate(sizes, self.names.clone());
        rebuild::rewrite(&function, &mut |builder, rebuild, operation| {
            let derived = |d: &Derivation, form: Form| Key {
                function: d.function.clone(),
                sizes: d.sizes.clone(),
                form,
            };
            let key = match &operation.kind {
                Kind::Call { function, sizes } => {
                    Key { function: function.clone(), sizes: sizes.clone(), form: Form::Plain }
                }
                Kind::Jvp(d) => derived(d, Form::Jvp(d.active.clone())),
                Kind::Vjp(d) => derived(d, Form::Vjp(d.active.clone())),
                _ => return Ok(None),
            };
            let inner = self.made(key)?;
            Ok(Some(inline(builder, &inner, &rebuild.all(&operation.operands))))
        })
    }

    fn erase(&mut self, function: &Function) -> Result<Function, ResolveError> {
        rebuild::rewrite(function, &mut |builder, rebuild, operation| {
            let (function, sizes) = match &operation.kind {
                Kind::Stop => return Ok(Some(rebuild.all(&operation.operands))),
                Kind::Custom(custom) => (custom.function.clone(), custom.sizes.clone()),
                Kind::Linear(pair) => (pair.apply.clone(), pair.sizes.clone()),
                _ => return Ok(None),
            };
            let inner = self.made(Key { function, sizes, form: Form::Erased })?;
            Ok(Some(inline(builder, &inner, &rebuild.all(&operation.operands))))
        })
    }
}
