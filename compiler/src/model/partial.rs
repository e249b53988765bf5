//! Sites of which some entries are given: those of data are missing here and there, or single ones are named. The others
//! are coordinates, one after another; a read of the site chooses.

use super::posterior::GivenEntry;
use crate::ir::kind::Check;
use crate::ir::{Bound, Element, Kind, Polynomial, Type, Value};
use crate::lower::{Lowered, Lowerer};
use crate::typed::tree::{Expr, Gaps, Variable};

/// What is known of a site.
pub enum Partial<'p> {
    /// Entries, or rows, by their indices: as many indices for each.
    Entries(Vec<(&'p [Polynomial], &'p Expr)>),
    /// Data, but for those of their entries that are missing.
    Gaps(Gaps, &'p Expr),
}

impl<'p> Partial<'p> {
    /// How many entries of a site of this shape are latent.
    pub fn latent(&self, shape: &[Polynomial]) -> Polynomial {
        match self {
            Partial::Gaps(gaps, _) => Polynomial::variable(gaps.count),
            Partial::Entries(entries) => {
                let (leading, row) = shape.split_at(entries[0].0.len());
                volume(leading).minus(&Polynomial::constant(entries.len() as i64)).times(&volume(row))
            }
        }
    }

    /// The whole site, its latent entries taken from a vector.
    pub fn whole(&self, lowerer: &mut Lowerer<'p>, site: Variable, latent: Value) -> Lowered<Value> {
        let shape = lowerer.program.variables[site.0 as usize].ty.shape.clone();
        let shape = lowerer.sizes(&shape);
        match self {
            Partial::Gaps(gaps, data) => {
                let (data, numbers) = (lowerer.value(data)?, lowerer.variables[&gaps.numbers]);
                lowerer.map_over(&shape, |lowerer, at| {
                    let number = lowerer.read(numbers, at);
                    let known = lowerer.read(data, at);
                    let zero = lowerer.builder.i64(0);
                    let missing = lowerer.builder.primitive("ge", &[number, zero]);
                    let read = |builder: &mut crate::ir::Builder| {
                        vec![builder.index(latent, &[number], Check::Checked)]
                    };
                    Ok(lowerer.builder.branch(missing, read, |_| vec![known])[0])
                })
            }
            Partial::Entries(entries) => {
                let values = entries.iter().map(|(indices, value)| {
                    let place = linear(lowerer, &shape, indices);
                    Ok((place, lowerer.value(value)?))
                });
                let values = values.collect::<Lowered<Vec<(Value, Value)>>>()?;
                let count = entries[0].0.len();
                lowerer
                    .map_over(&shape, |lowerer, at| Ok(chosen(lowerer, &shape, count, at, &values, latent)))
            }
        }
    }

    /// The latent entries of a whole site, in their order.
    pub fn latent_of(&self, lowerer: &mut Lowerer<'p>, site: Variable, whole: Value) -> Lowered<Value> {
        let declared = lowerer.program.variables[site.0 as usize].ty.shape.clone();
        let shape = lowerer.sizes(&declared);
        let count = lowerer.size(&self.latent(&declared));
        let of = Type::array(Element::F64, vec![count.into()]);
        let values = match self {
            Partial::Gaps(..) => Vec::new(),
            Partial::Entries(entries) => entries.iter().map(|(at, _)| linear(lowerer, &shape, at)).collect(),
        };
        let sum = lowerer.builder.begin(vec![of.to_accumulator()])[0];
        let at = lowerer.builder.begin(vec![Type::i64(); shape.len()]);
        let (known, number) = match self {
            Partial::Gaps(gaps, _) => {
                let number = lowerer.read(lowerer.variables[&gaps.numbers], &at);
                let zero = lowerer.builder.i64(0);
                (lowerer.builder.primitive("lt", &[number, zero]), number)
            }
            Partial::Entries(entries) => {
                let Place { known, slot, .. } = place(lowerer, &shape, entries[0].0.len(), &at, &values);
                (known, slot)
            }
        };
        let nothing = lowerer.builder.region(Vec::new(), |_, _| Vec::new());
        let latent = lowerer.builder.region(Vec::new(), |builder, _| {
            let entry = builder.index(whole, &at, Check::Proved);
            builder.add_to(sum, &[number], entry);
            Vec::new()
        });
        lowerer.builder.push(Kind::If, vec![known], vec![nothing, latent]);
        let body = lowerer.builder.end(Vec::new());
        let bounds = shape.into_iter().map(Bound::Size).collect();
        lowerer.builder.push(Kind::Map(bounds), Vec::new(), vec![body]);
        let region = lowerer.builder.end(Vec::new());
        Ok(lowerer.builder.push(Kind::Accumulate(vec![of]), Vec::new(), vec![region])[0])
    }

