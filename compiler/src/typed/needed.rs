//! Which sites and values of a model others are made of: what a prediction of some of them must draw and compute.

use super::tree::{Block, Body, Expr, ExprKind, Model, Program, Statement, StatementKind, Variable, around};
use rustc_hash::FxHashSet;

/// These variables of a model and all that they are made of, no further than sites that are known.
pub fn needed(
    program: &Program,
    model: &Model,
    wanted: &[Variable],
    known: &dyn Fn(Variable) -> bool,
) -> FxHashSet<Variable> {
    let mut found: FxHashSet<Variable> = wanted.iter().copied().collect();
    let mut before = 0;
    while found.len() > before {
        before = found.len();
        model.body.statements.iter().for_each(|statement| add(program, statement, known, &mut found));
    }
    found
}

/// The variables that a statement makes, those of blocks inside included.
pub fn made(statement: &Statement, visit: &mut dyn FnMut(Variable)) {
    match &statement.kind {
        StatementKind::Let { variable, .. }
        | StatementKind::Assign { variable, .. }
        | StatementKind::Update { variable, .. }
        | StatementKind::Draw { variable, .. }
        | StatementKind::Site { variable, .. } => visit(*variable),
        StatementKind::For { body, .. } => made_in(body, visit),
        StatementKind::If { yes, no, .. } => {
            made_in(yes, visit);
            made_in(no, visit);
        }
        StatementKind::Observe { .. } | StatementKind::Factor(_) => {}
    }
}

fn made_in(block: &Block, visit: &mut dyn FnMut(Variable)) {
    block.statements.iter().for_each(|statement| made(statement, visit));
}

/// Adds what a statement is made of, if it makes something that was found.
fn add(
    program: &Program,
    statement: &Statement,
    known: &dyn Fn(Variable) -> bool,
    found: &mut FxHashSet<Variable>,
) {
    let mut wanted = false;
    made(statement, &mut |variable| wanted |= found.contains(&variable) && !known(variable));
    if !wanted {
        return;
    }
    match &statement.kind {
        StatementKind::For { generators, guard, body } => {
            around(generators, guard.as_ref(), &mut |part| {
                variables(program, part, &mut |variable| _ = found.insert(variable))
            });
            add_block(program, body, known, found);
        }
        StatementKind::If { condition, yes, no } => {
            variables(program, condition, &mut |variable| _ = found.insert(variable));
            add_block(program, yes, known, found);
            add_block(program, no, known, found);
        }
        kind => kind.parts(&mut |part| variables(program, part, &mut |variable| _ = found.insert(variable))),
    }
}

fn add_block(
    program: &Program,
    block: &Block,
    known: &dyn Fn(Variable) -> bool,
    found: &mut FxHashSet<Variable>,
) {
    block.statements.iter().for_each(|statement| add(program, statement, known, found));
}

/// Visits the variables in an expression, and those in the functions that it calls.
pub fn variables(program: &Program, expr: &Expr, visit: &mut dyn FnMut(Variable)) {
    match &expr.kind {
        ExprKind::Variable(variable) => visit(*variable),
        ExprKind::Call { function, .. } => {
            if let Body::Expr(body) = &program.functions[*function].body {
                variables(program, body, visit);
            }
        }
        _ => {}
    }
    expr.parts(&mut |part| variables(program, part, visit));
}
