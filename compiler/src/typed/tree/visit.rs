//! Walks over the typed tree: the parts of an expression, a block, a measure.

use super::{
    Block, Domain, Expr, ExprKind, Generator, Index, Loop, Measure, Reduced, StatementKind, Variable,
};
use crate::primitive::Primitive;
use crate::typed::bounds::Bounds;

impl Expr {
    /// Visits the expressions that stand directly inside; those of functions that are called do not.
    pub fn parts<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        match &self.kind {
            ExprKind::Real(_)
            | ExprKind::Bool(_)
            | ExprKind::Text(_)
            | ExprKind::Size(_)
            | ExprKind::Variable(_)
            | ExprKind::Function
            | ExprKind::Strategy(_)
            | ExprKind::Blank
            | ExprKind::Error => {}
            ExprKind::Convert(inner)
            | ExprKind::Transpose(inner)
            | ExprKind::Field(inner, _)
            | ExprKind::Marginal { model: inner, .. }
            | ExprKind::Bounded { value: inner, .. }
            | ExprKind::Stop(inner)
            | ExprKind::Numerical(inner)
            | ExprKind::Infinitesimal(inner)
            | ExprKind::Script { value: inner, .. } => visit(inner),
            ExprKind::Apply { operands: parts, .. }
            | ExprKind::Array(parts)
            | ExprKind::Call { arguments: parts, .. }
            | ExprKind::Bijector(parts)
            | ExprKind::Model { arguments: parts, .. } => parts.iter().for_each(visit),
            ExprKind::Product(a, b) | ExprKind::LogDensity(a, b) | ExprKind::Under { value: a, fit: b } => {
                visit(a);
                visit(b);
            }
            ExprKind::Comprehension(nest) | ExprKind::Reduce { over: Reduced::Loop(nest), .. } => {
                nest.parts(visit);
            }
            ExprKind::Reduce { over: Reduced::Array(array), .. } => visit(array),
            ExprKind::Index { base, indices } => {
                visit(base);
                indices.iter().for_each(|index| index.parts(visit));
            }
            ExprKind::Kept { model, proposal, particles, .. } => {
                [model, proposal, particles].into_iter().for_each(|part| visit(part));
            }
            ExprKind::Record(fields) => fields.iter().for_each(|(_, field)| visit(field)),
            ExprKind::Given { model, conditions } => {
                visit(model);
                conditions.iter().for_each(|condition| visit(&condition.value));
            }
            ExprKind::Block(block) => block.parts(visit),
            ExprKind::If { condition, yes, no } => {
                visit(condition);
                yes.parts(visit);
                no.parts(visit);
            }
            ExprKind::Scan(scan) => {
                visit(&scan.start);
                around(&scan.generators, scan.guard.as_ref(), visit);
                visit(&scan.next);
                scan.emitted.iter().for_each(|(_, emitted)| visit(emitted));
            }
            ExprKind::Repeat(repeat) => {
                [&repeat.start, &repeat.condition, &repeat.next].into_iter().for_each(visit);
            }
            ExprKind::FixedPoint(point) => {
                [&point.start, &point.next, &point.tolerance].into_iter().for_each(visit);
            }
            ExprKind::Demand(demanded) => {
                [&demanded.value, &demanded.holds].into_iter().chain(&demanded.told).for_each(visit);
            }
            ExprKind::Derivative(derived) => {
                [&derived.at, &derived.body].into_iter().chain(&derived.along).for_each(visit);
            }
            ExprKind::Fact { measure, at, .. } => {
                visit(measure);
                at.iter().for_each(|at| visit(at));
            }
            ExprKind::Expect(expectation) => {
                for draw in &expectation.draws {
                    visit(&draw.measure);
                    draw.counts.iter().for_each(|(_, count)| visit(count));
                }
                expectation.body.parts(visit);
            }
            ExprKind::Load(asked) => visit(&asked.path),
            ExprKind::Used(used) => {
                visit(&used.objective);
                used.optimizer.iter().for_each(|by| [&by.start, &by.step].into_iter().for_each(&mut *visit));
                used.options.iter().for_each(|(_, option)| visit(option));
            }
            ExprKind::Measure(measure) => measure.parts(visit),
            ExprKind::Predict(asked) => [&asked.fit, &asked.model, &asked.seed].into_iter().for_each(visit),
            ExprKind::Calibrate(asked) => {
                [&asked.model, &asked.fitted, &asked.replicates, &asked.draws, &asked.seed]
                    .into_iter()
                    .for_each(visit);
            }
            ExprKind::Simulate { model, draws, seed } => {
                visit(model);
                draws.iter().for_each(|draws| visit(&draws.count));
                visit(seed);
            }
        }
    }

    /// What is known of its distance from an integer variable that it adds something to.
    pub fn offset_from(&self, variable: Variable) -> Option<Bounds> {
        match &self.kind {
            ExprKind::Variable(own) if *own == variable => Some(Bounds::exactly(0.into())),
            ExprKind::Apply { primitive, operands } => {
                let [a, b] = operands.as_slice() else { return None };
                let (adds, subtracts) = (Primitive::named("add"), Primitive::named("sub"));
                match (a.reads(variable), b.reads(variable)) {
                    (true, false) if *primitive == adds => {
                        Some(a.offset_from(variable)?.plus(&b.ty.element.bounds()))
                    }
                    (true, false) if *primitive == subtracts => {
                        Some(a.offset_from(variable)?.plus(&b.ty.element.bounds().negate()))
                    }
                    (false, true) if *primitive == adds => {
                        Some(b.offset_from(variable)?.plus(&a.ty.element.bounds()))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether it, or something inside, is this variable.
    pub fn reads(&self, variable: Variable) -> bool {
        self.any(&mut |part| matches!(part.kind, ExprKind::Variable(own) if own == variable))
    }

    /// Whether it, or something inside, satisfies a condition.
    pub fn any(&self, condition: &mut dyn FnMut(&Expr) -> bool) -> bool {
        let mut found = condition(self);
        self.parts(&mut |part| found = found || part.any(condition));
        found
    }
}

impl Block {
    /// Visits the expressions of its statements and its value.
    pub fn parts<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        for statement in &self.statements {
            statement.kind.parts(visit);
        }
        self.value.iter().for_each(visit);
    }
}

impl StatementKind {
    /// Visits the expressions directly inside, and those of blocks inside.
    pub fn parts<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        match self {
            StatementKind::Let { value: part, .. }
            | StatementKind::Assign { value: part, .. }
            | StatementKind::Factor(part)
            | StatementKind::Draw { measure: part, .. } => visit(part),
            StatementKind::Update { indices, value, .. } => {
                indices.iter().for_each(|index| index.parts(visit));
                visit(value);
            }
            StatementKind::Site { indices, measure, .. } => {
                indices.iter().for_each(&mut *visit);
                visit(measure);
            }
            StatementKind::Observe { value, measure } => {
                visit(value);
                visit(measure);
            }
            StatementKind::For { generators, guard, body } => {
                around(generators, guard.as_ref(), visit);
                body.parts(visit);
            }
            StatementKind::If { condition, yes, no } => {
                visit(condition);
                yes.parts(visit);
                no.parts(visit);
            }
        }
    }
}

impl Loop {
    fn parts<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        around(&self.generators, self.guard.as_ref(), visit);
        visit(&self.body);
    }
}

impl Index {
    /// Visits the index, or where the slice begins.
    pub fn parts<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        match self {
            Index::At { index: part, .. }
            | Index::Gather { indices: part, .. }
            | Index::Slice { start: part, .. } => visit(part),
        }
    }
}

impl Measure {
    fn parts<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        match self {
            Measure::Distribution { arguments, .. } => arguments.iter().for_each(visit),
            Measure::Copies { base, .. } | Measure::Sorted(base) | Measure::Random(base) => visit(base),
            Measure::Path(path) => visit(&path.draw),
            Measure::Flat => {}
            Measure::If { condition, yes, no } => {
                visit(condition);
                yes.parts(visit);
                no.parts(visit);
            }
            Measure::Mixture { weights, components } => {
                visit(weights);
                components.iter().for_each(visit);
            }
            Measure::Truncated { base, lower, upper } => {
                visit(base);
                lower.iter().chain(upper).for_each(visit);
            }
            Measure::Transformed { base, arguments, .. } => {
                visit(base);
                arguments.iter().for_each(visit);
            }
        }
    }
}

/// Visits what loops run over, and their guard.
pub fn around<'e>(generators: &'e [Generator], guard: Option<&'e Expr>, visit: &mut dyn FnMut(&'e Expr)) {
    for generator in generators {
        match &generator.domain {
            Domain::Range { start, end } => {
                visit(start);
                visit(end);
            }
            Domain::Rows(rows) => visit(rows),
        }
    }
    guard.into_iter().for_each(visit);
}
