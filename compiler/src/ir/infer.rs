//! The type rule of each kind: result types from operand types and region results, or what is wrong.
//!
//! Kinds that name functions (call, jvp, vjp, custom, linear, sample) take their result types from the module; for
//! them the builder is told.

use super::data::{Block, Value};
use super::kind::{Bound, Contraction, Kind, Reduction, Slots};
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

    fn count(&self, operands: usize, regions: usize) -> Result<(), String> {
        if self.operands.len() != operands || self.regions.len() != regions {
            let (o, r) = (self.operands.len(), self.regions.len());
            return Err(format!("{operands} operands and {regions} regions are expected, not {o} and {r}"));
        }
        Ok(())
    }

    /// All operands from `first` on are `i64` scalars.
    fn integers(&self, first: usize) -> Result<(), String> {
        (first..self.operands.len()).try_for_each(|position| self.scalar(position, Element::I64))
    }

    fn matrix(&self, position: usize) -> Result<&Dimension, String> {
        let found = self.operand(position)?;
        match found.shape.as_slice() {
            [rows, columns] if rows == columns && found.is_float() => Ok(rows),
            _ => Err(format!("operand {position} must be a square matrix of floats")),
        }
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

/// The sums of an `accumulate` with the operands that are their lengths, where these are known at run time only.
pub fn sum_lengths<'a>(
    sums: &'a [Type],
    operands: &'a [Value],
) -> impl Iterator<Item = (&'a Type, Option<Value>)> {
    let mut lengths = operands.iter().copied();
    sums.iter().map(move |of| (of, if of.runs() { lengths.next() } else { None }))
}

