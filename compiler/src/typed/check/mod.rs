//! Tree to typed tree: resolves names, finds types and shapes, and says what is wrong, many mistakes at once.
//!
//! A mistake becomes a message and an expression of unknown type, about which nothing more is said.

mod advice;
mod alias;
mod argument;
mod array;
mod assign;
mod auto;
mod bijector;
mod block;
mod bound;
mod calibrate;
mod call;
mod chosen;
mod closure;
mod coerce;
mod combine;
mod declare;
mod derivative;
mod draw;
mod dynamics;
mod entries;
mod expression;
mod extent;
mod fact;
mod foreseen;
mod form;
mod function;
mod given;
mod guide;
mod import;
mod index;
mod inference;
mod inlined;
mod iteration;
mod kept;
mod load;
mod marginal;
mod measure;
mod model;
mod objective;
mod operator;
mod optimizer;
mod order;
mod pack;
mod passed;
mod predict;
mod record;
mod reduce;
mod scope;
mod script;
mod session;
mod simulate;
mod site;
mod solve;
mod stl;
mod strategy;
mod submodel;
mod used;
mod written;

use super::tree::{Expr, ExprKind, Program, Role, Variable, VariableRow};
use super::types::Type;
use crate::ir::{Polynomial, SizeVariable};
use ansatz_grammar::diagnostic::{Code, Diagnostic, codes};
use ansatz_grammar::span::{SourceId, Sources, Span};
use ansatz_grammar::tree as written_tree;
use declare::Declaration;
use function::Decided;
pub use import::Files;
use rustc_hash::FxHashMap;
use scope::{Globals, Scope};
pub use session::check_session;
use std::rc::Rc;
use std::sync::Arc;

/// Checks a parsed program. Sources of the standard library that it uses are added to `sources`.
pub fn check(tree: written_tree::Program, sources: &mut Sources) -> (Program, Vec<Diagnostic>) {
    let mut checker = Checker::new(sources);
    checker.file(tree);
    checker.finish()
}

/// Checks a parsed program that may use files.
pub fn check_with_files(
    tree: written_tree::Program,
    sources: &mut Sources,
    files: Files,
) -> (Program, Vec<Diagnostic>) {
    let mut checker = Checker { files, ..Checker::new(sources) };
    checker.file(tree);
    checker.finish()
}
/// What checking carries along.
struct Checker<'s> {
    program: Program,
    diagnostics: Vec<Diagnostic>,
    sources: &'s mut Sources,
    declarations: Vec<Declaration>,
    /// The declaration of each distribution of the program.
    distribution_declarations: Vec<usize>,
    /// Entries of distributions that are being checked, by distribution and name.
    open_entries: Vec<(usize, &'static str)>,
    /// Functions checked so far, by declaration and by what calls decide.
    instances: FxHashMap<usize, Vec<(Decided, usize)>>,
    /// Functions whose bodies are being checked.
    open: Vec<(usize, Decided)>,
    user: Globals,
    library: Globals,
    /// What the script declares with `var`.
    script_vars: Vec<Variable>,
    /// Files of the standard library of which something was read.
    library_sources: Vec<Option<SourceId>>,
    scope: Scope,
    /// Types with a name.
    aliases: FxHashMap<Name, alias::Alias>,
    /// The project's files, and those that were read.
    files: Files<'s>,
    imported: Vec<String>,
    /// Declarations whose headers are being read.
    headers: Vec<usize>,
    /// The declarations that are equations of motion.
    motions: FxHashMap<usize, dynamics::Declared>,
    /// Places of the names of objectives.
    objectives: Vec<Span>,
    /// Models for what calls pass to them.
    specials: Vec<passed::Special>,
    /// Declarations for each number of sizes that calls need.
    ranked: Vec<pack::Ranked>,
    /// Variables of the script that are estimates or bounds.
    inexact: FxHashMap<Variable, super::exact::Exactness>,
    /// Guides made from models: their family, the model, and the number of their declaration.
    guides: Vec<(String, super::types::ModelType, usize)>,
    /// Why draws of distributions do not move with their parameters; empty where they do.
    smooth_draws: FxHashMap<usize, &'static str>,
    /// Bodies around this place that may be checked once more.
    second_looks: u32,
    /// Whether texts are entered one after the other: later ones may give names another meaning.
    session: bool,
}

