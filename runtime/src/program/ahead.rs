//! What a run of the script would meet, found before it runs: whatever is compiled is lowered once, without data, so that
//! what cannot be compiled is reported with the other mistakes.

use crate::script::{misnamed, names};
use ansatz_compiler::lower::Known;
use ansatz_compiler::lower::script::computed;
use ansatz_compiler::model::{self, Wanted, objective};
use ansatz_compiler::typed::exact::{Exactness, Reader};
use ansatz_compiler::typed::tree::{
    Assertion, Body, Comparison, Expr, ExprKind, Function, Measure, Program, Step, StepKind, Use, Variable,
    around,
};
use ansatz_compiler::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::Diagnostic;
use ansatz_grammar::span::Span;
use std::sync::Arc;

/// What is lowered ahead of a run.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// The posteriors that the script samples, by the places of their definitions, for a run that knows no more than the data.
    pub posteriors: Vec<(Span, Arc<model::Posterior>)>,
    /// Messages about what cannot be compiled.
    pub refusals: Vec<Diagnostic>,
}

/// Lowers what a run would compile.
pub(super) fn ahead(typed: &Program) -> Ahead {
    let known = Known::default();
    let mut ahead = Ahead::default();
    for model in sampled(typed) {
        match model::posterior(typed, model, &known) {
            Ok(lowered) => ahead.posteriors.push((definition(typed, model).span, Arc::new(lowered))),
            Err(fault) => ahead.refusals.push(*fault),
        }
    }
    expressions(typed, &mut |expression| draws(typed, expression, &mut ahead.refusals));
    expressions(typed, &mut |expression| objectives(typed, expression, &mut ahead.refusals));
    expressions(typed, &mut |expression| options(typed, expression, &mut ahead.refusals));
    let mut numbers = Vec::new();
    expressions(typed, &mut |expression| kernels(typed, expression, &mut numbers));
    let numbers = numbers.into_iter().filter_map(|number| computed(typed, number, &known).err());
    ahead.refusals.extend(numbers.map(|fault| *fault));
    ahead
}

/// Models that the script samples, in its order; those that a run alone can tell are left out.
pub(crate) fn sampled(typed: &Program) -> Vec<&Expr> {
    let mut found = Vec::new();
    expressions(typed, &mut |expression| arguments(typed, expression, &mut found));
    found
}

/// Visits the expressions of the script, and those of functions that call inference. Functions that take functions stand where
/// they are called.
fn expressions<'p>(typed: &'p Program, visit: &mut dyn FnMut(&'p Expr)) {
    let later = |step: &&Step| typed.later.iter().any(|(span, _)| *span == step.span);
    typed.script.iter().filter(|step| !later(step)).for_each(|step| step_expressions(step, visit));
    let runs = |function: &&Function| function.runtime.is_some() && function.later.is_none();
    let takes_functions = |function: &&Function| {
        let mut types = function.parameters.iter().map(|own| &typed.variables[own.variable.0 as usize].ty);
        types.any(Type::is_function)
    };
    for function in typed.functions.iter().filter(runs).filter(|function| !takes_functions(function)) {
        if let Body::Expr(body) = &function.body {
            visit(body);
        }
    }
}

fn step_expressions<'p>(step: &'p Step, visit: &mut dyn FnMut(&'p Expr)) {
    match &step.kind {
        StepKind::Let { value, .. }
        | StepKind::Assign { value, .. }
        | StepKind::Plot(value)
        | StepKind::Expression(value) => visit(value),
        StepKind::Update { indices, value, .. } => {
            indices.iter().for_each(|index| index.parts(visit));
            visit(value);
        }
        StepKind::For { generators, guard, body } => {
            around(generators, guard.as_ref(), visit);
            body.iter().for_each(|step| step_expressions(step, visit));
        }
        StepKind::If { condition, yes, no } => {
            visit(condition);
            yes.iter().chain(no).for_each(|step| step_expressions(step, visit));
        }
        StepKind::Print(values) => values.iter().for_each(visit),
        StepKind::Assert(assertion) => assertion_expressions(assertion, visit),
    }
}

fn assertion_expressions<'p>(assertion: &'p Assertion, visit: &mut dyn FnMut(&'p Expr)) {
    match assertion {
        Assertion::True(value) => visit(value),
        Assertion::Compared { left, right, comparison } => {
            visit(left);
            visit(right);
            match &**comparison {
                Comparison::By(_) => {}
                Comparison::Within(bound) | Comparison::WithinErrors(bound) => visit(bound),
            }
        }
    }
}

/// The models among the arguments of calls of the runtime.
fn arguments<'p>(typed: &'p Program, expression: &'p Expr, found: &mut Vec<&'p Expr>) {
    if let ExprKind::Call { function, arguments, .. } = &expression.kind
        && matches!(typed.functions[*function].body, Body::Runtime(_))
    {
        let models = arguments.iter().filter(|argument| matches!(argument.ty.element, Element::Model(_)));
        found.extend(models.filter(|model| is_closed(typed, model)));
    }
    expression.parts(&mut |part| arguments(typed, part, found));
}

