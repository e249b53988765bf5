//! The right sides of equations of motion: sums of terms with one differential each, `dt` or the noise's. What stands with
//! one of the two is taken out, tree to tree, so that it is checked like any other expression, where it is written.

use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{
    Argument, ArgumentKind, BinaryOperator, Block, Branch, Expr, ExprKind, Ident, Loop, UnaryOperator,
};

/// Functions that are linear in each of their arguments.
const LINEAR: &[&str] = &["dot", "sum"];

/// A side that is no sum of differentials.
pub(super) type Fault = Box<Diagnostic>;

/// What is taken out; none where nothing stands with that differential.
type Taken<T> = Result<Option<T>, Fault>;

/// Which differential: what stands with it is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `dt`
    Drift,
    /// The noise's. Its name stays, so that the part is a function of it.
    Diffusion,
}

/// Takes parts out of right sides.
pub(super) struct Differentials {
    /// The noise's differential, `dW`, where there is noise.
    pub noise: Option<String>,
}

/// What a state's differential is called once it is known. No program can write such a name.
pub(super) fn name_of(state: &Ident, span: Span) -> Ident {
    Ident { name: format!("d({state})").into(), span }
}

impl Differentials {
    /// What stands with a differential in a right side, or in a part of one.
    pub(super) fn take(&self, part: Part, side: &Expr) -> Taken<Expr> {
        let span = side.span;
        if !self.has(side) {
            return Err(self.no_differential(span));
        }
        let kind = match &side.kind {
            ExprKind::Name(name) if name.as_str() == "dt" => {
                return Ok((part == Part::Drift).then(|| Expr::new(span, ExprKind::Real(1.0))));
            }
            ExprKind::Name(_) => return Ok((part == Part::Diffusion).then(|| side.clone())),
            ExprKind::Call { function, arguments } => match state_of(side) {
                Some(state) => Some(ExprKind::Name(name_of(state, span))),
                None => self.call(part, span, function, arguments)?,
            },
            ExprKind::Unary { operator: UnaryOperator::Negate, operand } => {
                return Ok(self.take(part, operand)?.map(negated));
            }
            ExprKind::Binary { operator, operator_span, left, right } => {
                return self.binary(part, (*operator, *operator_span), left, right);
            }
            ExprKind::Array(entries) => {
                let taken = entries.iter().map(|entry| self.take_or_zero(part, entry));
                let taken = taken.collect::<Result<Vec<_>, Fault>>()?;
                let some = taken.iter().any(Option::is_some);
                some.then(|| {
                    ExprKind::Array(taken.into_iter().map(|one| one.unwrap_or_else(|| zero(span))).collect())
                })
            }
            ExprKind::Comprehension(nest) => {
                self.repeated(part, nest)?.map(|nest| ExprKind::Comprehension(Box::new(nest)))
            }
            ExprKind::Index { base, indices } => self
                .take(part, base)?
                .map(|base| ExprKind::Index { base: Box::new(base), indices: indices.clone() }),
            ExprKind::Block(block) => self.block(part, block)?.map(ExprKind::Block),
            ExprKind::If { branches, otherwise: Some(otherwise) } => {
                self.choice(part, branches, otherwise)?
            }
            _ => return Err(not_linear(span)),
        };
        Ok(kind.map(|kind| Expr::new(span, kind)))
    }

    /// Whether a differential stands in it.
    fn has(&self, side: &Expr) -> bool {
        let in_block = |block: &Block| block.value.as_ref().is_some_and(|value| self.has(value));
        match &side.kind {
            ExprKind::Name(name) => name.as_str() == "dt" || self.noise.as_deref() == Some(name.as_str()),
            ExprKind::Unary { operand, .. } => self.has(operand),
            ExprKind::Binary { left, right, .. } => self.has(left) || self.has(right),
            ExprKind::Call { arguments, .. } => {
                state_of(side).is_some() || arguments.iter().any(|argument| self.argument_has(argument))
            }
            ExprKind::Array(entries) => entries.iter().any(|entry| self.has(entry)),
            ExprKind::Comprehension(nest) => self.has(&nest.body),
            ExprKind::Index { base, .. } | ExprKind::Field { base, .. } => self.has(base),
            ExprKind::Block(block) => in_block(block),
            ExprKind::If { branches, otherwise } => {
                branches.iter().any(|branch| in_block(&branch.body))
                    || otherwise.as_ref().is_some_and(in_block)
            }
            _ => false,
        }
    }

    fn argument_has(&self, argument: &Argument) -> bool {
        match &argument.kind {
            ArgumentKind::Value(value) | ArgumentKind::Named { value, .. } => self.has(value),
            ArgumentKind::For(nest) => self.has(&nest.body),
            _ => false,
        }
    }

    /// The same where a zero may stand for a term with neither.
    fn take_or_zero(&self, part: Part, side: &Expr) -> Taken<Expr> {
        let zero = matches!(side.kind, ExprKind::Int(0)) || matches!(side.kind, ExprKind::Real(0.0));
        if zero { Ok(None) } else { self.take(part, side) }
    }

