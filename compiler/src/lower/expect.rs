//! Expectations: the site dialect. A draw is a `sample` of a distribution of the module, whose functions are made of the
//! measure; the estimators are made of them afterwards ([`crate::model::expect`]).

use super::draw::Noise;
use super::measure::{Place, Single, product_axes};
use super::{Compound, Lowered, Lowerer, unsupported};
use crate::ir::kind::{self, Sample};
use crate::ir::{self, Binding, Block, Builder, Dimension, Element, Kind, Type, Value};
use crate::transform::rebuild::Rebuild;
use crate::typed::tree::{Baseline, Expectation, Expected, Expr, ExprKind, Measure, Strategy, Variable};
use crate::typed::types;
use ansatz_grammar::span::Span;

/// What expectations are estimated with.
#[derive(Clone, Copy, Debug)]
pub struct Expecting {
    /// The seed.
    pub seed: Value,
    /// How many there are so far: each draws of its own.
    pub count: usize,
    /// What scores are taken less of.
    pub baselines: Baselines,
}

/// What scores are taken less of, where it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Baselines {
    /// The mean value of the other draws of a batch.
    pub others: Option<Value>,
    /// A moving average of the values at the steps before.
    pub average: Option<Value>,
}

/// A random value of an expectation.
#[derive(Clone, Debug)]
pub struct Site<'p> {
    /// Its name, with the expectation's.
    pub name: String,
    /// Indices of its entry.
    pub indices: Vec<Value>,
    /// How its gradient is estimated, where the program says.
    pub strategy: Option<&'p Strategy>,
}