/// Options of calls of the runtime that name what there is not.
fn options(typed: &Program, expression: &Expr, found: &mut Vec<Diagnostic>) {
    if let ExprKind::Call { function, arguments, .. } = &expression.kind
        && let Function { body: Body::Runtime(_), parameters, .. } = &typed.functions[*function]
    {
        for (parameter, argument) in parameters.iter().zip(arguments) {
            let option = &typed.variables[parameter.variable.0 as usize].name;
            if let (Some(names), ExprKind::Text(name)) = (names(option), &argument.kind)
                && !names.contains(&&**name)
            {
                found.push(misnamed(argument.span, name, &names));
            }
        }
    }
    expression.parts(&mut |part| options(typed, part, found));
}

/// What stands in the way of the draws that `simulate` and `predict` ask for.
fn draws(typed: &Program, expression: &Expr, found: &mut Vec<Diagnostic>) {
    let mut lower = |model: &Expr, wanted: Wanted| {
        if is_closed(typed, model) {
            found
                .extend(model::simulation(typed, model, wanted, &Known::default()).err().map(|fault| *fault));
        }
    };
    match &expression.kind {
        ExprKind::Simulate { model, .. } => lower(model, Wanted::default()),
        ExprKind::Predict(asked) => {
            let [wanted, held, out] = [&asked.wanted, &asked.held, &asked.out]
                .map(|names| names.iter().map(|name| &**name).collect::<Vec<&str>>());
            let passed = [held, out].concat();
            lower(&asked.model, Wanted { passed: &passed, given_back: Some(&wanted) });
        }
        _ => {}
    }
    expression.parts(&mut |part| draws(typed, part, found));
}

/// What stands in the way of what is done with objectives.
fn objectives(typed: &Program, expression: &Expr, found: &mut Vec<Diagnostic>) {
    if let ExprKind::Used(used) = &expression.kind {
        let known = Known::default();
        let fault = match used.by {
            Use::Minimize | Use::Maximize => objective::optimization(typed, used, &known).err(),
            Use::Estimate => objective::values(typed, &used.objective, &known).err(),
            Use::Gradient => None,
        };
        found.extend(fault.map(|fault| *fault));
    }
    expression.parts(&mut |part| objectives(typed, part, found));
}

/// Whether every model in an expression is named at top level, or not by a variable.
pub(super) fn is_closed(typed: &Program, expression: &Expr) -> bool {
    match &expression.kind {
        ExprKind::Variable(variable) if matches!(expression.ty.element, Element::Model(_)) => {
            named(typed, *variable).is_some_and(|value| is_closed(typed, value))
        }
        _ => {
            let mut closed = true;
            expression.parts(&mut |part| closed &= is_closed(typed, part));
            closed
        }
    }
}

/// What an expression stands for, if it is a name at top level; itself otherwise.
pub(super) fn definition<'p>(typed: &'p Program, expression: &'p Expr) -> &'p Expr {
    match &expression.kind {
        ExprKind::Variable(variable) => {
            named(typed, *variable).map_or(expression, |value| definition(typed, value))
        }
        _ => expression,
    }
}

/// What a name at top level stands for.
fn named(typed: &Program, variable: Variable) -> Option<&Expr> {
    typed.script.iter().find_map(|step| match &step.kind {
        StepKind::Let { variable: named, value, .. } if *named == variable => Some(value),
        _ => None,
    })
}

/// Whether kernels compute an expression.
fn is_computed(expression: &Expr) -> bool {
    expression.ty.is_compiled() && !expression.ty.is_function()
}

/// Whether a number is one that expectations leave: it is compiled with what estimates it.
fn is_estimated(typed: &Program, expression: &Expr) -> bool {
    let mut reader = Reader::new(typed, Default::default());
    expression.ty.is_numeric() && reader.expr(expression) != Exactness::Exact
}

/// The expressions that are compiled as they stand.
fn kernels<'p>(typed: &'p Program, expression: &'p Expr, found: &mut Vec<&'p Expr>) {
    let script = |kind: &ExprKind| matches!(kind, ExprKind::Script { .. });
    if is_estimated(typed, expression) {
        return;
    }
    if is_computed(expression) && !script(&expression.kind) {
        found.push(expression);
        // What the script computes of it first.
        inner(typed, expression, found);
        return;
    }
    match &expression.kind {
        ExprKind::Script { value, .. } => match &value.kind {
            // The objective is compiled with what estimates it.
            ExprKind::Used(used) => used.options.iter().for_each(|(_, option)| kernels(typed, option, found)),
            _ => value.parts(&mut |part| kernels(typed, part, found)),
        },
        // What draws is compiled where it is drawn from.
        ExprKind::Measure(form) if matches!(**form, Measure::Random(_) | Measure::Path(_)) => {}
        _ => expression.parts(&mut |part| kernels(typed, part, found)),
    }
}

fn inner<'p>(typed: &'p Program, expression: &'p Expr, found: &mut Vec<&'p Expr>) {
    expression.parts(&mut |part| match &part.kind {
        ExprKind::Script { .. } => kernels(typed, part, found),
        _ => inner(typed, part, found),
    });
}