    fn binary(
        &self,
        part: Part,
        (operator, operator_span): (BinaryOperator, Span),
        left: &Expr,
        right: &Expr,
    ) -> Taken<Expr> {
        let span = left.span.to(right.span);
        let binary = |left: Expr, right: Expr| {
            let (left, right) = (Box::new(left), Box::new(right));
            Expr::new(span, ExprKind::Binary { operator, operator_span, left, right })
        };
        use BinaryOperator::{Add, Divide, Multiply, Product, Solve, Subtract};
        Ok(match (operator, self.has(left), self.has(right)) {
            (Add | Subtract, ..) => match (self.take_or_zero(part, left)?, self.take_or_zero(part, right)?) {
                (Some(left), Some(right)) => Some(binary(left, right)),
                (None, Some(right)) if operator == Subtract => Some(negated(right)),
                (left, right) => left.or(right),
            },
            (Multiply, true, false) => self.take(part, left)?.map(|taken| match is_one(&taken) {
                true => right.clone(),
                false => binary(taken, right.clone()),
            }),
            (Multiply, false, true) => self.take(part, right)?.map(|taken| match is_one(&taken) {
                true => left.clone(),
                false => binary(left.clone(), taken),
            }),
            (Product | Divide, true, false) => {
                self.take(part, left)?.map(|taken| binary(taken, right.clone()))
            }
            (Product | Solve, false, true) => {
                self.take(part, right)?.map(|taken| binary(left.clone(), taken))
            }
            _ => return Err(not_linear(span)),
        })
    }

    fn call(&self, part: Part, span: Span, function: &Expr, arguments: &[Argument]) -> Taken<ExprKind> {
        let linear = matches!(&function.kind, ExprKind::Name(name) if LINEAR.contains(&name.as_str()));
        let places: Vec<usize> =
            (0..arguments.len()).filter(|position| self.argument_has(&arguments[*position])).collect();
        let [position] = places[..] else { return Err(not_linear(span)) };
        let taken = match &arguments[position].kind {
            ArgumentKind::Value(value) if linear => self.take(part, value)?.map(ArgumentKind::Value),
            ArgumentKind::For(nest) if linear => self.repeated(part, nest)?.map(ArgumentKind::For),
            _ => return Err(not_linear(span)),
        };
        Ok(taken.map(|kind| {
            let mut arguments = arguments.to_vec();
            arguments[position].kind = kind;
            ExprKind::Call { function: Box::new(function.clone()), arguments }
        }))
    }

    fn repeated(&self, part: Part, nest: &Loop) -> Taken<Loop> {
        Ok(self.take(part, &nest.body)?.map(|body| Loop { body, ..nest.clone() }))
    }

    fn block(&self, part: Part, block: &Block) -> Taken<Block> {
        let Some(value) = &block.value else { return Err(self.no_differential(block.span)) };
        let taken = self.take_or_zero(part, value)?;
        Ok(taken.map(|value| Block::new(block.span, block.statements.clone(), Some(Box::new(value)))))
    }

    /// An `if`: a branch with nothing of this part gives zero where another gives something.
    fn choice(&self, part: Part, branches: &[Branch], otherwise: &Block) -> Taken<ExprKind> {
        let bodies = branches.iter().map(|branch| &branch.body).chain([otherwise]);
        let taken = bodies.clone().map(|body| self.block(part, body)).collect::<Result<Vec<_>, Fault>>()?;
        if taken.iter().all(Option::is_none) {
            return Ok(None);
        }
        let nothing = |body: &Block| Block::new(body.span, Vec::new(), Some(Box::new(zero(body.span))));
        let mut bodies =
            taken.into_iter().zip(bodies).map(|(taken, body)| taken.unwrap_or_else(|| nothing(body)));
        let conditions = branches.iter().map(|branch| branch.condition.clone());
        let branches = conditions.zip(bodies.by_ref()).map(|(condition, body)| Branch { condition, body });
        Ok(Some(ExprKind::If { branches: branches.collect(), otherwise: bodies.next() }))
    }

    fn no_differential(&self, span: Span) -> Fault {
        let expected = match &self.noise {
            Some(noise) => format!("a term with `dt` or `{noise}`"),
            None => "a term with `dt`".to_string(),
        };
        let message = "a term of an equation without a differential";
        let diagnostic = Diagnostic::error(codes::NOT_A_DIFFERENTIAL, span, message).expected(expected);
        Box::new(diagnostic.help("a drift f is written `f * dt`"))
    }
}

fn not_linear(span: Span) -> Fault {
    let message = "an equation is linear in its differentials";
    let diagnostic = Diagnostic::error(codes::NOT_A_DIFFERENTIAL, span, message)
        .expected("sums of terms with one differential each, as in `f * dt + g * dW`");
    Box::new(diagnostic.help("`*`, `@`, `dot`, `sum` and loops may stand around a differential"))
}

/// The state of `d(x)`.
fn state_of(side: &Expr) -> Option<&Ident> {
    let ExprKind::Call { function, arguments } = &side.kind else { return None };
    match (&function.kind, arguments.as_slice()) {
        (ExprKind::Name(name), [Argument { kind: ArgumentKind::Value(value), .. }])
            if name.as_str() == "d" =>
        {
            match &value.kind {
                ExprKind::Name(state) => Some(state),
                _ => None,
            }
        }
        _ => None,
    }
}

fn negated(side: Expr) -> Expr {
    let span = side.span;
    Expr::new(span, ExprKind::Unary { operator: UnaryOperator::Negate, operand: Box::new(side) })
}

fn is_one(side: &Expr) -> bool {
    matches!(side.kind, ExprKind::Real(1.0))
}

/// A number's zero.
pub(super) fn zero(span: Span) -> Expr {
    Expr::new(span, ExprKind::Real(0.0))
}
