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
use ansatz_grammar::span::Span;
use rustc_hash::FxHashMap;
use std::fmt;
use std::sync::Arc;

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
    /// Where something may jump, if draws are followed.
    followed: Option<Followed>,
}

/// Draws that are followed to the jumps that they reach; nothing else moves.
#[derive(Debug, Default)]
struct Followed {
    /// Fields of a draw that move.
    fields: Vec<(Variable, Vec<Arc<str>>)>,
    /// What jumps with them.
    jumps: Vec<Span>,
}

/// What of a draw moves with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum Moving {
    /// Nothing.
    Nothing,
    /// All of it.
    All,
    /// These fields of the record that it is.
    Fields(Vec<Arc<str>>),
}

/// Where a block jumps with draws that move.
pub fn jumps(program: &Program, draws: &[(Variable, Moving)], block: &Block) -> Vec<Span> {
    let moves = |(_, moving): &(Variable, Moving)| match moving {
        Moving::Nothing => false,
        Moving::All => true,
        Moving::Fields(fields) => !fields.is_empty(),
    };
    if !draws.iter().any(moves) {
        return Vec::new();
    }
    let mut recorded = Recorded::functions(program);
    let mut followed = Followed::default();
    for (variable, moving) in draws {
        match moving {
            Moving::Nothing => {}
            Moving::All => _ = recorded.variables.insert(*variable, Smoothness::Smooth),
            Moving::Fields(fields) => followed.fields.push((*variable, fields.clone())),
        }
    }
    recorded.followed = Some(followed);
    recorded.block(program, block);
    recorded.followed.map(|followed| followed.jumps).unwrap_or_default()
}

impl Recorded {
    /// Looks at every function and model.
    pub fn of(program: &Program) -> Self {
        let mut recorded = Recorded::functions(program);
        for model in &program.models {
            recorded.block(program, &model.body);
        }
        recorded
    }

    /// Looks at every function.
    fn functions(program: &Program) -> Self {
        let mut recorded = Recorded::default();
        // Functions call only functions that were checked before them.
        for function in &program.functions {
            let found = match &function.body {
                Body::Expr(body) => recorded.expr(program, body),
                Body::Intrinsic(name) => crate::primitive::Primitive::find(name)
                    .map_or(Smoothness::Smooth, |primitive| of_primitive(primitive.row().smoothness)),
                Body::Noise(_) | Body::Keyed(_) | Body::Runtime(_) => Smoothness::Fixed,
            };
            recorded.functions.push(found);
        }
        recorded
    }

    /// What is chosen by a value that depends so, at this place.
    fn chosen(&mut self, span: Span, chosen_by: Smoothness) -> Smoothness {
        let found = jumps_by(chosen_by);
        self.jumped(span, found);
        found
    }

    fn jumped(&mut self, span: Span, found: Smoothness) {
        if let (Some(followed), Smoothness::Branching) = (&mut self.followed, found)
            && !followed.jumps.contains(&span)
        {
            followed.jumps.push(span);
        }
    }

    fn count_jumps(&self) -> usize {
        self.followed.as_ref().map_or(0, |followed| followed.jumps.len())
    }

    /// A jump inside of a function of the library is one of who calls it.
    fn jumped_in_call(&mut self, span: Span, told: usize, found: Smoothness) {
        let Some(followed) = &mut self.followed else { return };
        for jump in followed.jumps[told..].iter_mut().filter(|jump| jump.source != span.source) {
            *jump = span;
        }
        if followed.jumps.len() == told {
            self.jumped(span, found);
        }
    }

    /// A field of a draw that is followed.
    fn followed_field(&self, base: &Expr, name: &str) -> Option<Smoothness> {
        let base = match &base.kind {
            ExprKind::Index { base, .. } => base,
            _ => base,
        };
        let ExprKind::Variable(variable) = base.kind else { return None };
        let (_, fields) = self.followed.as_ref()?.fields.iter().find(|(known, _)| *known == variable)?;
        let moves = fields.iter().any(|field| **field == *name);
        Some(if moves { Smoothness::Smooth } else { Smoothness::Fixed })
    }

    /// A model's statements with what a followed draw gives its sites.
    fn scored(&mut self, program: &Program, model: &Expr, draw: &Expr) -> Smoothness {
        let Element::Model(of) = &model.ty.element else {
            return self.expr(program, model).max(self.expr(program, draw));
        };
        let of = &program.models[of.model];
        let mut found = Smoothness::Fixed;
        for site in &of.sites {
            let name = &program.variables[site.variable.0 as usize].name;
            let moves = match part(draw, name) {
                Some(value) => self.expr(program, value),
                None => self.followed_field(draw, name).unwrap_or_else(|| self.expr(program, draw)),
            };
            self.variables.insert(site.variable, moves);
            found = found.max(moves);
        }
        self.block(program, &of.body);
        found
    }

