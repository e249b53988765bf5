//! Expressions of the script: scalars are computed by the primitives' reference evaluations, models stay as they are
//! written, and calls of the runtime go to its table. Arithmetic on arrays belongs to compiled code.

use std::sync::Arc;

use ansatz_compiler::primitive::{Primitive, Scalar};
use ansatz_compiler::typed::tree::{Body, Expr, ExprKind};
use ansatz_grammar::diagnostic::{Diagnostic, codes};

use super::call::Call;
use super::value::Value;
use super::{Script, ScriptFailure};

impl Script<'_> {
    /// The value of an expression.
    pub(super) fn value(&mut self, expression: &Expr) -> Result<Value, ScriptFailure> {
        match &expression.kind {
            ExprKind::Real(number) => Ok(Value::Real(*number)),
            ExprKind::Bool(value) => Ok(Value::Bool(*value)),
            ExprKind::Text(text) => Ok(Value::Text(text.clone())),
            ExprKind::Size(size) => self
                .bound
                .size(&self.program.typed, size)
                .map(Value::Int)
                .ok_or_else(|| unsupported(expression)),
            ExprKind::Variable(variable) => {
                self.values.get(variable).cloned().ok_or_else(|| unsupported(expression))
            }
            ExprKind::Convert(operand) => Ok(widened(self.value(operand)?)),
            ExprKind::Apply { primitive, operands } => self.apply(expression, *primitive, operands),
            ExprKind::Model { .. } | ExprKind::Given { .. } | ExprKind::Marginal { .. } => {
                Ok(Value::Model(Arc::new(expression.clone())))
            }
            ExprKind::Call { function, arguments, .. } => {
                let Body::Runtime(name) = &self.program.typed.functions[*function].body else {
                    return Err(unsupported(expression));
                };
                let name = name.clone();
                let values = arguments.iter().map(|argument| self.value(argument));
                let values = values.collect::<Result<Vec<Value>, ScriptFailure>>()?;
                self.call(&name, Call { expression, arguments, values })
            }
            _ => Err(unsupported(expression)),
        }
    }

    fn apply(
        &mut self,
        expression: &Expr,
        primitive: Primitive,
        operands: &[Expr],
    ) -> Result<Value, ScriptFailure> {
        let mut scalars = Vec::with_capacity(operands.len());
        for operand in operands {
            scalars.push(match self.value(operand)? {
                Value::Real(number) => Scalar::F64(number),
                Value::Int(number) => Scalar::I64(number),
                Value::Bool(value) => Scalar::Bool(value),
                _ => return Err(unsupported(expression)),
            });
        }
        let row = primitive.row();
        if row.fails(&scalars) {
            let message = "an integer is divided by zero";
            let fault = Diagnostic::error(codes::BAD_OPTION, expression.span, message);
            return Err(ScriptFailure::Failed(Box::new(fault)));
        }
        Ok(match (row.evaluate)(&scalars) {
            Scalar::F64(number) => Value::Real(number),
            Scalar::F32(number) => Value::Real(f64::from(number)),
            Scalar::I64(number) => Value::Int(number),
            Scalar::Bool(value) => Value::Bool(value),
        })
    }
}

fn widened(value: Value) -> Value {
    match value {
        Value::Int(number) => Value::Real(number as f64),
        Value::Bool(value) => Value::Real(f64::from(u8::from(value))),
        other => other,
    }
}

fn unsupported(expression: &Expr) -> ScriptFailure {
    let message = "this expression cannot be computed in a script yet";
    let fault = Diagnostic::error(codes::NOT_SUPPORTED, expression.span, message)
        .help("scripts compute with single numbers, models, fits and summaries");
    ScriptFailure::Program(Box::new(fault))
}
