//! Supports: from unconstrained coordinates to the values of a site, with the log Jacobian, and back.

use crate::ir::kind::View;
use crate::ir::{Polynomial, Reduction, Type, Value};
use crate::lower::measure::{Single, no_density, path_of, product_axes};
use crate::lower::{Lowered, Lowerer, unsupported};
use crate::transform::simplify::row_major;
use crate::typed::structure::Structure;
use crate::typed::tree::{
    Bijector, Expr, ExprKind, Measure, Param, Program, Site, Support, Variable, interval_bijector,
};
use crate::typed::types::{Domain, Element};
use ansatz_grammar::diagnostic::{Diagnostic, codes};

/// How the values of a site or a parameter come from unconstrained coordinates.
#[derive(Clone)]
pub struct Transform<'p> {
    /// The site or parameter.
    pub variable: Variable,
    /// Leading axes that a site's declarations index.
    pub indexed: usize,
    onto: Onto<'p>,
    /// The measure whose parameters the support's ends may use.
    measure: Option<&'p Expr>,
    /// How many of its entries come from coordinates, where not all do.
    pub entries: Option<Polynomial>,
}

/// A support with all that bounds it.
#[derive(Clone, Copy)]
enum Onto<'p> {
    /// Between the greatest of the lower ends and the least of the upper ones: of a distribution, and of a truncation.
    Interval {
        lower: Ends<'p>,
        upper: Ends<'p>,
    },
    Structured(Structure),
}

type Ends<'p> = [Option<&'p Expr>; 2];

/// A site's values and the log of its transform's Jacobian determinant.
pub struct Constrained {
    /// The values.
    pub value: Value,
    /// The log Jacobian; none where the transform is the identity.
    pub log_det: Option<Value>,
}

impl<'p> Transform<'p> {
    /// The transform of a site, from its annotation or its measure.
    pub fn of(program: &'p Program, site: &'p Site, measure: Option<&'p Expr>) -> Lowered<Self> {
        let row = &program.variables[site.variable.0 as usize];
        let Site { variable, indexed, .. } = *site;
        let made = |onto, measure| Self { variable, indexed, onto, measure, entries: None };
        if let Some(support) = &site.support {
            return match onto(support) {
                Some(onto) => Ok(made(onto, None)),
                None => Err(discrete(row)),
            };
        }
        match measure.and_then(|measure| drawn_onto(program, measure)) {
            Some(Some(onto)) => Ok(made(onto, measure)),
            Some(None) => Err(discrete(row)),
            None => Err(match measure.and_then(random_value) {
                Some(value) => no_density(value),
                None if measure.is_some_and(|measure| path_of(measure).is_some()) => unsupported(
                    row.span,
                    "a path of several states as a latent site, outside of an objective",
                ),
                None => unsupported(row.span, "a latent site of this measure"),
            }),
        }
    }

    /// The transform of a parameter of optimisation, whose support its type states.
    ///
    /// # Panics
    /// If it is discrete: the checker lets only real numbers be optimised.
    pub fn of_param(param: &'p Param) -> Self {
        let onto = onto(&param.support).expect("a parameter is real");
        Self { variable: param.variable, indexed: 0, onto, measure: None, entries: None }
    }

    /// The shape of its unconstrained coordinates, in the sizes of the function.
    pub fn free_shape(&self, lowerer: &mut Lowerer<'p>) -> Lowered<Vec<Polynomial>> {
        let shape = lowerer.sizes(&self.shape(lowerer));
        let Onto::Structured(structure) = self.onto else { return Ok(shape) };
        self.refuse_entries(lowerer, "whose entries belong together")?;
        let bijector = self.bijector(lowerer)?;
        let (outer, inner) = shape.split_at(shape.len() - structure.axes());
        lowerer.bind_resolved_sizes(&bijector.sizes, &inner[..1]);
        let free = &lowerer.program.variables[bijector.variable.0 as usize].ty.shape;
        Ok([outer, &lowerer.sizes(free)].concat())
    }

    fn shape(&self, lowerer: &Lowerer<'p>) -> Vec<Polynomial> {
        match &self.entries {
            Some(entries) => vec![entries.clone()],
            None => lowerer.program.variables[self.variable.0 as usize].ty.shape.clone(),
        }
    }