    /// How an expression's value depends on the variables in it.
    pub fn expr(&mut self, program: &Program, expr: &Expr) -> Smoothness {
        match &expr.kind {
            ExprKind::Variable(variable) => self.variable(program, *variable),
            ExprKind::Apply { primitive, operands } => {
                let operands = self.all(program, operands);
                let found = along(of_primitive(primitive.row().smoothness), operands);
                if operands < Smoothness::Branching {
                    self.jumped(expr.span, found);
                }
                found
            }
            ExprKind::Call { function, arguments, .. } => {
                let function = (*function, &program.functions[*function]);
                let told = self.count_jumps();
                let found = self.call(program, function, arguments);
                self.jumped_in_call(expr.span, told, found);
                found
            }
            ExprKind::If { condition, yes, no } => {
                let span = condition.span;
                let condition = self.expr(program, condition);
                let condition = self.chosen(span, condition);
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
                    Reduction::All | Reduction::Any => jumps_by(entries),
                    _ => entries,
                }
            }
            ExprKind::Index { base, indices } => {
                let places = indices.iter().map(|index| match index {
                    Index::At { index, .. } | Index::Gather { indices: index, .. } => index,
                    Index::Slice { start, .. } => start,
                });
                let places: Vec<Smoothness> = places
                    .map(|place| {
                        let found = self.expr(program, place);
                        self.chosen(place.span, found)
                    })
                    .collect();
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
                let guard = scan
                    .guard
                    .as_ref()
                    .map_or(Smoothness::Fixed, |guard| jumps_by(self.expr(program, guard)));
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
                last.max(jumps_by(self.expr(program, &repeat.condition)))
            }
            ExprKind::Numerical(_) => Smoothness::Fixed,
            ExprKind::Demand(demanded) => self.expr(program, &demanded.value),
            ExprKind::Field(base, name) => match self.followed_field(base, name) {
                Some(found) => found,
                None => self.expr(program, base),
            },
            ExprKind::LogDensity(model, draw) if self.followed.is_some() => self.scored(program, model, draw),
            ExprKind::Expect(expectation) => {
                for draw in &expectation.draws {
                    let moves = self.expr(program, &draw.measure);
                    self.variables.insert(draw.variable, moves);
                }
                self.block(program, &expectation.body)
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
                let arguments = self.all(program, arguments);
                along(own, arguments)
            }
        }
    }

    fn variable(&self, program: &Program, variable: Variable) -> Smoothness {
        if let Some(known) = self.variables.get(&variable) {
            return *known;
        }
        if let Some(followed) = &self.followed {
            let moves =
                followed.fields.iter().any(|(known, fields)| *known == variable && !fields.is_empty());
            return if moves { Smoothness::Smooth } else { Smoothness::Fixed };
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
        let guard =
            nest.guard.as_ref().map_or(Smoothness::Fixed, |guard| jumps_by(self.expr(program, guard)));
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
                        found = found.max(jumps_by(self.expr(program, index)));
                    }
                }
                self.variables.insert(*variable, found);
            }
            StatementKind::For { guard, body, .. } => {
                let around =
                    guard.as_ref().map_or(around, |guard| around.max(jumps_by(self.expr(program, guard))));
                // A second time for what a step takes from the step before.
                for _ in 0..2 {
                    body.statements.iter().for_each(|one| self.statement(program, &one.kind, around));
                }
            }
            StatementKind::If { condition, yes, no } => {
                let found = self.expr(program, condition);
                let around = around.max(self.chosen(condition.span, found));
                for block in [yes, no] {
                    block.statements.iter().for_each(|one| self.statement(program, &one.kind, around));
                }
            }
            StatementKind::Site { .. }
            | StatementKind::Observe { .. }
            | StatementKind::Factor(_)
            | StatementKind::Draw { .. } => {
                let mut parts = Vec::new();
                statement.parts(&mut |part| parts.push(part));
                parts.into_iter().for_each(|part| _ = self.expr(program, part));
            }
        }
    }
}

/// The value of a site in a record that is written out.
fn part<'e>(draw: &'e Expr, site: &str) -> Option<&'e Expr> {
    let ExprKind::Record(fields) = &draw.kind else { return None };
    let (own, rest) = site.split_once('.').map_or((site, None), |(own, rest)| (own, Some(rest)));
    let (_, value) = fields.iter().find(|(name, _)| **name == *own)?;
    Some(rest.and_then(|rest| part(value, rest)).unwrap_or(value))
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
fn jumps_by(chosen_by: Smoothness) -> Smoothness {
    if chosen_by == Smoothness::Fixed { chosen_by } else { Smoothness::Branching }
}

/// Whether a value of this type holds a function.
fn holds_function(ty: &Type) -> bool {
    match &ty.element {
        Element::Function(_) | Element::Dynamics(_) => true,
        Element::Record(fields) => fields.iter().any(|(_, field)| holds_function(field)),
        _ => false,
    }
}
