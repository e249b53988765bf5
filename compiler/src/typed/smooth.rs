//! How values depend on the real numbers that they are computed from: smoothly, with kinks, or with jumps.
//!
//! Where a gradient is estimated, a draw by reparametrisation may flow only where nothing jumps. What data and sizes alone
//! decide depends on nothing, so branching on it is no jump. A function is looked at once, its real parameters taken as
//! smooth; a call is composed of that and of its arguments.

use super::tree::{
    Block, Body, Expr, ExprKind, Function, Index, Loop, Parameter, Program, Reduced, Reduction, Role,
    StatementKind, Variable,
};
use super::types::{Element, Type};
use crate::primitive::Smoothness as OfPrimitive;
use rustc_hash::FxHashMap;
use std::fmt;

/// How a value depends on real numbers, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Smoothness {
    /// It does not: data, sizes and constants decide it.
    Fixed,
    /// Continuously differentiable.
    Smooth,
    /// Continuous, with kinks whose derivatives are documented: `abs`, `max`, `min`.
    Continuous,
    /// It may jump.
    Branching,
}

impl fmt::Display for Smoothness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Smoothness::Fixed => "fixed",
            Smoothness::Smooth => "smooth",
            Smoothness::Continuous => "continuous",
            Smoothness::Branching => "branching",
        })
    }
}

/// What is known of the values of a program.
#[derive(Debug, Default)]
pub struct Recorded {
    /// Of each variable that was met.
    pub variables: FxHashMap<Variable, Smoothness>,
    /// Of each function's result, its real parameters smooth; none where the library's headers alone say what it does.
    pub functions: Vec<Smoothness>,
}

impl Recorded {
    /// Looks at every function and model.
    pub fn of(program: &Program) -> Self {
        let mut recorded = Recorded::default();
        // Functions call only functions that were checked before them.
        for function in &program.functions {
            let found = match &function.body {
                Body::Expr(body) => recorded.expr(program, body),
                Body::Intrinsic(name) => crate::primitive::Primitive::find(name)
                    .map_or(Smoothness::Smooth, |primitive| of_primitive(primitive.row().smoothness)),
                Body::Noise(_) | Body::Runtime(_) => Smoothness::Fixed,
            };
            recorded.functions.push(found);
        }
        for model in &program.models {
            recorded.block(program, &model.body);
        }
        recorded
    }

    /// How an expression's value depends on the variables in it.
    pub fn expr(&mut self, program: &Program, expr: &Expr) -> Smoothness {
        match &expr.kind {
            ExprKind::Variable(variable) => self.variable(program, *variable),
            ExprKind::Apply { primitive, operands } => {
                let operands = self.all(program, operands);
                along(of_primitive(primitive.row().smoothness), operands)
            }
            ExprKind::Call { function, arguments, .. } => {
                let function = (*function, &program.functions[*function]);
                self.call(program, function, arguments)
            }
            ExprKind::If { condition, yes, no } => {
                let condition = jumps(self.expr(program, condition));
                condition.max(self.block(program, yes)).max(self.block(program, no))
            }
            ExprKind::Block(block) => self.block(program, block),
            ExprKind::Comprehension(nest) => self.nest(program, nest),
            ExprKind::Reduce { reduction, over } => {
                let entries = match over {
                    Reduced::Array(array) => self.expr(program, array),
                    Reduced::Loop(nest) => self.nest(program, nest),
                };
                match reduction {
                    Reduction::Min | Reduction::Max => along(Smoothness::Continuous, entries),
                    Reduction::All | Reduction::Any => jumps(entries),
                    _ => entries,
                }
            }
            ExprKind::Index { base, indices } => {
                let places = indices.iter().map(|index| match index {
                    Index::At { index, .. } | Index::Gather { indices: index, .. } => index,
                    Index::Slice { start, .. } => start,
                });
                let places: Vec<Smoothness> = places.map(|place| jumps(self.expr(program, place))).collect();
                places.into_iter().fold(self.expr(program, base), Smoothness::max)
            }
            ExprKind::Derivative(derived) => {
                let at = self.expr(program, &derived.at);
                self.variables.insert(derived.variable, Smoothness::Smooth);
                let of = match self.expr(program, &derived.body) {
                    Smoothness::Continuous => Smoothness::Branching,
                    other => other,
                };
                of.max(at)
            }
            ExprKind::Scan(scan) => {
                let start = self.expr(program, &scan.start);
                let guard =
                    scan.guard.as_ref().map_or(Smoothness::Fixed, |guard| jumps(self.expr(program, guard)));
                let last = self.settled(program, scan.state, start.max(guard), &scan.next);
                match &scan.emitted {
                    None => last,
                    Some((state, emitted)) => {
                        self.variables.insert(*state, last);
                        self.expr(program, emitted).max(guard)
                    }
                }
            }
            ExprKind::Repeat(repeat) => {
                let start = self.expr(program, &repeat.start);
                let last = self.settled(program, repeat.state, start, &repeat.next);
                last.max(jumps(self.expr(program, &repeat.condition)))
            }
            ExprKind::FixedPoint(point) => self.settled(program, point.state, Smoothness::Fixed, &point.next),
            _ => {
                let mut worst = Smoothness::Fixed;
                let mut parts = Vec::new();
                expr.parts(&mut |part| parts.push(part));
                parts.into_iter().for_each(|part| worst = worst.max(self.expr(program, part)));
                worst
            }
        }
    }