    /// Entries of their own have one support, entry by entry.
    fn refuse_entries(&self, lowerer: &Lowerer<'p>, what: &str) -> Lowered<()> {
        let span = lowerer.program.variables[self.variable.0 as usize].span;
        match self.entries {
            Some(_) => Err(unsupported(span, &format!("giving some entries of a site {what}"))),
            None => Ok(()),
        }
    }

    fn bijector(&self, lowerer: &Lowerer<'p>) -> Lowered<&'p Bijector> {
        let name = match self.onto {
            Onto::Interval { lower, upper } => {
                let [lower, upper] = [lower, upper].map(|ends| ends.iter().any(Option::is_some));
                interval_bijector(lower, upper).unwrap_or("identity")
            }
            Onto::Structured(structure) => structure.name(),
        };
        let found = lowerer.program.bijectors.iter().find(|bijector| &*bijector.name == name);
        let span = lowerer.program.variables[self.variable.0 as usize].span;
        found.ok_or_else(|| unsupported(span, &format!("sampling on the support `{name}`")))
    }

    /// The site's values for coordinates that begin at `offset` of the vector `q`.
    pub fn constrain(
        &self,
        lowerer: &mut Lowerer<'p>,
        q: Value,
        offset: &Polynomial,
        free_shape: &[Polynomial],
    ) -> Lowered<Constrained> {
        let free = free_view(lowerer, q, offset, free_shape);
        match self.onto {
            Onto::Interval { lower: [None, None], upper: [None, None] } => {
                Ok(Constrained { value: free, log_det: None })
            }
            Onto::Interval { .. } => self.interval(lowerer, free),
            Onto::Structured(structure) => self.structured(lowerer, free, structure),
        }
    }

    /// The coordinates that stand for the site's values.
    pub fn unconstrain(
        &self,
        lowerer: &mut Lowerer<'p>,
        value: Value,
        free_shape: &[Polynomial],
    ) -> Lowered<Value> {
        let inverse = |bijector: &'p Bijector| {
            bijector.inverse.as_ref().expect("the library's supports are mapped both ways")
        };
        match self.onto {
            Onto::Interval { lower: [None, None], upper: [None, None] } => Ok(value),
            Onto::Interval { .. } => {
                let bounded = self.bounded(lowerer)?;
                lowerer.map_over(free_shape, |lowerer, indices| {
                    let (x, wanted) = (bounded.bijector.image, inverse(bounded.bijector));
                    bounded.entry(lowerer, indices, (x, value), wanted)
                })
            }
            Onto::Structured(structure) => {
                let bijector = self.bijector(lowerer)?;
                let outer = self.each(lowerer, bijector, structure);
                lowerer.map_over(&outer, |lowerer, indices| {
                    let image = lowerer.read(value, indices);
                    lowerer.variables.insert(bijector.image, image);
                    lowerer.value(inverse(bijector))
                })
            }
        }
    }

