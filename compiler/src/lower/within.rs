//! What is known of where a value lies, and the checks of a distribution's support that this leaves over.

use super::{Lowered, Lowerer};
use crate::ir::Value;
use crate::typed::tree::{Distribution, Expr, ExprKind, Support};
use crate::typed::types::Element;
use crate::typed::{Bounds, Range, never_negative};

/// Where the entries of a value are known to lie.
#[derive(Clone, Debug)]
pub struct Within {
    /// As real numbers.
    range: Range,
    /// As integers, in the sizes of the function.
    bounds: Bounds,
}

impl Default for Within {
    /// Anywhere.
    fn default() -> Self {
        Self { range: Range::ANY, bounds: Bounds::any() }
    }
}

impl<'p> Lowerer<'p> {
    /// Where values of a type lie.
    pub fn known_within(&self, element: &Element) -> Within {
        Within { range: element.range(), bounds: self.resolved(element) }
    }

    /// The bounds of integers in the sizes of the function.
    fn resolved(&self, element: &Element) -> Bounds {
        let Bounds { lower, upper } = element.bounds();
        Bounds { lower: lower.map(|end| self.size(&end)), upper: upper.map(|end| self.size(&end)) }
    }

    /// The log density of a value, -inf where it is not known to lie in the support and does not.
    pub(super) fn supported(
        &mut self,
        distribution: &'p Distribution,
        value: Value,
        known: Option<&Within>,
    ) -> Lowered<Value> {
        let inside = match known {
            None => Vec::new(),
            Some(known) => match &distribution.support {
                Support::Interval { lower, upper } => {
                    let ends = [lower.as_deref(), upper.as_deref()];
                    self.between(distribution, value, ends, known)?
                }
                Support::Discrete => self.among(distribution, value, known),
                Support::Structured(_) => Vec::new(),
            },
        };
        self.possible(&inside, |lowerer| lowerer.value(&distribution.log_density))
    }

    /// What is left to check of a real number in an interval.
    fn between(
        &mut self,
        distribution: &'p Distribution,
        value: Value,
        [lower, upper]: [Option<&'p Expr>; 2],
        known: &Within,
    ) -> Lowered<Vec<Value>> {
        let of = &self.program.variables[distribution.variable.0 as usize].ty;
        let Range { lower: first, upper: last } = of.element.range();
        let ends =
            [(lower, if first.open { "gt" } else { "ge" }), (upper, if last.open { "lt" } else { "le" })];
        let mut inside = Vec::new();
        for (end, comparison) in ends {
            let Some(end) = end.filter(|end| !lies_within(known.range, comparison, end)) else { continue };
            let end = self.value(end)?;
            inside.push(self.builder.primitive(comparison, &[value, end]));
        }
        Ok(inside)
    }

    /// What is left to check of an integer in a support such as `fin(N)`.
    fn among(&mut self, distribution: &'p Distribution, value: Value, known: &Within) -> Vec<Value> {
        let of = &self.program.variables[distribution.variable.0 as usize].ty.element;
        if !matches!(of, Element::Int(_)) {
            return Vec::new();
        }
        let declared = self.resolved(of);
        let mut inside = Vec::new();
        let proved = |greater: &Option<_>, less: &Option<_>| match (greater, less) {
            (Some(greater), Some(less)) => never_negative(&crate::ir::Polynomial::minus(greater, less)),
            _ => false,
        };
        if let Some(lower) = &declared.lower
            && !proved(&known.bounds.lower, &declared.lower)
        {
            let end = self.builder.size(lower.clone());
            inside.push(self.builder.primitive("ge", &[value, end]));
        }
        if let Some(upper) = &declared.upper
            && !proved(&declared.upper, &known.bounds.upper)
        {
            let end = self.builder.size(upper.clone());
            inside.push(self.builder.primitive("le", &[value, end]));
        }
        inside
    }
}

/// Whether values known to lie in a range satisfy a comparison with an end of the support.
fn lies_within(known: Range, comparison: &str, end: &Expr) -> bool {
    let ExprKind::Real(end) = &end.kind else { return false };
    match comparison {
        "gt" => known.lower.value > *end || (known.lower.value == *end && known.lower.open),
        "ge" => known.lower.value >= *end,
        "lt" => known.upper.value < *end || (known.upper.value == *end && known.upper.open),
        _ => known.upper.value <= *end,
    }
}
