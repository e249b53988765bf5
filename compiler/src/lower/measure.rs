//! Measures: the log density of a value, with every constant.

use super::truncation::Truncation;
use super::within::Within;
use super::{Compound, Lowered, Lowerer, unsupported};
use crate::ir::{Kind, Polynomial, Reduction, Value};
use crate::typed::tree::{Distribution, Expr, ExprKind, Measure, Path};
use crate::typed::types::Element;
use ansatz_grammar::diagnostic::{Diagnostic, codes};

/// A value that is scored: an array, or a part of it at leading indices.
#[derive(Clone, Debug)]
pub struct Place {
    /// The array, or a scalar.
    pub array: Value,
    /// Leading indices.
    pub indices: Vec<Value>,
    /// Where its entries are known to lie. A latent site's lie where its measure draws them.
    pub known: Option<Within>,
    /// A factor for the log density of each draw of the product, by the same indices.
    pub weights: Option<Value>,
}

impl Place {
    /// All of a value of which this is known.
    pub fn whole(array: Value, known: Within) -> Self {
        Self { array, indices: Vec::new(), known: Some(known), weights: None }
    }

    /// A part of it at further indices, as it is.
    fn at(&self, further: &[Value]) -> Self {
        Self { indices: [self.indices.as_slice(), further].concat(), weights: None, ..self.clone() }
    }
}

