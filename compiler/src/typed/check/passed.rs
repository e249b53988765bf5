//! Models that take measures and models: `model k(prior: measure) { mu ~ prior }`. What is passed stands in the body in the
//! place of the parameter, so each call is of a declaration of its own, without these parameters. What it is made of and only
//! the place of the call sees (indices of loops, parameters and values of functions) becomes parameters of that declaration.

use super::function::{Signature, SignatureParameter};
use super::scope::Entity;
use super::{Checker, Name};
use super::{declare::Declaration, declare::State};
use crate::ir::{Polynomial, SizeVariable};
use crate::typed::needed::variables;
use crate::typed::tree::{Expr, ExprKind, Parameter, Variable};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::ItemKind;
use rustc_hash::FxHashSet;
use std::rc::Rc;

/// A declaration made for what one call passes.
pub(super) struct Special {
    of: usize,
    passed: Vec<(Name, Expr)>,
    declaration: usize,
}

/// A call of a model for what it passes.
pub(super) struct SpecialCall {
    pub declaration: usize,
    /// For the sizes that follow the model's own.
    pub sizes: Vec<Polynomial>,
    /// The arguments that are left, and what the passed measures capture.
    pub arguments: Vec<Expr>,
}

/// What measures are made of that only the place of the call sees.
#[derive(Default)]
struct Captured {
    variables: Vec<(Name, Variable)>,
    sizes: Vec<SizeVariable>,
}

/// How many of one model's may be checked inside each other.
const NESTED: usize = 16;

impl Signature {
    /// The parameters that are measures, models or bijectors, by position.
    pub(super) fn passed(&self) -> Vec<usize> {
        let is_passed = |header: &Type| {
            matches!(header.element, Element::Measure(_) | Element::Model(_) | Element::Bijector(_))
        };
        let parameters = self.parameters.iter().enumerate();
        let passed = parameters.filter(|(_, one)| one.header.as_ref().is_some_and(is_passed));
        passed.map(|(position, _)| position).collect()
    }
}

impl Checker<'_> {
    /// The declaration of a model for what is passed to it, and its arguments.
    pub(super) fn special(
        &mut self,
        id: usize,
        signature: &Signature,
        arguments: Vec<Expr>,
    ) -> Option<SpecialCall> {
        let positions = signature.passed();
        let mut passed = Vec::new();
        let mut arguments_left = Vec::new();
        for (position, argument) in arguments.into_iter().enumerate() {
            match positions.contains(&position) {
                true => passed.push((signature.parameters[position].row.name.clone(), argument)),
                false => arguments_left.push(argument),
            }
        }
        // In a model the statements of the passed one stand where its own do, and see what they see.
        let captured = match self.scope.model {
            Some(_) => Captured::default(),
            None => self.captured_by(&passed)?,
        };
        let declaration = self.special_declaration(id, &positions, passed, &captured)?;
        let values: Vec<Expr> = captured
            .variables
            .iter()
            .map(|(_, variable)| self.variable(Span::default(), *variable))
            .collect();
        arguments_left.extend(values);
        let sizes = captured.sizes.iter().map(|symbol| Polynomial::variable(*symbol)).collect();
        Some(SpecialCall { declaration, sizes, arguments: arguments_left })
    }

    fn special_declaration(
        &mut self,
        id: usize,
        positions: &[usize],
        passed: Vec<(Name, Expr)>,
        captured: &Captured,
    ) -> Option<usize> {
        let known = self.specials.iter().find(|special| special.of == id && special.passed == passed);
        if let Some(known) = known {
            return Some(known.declaration);
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
        let declaration = self.declare_special(id, positions, &passed);
        self.capture(declaration, captured);
        self.specials.push(Special { of: id, passed, declaration });
        Some(declaration)
    }

    /// What measures are made of that the file does not name: of the names in scope here, those that stand in them.
    fn captured_by(&mut self, passed: &[(Name, Expr)]) -> Option<Captured> {
        if let Some((_, value)) = passed.iter().find(|(_, value)| is_found(value)) {
            let message = "not supported yet: a measure that is passed to a model and made of what a run finds, without a name";
            let fault = Diagnostic::error(codes::NOT_SUPPORTED, value.span, message);
            self.report(fault.help("name what the run finds with `let`, and make the measure of that name"));
            return None;
        }
        let mut inside = FxHashSet::default();
        for (_, value) in passed {
            variables(&self.program, value, &mut |variable| _ = inside.insert(variable));
        }
        let mut captured = Captured::default();
        for (name, entity) in &self.scope.locals {
            match entity {
                Entity::Variable(variable) if inside.remove(variable) => {
                    captured.variables.push((name.clone(), *variable));
                }
                Entity::Size(symbol) => captured.sizes.push(*symbol),
                _ => {}
            }
        }
        Some(captured)
    }

    /// Gives a declaration further sizes and parameters: the captured symbols and variables themselves.
    fn capture(&mut self, declaration: usize, captured: &Captured) {
        let mut signature = (*self.signature(declaration)).clone();
        signature.sizes.extend(&captured.sizes);
        for (name, variable) in &captured.variables {
            let ty = Some(self.row(*variable).ty.clone());
            let row = Parameter { name: name.clone(), variable: *variable, size: None };
            signature.parameters.push(SignatureParameter { row, ty, header: None, default: None });
        }
        self.declarations[declaration].signature = Some(Rc::new(signature));
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
