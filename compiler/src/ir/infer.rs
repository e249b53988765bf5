//! The type rule of each kind: result types from operand types and region results, or what is wrong.
//!
//! Kinds that name functions (call, jvp, vjp, custom, linear, sample) take their result types from the module; for
//! them the builder is told.

use super::data::{Block, Value};
use super::kind::{Bound, Contraction, Kind};
use super::size::Polynomial;
use super::types::{Dimension, Element, Type};

/// What a rule sees.
pub struct Site<'a> {
    /// Type of each value, by number.
    pub types: &'a [Type],
    /// Operands.
    pub operands: &'a [Value],
    /// Regions.
    pub regions: &'a [Block],
}

impl Site<'_> {
    fn operand(&self, position: usize) -> Result<&Type, String> {
        let value = self.operands.get(position).ok_or_else(|| format!("operand {position} is missing"))?;
        Ok(&self.types[value.0 as usize])
    }

    fn operands_from(&self, first: usize) -> Vec<Type> {
        self.operands.iter().skip(first).map(|value| self.types[value.0 as usize].clone()).collect()
    }

    fn yields(&self, region: usize) -> Result<Vec<Type>, String> {
        let block = self.regions.get(region).ok_or_else(|| format!("region {region} is missing"))?;
        Ok(block.results.iter().map(|value| self.types[value.0 as usize].clone()).collect())
    }

    fn scalar(&self, position: usize, element: Element) -> Result<(), String> {
        let found = self.operand(position)?;
        let expected = Type::scalar(element);
        if *found == expected {
            Ok(())
        } else {
            Err(format!("operand {position} must be {}", element.name()))
        }
    }
}

/// Number of leading operands that are run-time bounds.
pub fn run_bounds(bounds: &[Bound]) -> usize {
    bounds.iter().filter(|bound| **bound == Bound::Run).count()
}

/// The result types of an operation; none for kinds whose types the module decides.
pub fn result_types(kind: &Kind, site: &Site) -> Result<Option<Vec<Type>>, String> {
    let types = match kind {
        Kind::Constant(constant) => vec![Type::scalar(constant.element())],
        Kind::Size(_) => vec![Type::i64()],
        Kind::Length(axis) => {
            let array = site.operand(0)?;
            if *axis >= array.rank() {
                return Err(format!("axis {axis} of an array with {} axes", array.rank()));
            }
            vec![Type::i64()]
        }
        Kind::Primitive(primitive) => vec![primitive_type(*primitive, site)?],
        Kind::Index(_) => vec![indexed(site)?],
        Kind::View(view) => {
            let shape = view.shape.iter().cloned().map(Dimension::Size).collect();
            if view.shape.len() != view.strides.len() {
                return Err("a view has one stride for each axis".into());
            }
            vec![Type::array(site.operand(0)?.element, shape)]
        }
        Kind::Map(bounds) => stacked(bounds, site.yields(0)?, true)?,
        Kind::Reduce(..) => {
            let yields = site.yields(0)?;
            if yields.iter().any(|found| !found.is_scalar()) {
                return Err("a reduce takes scalars".into());
            }
            yields
        }
        Kind::Scan { bound, carried, .. } => scan_types(bound, *carried, site)?,
        Kind::While { slots } => while_types(*slots, site)?,
        Kind::If => {
            site.scalar(0, Element::Bool)?;
            let (yes, no) = (site.yields(0)?, site.yields(1)?);
            if yes != no {
                return Err("the branches of an if yield different types".into());
            }
            yes
        }
        Kind::Accumulate(sums) => [sums.clone(), site.yields(0)?].concat(),
        Kind::AddTo => {
            add_to(site)?;
            Vec::new()
        }
        Kind::Contract(contraction) => vec![contracted(contraction, site)?],
        Kind::Cholesky => vec![site.operand(0)?.clone()],
        Kind::TriangularSolve(_) => vec![site.operand(1)?.clone()],
        Kind::Bits { .. } => vec![Type::i64(), Type::i64()],
        Kind::Stop => vec![site.operand(0)?.clone()],
        Kind::Score | Kind::Track(_) => Vec::new(),
        Kind::Expect => site.yields(0)?,
        Kind::Call { .. }
        | Kind::Jvp(_)
        | Kind::Vjp(_)
        | Kind::Custom(_)
        | Kind::Linear(_)
        | Kind::Sample(_) => return Ok(None),
    };
    Ok(Some(types))
}

