//! Parameters as one vector of coordinates without constraints: what an optimiser sees.

use crate::ir::{Polynomial, Type, Value};
use crate::lower::{Lowered, Lowerer};
use crate::model::support::{Transform, coordinates};
use crate::typed::tree::{Optimizer, Param};

/// Parameters as parts of one vector of coordinates without constraints.
pub(super) struct Coordinates<'p> {
    parts: Vec<Part<'p>>,
    /// How many there are.
    pub dimension: Polynomial,
}

struct Part<'p> {
    transform: Transform<'p>,
    shape: Vec<Polynomial>,
    offset: Polynomial,
}

impl<'p> Coordinates<'p> {
    /// Lays out the coordinates of parameters.
    pub fn new(lowerer: &mut Lowerer<'p>, params: &[&'p Param]) -> Lowered<Self> {
        let mut dimension = Polynomial::default();
        let mut parts = Vec::with_capacity(params.len());
        for param in params {
            let transform = Transform::of_param(param);
            let shape = transform.free_shape(lowerer)?;
            let volume = shape.iter().fold(Polynomial::constant(1), |volume, extent| volume.times(extent));
            parts.push(Part { transform, shape, offset: dimension.clone() });
            dimension = dimension.plus(&volume);
        }
        Ok(Self { parts, dimension })
    }

    /// The type of the vector.
    pub fn ty(&self) -> Type {
        coordinates(self.dimension.clone())
    }

    /// Lets an optimiser's size be the number of coordinates.
    pub fn name_size(&self, lowerer: &mut Lowerer<'p>, by: &Optimizer) {
        lowerer.bind_resolved_sizes(&[by.coordinates], std::slice::from_ref(&self.dimension));
    }

    /// Binds the parameters to their values at coordinates.
    pub fn constrain(&self, lowerer: &mut Lowerer<'p>, q: Value) -> Lowered<()> {
        for Part { transform, shape, offset } in &self.parts {
            let value = transform.constrain(lowerer, q, offset, shape)?.value;
            lowerer.variables.insert(transform.variable, value);
        }
        Ok(())
    }

    /// The coordinates of the parameters' values, which are the script's.
    pub fn unconstrain(&self, lowerer: &mut Lowerer<'p>) -> Lowered<Vec<Value>> {
        let mut values = Vec::with_capacity(self.parts.len());
        for Part { transform, shape, .. } in &self.parts {
            let value = lowerer.input(transform.variable).value();
            values.push(transform.unconstrain(lowerer, value, shape)?);
        }
        Ok(values)
    }
}
