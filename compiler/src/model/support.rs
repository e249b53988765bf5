//! Supports: from unconstrained coordinates to the values of a site, with the log Jacobian.

use crate::ir::kind::View;
use crate::ir::{Polynomial, Reduction, Type, Value};
use crate::lower::measure::{Single, product_axes};
use crate::lower::{Lowered, Lowerer, unsupported};
use crate::transform::simplify::row_major;
use crate::typed::structure::Structure;
use crate::typed::tree::{Bijector, Expr, ExprKind, Measure, Program, Site, Support};
use ansatz_grammar::diagnostic::{Diagnostic, codes};

/// How a site's values come from unconstrained coordinates.
#[derive(Clone, Copy)]
pub struct Transform<'p> {
    /// The site.
    pub site: &'p Site,
    support: &'p Support,
    /// The measure whose parameters the support's ends may use.
    measure: Option<&'p Expr>,
}

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
        if let Some(support) = &site.support {
            return Ok(Self { site, support, measure: None });
        }
        let support = measure.and_then(|measure| support_of(program, measure));
        match support {
            Some(Support::Discrete) => Err(Box::new(
                Diagnostic::error(codes::DISCRETE_SITE, row.span, format!("`{}` is discrete", row.name))
                    .here("not given, and a gradient sampler cannot move it")
                    .help(format!(
                        "sum it out: `marginal(m, out = [{}])`, or condition on it with `given`",
                        row.name
                    )),
            )),
            Some(support) => Ok(Self { site, support, measure }),
            None => Err(unsupported(row.span, "a latent site of this measure")),
        }
    }

    /// The shape of its unconstrained coordinates, in the sizes of the function.
    pub fn free_shape(&self, lowerer: &mut Lowerer<'p>) -> Lowered<Vec<Polynomial>> {
        let shape = lowerer.sizes(&self.shape(lowerer));
        let Support::Structured(structure) = self.support else { return Ok(shape) };
        let bijector = self.bijector(lowerer)?;
        let (outer, inner) = shape.split_at(shape.len() - structure.axes());
        lowerer.bind_resolved_sizes(&bijector.sizes, &inner[..1]);
        let free = &lowerer.program.variables[bijector.variable.0 as usize].ty.shape;
        Ok([outer, &lowerer.sizes(free)].concat())
    }

    fn shape(&self, lowerer: &Lowerer<'p>) -> Vec<Polynomial> {
        lowerer.program.variables[self.site.variable.0 as usize].ty.shape.clone()
    }

    fn bijector(&self, lowerer: &Lowerer<'p>) -> Lowered<&'p Bijector> {
        let name = self.support.bijector().unwrap_or("identity");
        let found = lowerer.program.bijectors.iter().find(|bijector| &*bijector.name == name);
        let span = lowerer.program.variables[self.site.variable.0 as usize].span;
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
        match self.support {
            Support::Interval { lower: None, upper: None } => Ok(Constrained { value: free, log_det: None }),
            Support::Interval { lower, upper } => {
                self.interval(lowerer, free, lower.as_deref(), upper.as_deref())
            }
            Support::Structured(structure) => self.structured(lowerer, free, *structure),
            Support::Discrete => unreachable!("a discrete site has no transform"),
        }
    }

    /// Entry by entry, above, below or between ends.
    fn interval(
        &self,
        lowerer: &mut Lowerer<'p>,
        free: Value,
        lower: Option<&'p Expr>,
        upper: Option<&'p Expr>,
    ) -> Lowered<Constrained> {
        let bijector = self.bijector(lowerer)?;
        let shape = lowerer.sizes(&self.shape(lowerer));
        if let Some(measure) = self.measure
            && product_axes(measure).len() != shape.len()
            && [lower, upper].into_iter().flatten().any(|end| !matches!(end.kind, ExprKind::Real(_)))
        {
            return Err(unsupported(measure.span, "a support inside a loop whose ends are not literals"));
        }
        let entry = |lowerer: &mut Lowerer<'p>, indices: &[Value], wanted: &'p Expr| {
            if let Some(measure) = self.measure
                && product_axes(measure).len() == indices.len()
                && let Single::Other(form) = lowerer.single(measure, indices)?
            {
                return Err(unsupported(form.span, "ends of a support that this measure decides"));
            }
            let ends = [lower, upper].into_iter().flatten();
            let ends = ends.map(|end| lowerer.entry_or_scalar(end, indices)).collect::<Lowered<Vec<_>>>()?;
            let parameters = bijector.parameters.iter().map(|parameter| parameter.variable);
            lowerer.variables.extend(parameters.zip(ends));
            let x = lowerer.read(free, indices);
            lowerer.variables.insert(bijector.variable, x);
            lowerer.value(wanted)
        };
        let value =
            lowerer.map_over(&shape, |lowerer, indices| entry(lowerer, indices, &bijector.forward))?;
        let log_det = lowerer.reduce_over(Reduction::Add, &shape, |lowerer, indices| {
            entry(lowerer, indices, &bijector.log_det)
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
        let shape = lowerer.sizes(&self.shape(lowerer));
        let (outer, inner) = shape.split_at(shape.len() - structure.axes());
        lowerer.bind_resolved_sizes(&bijector.sizes, &inner[..1]);
        let part = |lowerer: &mut Lowerer<'p>, indices: &[Value], wanted: &'p Expr| {
            let x = lowerer.read(free, indices);
            lowerer.variables.insert(bijector.variable, x);
            lowerer.value(wanted)
        };
        let value = lowerer.map_over(outer, |lowerer, indices| part(lowerer, indices, &bijector.forward))?;
        let log_det = lowerer.reduce_over(Reduction::Add, outer, |lowerer, indices| {
            part(lowerer, indices, &bijector.log_det)
        })?;
        Ok(Constrained { value, log_det: Some(log_det) })
    }
}

/// The support that a measure's draws have.
fn support_of<'p>(program: &'p Program, measure: &'p Expr) -> Option<&'p Support> {
    static ORDERED: Support = Support::Structured(Structure::Ordered);
    let ExprKind::Measure(form) = &measure.kind else { return None };
    match form.as_ref() {
        Measure::Distribution { distribution, .. } => Some(&program.distributions[*distribution].support),
        Measure::Copies { base, .. } => support_of(program, base),
        Measure::Mixture { components, .. } => support_of(program, components.first()?),
        Measure::Sorted(base) => match support_of(program, base)? {
            Support::Interval { lower: None, upper: None } => Some(&ORDERED),
            _ => None,
        },
        Measure::Flat => None,
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