fn primitive_type(primitive: crate::primitive::Primitive, site: &Site) -> Result<Type, String> {
    let operands = site.operands_from(0);
    if operands.iter().any(|operand| !operand.is_scalar()) {
        return Err(format!("`{primitive}` takes scalars"));
    }
    let elements: Vec<Element> = operands.iter().map(|operand| operand.element).collect();
    let result = primitive.row().result(&elements);
    result.map(Type::scalar).ok_or_else(|| {
        let found: Vec<&str> = elements.iter().map(|element| element.name()).collect();
        format!("`{primitive}` does not take ({})", found.join(", "))
    })
}

fn indexed(site: &Site) -> Result<Type, String> {
    let array = site.operand(0)?;
    let count = site.operands.len() - 1;
    if array.accumulator || count == 0 || count > array.rank() {
        return Err(format!("{count} indices into an array with {} axes", array.rank()));
    }
    (1..=count).try_for_each(|position| site.scalar(position, Element::I64))?;
    Ok(array.indexed(count))
}

fn stacked(bounds: &[Bound], yields: Vec<Type>, nested: bool) -> Result<Vec<Type>, String> {
    if bounds.iter().skip(1).any(|bound| *bound == Bound::Run) {
        return Err("only the first axis may have a run-time bound".into());
    }
    let outer: Vec<Dimension> = bounds.iter().map(Bound::dimension).collect();
    let runs = |shape: &[Dimension]| shape.contains(&Dimension::Run);
    if yields.iter().any(|inner| inner.accumulator || runs(&inner.shape) || (!nested && !inner.is_scalar())) {
        return Err("a stacked result must have a known shape".into());
    }
    Ok(yields.iter().map(|inner| inner.stacked(&outer)).collect())
}

fn scan_types(bound: &Bound, carried: usize, site: &Site) -> Result<Vec<Type>, String> {
    let bounds = usize::from(*bound == Bound::Run);
    let states = site.operands_from(bounds);
    let yields = site.yields(0)?;
    if states.len() != carried || yields.len() < carried || states[..] != yields[..carried] {
        return Err("a scan's states keep their types".into());
    }
    let outputs = stacked(std::slice::from_ref(bound), yields[carried..].to_vec(), true)?;
    Ok([states, outputs].concat())
}

fn while_types(slots: Option<u32>, site: &Site) -> Result<Vec<Type>, String> {
    site.scalar(0, Element::I64)?;
    let states = site.operands_from(1);
    if site.yields(0)? != [Type::bool()] || site.yields(1)? != states {
        return Err("a while's condition yields a bool and its body the states".into());
    }
    let mut types = states.clone();
    types.push(Type::i64());
    if let Some(slots) = slots {
        types.push(Type::i64());
        types.extend(states.iter().map(|state| state.stacked(&[Dimension::from(i64::from(slots))])));
    }
    Ok(types)
}

fn add_to(site: &Site) -> Result<(), String> {
    let sum = site.operand(0)?;
    let last = site.operands.len() - 1;
    let value = site.operand(last)?;
    let indices = last - 1;
    if !sum.accumulator || indices > sum.rank() || sum.to_array().indexed(indices) != *value {
        return Err("`add` takes an accumulator, indices, and what they leave".into());
    }
    (1..last).try_for_each(|position| site.scalar(position, Element::I64))
}

fn contracted(contraction: &Contraction, site: &Site) -> Result<Type, String> {
    let (left, right) = (site.operand(0)?, site.operand(1)?);
    if left.rank() != contraction.left.len() || right.rank() != contraction.right.len() {
        return Err("a contraction has one label for each axis".into());
    }
    let axes = contraction.left.iter().zip(&left.shape).chain(contraction.right.iter().zip(&right.shape));
    let mut extents: Vec<(u8, &Dimension)> = Vec::new();
    for (label, extent) in axes {
        match extents.iter().find(|(seen, _)| seen == label) {
            Some((_, other)) if *other != extent => return Err(format!("label {label} has two extents")),
            Some(_) => {}
            None => extents.push((*label, extent)),
        }
    }
    let shape = contraction.result.iter().map(|label| {
        let found = extents.iter().find(|(seen, _)| seen == label);
        found.map(|(_, extent)| (*extent).clone()).ok_or_else(|| format!("label {label} is in no operand"))
    });
    Ok(Type::array(left.element, shape.collect::<Result<_, _>>()?))
}

/// The number of entries of an array of known sizes.
pub fn volume(shape: &[Dimension]) -> Option<Polynomial> {
    shape.iter().try_fold(Polynomial::constant(1), |product, dimension| match dimension {
        Dimension::Size(size) => Some(product.times(size)),
        Dimension::Run => None,
    })
}
