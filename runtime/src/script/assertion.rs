//! Assertions: what must hold when the script comes to it. One that does not shows both sides, how far they are apart, and
//! its place.

use ansatz_compiler::ir::{Constant, Datum};
use ansatz_compiler::primitive::Primitive;
use ansatz_compiler::typed::tree::{Assertion, Comparison, Expr, ExprKind};
use ansatz_compiler::typed::types::Element;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;

use super::value::Value;
use super::{Script, ScriptFailure, show};

/// Two sides that were compared entry by entry.
struct Sides<'e> {
    left: &'e Expr,
    right: &'e Expr,
    values: [Datum; 2],
    /// The shape of the comparison.
    shape: Vec<usize>,
}

impl Script<'_> {
    /// Goes on if the assertion holds.
    pub(super) fn assert(&mut self, span: Span, assertion: &Assertion) -> Result<(), ScriptFailure> {
        match assertion {
            Assertion::True(value) => self.assert_true(span, value),
            Assertion::Compared { left, right, comparison } => {
                let values = [self.value(left)?.data().clone(), self.value(right)?.data().clone()];
                let shape =
                    values.iter().map(Datum::shape).max_by_key(|shape| shape.len()).unwrap_or(&[]).to_vec();
                let sides = Sides { left, right, values, shape };
                match &**comparison {
                    Comparison::By(primitive) => self.assert_by(span, &sides, *primitive),
                    Comparison::Within(bound) => {
                        let bound = self.value(bound)?.data().to_f64();
                        self.assert_within(span, &sides, &bound, |bound| format!("at most {bound:?} apart"))
                    }
                    Comparison::WithinErrors(count) => self.assert_within_errors(span, &sides, count),
                }
            }
        }
    }

    fn assert_true(&mut self, span: Span, value: &Expr) -> Result<(), ScriptFailure> {
        let truths = self.value(value)?.data().clone();
        let failures: Vec<usize> =
            failing(truths.scalars().len(), |entry| entry_of(&truths, entry) == true.into());
        if failures.is_empty() {
            return Ok(());
        }
        let message = broken(truths.shape(), &failures);
        let fault = Diagnostic::error(codes::ASSERTION_FAILED, span, message).found(show::datum(&truths));
        Err(ScriptFailure::Failed(Box::new(fault)))
    }

    fn assert_by(&mut self, span: Span, sides: &Sides, primitive: Primitive) -> Result<(), ScriptFailure> {
        let holds = |entry: usize| {
            let pair = [scalar_of(&sides.values[0], entry), scalar_of(&sides.values[1], entry)];
            (primitive.row().evaluate)(&pair) == Constant::Bool(true)
        };
        let failures = failing(sides.volume(), holds);
        let Some(first) = failures.first() else { return Ok(()) };
        let [left, right] = sides.at(*first);
        let fault = Diagnostic::error(codes::ASSERTION_FAILED, span, broken(&sides.shape, &failures))
            .found(format!("a difference of {:?}", left - right));
        Err(self.broken_assertion(fault, sides, *first))
    }

    fn assert_within(
        &mut self,
        span: Span,
        sides: &Sides,
        bounds: &[f64],
        describe: impl Fn(f64) -> String,
    ) -> Result<(), ScriptFailure> {
        let bound = |entry: usize| bounds[if bounds.len() == 1 { 0 } else { entry }];
        let close = |entry: usize| {
            let [left, right] = sides.at(entry);
            left == right || (left - right).abs() <= bound(entry)
        };
        let failures = failing(sides.volume(), close);
        let Some(first) = failures.first() else { return Ok(()) };
        let [left, right] = sides.at(*first);
        let fault = Diagnostic::error(codes::ASSERTION_FAILED, span, broken(&sides.shape, &failures))
            .expected(describe(bound(*first)))
            .found(format!("a difference of {:?}", left - right));
        Err(self.broken_assertion(fault, sides, *first))
    }

    /// Both sides' errors count, as those of independent estimates.
    fn assert_within_errors(&mut self, span: Span, sides: &Sides, count: &Expr) -> Result<(), ScriptFailure> {
        let counts = self.value(count)?.data().to_f64();
        let errors = [self.errors(sides.left)?, self.errors(sides.right)?];
        if errors.iter().all(Option::is_none) {
            let message = "neither side has a standard error";
            let fault = Diagnostic::error(codes::NOT_COMPUTED, span, message)
                .expected("a mean, a quantile or the like of at least four draws on one side")
                .help("give the tolerance as a number: `within 0.1`");
            return Err(ScriptFailure::Program(Box::new(fault)));
        }
        let error = |entry: usize| {
            let own = errors.iter().flatten().map(|errors| errors[if errors.len() == 1 { 0 } else { entry }]);
            own.fold(0.0, f64::hypot)
        };
        let count = |entry: usize| counts[if counts.len() == 1 { 0 } else { entry }];
        // What has no error is compared to rounding.
        let rounding =
            |entry: usize| 1e-13 * sides.at(entry).into_iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let bound = |entry: usize| (count(entry) * error(entry)).max(rounding(entry));
        let bounds: Vec<f64> = (0..sides.volume()).map(bound).collect();
        self.assert_within(span, sides, &bounds, |bound| {
            format!("at most {bound:?} apart, by standard errors")
        })
    }

    fn errors(&mut self, side: &Expr) -> Result<Option<Vec<f64>>, ScriptFailure> {
        if let Some(errors) = self.estimated(side) {
            return Ok(Some(errors));
        }
        if let Value::Numbers(numbers) = self.value(side)?
            && numbers.chains.is_some()
        {
            let message = "single draws have no standard error";
            let fault = Diagnostic::error(codes::NOT_COMPUTED, side.span, message)
                .help("compare their mean: `mean(..)`");
            return Err(ScriptFailure::Program(Box::new(fault)));
        }
        self.standard_errors(side)
    }

    /// The errors of an estimate, where its values are compared.
    fn estimated(&self, side: &Expr) -> Option<Vec<f64>> {
        let ExprKind::Field(estimate, name) = &side.kind else { return None };
        let Element::Record(fields) = &estimate.ty.element else { return None };
        let names: Vec<&str> = fields.iter().map(|(name, _)| &**name).collect();
        let (ExprKind::Script { variable, .. } | ExprKind::Variable(variable)) = &estimate.kind else {
            return None;
        };
        let is_estimate = **name == *"value" && names == ["value", "se", "variance"];
        is_estimate.then(|| self.variable(*variable).field("se").data().to_f64())
    }

    fn broken_assertion(&mut self, mut fault: Diagnostic, sides: &Sides, first: usize) -> ScriptFailure {
        for (side, value) in [sides.left, sides.right].into_iter().zip(&sides.values) {
            let mut text = show::datum(&entry_of(value, first));
            if !entry_of(value, first).to_f64()[0].is_finite()
                && let Some(span) = self.not_finite(side)
            {
                text += ", which is not finite";
                fault = fault.label(span, "the first number that is not finite is made here");
            }
            fault = fault.label(side.span, text);
        }
        ScriptFailure::Failed(Box::new(fault))
    }
}