    /// The ends of an interval, and the map onto it.
    fn bounded(&self, lowerer: &Lowerer<'p>) -> Lowered<Bounded<'p>> {
        let Onto::Interval { lower, upper } = self.onto else { panic!("the support is an interval") };
        let literal = |end: &Expr| matches!(end.kind, ExprKind::Real(_));
        let decided = self.measure.filter(|_| ![lower, upper].into_iter().flatten().flatten().all(literal));
        let ends = [lower, upper].into_iter().flatten().flatten();
        if decided.is_some() || ends.into_iter().any(|end| !end.ty.shape.is_empty()) {
            self.refuse_entries(lowerer, "whose support differs from entry to entry")?;
        }
        if let Some(measure) = decided
            && product_axes(measure).len() != self.shape(lowerer).len()
        {
            return Err(unsupported(measure.span, "a support inside a loop whose ends are not literals"));
        }
        Ok(Bounded { bijector: self.bijector(lowerer)?, decided, lower, upper })
    }

    /// Entry by entry, above, below or between ends.
    fn interval(&self, lowerer: &mut Lowerer<'p>, free: Value) -> Lowered<Constrained> {
        let bounded = self.bounded(lowerer)?;
        let shape = lowerer.sizes(&self.shape(lowerer));
        let x = (bounded.bijector.variable, free);
        let value = lowerer.map_over(&shape, |lowerer, indices| {
            bounded.entry(lowerer, indices, x, &bounded.bijector.forward)
        })?;
        let log_det = lowerer.reduce_over(Reduction::Add, &shape, |lowerer, indices| {
            bounded.entry(lowerer, indices, x, &bounded.bijector.log_det)
        })?;
        Ok(Constrained { value, log_det: Some(log_det) })
    }

    /// Vector by vector or matrix by matrix.
    fn structured(
        &self,
        lowerer: &mut Lowerer<'p>,
        free: Value,
        structure: Structure,
    ) -> Lowered<Constrained> {
        let bijector = self.bijector(lowerer)?;
        let outer = self.each(lowerer, bijector, structure);
        let part = |lowerer: &mut Lowerer<'p>, indices: &[Value], wanted: &'p Expr| {
            let x = lowerer.read(free, indices);
            lowerer.variables.insert(bijector.variable, x);
            lowerer.value(wanted)
        };
        let value = lowerer.map_over(&outer, |lowerer, indices| part(lowerer, indices, &bijector.forward))?;
        let log_det = lowerer.reduce_over(Reduction::Add, &outer, |lowerer, indices| {
            part(lowerer, indices, &bijector.log_det)
        })?;
        Ok(Constrained { value, log_det: Some(log_det) })
    }

    /// Binds the size of a vector or matrix; gives the extents around it.
    fn each(&self, lowerer: &mut Lowerer<'p>, bijector: &Bijector, structure: Structure) -> Vec<Polynomial> {
        let mut outer = lowerer.sizes(&self.shape(lowerer));
        let inner = outer.split_off(outer.len() - structure.axes());
        lowerer.bind_resolved_sizes(&bijector.sizes, &inner[..1]);
        outer
    }
}

/// An interval with what decides its ends.
struct Bounded<'p> {
    bijector: &'p Bijector,
    /// The measure that the ends come from, where they are not literals.
    decided: Option<&'p Expr>,
    lower: Ends<'p>,
    upper: Ends<'p>,
}

impl<'p> Bounded<'p> {
    /// An expression of the bijector for one entry of an array, which a variable of it stands for.
    fn entry(
        &self,
        lowerer: &mut Lowerer<'p>,
        indices: &[Value],
        (variable, array): (Variable, Value),
        wanted: &'p Expr,
    ) -> Lowered<Value> {
        if let Some(measure) = self.decided {
            lowerer.bind_ends(measure, indices)?;
        }
        let mut ends = Vec::with_capacity(2);
        for (of_each, innermost) in [(self.lower, "max"), (self.upper, "min")] {
            let values = of_each.into_iter().flatten().map(|end| lowerer.entry_or_scalar(end, indices));
            let values = values.collect::<Lowered<Vec<_>>>()?;
            let meet = |a, b| lowerer.builder.primitive(innermost, &[a, b]);
            ends.extend(values.into_iter().reduce(meet));
        }
        let parameters = self.bijector.parameters.iter().map(|parameter| parameter.variable);
        lowerer.variables.extend(parameters.zip(ends));
        let x = lowerer.read(array, indices);
        lowerer.variables.insert(variable, x);
        lowerer.value(wanted)
    }
}

impl<'p> Lowerer<'p> {
    /// Binds what the ends of a measure's support are made of.
    fn bind_ends(&mut self, measure: &'p Expr, indices: &[Value]) -> Lowered<()> {
        match self.single(measure, indices)? {
            Single::Other(Expr { kind: ExprKind::Measure(form), span, .. }, _)
                if !matches!(**form, Measure::Transformed { .. }) =>
            {
                Err(unsupported(*span, "ends of a support that this measure decides"))
            }
            _ => Ok(()),
        }
    }
}

/// What bounds a support; none where it is discrete.
fn onto(support: &Support) -> Option<Onto<'_>> {
    match support {
        Support::Interval { lower, upper } => {
            Some(Onto::Interval { lower: [lower.as_deref(), None], upper: [upper.as_deref(), None] })
        }
        Support::Structured(structure) => Some(Onto::Structured(*structure)),
        Support::Discrete => None,
    }
}

/// The message about a discrete latent site.
fn discrete(row: &crate::typed::tree::VariableRow) -> Box<Diagnostic> {
    let message = format!("`{}` is discrete", row.name);
    let diagnostic = Diagnostic::error(codes::DISCRETE_SITE, row.span, message)
        .here("not given, and a gradient sampler cannot move it")
        .help(format!("sum it out: `marginal(m, out = [{}])`, or condition on it with `given`", row.name));
    Box::new(diagnostic)
}