impl<'p> Lowerer<'p> {
    /// `expect x ~ d { e }`, of what the closure makes of e.
    pub(super) fn expectation(
        &mut self,
        expectation: &'p Expectation,
        span: Span,
        finish: impl FnOnce(&mut Self, &'p Expr) -> Lowered<Value>,
    ) -> Lowered<Value> {
        let Some(expecting) = &mut self.expecting else {
            return Err(unsupported(span, "an expectation where nothing estimates it"));
        };
        expecting.count += 1;
        let Expecting { seed, count, .. } = *expecting;
        let path = if count == 1 { String::new() } else { format!("{count}.") };
        self.builder.begin(Vec::new());
        let outcome = self.apart(|lowerer| {
            for draw in &expectation.draws {
                let value = lowerer.expected(draw, &path, &expectation.chosen)?;
                lowerer.bind(draw.variable, value);
                if let types::Element::Model(of) = &draw.measure.ty.element {
                    lowerer.landed.push((draw.variable, of.model));
                }
            }
            lowerer.block(&expectation.body, span, finish)
        });
        let region = self.builder.end(outcome.iter().copied().collect());
        outcome?;
        Ok(self.builder.push(Kind::Expect, vec![seed], vec![region])[0])
    }

    /// What an expectation draws.
    fn expected(
        &mut self,
        draw: &'p Expected,
        path: &str,
        chosen: &'p [(Variable, Strategy)],
    ) -> Lowered<Compound> {
        let ty = &self.program.variables[draw.variable.0 as usize].ty;
        for (symbol, count) in &draw.counts {
            let number = self.counted(count)?;
            self.bind_resolved_sizes(&[*symbol], &[number.into()]);
        }
        if matches!(draw.measure.ty.element, types::Element::Model(_)) {
            return crate::model::drawn_sites(self, &draw.measure, ty, &Copy { path, indices: &[], chosen });
        }
        let ExprKind::Measure(form) = &draw.measure.kind else {
            return Err(unsupported(draw.measure.span, "this measure"));
        };
        let name = format!("{path}{}", self.program.variables[draw.variable.0 as usize].name);
        match form.as_ref() {
            Measure::Copies { base, shape } if matches!(base.ty.element, types::Element::Model(_)) => {
                let shape = self.sizes(shape);
                let one = ty.indexed(shape.len());
                self.compounds_over(&shape, |lowerer, at| {
                    crate::model::drawn_sites(lowerer, base, &one, &Copy { path, indices: at, chosen })
                })
            }
            _ if is_random(&draw.measure) => {
                let site = Site { name, indices: Vec::new(), strategy: None };
                self.drawn_of_noise(&draw.measure, &site, 1)
            }
            _ if draw.strategy == Some(Strategy::Stl) => {
                Err(unsupported(draw.measure.span, "`stl` for a draw that is no site of a guide"))
            }
            _ => {
                let own = chosen
                    .iter()
                    .find(|(variable, _)| *variable == draw.variable)
                    .map(|(_, strategy)| strategy);
                let site = Site { name, indices: Vec::new(), strategy: draw.strategy.as_ref().or(own) };
                self.sampled_whole(&draw.measure, &site)
            }
        }
    }

    /// Samples of a measure over values of any type. Those of records are functions of their noise.
    pub fn sampled_whole(&mut self, measure: &'p Expr, site: &Site<'p>) -> Lowered<Compound> {
        let types::Element::Measure(of) = &measure.ty.element else {
            return Err(unsupported(measure.span, "this measure"));
        };
        if of.value.is_numeric() {
            return self.sampled(measure, site).map(Compound::Value);
        }
        match site.strategy {
            None | Some(Strategy::Reparam | Strategy::Stl) => {
                self.drawn_of_noise(measure, site, self.builder.depth())
            }
            Some(other) => {
                let what = format!("the strategy `{}` for a path of several states", other.name());
                Err(unsupported(measure.span, &what))
            }
        }
    }

    /// A draw that is a function of its noise, which loops inside of so many regions tell apart.
    fn drawn_of_noise(&mut self, measure: &'p Expr, site: &Site<'p>, depth: usize) -> Lowered<Compound> {
        let Expecting { seed, .. } = self.expecting.expect("an expectation is being estimated");
        let (site, indices) = (site.name.clone(), site.indices.clone());
        let around = self.noise.replace(Noise { seed, site, indices, depth, drawn: 0, words: None });
        let value = self.drawn(measure);
        self.noise = around;
        value
    }

    /// A number of copies, which may be none: a size of the code. Where the program is only looked at, 1.
    fn counted(&mut self, count: &'p Expr) -> Lowered<i64> {
        match self.whole_number(count)? {
            Some(number) if number >= 0 => Ok(number),
            None if self.known_integers.is_none() => Ok(1),
            Some(_) | None => {
                let what =
                    "a number of copies that is not a whole number from 0, known when the script comes here";
                Err(unsupported(count.span, what))
            }
        }
    }

    /// A whole number, where it is known: of the code, of the script, or a sum or difference of such.
    fn whole_number(&mut self, expr: &'p Expr) -> Lowered<Option<i64>> {
        match &expr.kind {
            ExprKind::Size(size) => return Ok(self.size(size).as_constant()),
            ExprKind::Convert(inner) => return self.whole_number(inner),
            ExprKind::Apply { primitive, operands } => {
                if let ([a, b], sign @ ("add" | "sub")) = (operands.as_slice(), primitive.row().name) {
                    let sign = if sign == "add" { 1 } else { -1 };
                    let (a, b) = (self.whole_number(a)?, self.whole_number(b)?);
                    return Ok(a.zip(b).and_then(|(a, b)| a.checked_add(sign * b)));
                }
            }
            ExprKind::Variable(variable) => {
                let known = self.known_integers.as_ref().and_then(|known| known.get(variable));
                if let Some(known) = known {
                    return Ok(Some(*known));
                }
            }
            _ => {}
        }
        let value = self.value(expr)?;
        Ok(self.builder.known_integer(value).or_else(|| self.integers.get(&value).copied()))
    }

    /// Samples of a measure: one for each entry of a product.
    pub fn sampled(&mut self, measure: &'p Expr, site: &Site<'p>) -> Lowered<Value> {
        let axes = self.sizes(&product_axes(measure));
        self.at(measure.span);
        self.map_over(&axes, |lowerer, at| lowerer.sampled_single(measure, at, site))
    }

    fn sampled_single(&mut self, measure: &'p Expr, at: &[Value], site: &Site<'p>) -> Lowered<Value> {
        let (strategy, baseline) = self.strategy(measure.span, site)?;
        let single = self.single(measure, at)?;
        let measure_valued = strategy == Some(kind::Strategy::MeasureValued);
        let Bundle { distribution, arguments, of } = self.bundle(measure, &single, measure_valued)?;
        let indices = [site.indices.as_slice(), at].concat();
        let sample = Sample { distribution, site: site.name.clone(), indices: indices.len(), strategy };
        let operands = [arguments, indices, baseline.into_iter().collect()].concat();
        Ok(self.builder.push_typed(Kind::Sample(sample), operands, Vec::new(), vec![of])[0])
    }

    /// The strategy of a site, and its baseline.
    fn strategy(&mut self, span: Span, site: &Site<'p>) -> Lowered<(Option<kind::Strategy>, Option<Value>)> {
        Ok(match site.strategy {
            None => (None, None),
            Some(Strategy::Reparam | Strategy::Stl) => (Some(kind::Strategy::Reparam), None),
            Some(Strategy::Enumerate) => (Some(kind::Strategy::Enumerate), None),
            Some(Strategy::MeasureValued) => (Some(kind::Strategy::MeasureValued), None),
            Some(Strategy::Reinforce(Baseline::None)) => {
                (Some(kind::Strategy::Reinforce { baseline: false }), None)
            }
            Some(Strategy::Reinforce(Baseline::Value(value))) => {
                let baseline = self.value(value)?;
                (Some(kind::Strategy::Reinforce { baseline: true }), Some(baseline))
            }
            Some(Strategy::Reinforce(learned)) => {
                let known = self.expecting.expect("an expectation is being estimated").baselines;
                let baseline = if *learned == Baseline::LeaveOneOut { known.others } else { known.average };
                (Some(kind::Strategy::Reinforce { baseline: baseline.is_some() }), baseline)
            }
            Some(other) => return Err(unsupported(span, &format!("the strategy `{}`", other.name()))),
        })
    }

    /// A measure's functions as a distribution of the module.
    fn bundle(&mut self, measure: &'p Expr, single: &Single<'p>, measure_valued: bool) -> Lowered<Bundle> {
        let own: Vec<Value> = match single {
            Single::Distribution(distribution) => {
                let parameters = distribution.parameters.iter();
                parameters.filter_map(|parameter| self.variables.get(&parameter.variable).copied()).collect()
            }
            _ => Vec::new(),
        };
        let words = vec![Type::i64(), Type::i64()];
        let sample = self.part(words.clone(), |lowerer, words| {
            let drawn = lowerer.with_words(words, |lowerer| lowerer.draw_bound(single, measure))?;
            Ok(vec![drawn])
        })?;
        let of = self.builder.type_of(sample.results[0]).clone();
        let log_density = self.part(vec![of.clone()], |lowerer, x| {
            let place = Place { array: x[0], indices: Vec::new(), known: None, weights: None };
            Ok(vec![lowerer.score_bound(single, &place)?])
        })?;
        let support_size = match self.states(measure) {
            Some(states) => Some(self.part(Vec::new(), |lowerer, _| Ok(vec![lowerer.builder.size(states)]))?),
            None => None,
        };
        let points = match single {
            Single::Distribution(distribution) if measure_valued => {
                let mvd = distribution.mvd.as_ref().expect("the checker asks for it");
                let given = [vec![of.clone()], words].concat();
                Some(self.part(given, |lowerer, given| {
                    lowerer.variables.insert(distribution.variable, given[0]);
                    Ok(lowerer.with_words(&given[1..], |lowerer| lowerer.compound(mvd))?.leaves())
                })?)
            }
            _ => None,
        };
        let mut arguments = own;
        let parts = [Some(&sample), Some(&log_density), support_size.as_ref(), points.as_ref()];
        for part in parts.into_iter().flatten() {
            let more: Vec<Value> =
                part.captures.iter().filter(|value| !arguments.contains(value)).copied().collect();
            arguments.extend(more);
        }
        let name = match single {
            Single::Distribution(distribution) | Single::Truncated(distribution, _) => &*distribution.name,
            Single::Other(Expr { kind: ExprKind::Measure(form), .. }, _)
                if matches!(**form, Measure::Path(_)) =>
            {
                "path"
            }
            Single::Other(..) => "measure",
        };
        let parts =
            Parts { sample, log_density, support_size, points, reparameterized: of.element == Element::F64 };
        let distribution = self.declared(name, &arguments, &parts);
        Ok(Bundle { distribution, arguments, of })
    }

    /// What is drawn with two random words.
    fn with_words<T>(&mut self, words: &[Value], draw: impl FnOnce(&mut Self) -> T) -> T {
        let noise = Noise {
            seed: words[0],
            site: String::new(),
            indices: vec![words[1]],
            depth: self.builder.depth(),
            drawn: 0,
            words: Some([words[0], words[1]]),
        };
        let around = self.noise.replace(noise);
        let drawn = draw(self);
        self.noise = around;
        drawn
    }

    /// A region by itself.
    fn part(
        &mut self,
        parameters: Vec<Type>,
        body: impl FnOnce(&mut Self, &[Value]) -> Lowered<Vec<Value>>,
    ) -> Lowered<Block> {
        let parameters = self.builder.begin(parameters);
        let result = self.apart(|lowerer| body(lowerer, &parameters));
        let block = self.builder.end(result.iter().flatten().copied().collect());
        result.map(|_| block)
    }

    /// How many values a measure over 0, 1, .. has.
    fn states(&self, measure: &Expr) -> Option<ir::Polynomial> {
        let types::Element::Measure(of) = &measure.ty.element else { return None };
        match &of.value.element {
            types::Element::Bool => Some(2.into()),
            types::Element::Int(bounds) if bounds.lower == Some(0.into()) => {
                Some(self.size(&bounds.upper.as_ref()?.plus(&1.into())))
            }
            _ => None,
        }
    }

    /// The name under which the module has these functions: of the distribution, with a number where another one has it.
    fn declared(&mut self, name: &str, arguments: &[Value], parts: &Parts) -> String {
        let mut number = 1;
        loop {
            let name = if number == 1 { name.to_string() } else { format!("{name}.{number}") };
            let functions: Vec<ir::Function> = parts
                .named()
                .map(|(part, block)| self.function(&format!("{name}.{part}"), arguments, block))
                .collect();
            let known = |function: &ir::Function| self.module.functions.get(&function.name) == Some(function);
            if functions.iter().all(known) {
                return name;
            }
            if !self.module.distributions.contains_key(&name) {
                let named = |part: &str| format!("{name}.{part}");
                let distribution = ir::Distribution {
                    log_density: named("log_density"),
                    sample: named("sample"),
                    reparameterized: parts.reparameterized,
                    support_size: parts.support_size.as_ref().map(|_| named("support_size")),
                    measure_valued: parts.points.as_ref().map(|_| named("mvd")),
                };
                self.module.distributions.insert(name.clone(), distribution);
                functions.into_iter().for_each(|function| self.module.insert(function));
                return name;
            }
            number += 1;
        }
    }

    /// A block as a function of arguments, then of its parameters.
    fn function(&self, name: &str, arguments: &[Value], block: &Block) -> ir::Function {
        let mut builder = Builder::new(name, Vec::new());
        let mut rebuild = Rebuild::over(self.builder.types());
        for value in arguments.iter().chain(&block.parameters) {
            let of = self.builder.type_of(*value).clone();
            debug_assert!(
                of.shape
                    .iter()
                    .all(|extent| matches!(extent, Dimension::Size(size) if size.as_constant().is_some()))
            );
            rebuild.bind(*value, builder.parameter(of, Binding::Live));
        }
        rebuild.operations(&mut builder, block);
        builder.finish(rebuild.all(&block.results))
    }
}

/// One draw of a model among those of an expectation.
pub struct Copy<'p, 'a> {
    /// What stands before the names of its sites.
    pub path: &'a str,
    /// Which copy it is.
    pub indices: &'a [Value],
    /// Strategies of sites that state none.
    pub chosen: &'p [(Variable, Strategy)],
}

/// A distribution of the module, what it is given here, and what it draws.
struct Bundle {
    distribution: String,
    arguments: Vec<Value>,
    of: Type,
}

/// What a distribution of the module is made of.
struct Parts {
    sample: Block,
    log_density: Block,
    support_size: Option<Block>,
    points: Option<Block>,
    reparameterized: bool,
}

impl Parts {
    fn named(&self) -> impl Iterator<Item = (&'static str, &Block)> {
        let always = [("sample", &self.sample), ("log_density", &self.log_density)];
        let sometimes = [("support_size", &self.support_size), ("mvd", &self.points)];
        always
            .into_iter()
            .chain(sometimes.into_iter().filter_map(|(name, block)| Some((name, block.as_ref()?))))
    }
}

/// Whether a measure is a random function's, or copies of one.
fn is_random(measure: &Expr) -> bool {
    match &measure.kind {
        ExprKind::Measure(form) => match form.as_ref() {
            Measure::Random(_) => true,
            Measure::Copies { base, .. } => is_random(base),
            _ => false,
        },
        _ => false,
    }
}
