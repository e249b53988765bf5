//! Truncated distributions: the log of the probability between the ends, and densities divided by it.
//!
//! Whichever tail is smaller is used, in logarithms, so that far tails keep their digits. An end that lies outside of the
//! support, or is infinite, takes no part: its terms are not evaluated, and have no derivative that could be NaN.

use super::measure::Place;
use super::{Lowered, Lowerer};
use crate::ir::{Element, Value};
use crate::typed::tree::{Distribution, Expr, ExprKind, Fact, Support};

/// The ends at one index of a product.
#[derive(Clone, Copy)]
pub struct Truncation<'p> {
    /// The lower end.
    pub lower: Option<End<'p>>,
    /// The upper end.
    pub upper: Option<End<'p>>,
}

/// One end.
#[derive(Clone, Copy)]
pub struct End<'p> {
    /// As it is written.
    pub written: &'p Expr,
    /// Its value.
    pub value: Value,
    /// Whether it is the lower one.
    pub is_lower: bool,
}

/// When an end takes part.
#[derive(Clone, Copy)]
enum Active {
    Never,
    Always,
    If(Value),
}

/// log(1/2).
const LOG_HALF: f64 = -std::f64::consts::LN_2;

impl<'p> Lowerer<'p> {
    /// The ends at these indices of a product.
    pub(super) fn truncation(
        &mut self,
        lower: Option<&'p Expr>,
        upper: Option<&'p Expr>,
        indices: &[Value],
    ) -> Lowered<Truncation<'p>> {
        let mut end = |written: Option<&'p Expr>, is_lower: bool| -> Lowered<Option<End<'p>>> {
            let Some(written) = written else { return Ok(None) };
            let value = self.entry_or_scalar(written, indices)?;
            Ok(Some(End { written, value, is_lower }))
        };
        Ok(Truncation { lower: end(lower, true)?, upper: end(upper, false)? })
    }

    /// The log density of a draw of a distribution whose parameters are bound, given that it lies between the ends.
    pub(super) fn score_truncated(
        &mut self,
        distribution: &'p Distribution,
        truncation: &Truncation<'p>,
        place: &Place,
    ) -> Lowered<Value> {
        let value = self.read(place.array, &place.indices);
        let mut inside = Vec::new();
        if place.known.is_some() {
            for (end, comparison) in [(truncation.lower, "ge"), (truncation.upper, "le")] {
                inside.extend(end.map(|end| self.builder.primitive(comparison, &[value, end.value])));
            }
        }
        self.possible(&inside, |lowerer| {
            let mass = lowerer.log_mass(distribution, truncation)?;
            lowerer.variables.insert(distribution.variable, value);
            let density = lowerer.supported(distribution, value, place.known.as_ref())?;
            Ok(lowerer.builder.sub(density, mass))
        })
    }

    /// The log of the probability between the ends.
    pub fn log_mass(
        &mut self,
        distribution: &'p Distribution,
        truncation: &Truncation<'p>,
    ) -> Lowered<Value> {
        let [lower, upper] = self.actives(distribution, truncation)?;
        let fact = |lowerer: &mut Self, fact: Fact, end: Option<End>| lowerer.tail(distribution, fact, end);
        self.when(
            lower,
            |lowerer| {
                lowerer.when(
                    upper,
                    |lowerer| lowerer.log_mass_between(distribution, truncation),
                    |lowerer| fact(lowerer, Fact::LogSurvival, truncation.lower),
                )
            },
            |lowerer| {
                lowerer.when(
                    upper,
                    |lowerer| fact(lowerer, Fact::LogCdf, truncation.upper),
                    |lowerer| Ok(lowerer.builder.f64(0.0)),
                )
            },
        )
    }

    /// Whether the ends lie inside of the support.
    fn actives(
        &mut self,
        distribution: &'p Distribution,
        truncation: &Truncation<'p>,
    ) -> Lowered<[Active; 2]> {
        let (first, last) = match &distribution.support {
            Support::Interval { lower, upper } => (lower.as_deref(), upper.as_deref()),
            _ => (None, None),
        };
        Ok([self.active(truncation.lower, first, "gt")?, self.active(truncation.upper, last, "lt")?])
    }

    /// The same where both ends take part: a difference of tails on the side where they are smaller.
    fn log_mass_between(
        &mut self,
        distribution: &'p Distribution,
        truncation: &Truncation<'p>,
    ) -> Lowered<Value> {
        let below = self.tail(distribution, Fact::LogCdf, truncation.lower)?;
        let half = self.builder.f64(LOG_HALF);
        let above_median = self.builder.primitive("gt", &[below, half]);
        self.one_of(
            above_median,
            |lowerer| {
                let more = lowerer.tail(distribution, Fact::LogSurvival, truncation.lower)?;
                let less = lowerer.tail(distribution, Fact::LogSurvival, truncation.upper)?;
                Ok(lowerer.log_difference(more, less))
            },
            |lowerer| {
                let more = lowerer.tail(distribution, Fact::LogCdf, truncation.upper)?;
                Ok(lowerer.log_difference(more, below))
            },
        )
    }

    /// log(exp more - exp less).
    fn log_difference(&mut self, more: Value, less: Value) -> Value {
        let difference = self.builder.sub(less, more);
        let rest = self.builder.primitive("log1m_exp", &[difference]);
        self.builder.add(more, rest)
    }

    /// A tail at an end: of integers, the lower end itself lies between the ends, and what is below it is the tail.
    fn tail(&mut self, distribution: &'p Distribution, fact: Fact, end: Option<End>) -> Lowered<Value> {
        let End { value, .. } = end.expect("only an end that is there takes part");
        let value = match end {
            Some(end) if distribution.support == Support::Discrete && end.is_lower => {
                let one = self.builder.i64(1);
                self.builder.sub(value, one)
            }
            _ => value,
        };
        self.variables.insert(distribution.variable, value);
        self.value(distribution.fact(fact).expect("the checker asks for the tails"))
    }

    /// Whether an end lies inside of the support.
    fn active(
        &mut self,
        end: Option<End<'p>>,
        of_support: Option<&'p Expr>,
        beyond: &str,
    ) -> Lowered<Active> {
        let Some(End { written, value, .. }) = end else { return Ok(Active::Never) };
        if let Some(of_support) = of_support {
            let of_support = self.value(of_support)?;
            return Ok(Active::If(self.builder.primitive(beyond, &[value, of_support])));
        }
        let finite = self.builder.type_of(value).element == Element::I64
            || matches!(written.kind, ExprKind::Real(x) if x.is_finite());
        Ok(if finite { Active::Always } else { Active::If(self.builder.primitive("is_finite", &[value])) })
    }

    fn when(
        &mut self,
        active: Active,
        yes: impl FnOnce(&mut Self) -> Lowered<Value>,
        no: impl FnOnce(&mut Self) -> Lowered<Value>,
    ) -> Lowered<Value> {
        match active {
            Active::Always => yes(self),
            Active::Never => no(self),
            Active::If(condition) => self.one_of(condition, yes, no),
        }
    }
}