    /// A function that sees what stands around it, or is given one that may, is looked at where it is called.
    fn call(
        &mut self,
        program: &Program,
        (number, function): (usize, &Function),
        arguments: &[Expr],
    ) -> Smoothness {
        let ty = |parameter: &Parameter| &program.variables[parameter.variable.0 as usize].ty;
        let sees = &*function.name == "fn" || function.parameters.iter().any(|one| holds_function(ty(one)));
        match (&function.body, sees) {
            (Body::Expr(body), true) => {
                for (parameter, argument) in function.parameters.iter().zip(arguments) {
                    let found = self.expr(program, argument);
                    self.variables.insert(parameter.variable, found);
                }
                self.expr(program, body)
            }
            _ => {
                let own = self.functions.get(number).copied().unwrap_or(Smoothness::Smooth);
                along(own, self.all(program, arguments))
            }
        }
    }

    fn variable(&self, program: &Program, variable: Variable) -> Smoothness {
        if let Some(known) = self.variables.get(&variable) {
            return *known;
        }
        let row = &program.variables[variable.0 as usize];
        match (row.role, &row.ty.element) {
            (Role::Parameter | Role::Site, Element::Real(_) | Element::Record(_)) => Smoothness::Smooth,
            _ => Smoothness::Fixed,
        }
    }

    fn all(&mut self, program: &Program, values: &[Expr]) -> Smoothness {
        values.iter().map(|value| self.expr(program, value)).max().unwrap_or(Smoothness::Fixed)
    }

    fn nest(&mut self, program: &Program, nest: &Loop) -> Smoothness {
        let guard = nest.guard.as_ref().map_or(Smoothness::Fixed, |guard| jumps(self.expr(program, guard)));
        guard.max(self.expr(program, &nest.body))
    }

    /// Of a state that a step makes of itself, again and again.
    fn settled(&mut self, program: &Program, state: Variable, start: Smoothness, next: &Expr) -> Smoothness {
        let mut known = start;
        // Each look makes it worse or ends: there are four.
        loop {
            self.variables.insert(state, known);
            let found = known.max(self.expr(program, next));
            if found == known {
                return known;
            }
            known = found;
        }
    }

    fn block(&mut self, program: &Program, block: &Block) -> Smoothness {
        for statement in &block.statements {
            self.statement(program, &statement.kind, Smoothness::Fixed);
        }
        block.value.as_ref().map_or(Smoothness::Fixed, |value| self.expr(program, value))
    }

    /// A statement that is done where conditions of this smoothness hold.
    fn statement(&mut self, program: &Program, statement: &StatementKind, around: Smoothness) {
        match statement {
            StatementKind::Let { variable, value } | StatementKind::Assign { variable, value } => {
                let found = around.max(self.expr(program, value));
                let again = matches!(statement, StatementKind::Assign { .. });
                let before = if again { self.variable(program, *variable) } else { Smoothness::Fixed };
                self.variables.insert(*variable, found.max(before));
            }
            StatementKind::Update { variable, indices, value, .. } => {
                let mut found = around.max(self.expr(program, value)).max(self.variable(program, *variable));
                for index in indices {
                    if let Index::At { index, .. } = index {
                        found = found.max(jumps(self.expr(program, index)));
                    }
                }
                self.variables.insert(*variable, found);
            }
            StatementKind::For { guard, body, .. } => {
                let around =
                    guard.as_ref().map_or(around, |guard| around.max(jumps(self.expr(program, guard))));
                // A second time for what a step takes from the step before.
                for _ in 0..2 {
                    body.statements.iter().for_each(|one| self.statement(program, &one.kind, around));
                }
            }
            StatementKind::If { condition, yes, no } => {
                let around = around.max(jumps(self.expr(program, condition)));
                for block in [yes, no] {
                    block.statements.iter().for_each(|one| self.statement(program, &one.kind, around));
                }
            }
            _ => {}
        }
    }
}

/// Of a primitive's value in its operands.
fn of_primitive(own: OfPrimitive) -> Smoothness {
    match own {
        OfPrimitive::Smooth => Smoothness::Smooth,
        OfPrimitive::Lipschitz => Smoothness::Continuous,
        OfPrimitive::Jump => Smoothness::Branching,
    }
}

/// Of something that depends so on operands that depend so.
fn along(own: Smoothness, operands: Smoothness) -> Smoothness {
    if operands == Smoothness::Fixed { operands } else { own.max(operands) }
}

/// Of what is chosen by a value that depends so.
fn jumps(chosen_by: Smoothness) -> Smoothness {
    if chosen_by == Smoothness::Fixed { chosen_by } else { Smoothness::Branching }
}

/// Whether a value of this type holds a function.
fn holds_function(ty: &Type) -> bool {
    match &ty.element {
        Element::Function(_) => true,
        Element::Record(fields) => fields.iter().any(|(_, field)| holds_function(field)),
        _ => false,
    }
}
