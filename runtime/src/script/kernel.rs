//! Expressions that kernels can compute: lowered to a function of what they use, and evaluated once.

use ansatz_compiler::ir::Datum;
use ansatz_compiler::lower::Known;
use ansatz_compiler::lower::script::{Computed, EXPRESSION, computed};
use ansatz_compiler::pipeline::{Manner, OnceError, once};
use ansatz_compiler::typed::tree::{Expr, ExprKind};
use ansatz_compiler::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;

use super::value::{Numbers, Value};
use super::{Script, ScriptFailure};
use crate::program::unmet;

impl Script<'_> {
    /// The value of an expression that is numbers, or a record of them.
    pub(super) fn kernel(&mut self, expression: &Expr) -> Result<Value, ScriptFailure> {
        self.prepare(expression)?;
        let Lowered { computed, inputs } = self.lowered(expression)?;
        let arguments: Vec<Datum> = inputs.iter().map(|input| input.datum.clone()).collect();
        let manner = Manner { finite: false, allowed: self.bound.allowed().clone() };
        match once(&computed.module, EXPRESSION, &arguments, &manner) {
            Ok(results) => Ok(rebuilt(&expression.ty, &mut results.into_iter(), &inputs)),
            Err(error) if error.is_interrupted() => Err(ScriptFailure::Interrupted),
            Err(error) => Err(failed(expression, &computed, &error)),
        }
    }

    /// Where a numeric expression first makes a number that is not finite, if it does so on its way.
    pub(super) fn not_finite(&mut self, expression: &Expr) -> Option<Span> {
        let Lowered { computed, inputs } = self.lowered(expression).ok()?;
        let arguments: Vec<Datum> = inputs.into_iter().map(|input| input.datum).collect();
        let manner = Manner { finite: true, allowed: self.bound.allowed().clone() };
        let error = once(&computed.module, EXPRESSION, &arguments, &manner).err()?;
        place(&computed, &error)
    }

    /// The function of a numeric expression that is prepared, and what it takes.
    pub(super) fn lowered(&mut self, expression: &Expr) -> Result<Lowered, ScriptFailure> {
        let known = Known { sizes: self.sizes.clone(), ..Known::default() };
        let computed = computed(&self.program.typed, expression, &known).map_err(ScriptFailure::Program)?;
        computed.inputs.iter().try_for_each(|variable| self.begin_param(*variable))?;
        let inputs = computed.inputs.iter().flat_map(|variable| self.variable(*variable).numbers());
        let inputs: Vec<Numbers> = inputs.cloned().collect();
        let inputs = inputs.into_iter().map(|numbers| self.read(numbers)).collect();
        Ok(Lowered { computed, inputs })
    }

    /// Computes what only the script can compute of an expression.
    pub(super) fn prepare(&mut self, expression: &Expr) -> Result<(), ScriptFailure> {
        let mut scripted = Vec::new();
        of_script(expression, &mut scripted);
        scripted.into_iter().try_for_each(|part| self.value(part).map(drop))
    }
}

/// A function of the script's values.
pub(super) struct Lowered {
    pub computed: Computed,
    pub inputs: Vec<Numbers>,
}

/// A value of this type from its numbers, field by field.
fn rebuilt(ty: &Type, results: &mut impl Iterator<Item = Datum>, inputs: &[Numbers]) -> Value {
    if let Element::Record(fields) = &ty.element {
        let fields = fields.iter().map(|(name, field)| (name.clone(), rebuilt(field, results, inputs)));
        return Value::Record(fields.collect());
    }
    let datum = results.next().expect("there is a result for each number");
    let chains = inputs.iter().find(|input| same_draws(input, &datum)).and_then(|input| input.chains);
    Value::Numbers(Numbers { datum, chains })
}

/// Whether the first axis of a value is that of an input's draws.
fn same_draws(input: &Numbers, value: &Datum) -> bool {
    input.chains.is_some() && value.shape().first() == input.datum.shape().first()
}

/// The outermost parts that only the script can compute.
fn of_script<'e>(expression: &'e Expr, found: &mut Vec<&'e Expr>) {
    match &expression.kind {
        ExprKind::Script { .. } => found.push(expression),
        _ => expression.parts(&mut |part| of_script(part, found)),
    }
}

/// Why there is no value: an index outside its axis, a division by zero, an array without end.
pub(super) fn failed(expression: &Expr, computed: &Computed, error: &OnceError) -> ScriptFailure {
    let span = place(computed, error).unwrap_or(expression.span);
    if let Some(told) = error.told() {
        return ScriptFailure::Failed(Box::new(unmet(span, &told)));
    }
    ScriptFailure::Failed(Box::new(Diagnostic::error(codes::NOT_COMPUTED, span, error.to_string())))
}

fn place(computed: &Computed, error: &OnceError) -> Option<Span> {
    let origin = error.origin()?.0 as usize;
    computed.origins.get(origin.checked_sub(1)?).copied()
}
