//! Models of the script: expressions that wait for inference, with what they use of the script.

use std::collections::BTreeMap;
use std::sync::Arc;

use ansatz_compiler::ir::Datum;
use ansatz_compiler::typed::tree::{Condition, Expr, ExprKind, Measure, Program, Role, Uses, Variable};
use ansatz_compiler::typed::types::Element;
use ansatz_grammar::diagnostic::{Diagnostic, codes};

use super::value::{ModelValue, Value};
use super::{Script, ScriptFailure};

impl Script<'_> {
    /// A model as it stands here.
    pub(super) fn model(&mut self, expression: &Expr) -> Result<Value, ScriptFailure> {
        let mut captured = BTreeMap::new();
        let expression = self.closed(expression, &mut captured)?;
        Ok(Value::Model(Arc::new(ModelValue { expression, captured, sizes: self.sizes.clone() })))
    }

    /// The expression with models in the place of the variables that stand for them; what it uses is captured.
    fn closed(
        &mut self,
        expression: &Expr,
        captured: &mut BTreeMap<Variable, Vec<Datum>>,
    ) -> Result<Expr, ScriptFailure> {
        let is_model = matches!(expression.ty.element, Element::Model(_));
        let kind = match &expression.kind {
            ExprKind::Variable(variable) if is_model => {
                let Value::Model(model) = self.variable(*variable).clone() else {
                    panic!("the variable stands for a model")
                };
                for (variable, value) in &model.captured {
                    let value = self.parameter_now(*variable).unwrap_or_else(|| value.clone());
                    self.capture(expression, *variable, value, captured)?;
                }
                return Ok(model.expression.clone());
            }
            ExprKind::Model { model, sizes, arguments } => {
                self.capture_all(expression, self.program.typed.models[*model].uses.clone(), captured)?;
                let arguments = arguments.iter().map(|argument| self.closed(argument, captured));
                ExprKind::Model {
                    model: *model,
                    sizes: sizes.clone(),
                    arguments: arguments.collect::<Result<_, _>>()?,
                }
            }
            ExprKind::Given { model, conditions } => {
                let model = Box::new(self.closed(model, captured)?);
                let conditions = conditions.iter().map(|condition| {
                    let value = self.closed(&condition.value, captured)?;
                    Ok(Condition { value, ..condition.clone() })
                });
                ExprKind::Given { model, conditions: conditions.collect::<Result<_, ScriptFailure>>()? }
            }
            ExprKind::Marginal { model, out } => {
                let model = Box::new(self.closed(model, captured)?);
                ExprKind::Marginal { model, out: out.clone() }
            }
            ExprKind::Kept { model, proposal, particles, kept } => ExprKind::Kept {
                model: Box::new(self.closed(model, captured)?),
                proposal: proposal.clone(),
                particles: particles.clone(),
                kept: *kept,
            },
            kind => {
                self.prepare(expression)?;
                let mut used = Uses::new();
                uses(&self.program.typed, expression, &mut used);
                self.capture_all(expression, used, captured)?;
                kind.clone()
            }
        };
        Ok(Expr { kind, ..expression.clone() })
    }

    fn capture_all(
        &mut self,
        expression: &Expr,
        used: Uses,
        captured: &mut BTreeMap<Variable, Vec<Datum>>,
    ) -> Result<(), ScriptFailure> {
        for variable in used {
            self.begin_param(variable)?;
            let row = &self.program.typed.variables[variable.0 as usize];
            if matches!(row.role, Role::Data | Role::Global) {
                continue;
            }
            let numbers = self.values.get(&variable).map(Value::numbers).unwrap_or_default();
            if !numbers.is_empty() {
                let numbers = numbers.into_iter().map(|numbers| numbers.datum.clone()).collect();
                self.capture(expression, variable, numbers, captured)?;
            }
        }
        Ok(())
    }

    /// The numbers of a parameter of optimisation here, which may stand under a fit.
    fn parameter_now(&self, variable: Variable) -> Option<Vec<Datum>> {
        let row = &self.program.typed.variables[variable.0 as usize];
        let value = self.values.get(&variable).filter(|_| row.role == Role::Param)?;
        Some(value.numbers().into_iter().map(|numbers| numbers.datum.clone()).collect())
    }

    /// A variable has one value in a model: one that changed between two parts of it is refused.
    fn capture(
        &self,
        expression: &Expr,
        variable: Variable,
        value: Vec<Datum>,
        captured: &mut BTreeMap<Variable, Vec<Datum>>,
    ) -> Result<(), ScriptFailure> {
        let earlier = captured.insert(variable, value.clone());
        if earlier.is_none_or(|earlier| earlier == value) {
            return Ok(());
        }
        let row = &self.program.typed.variables[variable.0 as usize];
        let message = format!("`{}` has changed since a part of this model used it", row.name);
        let fault = Diagnostic::error(codes::NOT_SUPPORTED, expression.span, message)
            .label(row.span, "it is declared here")
            .help("name its present value with `let`, and use that name in the model");
        Err(ScriptFailure::Program(Box::new(fault)))
    }
}

/// The variables of the script in an expression.
pub fn uses(typed: &Program, expression: &Expr, used: &mut Uses) {
    match &expression.kind {
        ExprKind::Variable(variable) => _ = used.insert(*variable),
        ExprKind::Script { variable, .. } => {
            used.insert(*variable);
            return;
        }
        ExprKind::Call { function, .. } => used.extend(&typed.functions[*function].uses),
        ExprKind::Model { model, .. } => used.extend(&typed.models[*model].uses),
        ExprKind::Measure(measure) => {
            if let Measure::Distribution { distribution, .. } = &**measure {
                used.extend(&typed.distributions[*distribution].uses);
            }
        }
        _ => {}
    }
    expression.parts(&mut |part| uses(typed, part, used));
}