/// The result types of an operation; none for kinds whose types the module decides.
pub fn result_types(kind: &Kind, site: &Site) -> Result<Option<Vec<Type>>, String> {
    let types = match kind {
        Kind::Constant(constant) => {
            site.count(0, 0)?;
            vec![Type::scalar(constant.element())]
        }
        Kind::Size(_) => {
            site.count(0, 0)?;
            vec![Type::i64()]
        }
        Kind::Length(axis) => {
            site.count(1, 0)?;
            let array = site.operand(0)?;
            if *axis >= array.rank() {
                return Err(format!("axis {axis} of an array with {} axes", array.rank()));
            }
            vec![Type::i64()]
        }
        Kind::Primitive(primitive) => vec![primitive_type(*primitive, site)?],
        Kind::Index(_) => vec![indexed(site)?],
        Kind::View(view) => vec![viewed(view, site)?],
        Kind::Map(bounds) => {
            counts(bounds, site)?;
            stacked(bounds, site.yields(0)?)?
        }
        Kind::Reduce(reduction, bounds) => {
            counts(bounds, site)?;
            reduced(*reduction, site)?
        }
        Kind::Scan { bound, carried, .. } => scan_types(bound, *carried, site)?,
        Kind::While { slots } => while_types(*slots, site)?,
        Kind::If => {
            site.count(1, 2)?;
            site.scalar(0, Element::Bool)?;
            let (yes, no) = (site.yields(0)?, site.yields(1)?);
            if yes != no {
                return Err("the branches of an if yield different types".into());
            }
            yes
        }
        Kind::Accumulate(sums) => {
            site.count(sums.iter().filter(|of| of.runs()).count(), 1)?;
            site.integers(0)?;
            [sums.clone(), site.yields(0)?].concat()
        }
        Kind::AddTo => {
            add_to(site)?;
            Vec::new()
        }
        Kind::Contract(contraction) => vec![contracted(contraction, site)?],
        Kind::Cholesky => {
            site.count(1, 0)?;
            site.matrix(0)?;
            vec![site.operand(0)?.clone()]
        }
        Kind::TriangularSolve(_) => vec![solved(site)?],
        Kind::Bits { .. } => {
            site.scalar(0, Element::I64)?;
            site.integers(1)?;
            vec![Type::i64(), Type::i64()]
        }
        Kind::Stop => {
            site.count(1, 0)?;
            vec![site.operand(0)?.clone()]
        }
        Kind::Demand(_) => {
            site.scalar(0, Element::Bool)?;
            site.scalar(2, Element::F64)?;
            vec![site.operand(1)?.clone()]
        }
        Kind::Score => {
            site.count(1, 0)?;
            site.scalar(0, Element::F64)?;
            Vec::new()
        }
        Kind::Track(_) => {
            site.count(1, 0)?;
            Vec::new()
        }
        Kind::Expect => {
            site.count(1, 1)?;
            site.scalar(0, Element::I64)?;
            let yields = site.yields(0)?;
            if yields.iter().any(|of| *of != Type::f64()) {
                return Err("an expectation is of f64 scalars".into());
            }
            yields
        }
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
    site.count(operands.len(), 0)?;
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
    site.count(count + 1, 0)?;
    if array.accumulator || count == 0 || count > array.rank() {
        return Err(format!("{count} indices into an array with {} axes", array.rank()));
    }
    (1..=count).try_for_each(|position| site.scalar(position, Element::I64))?;
    Ok(array.indexed(count))
}

fn viewed(view: &super::kind::View, site: &Site) -> Result<Type, String> {
    site.count(1, 0)?;
    let source = site.operand(0)?;
    if source.accumulator || view.shape.len() != view.strides.len() {
        return Err("a view reads an array with one stride for each axis".into());
    }
    Ok(Type::array(source.element, view.shape.iter().cloned().map(Dimension::Size).collect()))
}

fn counts(bounds: &[Bound], site: &Site) -> Result<(), String> {
    site.count(run_bounds(bounds), 1)?;
    site.integers(0)
}

fn reduced(reduction: Reduction, site: &Site) -> Result<Vec<Type>, String> {
    let yields = site.yields(0)?;
    let fits = |of: &Type| match reduction {
        Reduction::And | Reduction::Or => of.element == Element::Bool,
        Reduction::LogSumExp => of.element.is_float(),
        Reduction::Add | Reduction::Mul | Reduction::Min | Reduction::Max => of.element != Element::Bool,
    };
    if yields.iter().all(|of| of.is_scalar() && fits(of)) {
        return Ok(yields);
    }
    Err(format!("`reduce {}` takes scalars that it can combine", reduction.name()))
}

fn solved(site: &Site) -> Result<Type, String> {
    site.count(2, 0)?;
    let rows = site.matrix(0)?;
    let (matrix, right) = (site.operand(0)?, site.operand(1)?);
    let fits = right.shape.first() == Some(rows) && right.rank() <= 2 && right.element == matrix.element;
    if fits && right.is_float() {
        return Ok(right.clone());
    }
    Err("the right-hand side is a vector, or a matrix of columns, as long as the system".into())
}

fn stacked(bounds: &[Bound], yields: Vec<Type>) -> Result<Vec<Type>, String> {
    if bounds.iter().skip(1).any(|bound| *bound == Bound::Run) {
        return Err("only the first axis may have a run-time bound".into());
    }
    let outer: Vec<Dimension> = bounds.iter().map(Bound::dimension).collect();
    let runs = |shape: &[Dimension]| shape.contains(&Dimension::Run);
    if yields.iter().any(|inner| inner.accumulator || runs(&inner.shape)) {
        return Err("a stacked result must have a known shape".into());
    }
    Ok(yields.iter().map(|inner| inner.stacked(&outer)).collect())
}

fn scan_types(bound: &Bound, carried: usize, site: &Site) -> Result<Vec<Type>, String> {
    let bounds = usize::from(*bound == Bound::Run);
    site.count(bounds + carried, 1)?;
    (0..bounds).try_for_each(|position| site.scalar(position, Element::I64))?;
    let states = site.operands_from(bounds);
    let yields = site.yields(0)?;
    if states.len() != carried || yields.len() < carried || states[..] != yields[..carried] {
        return Err("a scan's states keep their types".into());
    }
    let outputs = stacked(std::slice::from_ref(bound), yields[carried..].to_vec())?;
    Ok([states, outputs].concat())
}

fn while_types(slots: Option<Slots>, site: &Site) -> Result<Vec<Type>, String> {
    site.scalar(0, Element::I64)?;
    site.count(site.operands.len(), 2)?;
    let states = site.operands_from(1);
    if site.yields(0)? != [Type::bool()] || site.yields(1)? != states {
        return Err("a while's condition yields a bool and its body the states".into());
    }
    let mut types = states.clone();
    types.push(Type::i64());
    if let Some(slots) = slots {
        types.push(Type::i64());
        types.extend(states.iter().map(|state| state.stacked(&[Dimension::from(i64::from(slots.count))])));
    }
    Ok(types)
}

fn add_to(site: &Site) -> Result<(), String> {
    site.count(site.operands.len().max(2), 0)?;
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
    site.count(2, 0)?;
    let (left, right) = (site.operand(0)?, site.operand(1)?);
    if left.element != right.element || !left.is_float() || !right.is_float() {
        return Err("a contraction takes two arrays of one floating-point element".into());
    }
    let twice = |labels: &[u8]| labels.iter().enumerate().any(|(at, label)| labels[..at].contains(label));
    if [&contraction.left, &contraction.right, &contraction.result].into_iter().any(|labels| twice(labels)) {
        return Err("a label stands at most once in each list of a contraction".into());
    }
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
