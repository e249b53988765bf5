//! The model inside what a script makes of it: `m given {..}`, `marginal(m, out = [..])`, under any names.

use super::density::site_of;
use super::partial::Partial;
use crate::ir::Polynomial;
use crate::lower::{Lowered, unsupported};
use crate::typed::tree::{Condition, Expr, ExprKind, Gaps, Model, Program, StepKind, Variable};

/// A model with what was made of it.
pub(super) struct Peeled<'p> {
    pub model: &'p Model,
    /// One for each of its size symbols.
    pub sizes: &'p [Polynomial],
    /// One for each of its parameters.
    pub arguments: &'p [Expr],
    /// What is known.
    pub given: Vec<&'p Condition>,
    /// Sites that are summed out.
    pub out: Vec<&'p str>,
}

impl<'p> Peeled<'p> {
    /// The sites of which all entries are given.
    pub fn whole(&self, program: &'p Program) -> Vec<(Variable, &'p Expr)> {
        let whole = self
            .given
            .iter()
            .filter(|condition| condition.indices.is_empty() && gaps(program, &condition.value).is_none());
        whole.filter_map(|one| Some((site_of(self.model, &one.site, program)?, &one.value))).collect()
    }

    /// The sites of which some entries are given.
    pub fn partial(&self, program: &'p Program) -> Vec<(Variable, Partial<'p>)> {
        let mut partial: Vec<(Variable, Partial)> = Vec::new();
        for condition in &self.given {
            let Some(site) = site_of(self.model, &condition.site, program) else { continue };
            let entry = (condition.indices.as_slice(), &condition.value);
            match gaps(program, &condition.value) {
                Some(gaps) => partial.push((site, Partial::Gaps(gaps, &condition.value))),
                None if condition.indices.is_empty() => {}
                None => match partial.iter_mut().find(|(known, _)| *known == site) {
                    Some((_, Partial::Entries(entries))) => entries.push(entry),
                    _ => partial.push((site, Partial::Entries(vec![entry]))),
                },
            }
        }
        partial
    }
}

/// The missing entries of a value that is given.
fn gaps(program: &Program, value: &Expr) -> Option<Gaps> {
    match value.kind {
        ExprKind::Variable(variable) => program.gaps_of(variable),
        _ => None,
    }
}

/// Follows names of the script, `given` and `marginal` to the model.
pub(super) fn peel<'p>(program: &'p Program, expr: &'p Expr) -> Lowered<Peeled<'p>> {
    match &expr.kind {
        ExprKind::Model { model, sizes, arguments } => {
            let model = &program.models[*model];
            Ok(Peeled { model, sizes, arguments, given: Vec::new(), out: Vec::new() })
        }
        ExprKind::Given { model, conditions } => {
            let mut peeled = peel(program, model)?;
            peeled.given.extend(conditions);
            Ok(peeled)
        }
        ExprKind::Marginal { model, out } => {
            let mut peeled = peel(program, model)?;
            peeled.out.extend(out.iter().map(|name| &**name));
            Ok(peeled)
        }
        // Draws are of all sites; the density is made by the checker.
        ExprKind::Kept { model, .. } => peel(program, model),
        ExprKind::Variable(variable) => {
            let named = program.script.iter().find_map(|step| match &step.kind {
                StepKind::Let { variable: defined, value, .. } if defined == variable => Some(value),
                _ => None,
            });
            match named {
                Some(value) => peel(program, value),
                None => Err(unsupported(expr.span, "a posterior that is not named at top level")),
            }
        }
        _ => Err(unsupported(expr.span, "a posterior of this form")),
    }
}