impl<'s> Checker<'s> {
    fn new(sources: &'s mut Sources) -> Self {
        Self {
            program: Program::default(),
            diagnostics: Vec::new(),
            sources,
            declarations: Vec::new(),
            distribution_declarations: Vec::new(),
            open_entries: Vec::new(),
            instances: FxHashMap::default(),
            open: Vec::new(),
            user: Globals::default(),
            library: Globals::default(),
            script_vars: Vec::new(),
            library_sources: vec![None; ansatz_stdlib::FILES.len()],
            scope: Scope::default(),
            aliases: FxHashMap::default(),
            files: &|_| Err("there is no such file".to_string()),
            imported: Vec::new(),
            headers: Vec::new(),
            motions: FxHashMap::default(),
            objectives: Vec::new(),
            specials: Vec::new(),
            ranked: Vec::new(),
            inexact: FxHashMap::default(),
            guides: Vec::new(),
            smooth_draws: FxHashMap::default(),
            second_looks: 0,
            session: false,
        }
    }
}

impl Checker<'_> {
    /// What was found, each message once.
    fn finish(mut self) -> (Program, Vec<Diagnostic>) {
        self.bijectors();
        let mut seen: Vec<(Code, Span, String)> = Vec::new();
        self.diagnostics.retain(|diagnostic| {
            let key = (diagnostic.code, diagnostic.span(), diagnostic.message.clone());
            let first = !seen.contains(&key);
            seen.push(key);
            first
        });
        (self.program, self.diagnostics)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports, and gives the expression that stands for the mistake.
    fn fail(&mut self, span: Span, diagnostic: Diagnostic) -> Expr {
        self.report(diagnostic);
        Expr::unknown(span)
    }

    /// What the compiler cannot do yet.
    fn unsupported(&mut self, span: Span, what: &str) -> Expr {
        self.fail(span, Diagnostic::error(codes::NOT_SUPPORTED, span, format!("not supported yet: {what}")))
    }

    /// A type as text.
    fn show(&self, of: &Type) -> String {
        of.display(&self.program.sizes).to_string()
    }

    /// A shape as text: `[N, 3]`.
    fn show_shape(&self, shape: &[Polynomial]) -> String {
        let extents: Vec<String> = shape.iter().map(|size| self.show_size(size)).collect();
        format!("[{}]", extents.join(", "))
    }

    fn show_size(&self, size: &Polynomial) -> String {
        size.display(&self.program.sizes).to_string()
    }

    fn new_size(&mut self, name: &str) -> SizeVariable {
        self.program.sizes.push(name.to_string());
        SizeVariable(self.program.sizes.len() as u32 - 1)
    }

    fn new_variable(&mut self, name: &written_tree::Ident, ty: Type, role: Role) -> Variable {
        self.program.variables.push(VariableRow { name: name.name.clone(), span: name.span, ty, role });
        Variable(self.program.variables.len() as u32 - 1)
    }

    fn row(&self, variable: Variable) -> &VariableRow {
        &self.program.variables[variable.0 as usize]
    }

    /// Runs `work` and forgets its messages: for looking ahead.
    fn quietly<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let told = self.diagnostics.len();
        let result = work(self);
        self.diagnostics.truncate(told);
        result
    }
}

impl Expr {
    /// What stands for a mistake.
    fn unknown(span: Span) -> Self {
        Self { span, ty: Type::unknown(), kind: ExprKind::Error }
    }

    fn is_unknown(&self) -> bool {
        self.ty.is_unknown()
    }
}

/// A declared item, shared between the scopes that see it.
type Item = Rc<written_tree::Item>;
/// A name.
type Name = Arc<str>;
