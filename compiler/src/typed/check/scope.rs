//! Names in scope: locals innermost last, then the globals of the file or of the standard library.
//!
//! The library is a room of its own: its files see only its names, so that no program can change what they mean.

use super::declare::Declaration;
use super::{Checker, Name};
use crate::ir::SizeVariable;
use crate::typed::tree::{Expr, Uses, Variable};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::Ident;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Entity {
    /// A size symbol; as a value, the size.
    Size(SizeVariable),
    /// Any number of sizes, in a header that takes as many as a call has.
    Sizes(Rc<[crate::ir::Polynomial]>),
    /// A value.
    Variable(Variable),
    /// The entry of a site's array that stands for the site in a model drawn at these indices.
    Entry(Variable, Rc<[Expr]>),
    /// An expression that needs no name of its own: a constant of the library, the parts of a model that was drawn.
    Constant(Rc<Expr>),
    /// A site that the model declares further down, at this place.
    Pending(Span),
    /// A `var` outside of the function that names it.
    Changing(Span),
    /// Declarations of one name: more than one only where their parameters tell them apart.
    Declared(Vec<usize>),
}

/// The names of a whole file, or of the library.
pub(super) type Globals = FxHashMap<Name, (Entity, Span)>;

/// Which globals a scope sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Room {
    /// The file's, then the library's.
    #[default]
    User,
    /// The library's alone.
    Library,
}

/// Where the checker stands.
#[derive(Default)]
pub(super) struct Scope {
    pub room: Room,
    pub locals: Vec<(Name, Entity)>,
    /// How many of the locals stand around the value that is being checked: it changes none of them.
    pub values: usize,
    /// Arrays that are declared entry by entry, innermost last.
    pub entries: Vec<(Name, super::entries::Entries)>,
    /// The indices of the loops whose statements are being checked, and which run from their end.
    pub steps: Vec<(Variable, bool)>,
    /// What has been used of the file.
    pub uses: Uses,
    /// Where the script is first needed: a call of the runtime, or a use of what it gave.
    pub runtime: Option<Span>,
    /// How often the script is needed.
    pub scripted: usize,
    /// Size symbols that are known when the script runs.
    pub found: Vec<SizeVariable>,
    /// Whether this is the script, outside of every declaration.
    pub script: bool,
    /// The first call of a function that draws.
    pub draws: Option<Span>,
    /// Whether something is drawn here by `~`.
    pub random: bool,
    /// Whether something here is an expectation.
    pub expects: bool,
    /// What is checked here and cannot run yet.
    pub later: Option<(Span, Name)>,
    /// Whether biased strategies are permitted.
    pub allows_biased: bool,
    /// The guide whose body this is.
    pub guide: Option<Name>,
    /// The model whose body this is.
    pub model: Option<super::model::Body>,
}

impl Checker<'_> {
    /// Checks something in a scope of its own; gives its result and what it used.
    pub(super) fn in_scope<T>(&mut self, room: Room, work: impl FnOnce(&mut Self) -> T) -> (T, Scope) {
        let outer = std::mem::replace(&mut self.scope, Scope { room, ..Scope::default() });
        let result = work(self);
        (result, std::mem::replace(&mut self.scope, outer))
    }

    /// Checks something whose locals end with it.
    pub(super) fn nested<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.scope.locals.len();
        let result = work(self);
        self.scope.locals.truncate(depth);
        result
    }

    /// Reports a call of a function that draws, from a place that cannot.
    pub(super) fn no_draws(&mut self) {
        if let Some(span) = self.scope.draws.take() {
            let diagnostic =
                Diagnostic::error(codes::DRAW_IN_VALUE, span, "a draw inside what is no measure")
                    .help("only the `sample` of a distribution draws; in a model, write `x ~ normal(0, 1)`");
            self.report(diagnostic);
        }
    }

    pub(super) fn bind(&mut self, name: &Name, entity: Entity) {
        self.scope.locals.push((name.clone(), entity));
    }

    /// What a name stands for here.
    pub(super) fn look_up(&mut self, name: &str) -> Option<Entity> {
        if let Some((_, entity)) = self.scope.locals.iter().rev().find(|(local, _)| **local == *name) {
            return Some(entity.clone());
        }
        if self.scope.room == Room::User
            && let Some((entity, _)) = self.user.get(name)
        {
            return Some(entity.clone());
        }
        self.load_library(name);
        self.library.get(name).map(|(entity, _)| entity.clone())
    }

    /// What a name stands for, or a message with the nearest name.
    pub(super) fn resolve(&mut self, ident: &Ident) -> Option<Entity> {
        let found = self.look_up(ident.as_str());
        if found.is_none() {
            self.undeclared(
                ident,
                &format!("`data {ident}: real`, `let {ident} = ..` or `fn {ident}(x) = ..`"),
            );
        }
        found
    }

    /// Says that nothing declares a name, and what would.
    pub(super) fn undeclared(&mut self, ident: &Ident, declaration: &str) {
        let message = format!("`{ident}` is not declared");
        let help = self.way_out(ident.as_str(), declaration);
        self.report(Diagnostic::error(codes::UNKNOWN_NAME, ident.span, message).help(help));
    }

    fn way_out(&self, name: &str, declaration: &str) -> String {
        let library = ansatz_stdlib::names().chain(super::form::names());
        let mut known: Vec<&str> = library.collect();
        known.extend(self.scope.locals.iter().map(|(name, _)| &**name));
        known.extend(self.user.keys().map(|name| &**name));
        super::advice::for_name(name, known.into_iter(), declaration)
    }

    /// The declarations that a name stands for, if it stands for declarations.
    pub(super) fn declarations_of(&self, entity: &Entity) -> Vec<usize> {
        match entity {
            Entity::Declared(declarations) => declarations.clone(),
            _ => Vec::new(),
        }
    }

    pub(super) fn declaration(&self, id: usize) -> &Declaration {
        &self.declarations[id]
    }
}
