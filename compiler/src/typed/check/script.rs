//! Statements of the script. A `let` that data and constants alone decide is data to the kernels below it.

use super::Checker;
use super::scope::{Entity, Room};
use crate::typed::tree::{Expr, Role, Step, StepKind};
use crate::typed::types::Element;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::tree::{self, LetTarget, StatementKind};

impl Checker<'_> {
    /// One statement of the script.
    pub(super) fn step(&mut self, statement: &tree::Statement) {
        let span = statement.span;
        let (kind, _) = self.in_scope(Room::User, |checker| {
            checker.scope.script = true;
            checker.step_kind(statement)
        });
        if let Some(kind) = kind {
            self.program.script.push(Step { span, kind });
        }
    }

    fn step_kind(&mut self, statement: &tree::Statement) -> Option<StepKind> {
        let span = statement.span;
        match &statement.kind {
            StatementKind::Let { target: LetTarget::Place(place), ty, value } if place.indices.is_empty() => {
                self.script_let(place, ty.as_ref(), value)
            }
            StatementKind::Print(values) => {
                let values: Vec<Expr> = values.iter().map(|value| self.expression(value)).collect();
                (!values.iter().any(Expr::is_unknown)).then_some(StepKind::Print(values))
            }
            StatementKind::Expression(value) => {
                let value = self.expression(value);
                if !value.is_unknown() && value.ty.element != Element::Nothing {
                    let diagnostic = Diagnostic::error(codes::UNUSED_VALUE, span, "this value is not used")
                        .found(format!("`{}`", self.show(&value.ty)))
                        .help("show it with `print`, or name it with `let`");
                    self.report(diagnostic);
                }
                (!value.is_unknown()).then_some(StepKind::Expression(value))
            }
            StatementKind::Error => None,
            StatementKind::Site(_)
            | StatementKind::Observe { .. }
            | StatementKind::Factor(_)
            | StatementKind::Track { .. } => {
                let message = "sites, `observe`, `factor` and `track` stand only in a model";
                let help = "put it into a model: `model m { .. }`; a value is named by `let`";
                self.report(Diagnostic::error(codes::NOT_IN_A_MODEL, span, message).help(help));
                None
            }
            _ => {
                self.unsupported(span, "this statement in the script");
                None
            }
        }
    }

    fn script_let(
        &mut self,
        place: &tree::Place,
        ty: Option<&tree::Type>,
        value: &tree::Expr,
    ) -> Option<StepKind> {
        let value = self.annotated(value, ty, place.name.as_str());
        let variable = self.new_variable(&place.name, value.ty.clone(), Role::Global);
        self.define(&place.name, Entity::Variable(variable));
        let bound = value.ty.is_compiled() && self.scope.runtime.is_none();
        let uses = self.scope.uses.clone();
        (!value.is_unknown()).then_some(StepKind::Let { variable, value, bound, uses })
    }
}
