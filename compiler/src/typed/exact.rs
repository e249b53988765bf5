//! Whether a value is exact, an unbiased estimate of one, or a bound: what expectations leave of a value.
//!
//! A linear function of an estimate estimates the function of the expectation, and its logarithm estimates a lower bound
//! (Jensen). Any other function of an estimate estimates nothing that the program names: that is a fault.

use super::tree::{Block, Body, Expr, ExprKind, Program, Reduced, Reduction, StatementKind, Variable};
use ansatz_grammar::span::Span;
use rustc_hash::FxHashMap;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// The number itself.
    Exact,
    /// A random number whose mean it is.
    Unbiased,
    /// A random number whose mean lies below it.
    Lower,
    /// A random number whose mean lies above it.
    Upper,
}

use Exactness::{Exact, Lower, Unbiased, Upper};

impl Exactness {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Exact => "exact",
            Unbiased => "unbiased",
            Lower => "lower",
            Upper => "upper",
        }
    }

    /// Of a sum.
    fn plus(self, other: Exactness) -> Option<Exactness> {
        match (self, other) {
            (Exact, other) | (other, Exact) => Some(other),
            (Unbiased, other) | (other, Unbiased) => Some(other),
            (a, b) => (a == b).then_some(a),
        }
    }

    fn negated(self) -> Exactness {
        match self {
            Lower => Upper,
            Upper => Lower,
            other => other,
        }
    }
}

/// Reads exactness off expressions.
pub struct Reader<'p> {
    program: &'p Program,
    /// Of variables that are not exact.
    pub known: FxHashMap<Variable, Exactness>,
    /// Where a function of an estimate estimates nothing.
    pub faults: Vec<Span>,
    /// Where an estimate errs to another side than a header states: what it does, and what is stated.
    pub contradicted: Vec<(Span, Exactness, Exactness)>,
}

impl<'p> Reader<'p> {
    /// A reader that knows of these variables.
    pub fn new(program: &'p Program, known: FxHashMap<Variable, Exactness>) -> Self {
        Self { program, known, faults: Vec::new(), contradicted: Vec::new() }
    }