impl Sides<'_> {
    fn volume(&self) -> usize {
        self.shape.iter().product()
    }

    fn at(&self, entry: usize) -> [f64; 2] {
        self.values.each_ref().map(|value| entry_of(value, entry).to_f64()[0])
    }
}

/// The entries for which it does not hold.
fn failing(count: usize, holds: impl Fn(usize) -> bool) -> Vec<usize> {
    (0..count).filter(|entry| !holds(*entry)).collect()
}

/// An entry by its position, or the scalar.
fn entry_of(value: &Datum, entry: usize) -> Datum {
    Datum::Scalar(scalar_of(value, entry))
}

fn scalar_of(value: &Datum, entry: usize) -> Constant {
    match value {
        Datum::Scalar(scalar) => *scalar,
        Datum::Array(array) => array.entries.get(entry),
    }
}

/// What is wrong: for an array, with how many entries and with which first.
fn broken(shape: &[usize], failures: &[usize]) -> String {
    if shape.is_empty() {
        return "this assertion does not hold".to_owned();
    }
    let mut rest = failures[0];
    let mut indices = Vec::with_capacity(shape.len());
    for extent in shape.iter().rev() {
        indices.push((rest % extent).to_string());
        rest /= extent;
    }
    indices.reverse();
    let count: usize = shape.iter().product();
    format!(
        "this assertion does not hold for {} of {count} entries, first at [{}]",
        failures.len(),
        indices.join(", ")
    )
}
