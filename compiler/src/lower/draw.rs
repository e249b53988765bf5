//! Draws from measures: values made of noise. A distribution's `sample` is inlined; each draw in it is `bits` of the
//! seed, the site with the draw's number in it, and the indices of the site and of all loops around the draw.

use super::{Compound, Lowered, Lowerer, unsupported};
use crate::ir::kind::site_number;
use crate::ir::{self, Bound, Element, Kind, Reduction, Value};
use crate::lower::measure::{Single, product_axes, rest_axes};
use crate::lower::truncation::Truncation;
use crate::primitive::Primitive;
use crate::typed::tree::{Distribution, Expr, ExprKind, Fact, Measure};
use ansatz_grammar::diagnostic::{Diagnostic, codes};

/// Where the noise of a site comes from.
#[derive(Clone, Debug)]
pub struct Noise {
    /// The seed.
    pub seed: Value,
    /// The site's name, with those of the models around it.
    pub site: String,
    /// Indices that tell this draw from the site's others: the draw's number, the site's indices.
    pub indices: Vec<Value>,
    /// How many regions were open when the site began; loops inside add their indices.
    pub depth: usize,
    /// Draws so far.
    pub drawn: u64,
    /// Random words that the first draw takes as they are, where no loop stands around it.
    pub words: Option<[Value; 2]>,
}

impl<'p> Lowerer<'p> {
    /// A number from this primitive of random bits, of this draw alone.
    ///
    /// # Panics
    /// Outside of a site: the checker lets nothing else draw.
    pub fn noise(&mut self, primitive: &str) -> Value {
        let words = self.words();
        let primitive = Primitive::named(primitive);
        let count = primitive.row().samples.points[0].len();
        self.builder.apply(primitive, &words[..count])
    }

    /// A number from this primitive of random bits that are a function of whole numbers.
    pub fn keyed_noise(&mut self, primitive: &str, keys: &'p [Expr], indices: &[Value]) -> Lowered<Value> {
        let keys = keys.iter().map(|key| self.entry_or_scalar(key, indices)).collect::<Lowered<Vec<_>>>()?;
        let words = self.builder.push(Kind::Bits { site: site_number("", 0) }, keys, Vec::new());
        let primitive = Primitive::named(primitive);
        let count = primitive.row().samples.points[0].len();
        Ok(self.builder.apply(primitive, &words[..count]))
    }

    /// Two random words of this draw alone.
    ///
    /// # Panics
    /// Outside of a site: the checker lets nothing else draw.
    pub fn words(&mut self) -> Vec<Value> {
        let noise = self.noise.as_mut().expect("only sites draw");
        let site = site_number(&noise.site, noise.drawn);
        let first = noise.drawn == 0;
        noise.drawn += 1;
        let mut operands = vec![noise.seed];
        operands.extend(&noise.indices);
        let loops = self.builder.indices_since(noise.depth);
        match noise.words.filter(|_| first && loops.is_empty()) {
            Some(words) => words.to_vec(),
            None => self.builder.push(Kind::Bits { site }, [operands, loops].concat(), Vec::new()),
        }
    }

    /// A draw from a measure over values of any type.
    pub fn drawn(&mut self, measure: &'p Expr) -> Lowered<Compound> {
        let ExprKind::Measure(form) = &measure.kind else { return self.draw(measure).map(Compound::Value) };
        match form.as_ref() {
            Measure::Random(value) => self.compound(value),
            Measure::Path(path) => self.compound(&path.draw),
            Measure::Copies { base, shape } => {
                let shape = self.sizes(shape);
                match &base.kind {
                    ExprKind::Measure(form) if matches!(**form, Measure::Random(_) | Measure::Path(_)) => {
                        self.compounds_over(&shape, |lowerer, _| lowerer.drawn(base))
                    }
                    _ => self.draw(measure).map(Compound::Value),
                }
            }
            _ => self.draw(measure).map(Compound::Value),
        }
    }

    /// A draw from a measure over numbers.
    pub fn draw(&mut self, measure: &'p Expr) -> Lowered<Value> {
        let axes = self.sizes(&product_axes(measure));
        self.at(measure.span);
        self.map_over(&axes, |lowerer, indices| lowerer.draw_single(measure, indices))
    }

    /// One draw of a product, at the product's indices.
    fn draw_single(&mut self, measure: &'p Expr, indices: &[Value]) -> Lowered<Value> {
        let single = self.single(measure, indices)?;
        self.draw_bound(&single, measure)
    }

    /// One draw, the parameters of its distribution bound.
    pub(super) fn draw_bound(&mut self, single: &Single<'p>, measure: &'p Expr) -> Lowered<Value> {
        match single {
            Single::Distribution(distribution) => match &distribution.sample {
                Some(sample) => self.value(sample),
                None => match distribution.fact(Fact::Quantile) {
                    Some(quantile) => {
                        let u = self.noise("uniform");
                        self.variables.insert(distribution.probability, u);
                        self.value(quantile)
                    }
                    None => Err(no_sample(measure, &distribution.name)),
                },
            },
            Single::Truncated(distribution, truncation) => self.draw_truncated(distribution, truncation),
            Single::Other(form, indices) => self.draw_form(form, indices),
        }
    }