    /// What an expression's value is.
    pub fn expr(&mut self, expr: &Expr) -> Exactness {
        match &expr.kind {
            ExprKind::Variable(variable) => {
                let known = self.known.get(variable).or_else(|| self.program.bounds.get(variable));
                known.copied().unwrap_or(Exact)
            }
            ExprKind::Expect(expectation) => {
                for draw in &expectation.draws {
                    self.exact(&draw.measure);
                }
                match self.block(&expectation.body) {
                    Exact => Unbiased,
                    other => other,
                }
            }
            // What is estimated is known with its error, what is optimised is a value.
            ExprKind::Used(used) => {
                self.expr(&used.objective);
                Exact
            }
            ExprKind::Apply { primitive, operands } => self.apply(primitive.row().name, operands, expr.span),
            ExprKind::Call { function, arguments, .. } => {
                let function = &self.program.functions[*function];
                if let Body::Intrinsic(name) = &function.body {
                    return self.apply(name, arguments, expr.span);
                }
                let found: Vec<Exactness> = arguments.iter().map(|argument| self.expr(argument)).collect();
                let Body::Expr(body) = &function.body else { return self.none(&found, expr.span) };
                if !function.expects && found.iter().all(|one| *one == Exact) {
                    return function.bound.unwrap_or(Exact);
                }
                for ((parameter, found), argument) in function.parameters.iter().zip(found).zip(arguments) {
                    let stated = self.program.bounds.get(&parameter.variable).copied();
                    if let Some(stated) = stated.filter(|stated| found != Exact && found != *stated) {
                        self.contradicted.push((argument.span, found, stated));
                    }
                    self.known.insert(parameter.variable, stated.unwrap_or(found));
                }
                let told = self.faults.len();
                let found = self.expr(body);
                // What the library does with an estimate is the fault of who calls it.
                let inside = self.faults[told..].iter_mut().filter(|fault| fault.source != expr.span.source);
                inside.for_each(|fault| *fault = expr.span);
                function.bound.unwrap_or(found)
            }
            ExprKind::Reduce { reduction, over } => {
                let entries = match over {
                    Reduced::Array(array) => self.expr(array),
                    Reduced::Loop(nest) => self.expr(&nest.body),
                };
                match (reduction, entries) {
                    (_, Exact) | (Reduction::Sum | Reduction::Mean, _) => entries,
                    (Reduction::LogSumExp | Reduction::LogMeanExp, Unbiased | Lower) => Lower,
                    _ => self.fault(expr.span),
                }
            }
            ExprKind::Bounded { value, exactness } => {
                self.expr(value);
                *exactness
            }
            ExprKind::If { condition, yes, no } => {
                self.exact(condition);
                let (yes, no) = (self.block(yes), self.block(no));
                yes.plus(no).unwrap_or_else(|| self.fault(expr.span))
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::Comprehension(nest) => self.expr(&nest.body),
            ExprKind::Convert(inner)
            | ExprKind::Transpose(inner)
            | ExprKind::Field(inner, _)
            | ExprKind::Stop(inner)
            | ExprKind::Numerical(inner)
            | ExprKind::Infinitesimal(inner)
            | ExprKind::Script { value: inner, .. }
            | ExprKind::Under { value: inner, .. } => self.expr(inner),
            ExprKind::Demand(demanded) => self.expr(&demanded.value),
            ExprKind::Record(_) | ExprKind::Array(_) | ExprKind::Index { .. } => {
                let mut all = Some(Exact);
                let mut found = Vec::new();
                expr.parts(&mut |part| found.push(part));
                for part in found {
                    let part = self.expr(part);
                    all = all.and_then(|all| all.plus(part));
                }
                all.unwrap_or_else(|| self.fault(expr.span))
            }
            _ => {
                let mut parts = Vec::new();
                expr.parts(&mut |part| parts.push(part));
                let found: Vec<Exactness> = parts.into_iter().map(|part| self.expr(part)).collect();
                self.none(&found, expr.span)
            }
        }
    }

    /// Only what is exact may stand here.
    fn exact(&mut self, expr: &Expr) {
        if self.expr(expr) != Exact {
            self.fault(expr.span);
        }
    }

    /// A function that keeps no estimate.
    fn none(&mut self, found: &[Exactness], span: Span) -> Exactness {
        if found.iter().all(|one| *one == Exact) { Exact } else { self.fault(span) }
    }

    fn fault(&mut self, span: Span) -> Exactness {
        if !self.faults.contains(&span) {
            self.faults.push(span);
        }
        Exact
    }

    fn apply(&mut self, name: &str, operands: &[Expr], span: Span) -> Exactness {
        let found: Vec<Exactness> = operands.iter().map(|operand| self.expr(operand)).collect();
        let kept = match (name, found.as_slice()) {
            (_, found) if found.iter().all(|one| *one == Exact) => Some(Exact),
            ("neg", [a]) => Some(a.negated()),
            ("add", [a, b]) => a.plus(*b),
            ("sub", [a, b]) => a.plus(b.negated()),
            ("mul", [a, Exact]) | ("div", [a, Exact]) => scaled(*a, &operands[1]),
            ("mul", [Exact, a]) => scaled(*a, &operands[0]),
            ("log", [Unbiased | Lower]) => Some(Lower),
            _ => None,
        };
        kept.unwrap_or_else(|| self.fault(span))
    }

    fn block(&mut self, block: &Block) -> Exactness {
        for statement in &block.statements {
            match &statement.kind {
                StatementKind::Let { variable, value } | StatementKind::Assign { variable, value } => {
                    let found = self.expr(value);
                    self.known.insert(*variable, found);
                }
                StatementKind::Update { variable, value, .. } => {
                    let before = self.known.get(variable).copied().unwrap_or(Exact);
                    let found = self.expr(value).plus(before);
                    let found = found.unwrap_or_else(|| self.fault(value.span));
                    self.known.insert(*variable, found);
                }
                StatementKind::For { body, .. } => _ = self.block(body),
                StatementKind::If { condition, yes, no } => {
                    self.exact(condition);
                    self.block(yes);
                    self.block(no);
                }
                other => {
                    let mut parts = Vec::new();
                    other.parts(&mut |part| parts.push(part));
                    parts.into_iter().for_each(|part| self.exact(part));
                }
            }
        }
        block.value.as_ref().map_or(Exact, |value| self.expr(value))
    }
}

/// Of an estimate times an exact factor.
fn scaled(estimate: Exactness, factor: &Expr) -> Option<Exactness> {
    let range = factor.ty.element.range();
    match estimate {
        Exact | Unbiased => Some(estimate),
        _ if range.lower.value >= 0.0 => Some(estimate),
        _ if range.upper.value <= 0.0 => Some(estimate.negated()),
        _ => None,
    }
}