    /// Its single entries, for a check once the sizes are numbers.
    pub fn entries(&self, lowerer: &Lowerer, site: Variable) -> Vec<GivenEntry> {
        let Partial::Entries(entries) = self else { return Vec::new() };
        let row = &lowerer.program.variables[site.0 as usize];
        let extents = lowerer.sizes(&row.ty.shape);
        let entry = |(indices, value): &(&[Polynomial], &Expr)| GivenEntry {
            site: row.name.to_string(),
            span: value.span,
            indices: lowerer.sizes(indices).into_iter().zip(extents.iter().cloned()).collect(),
        };
        entries.iter().map(entry).collect()
    }
}

fn volume(shape: &[Polynomial]) -> Polynomial {
    shape.iter().fold(Polynomial::constant(1), |product, size| product.times(size))
}

/// The row-major place of indices along the leading axes.
fn linear(lowerer: &mut Lowerer, shape: &[Polynomial], indices: &[Polynomial]) -> Value {
    let place = indices.iter().zip(shape).fold(Polynomial::constant(0), |place, (index, extent)| {
        place.times(extent).plus(&lowerer.size(index))
    });
    lowerer.builder.size(place)
}

/// Where an entry is.
struct Place {
    /// The place of its row.
    row: Value,
    /// Whether that is one of those that are given.
    known: Value,
    /// Its number among the latent entries, if it is not.
    slot: Value,
}

/// Where the entry at these indices is, with rows given at places by so many indices.
fn place(lowerer: &mut Lowerer, shape: &[Polynomial], count: usize, at: &[Value], given: &[Value]) -> Place {
    let builder = &mut lowerer.builder;
    let step = |builder: &mut crate::ir::Builder, place: Value, (index, extent): (&Value, &Polynomial)| {
        let extent = builder.size(extent.clone());
        let row = builder.primitive("mul", &[place, extent]);
        builder.primitive("add", &[row, *index])
    };
    let zero = builder.i64(0);
    let axes: Vec<(&Value, &Polynomial)> = at.iter().zip(shape).collect();
    let place = axes[..count].iter().fold(zero, |place, axis| step(builder, place, *axis));
    let mut row = place;
    for given in given {
        let before = builder.primitive("lt", &[*given, place]);
        let before = builder.primitive("bool_to_int", &[before]);
        row = builder.sub(row, before);
    }
    let slot = axes[count..].iter().fold(row, |slot, axis| step(builder, slot, *axis));
    let last = builder.primitive("eq", &[given[0], place]);
    let known = given[1..].iter().fold(last, |known, given| {
        let here = builder.primitive("eq", &[*given, place]);
        builder.primitive("or", &[known, here])
    });
    Place { row: place, known, slot }
}

/// The entry at these indices: that of a value whose place it is, else the next of the latent ones.
fn chosen(
    lowerer: &mut Lowerer,
    shape: &[Polynomial],
    count: usize,
    at: &[Value],
    values: &[(Value, Value)],
    latent: Value,
) -> Value {
    let given: Vec<Value> = values.iter().map(|(given, _)| *given).collect();
    let Place { row: place, known, slot } = place(lowerer, shape, count, at, &given);
    let builder = &mut lowerer.builder;
    let rest = &at[count..];
    let read = |builder: &mut crate::ir::Builder, value: Value| match rest.is_empty() {
        true => value,
        false => builder.index(value, rest, Check::Checked),
    };
    let one_of = |builder: &mut crate::ir::Builder| {
        let first = read(builder, values[0].1);
        let chosen = values[1..].iter().fold(first, |chosen, (given, value)| {
            let here = builder.primitive("eq", &[*given, place]);
            let value = read(builder, *value);
            builder.branch(here, |_| vec![value], |_| vec![chosen])[0]
        });
        vec![chosen]
    };
    builder.branch(known, one_of, |builder| vec![builder.index(latent, &[slot], Check::Checked)])[0]
}