    fn draw_form(&mut self, measure: &'p Expr, indices: &[Value]) -> Lowered<Value> {
        let ExprKind::Measure(form) = &measure.kind else {
            return Err(unsupported(measure.span, "draws from this measure"));
        };
        match form.as_ref() {
            Measure::Distribution { .. } | Measure::Copies { .. } | Measure::Truncated { .. } => {
                self.draw(measure)
            }
            Measure::Mixture { weights, components } => self.draw_component(weights, components),
            Measure::If { condition, yes, no } => {
                let condition = self.value(condition)?;
                let yes = self.region(|lowerer| lowerer.block(yes, measure.span, Self::draw))?;
                let no = self.region(|lowerer| lowerer.block(no, measure.span, Self::draw))?;
                Ok(self.builder.push(Kind::If, vec![condition], vec![yes, no])[0])
            }
            Measure::Random(value) => self.value(value),
            Measure::Path(path) => self.value(&path.draw),
            Measure::Sorted(base) => self.draw_sorted(base),
            Measure::Flat => Err(no_sample(measure, "flat")),
            Measure::Transformed { base, bijector, sizes, arguments, elementwise, .. } => {
                let drawn = if *elementwise { self.draw_single(base, indices)? } else { self.draw(base)? };
                let bijector = &self.program.bijectors[*bijector];
                self.bind_arguments(&bijector.parameters, arguments, indices)?;
                self.bind_sizes(&bijector.sizes, sizes);
                let rest = if *elementwise { rest_axes(base) } else { Vec::new() };
                let rest = self.sizes(&rest);
                self.map_over(&rest, |lowerer, at| {
                    let entry = lowerer.read(drawn, at);
                    lowerer.variables.insert(bijector.variable, entry);
                    lowerer.value(&bijector.forward)
                })
            }
        }
    }

    /// A draw of a distribution whose parameters are bound, between ends.
    fn draw_truncated(
        &mut self,
        distribution: &'p Distribution,
        truncation: &Truncation<'p>,
    ) -> Lowered<Value> {
        let between = distribution.between.as_ref().expect("the checker makes the draws of truncations");
        for (end, variable, beyond) in [
            (truncation.lower, between.lower, f64::NEG_INFINITY),
            (truncation.upper, between.upper, f64::INFINITY),
        ] {
            let end = match end {
                Some(end) => self.convert(end.value, Element::F64),
                None => self.builder.f64(beyond),
            };
            self.variables.insert(variable, end);
        }
        self.value(&between.draw)
    }

    /// A draw from one component: the first whose weights so far exceed a uniform number.
    fn draw_component(&mut self, weights: &'p Expr, components: &'p [Expr]) -> Lowered<Value> {
        let mut rest = self.noise("uniform");
        let mut chosen = Vec::with_capacity(components.len());
        for position in 0..components.len() - 1 {
            let position = self.builder.i64(position as i64);
            let weight = self.entry(weights, &[position])?;
            chosen.push(self.builder.primitive("lt", &[rest, weight]));
            rest = self.builder.sub(rest, weight);
        }
        self.draw_first_chosen(&chosen, components)
    }

    fn draw_first_chosen(&mut self, chosen: &[Value], components: &'p [Expr]) -> Lowered<Value> {
        let Some((here, later)) = chosen.split_first() else { return self.draw(&components[0]) };
        let yes = self.region(|lowerer| lowerer.draw(&components[0]))?;
        let no = self.region(|lowerer| lowerer.draw_first_chosen(later, &components[1..]))?;
        Ok(self.builder.push(Kind::If, vec![*here], vec![yes, no])[0])
    }

    /// Copies in ascending order: each stands where as many are less, those before it among its equals.
    fn draw_sorted(&mut self, base: &'p Expr) -> Lowered<Value> {
        let drawn = self.draw(base)?;
        let length = match &self.builder.type_of(drawn).shape[..] {
            [ir::Dimension::Size(length)] => length.clone(),
            _ => return Err(unsupported(base.span, "sorted draws of anything but a vector of copies")),
        };
        let bounds = || vec![Bound::Size(length.clone())];
        let builder = &mut self.builder;
        let ranks = builder.map(bounds(), Vec::new(), |builder, at| {
            let x = builder.index(drawn, at, ir::kind::Check::Checked);
            builder.reduce(Reduction::Add, bounds(), Vec::new(), |builder, other| {
                let y = builder.index(drawn, other, ir::kind::Check::Checked);
                let less = builder.primitive("lt", &[y, x]);
                let equal = builder.primitive("eq", &[y, x]);
                let before = builder.primitive("lt", &[other[0], at[0]]);
                let tied = builder.primitive("and", &[equal, before]);
                let below = builder.primitive("or", &[less, tied]);
                vec![builder.primitive("bool_to_int", &[below])]
            })
        })[0];
        let sorted = builder.map(bounds(), Vec::new(), |builder, at| {
            builder.reduce(Reduction::Add, bounds(), Vec::new(), |builder, from| {
                let rank = builder.index(ranks, from, ir::kind::Check::Checked);
                let here = builder.primitive("eq", &[rank, at[0]]);
                let x = builder.index(drawn, from, ir::kind::Check::Checked);
                let nothing = builder.f64(0.0);
                vec![builder.primitive("select", &[here, x, nothing])]
            })
        });
        Ok(sorted[0])
    }
}

/// The message for a measure that cannot be drawn from.
fn no_sample(measure: &Expr, name: &str) -> Box<Diagnostic> {
    let message = format!("`{name}` cannot be drawn from");
    let fault = Diagnostic::error(codes::UNNORMALISED, measure.span, message);
    Box::new(fault.help("its declaration needs a line `sample = ..`"))
}