/// A measure of one draw: its distribution, with parameters bound, or a form of its own.
pub enum Single<'p> {
    /// A declared distribution.
    Distribution(&'p Distribution),
    /// A declared distribution between ends.
    Truncated(&'p Distribution, Truncation<'p>),
    /// Another form, with what is left of the indices.
    Other(&'p Expr, Vec<Value>),
}

impl<'p> Lowerer<'p> {
    /// The log density of a place under a measure.
    pub fn score(&mut self, measure: &'p Expr, place: &Place) -> Lowered<Value> {
        let axes = self.sizes(&product_axes(measure));
        let own = axes.len();
        self.at(measure.span);
        self.reduce_over(Reduction::Add, &axes, |lowerer, indices| {
            debug_assert_eq!(indices.len(), own);
            let inner = place.at(indices);
            let density = lowerer.score_single(measure, indices, &inner)?;
            let Some(weights) = place.weights else { return Ok(density) };
            let weight = lowerer.read(weights, &inner.indices);
            Ok(lowerer.builder.mul(weight, density))
        })
    }

    /// The log density of one draw of a product, at the product's indices.
    fn score_single(&mut self, measure: &'p Expr, indices: &[Value], place: &Place) -> Lowered<Value> {
        let single = self.single(measure, indices)?;
        self.score_bound(&single, place)
    }

    /// The log density of one draw, the parameters of its distribution bound.
    pub(super) fn score_bound(&mut self, single: &Single<'p>, place: &Place) -> Lowered<Value> {
        match single {
            Single::Distribution(distribution) => {
                let value = self.read(place.array, &place.indices);
                self.variables.insert(distribution.variable, value);
                self.supported(distribution, value, place.known.as_ref())
            }
            Single::Truncated(distribution, truncation) => {
                self.score_truncated(distribution, truncation, place)
            }
            Single::Other(form, indices) => self.score_form(form, indices, place),
        }
    }

    /// What the closure lowers where all of these hold, else -inf.
    pub(super) fn possible(
        &mut self,
        conditions: &[Value],
        density: impl FnOnce(&mut Self) -> Lowered<Value>,
    ) -> Lowered<Value> {
        let all = conditions.iter().copied().reduce(|all, next| self.builder.primitive("and", &[all, next]));
        let Some(all) = all else { return density(self) };
        self.one_of(all, density, |lowerer| Ok(lowerer.builder.f64(f64::NEG_INFINITY)))
    }

    /// `if`: only the branch taken is evaluated.
    pub(super) fn one_of(
        &mut self,
        condition: Value,
        yes: impl FnOnce(&mut Self) -> Lowered<Value>,
        no: impl FnOnce(&mut Self) -> Lowered<Value>,
    ) -> Lowered<Value> {
        self.builder.begin(Vec::new());
        let value = yes(self);
        let yes = self.builder.end(value.iter().copied().collect());
        value?;
        self.builder.begin(Vec::new());
        let value = no(self);
        let no = self.builder.end(value.iter().copied().collect());
        value?;
        Ok(self.builder.push(Kind::If, vec![condition], vec![yes, no])[0])
    }

    /// The measure of one draw of a product, its parameters bound to their entries at the product's indices.
    pub fn single(&mut self, measure: &'p Expr, indices: &[Value]) -> Lowered<Single<'p>> {
        let ExprKind::Measure(form) = &measure.kind else {
            return Err(unsupported(measure.span, "this measure"));
        };
        match form.as_ref() {
            Measure::Copies { base, shape } => self.single(base, &indices[shape.len()..]),
            Measure::Distribution { distribution, sizes, arguments, lift } => {
                let distribution = &self.program.distributions[*distribution];
                debug_assert_eq!(lift.len(), indices.len());
                self.bind_arguments(&distribution.parameters, arguments, indices)?;
                self.bind_sizes(&distribution.sizes, sizes);
                Ok(Single::Distribution(distribution))
            }
            Measure::Truncated { base, lower, upper } => {
                let truncation = self.truncation(lower.as_ref(), upper.as_ref(), indices)?;
                match self.single(base, indices)? {
                    Single::Distribution(distribution) => Ok(Single::Truncated(distribution, truncation)),
                    _ => unreachable!("the checker lets only distributions be truncated"),
                }
            }
            _ => Ok(Single::Other(measure, indices.to_vec())),
        }
    }

    /// The log density of a value of any type.
    pub fn score_whole(&mut self, measure: &'p Expr, value: Compound, known: Within) -> Lowered<Value> {
        if let Compound::Value(array) = value {
            return self.score(measure, &Place::whole(array, known));
        }
        match path_of(measure) {
            Some(path) => {
                self.at(measure.span);
                self.path(path, value)
            }
            None => Err(unsupported(measure.span, "the density of records under this measure")),
        }
    }

    /// The log density of a path; with respect to the numbers that it is, where the lowerer is asked for that.
    fn path(&mut self, path: &'p Path, value: Compound) -> Lowered<Value> {
        self.bind(path.variable, value);
        let relative = self.value(&path.relative)?;
        if !self.absolute {
            return Ok(relative);
        }
        let Some(driftless) = &path.driftless else {
            let what = "a path as a latent or given site, of noise that is not scalar or diagonal, outside of an objective";
            return Err(unsupported(path.draw.span, what));
        };
        let driftless = self.value(driftless)?;
        Ok(self.builder.add(relative, driftless))
    }

    fn score_form(&mut self, measure: &'p Expr, indices: &[Value], place: &Place) -> Lowered<Value> {
        let ExprKind::Measure(form) = &measure.kind else {
            return Err(unsupported(measure.span, "this measure"));
        };
        match form.as_ref() {
            Measure::Flat => Ok(self.builder.f64(0.0)),
            Measure::Mixture { weights, components } => {
                let Element::Measure(of) = &measure.ty.element else {
                    unreachable!("a mixture is a measure")
                };
                self.mixture(weights, components, place, &of.value.element)
            }
            Measure::If { condition, yes, no } => {
                let Element::Measure(of) = &measure.ty.element else {
                    unreachable!("an `if` of measures is a measure")
                };
                // A latent value lies where either branch draws it, which may be outside of the other's support.
                let known = place.known.clone().or_else(|| Some(self.known_within(&of.value.element)));
                let place = &Place { known, ..place.clone() };
                let condition = self.value(condition)?;
                let yes = self.region(|lowerer| {
                    lowerer.block(yes, measure.span, |lowerer, yes| lowerer.score(yes, place))
                })?;
                let no = self.region(|lowerer| {
                    lowerer.block(no, measure.span, |lowerer, no| lowerer.score(no, place))
                })?;
                Ok(self.builder.push(Kind::If, vec![condition], vec![yes, no])[0])
            }
            Measure::Random(value) => Err(no_density(value)),
            Measure::Path(path) => {
                let value = self.read(place.array, &place.indices);
                self.path(path, Compound::Value(value))
            }
            Measure::Sorted(base) => self.sorted(base, place),
            Measure::Transformed { base, bijector, sizes, arguments, elementwise, .. } => {
                let bijector = &self.program.bijectors[*bijector];
                self.bind_arguments(&bijector.parameters, arguments, indices)?;
                self.bind_sizes(&bijector.sizes, sizes);
                let inverse = bijector.inverse.as_ref().expect("the checker asks for it");
                let rest = if *elementwise { rest_axes(base) } else { Vec::new() };
                let rest = self.sizes(&rest);
                let drawn = self.map_over(&rest, |lowerer, at| {
                    let value = lowerer.read(place.array, &[&place.indices, at].concat());
                    lowerer.variables.insert(bijector.image, value);
                    lowerer.value(inverse)
                })?;
                let log_det = self.reduce_over(Reduction::Add, &rest, |lowerer, at| {
                    let entry = lowerer.read(drawn, at);
                    lowerer.variables.insert(bijector.variable, entry);
                    lowerer.value(&bijector.log_det)
                })?;
                let place = Place::whole(drawn, Within::default());
                let density = match elementwise {
                    true => self.score_single(base, indices, &place)?,
                    false => self.score(base, &place)?,
                };
                Ok(self.builder.sub(density, log_det))
            }
            Measure::Distribution { .. } | Measure::Copies { .. } | Measure::Truncated { .. } => {
                self.score(measure, place)
            }
        }
    }

    /// log sum_k w_k exp(log density of component k).
    ///
    /// A latent value lies where the mixture draws it, which may be outside of a component's support.
    fn mixture(
        &mut self,
        weights: &'p Expr,
        components: &'p [Expr],
        place: &Place,
        drawn: &Element,
    ) -> Lowered<Value> {
        let mut total: Option<Value> = None;
        for (position, component) in components.iter().enumerate() {
            let position = self.builder.i64(position as i64);
            let weight = self.entry(weights, &[position])?;
            let weight = self.builder.primitive("log", &[weight]);
            let known = place.known.clone().or_else(|| Some(self.known_within(drawn)));
            let place = Place { known, ..place.clone() };
            let density = self.score(component, &place)?;
            let term = self.builder.add(weight, density);
            total = Some(match total {
                None => term,
                Some(total) => self.builder.primitive("log_add_exp", &[total, term]),
            });
        }
        Ok(total.expect("the checker asks for a component"))
    }

    /// Draws in ascending order: K! times the density of the draws, on the ordered cone.
    fn sorted(&mut self, base: &'p Expr, place: &Place) -> Lowered<Value> {
        let density = self.score(base, place)?;
        let ExprKind::Measure(form) = &base.kind else { return Err(unsupported(base.span, "this measure")) };
        let Measure::Copies { shape, .. } = form.as_ref() else {
            return Err(unsupported(base.span, "sorted draws that are not copies of one distribution"));
        };
        let shape = self.sizes(shape);
        let orders = self.reduce_over(Reduction::Add, &shape[..1], |lowerer, indices| {
            let one = lowerer.builder.i64(1);
            let next = lowerer.builder.add(indices[0], one);
            let next = lowerer.convert(next, crate::ir::Element::F64);
            Ok(lowerer.builder.primitive("log", &[next]))
        })?;
        Ok(self.builder.add(density, orders))
    }
}

/// The message for a value that is drawn, and whose density nothing states.
pub fn no_density(value: &Expr) -> Box<Diagnostic> {
    let message = "the density of what a random function gives is not known";
    let fault = Diagnostic::error(codes::NO_DENSITY, value.span, message);
    Box::new(fault.help("write a `model`, whose sites have densities, or only simulate what draws from it"))
}

/// The path that a measure is of.
pub fn path_of(measure: &Expr) -> Option<&Path> {
    let ExprKind::Measure(form) = &measure.kind else { return None };
    match form.as_ref() {
        Measure::Path(path) => Some(path),
        _ => None,
    }
}

/// The axes over which a measure is a product of independent draws.
pub fn product_axes(measure: &Expr) -> Vec<Polynomial> {
    let ExprKind::Measure(form) = &measure.kind else { return Vec::new() };
    match form.as_ref() {
        Measure::Copies { base, shape } => [shape.clone(), product_axes(base)].concat(),
        Measure::Distribution { lift, .. } => lift.clone(),
        Measure::Truncated { base, .. } => product_axes(base),
        Measure::Transformed { base, elementwise: true, .. } => product_axes(base),
        _ => Vec::new(),
    }
}

/// The axes of the draws of a measure after those over which it is a product.
pub fn rest_axes(measure: &Expr) -> Vec<Polynomial> {
    match &measure.ty.element {
        Element::Measure(of) => of.value.shape[product_axes(measure).len()..].to_vec(),
        _ => Vec::new(),
    }
}
