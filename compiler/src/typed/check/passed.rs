//! Models that take measures and models: `model k(prior: measure) { mu ~ prior }`. What is passed stands in the body in the
//! place of the parameter, so each call is of a declaration of its own, without these parameters.

use super::function::Signature;
use super::scope::Entity;
use super::{Checker, Name};
use super::{declare::Declaration, declare::State};
use crate::typed::needed::variables;
use crate::typed::tree::{Expr, ExprKind, Role};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::tree::ItemKind;
use std::rc::Rc;

/// A declaration made for what one call passes.
pub(super) struct Special {
    of: usize,
    passed: Vec<(Name, Expr)>,
    declaration: usize,
}

/// How many of one model's may be checked inside each other.
const NESTED: usize = 16;

impl Signature {
    /// The parameters that are measures or models, by position.
    pub(super) fn passed(&self) -> Vec<usize> {
        let is_measure = |header: &Type| matches!(header.element, Element::Measure(_) | Element::Model(_));
        let parameters = self.parameters.iter().enumerate();
        let passed = parameters.filter(|(_, one)| one.header.as_ref().is_some_and(is_measure));
        passed.map(|(position, _)| position).collect()
    }
}

impl Checker<'_> {
    /// The declaration of a model for what is passed to it, and the other arguments.
    pub(super) fn special(
        &mut self,
        id: usize,
        signature: &Signature,
        arguments: Vec<Expr>,
    ) -> Option<(usize, Vec<Expr>)> {
        let positions = signature.passed();
        let mut passed = Vec::new();
        let mut rest = Vec::new();
        for (position, argument) in arguments.into_iter().enumerate() {
            match positions.contains(&position) {
                true => passed.push((signature.parameters[position].row.name.clone(), argument)),
                false => rest.push(argument),
            }
        }
        if self.scope.model.is_none() && !passed.iter().all(|(_, value)| self.is_of_file(value)) {
            return None;
        }
        let known = self.specials.iter().find(|special| special.of == id && special.passed == passed);
        if let Some(known) = known {
            return Some((known.declaration, rest));
        }
        let is_open = |special: &&Special| {
            special.of == id && self.declaration(special.declaration).state == State::Open
        };
        if self.specials.iter().filter(is_open).count() >= NESTED {
            let (name, span) = (self.declaration(id).name.clone(), self.declaration(id).span);
            let message = format!("`{name}` is drawn in itself");
            self.report(Diagnostic::error(codes::RECURSION, span, message));
            return None;
        }
        let declaration = self.declare_special(id, &positions, &passed);
        self.specials.push(Special { of: id, passed, declaration });
        Some((declaration, rest))
    }

    /// Whether a measure is made of what the whole file sees; a model that stands alone sees nothing else.
    fn is_of_file(&mut self, passed: &Expr) -> bool {
        let mut own = is_found(passed);
        variables(&self.program, passed, &mut |variable| {
            let role = self.row(variable).role;
            own |= !matches!(role, Role::Data | Role::Global | Role::Script | Role::Param);
        });
        if own {
            let message = "not supported yet: a measure that is passed to a model and made of values without a name in the file";
            let fault = Diagnostic::error(codes::NOT_SUPPORTED, passed.span, message)
                .help("name a value that a run finds with `let`; pass those of loops and functions to the model as numbers");
            self.report(fault);
        }
        !own
    }

    fn declare_special(&mut self, id: usize, positions: &[usize], passed: &[(Name, Expr)]) -> usize {
        let Declaration { name, span, room, item, locals, rank, .. } = self.declaration(id);
        let mut item = (**item).clone();
        let ItemKind::Model(model) = &mut item.kind else { panic!("models are declared by models") };
        let mut position = 0..;
        model.parameters.retain(|_| !position.next().is_some_and(|position| positions.contains(&position)));
        let values =
            passed.iter().map(|(name, value)| (name.clone(), Entity::Constant(Rc::new(value.clone()))));
        let special = Declaration {
            name: name.clone(),
            span: *span,
            room: *room,
            item: Rc::new(item),
            state: State::Untouched,
            signature: None,
            locals: locals.iter().cloned().chain(values).collect(),
            rank: *rank,
        };
        self.declarations.push(special);
        self.declarations.len() - 1
    }

    /// The declaration that a model of the program was checked from.
    pub(super) fn declaration_of_model(&self, model: usize) -> usize {
        let is_it = |declaration: &Declaration| {
            declaration.state == State::Done(model) && matches!(declaration.item.kind, ItemKind::Model(_))
        };
        self.declarations.iter().position(is_it).expect("models are checked from declarations")
    }
}

/// Whether a part of an expression is found by the script as it runs.
fn is_found(value: &Expr) -> bool {
    let mut found = matches!(value.kind, ExprKind::Script { .. });
    value.parts(&mut |part| found |= is_found(part));
    found
}