/// What bounds a measure's draws; the inner none where they are discrete.
fn drawn_onto<'p>(program: &'p Program, measure: &'p Expr) -> Option<Option<Onto<'p>>> {
    let ExprKind::Measure(form) = &measure.kind else { return None };
    match form.as_ref() {
        Measure::Distribution { distribution, .. } => {
            Some(onto(&program.distributions[*distribution].support))
        }
        Measure::Copies { base, .. } => drawn_onto(program, base),
        Measure::Mixture { components, .. } => {
            let parts = components.iter().map(|component| drawn_onto(program, component));
            parts.reduce(|a, b| around(a??, b??).map(Some))?
        }
        Measure::If { yes, no, .. } => {
            let [yes, no] = [yes, no].map(|branch| drawn_onto(program, branch.value.as_ref()?));
            match (yes?, no?) {
                (None, None) => Some(None),
                (yes, no) => around(yes?, no?).map(Some),
            }
        }
        Measure::Transformed { support, .. } => Some(onto(support)),
        Measure::Sorted(_) => match &measure.ty.element {
            Element::Measure(of) => match of.value.element {
                Element::Real(Domain { structure: Some(structure), .. }) => {
                    Some(Some(Onto::Structured(structure)))
                }
                _ => None,
            },
            _ => None,
        },
        Measure::Truncated { base, lower, upper } => match drawn_onto(program, base)? {
            Some(Onto::Interval { lower: [first, _], upper: [last, _] }) => {
                let (lower, upper) = ([first, lower.as_ref()], [last, upper.as_ref()]);
                Some(Some(Onto::Interval { lower, upper }))
            }
            other => Some(other),
        },
        Measure::Path(path) => {
            let numbers = program.variables[path.variable.0 as usize].ty.is_numeric();
            numbers.then_some(Some(Onto::Interval { lower: [None; 2], upper: [None; 2] }))
        }
        Measure::Flat | Measure::Random(_) => None,
    }
}

/// The value of a random function that a measure is, or is copies of.
fn random_value(measure: &Expr) -> Option<&Expr> {
    let ExprKind::Measure(form) = &measure.kind else { return None };
    match form.as_ref() {
        Measure::Random(value) => Some(value),
        Measure::Copies { base, .. } => random_value(base),
        _ => None,
    }
}

/// What bounds the draws of either of two measures; none where ends that matter are not literals.
fn around<'p>(a: Onto<'p>, b: Onto<'p>) -> Option<Onto<'p>> {
    match (a, b) {
        (Onto::Interval { lower: a, upper: c }, Onto::Interval { lower: b, upper: d }) => {
            Some(Onto::Interval { lower: outer([a, b], true)?, upper: outer([c, d], false)? })
        }
        (Onto::Structured(a), Onto::Structured(b)) if a == b => Some(Onto::Structured(a)),
        _ => None,
    }
}

/// The outer one of two ends, each the inner one of those that bound a measure.
fn outer(ends: [Ends; 2], lower: bool) -> Option<Ends> {
    if ends.contains(&[None, None]) {
        return Some([None, None]);
    }
    let [a, b] =
        ends.map(|ends| ends.into_iter().flatten().map(Some).reduce(|a, b| extreme(a?, b?, !lower))?);
    Some([Some(extreme(a?, b?, lower)?), None])
}

/// The lesser or the greater of two literals.
fn extreme<'p>(a: &'p Expr, b: &'p Expr, lesser: bool) -> Option<&'p Expr> {
    match (&a.kind, &b.kind) {
        (ExprKind::Real(x), ExprKind::Real(y)) => Some(if (x < y) == lesser { a } else { b }),
        _ => None,
    }
}

/// Coordinates as a scalar or an array of this shape.
fn free_view(lowerer: &mut Lowerer, q: Value, offset: &Polynomial, shape: &[Polynomial]) -> Value {
    let view = View { shape: shape.to_vec(), offset: offset.clone(), strides: row_major(shape) };
    if !shape.is_empty() {
        return lowerer.builder.view(q, view);
    }
    let position = match offset.as_constant() {
        Some(n) => lowerer.builder.i64(n),
        None => lowerer.builder.size(offset.clone()),
    };
    lowerer.builder.index(q, &[position], crate::ir::kind::Check::Checked)
}

/// The type of a vector of coordinates.
pub fn coordinates(dimension: Polynomial) -> Type {
    Type::array(crate::ir::Element::F64, vec![dimension.into()])
}
