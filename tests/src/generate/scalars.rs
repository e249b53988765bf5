//! Scalars: arithmetic that stays within bounds, entries of arrays, integers, conditions, views and calls.

use super::{Chance, Maker};
use ansatz_compiler::ir::kind::{Check, Kind, View};
use ansatz_compiler::ir::{Binding, Builder, Dimension, Element, Function, Polynomial, Type, Value};

/// One way to make a float within about [-1, 1] from floats that are, smooth everywhere.
type Rule = fn(&mut Builder, Value, Value) -> Value;

const SMOOTH: &[Rule] = &[
    |builder, a, b| {
        let sum = builder.add(a, b);
        halved(builder, sum)
    },
    |builder, a, b| {
        let difference = builder.sub(a, b);
        halved(builder, difference)
    },
    |builder, a, b| builder.mul(a, b),
    |builder, a, _| builder.primitive("tanh", &[a]),
    |builder, a, b| {
        let product = builder.mul(a, b);
        builder.primitive("sin", &[product])
    },
    |builder, a, _| builder.primitive("cos", &[a]),
    |builder, a, _| builder.primitive("sigmoid", &[a]),
    |builder, a, b| {
        let power = builder.primitive("exp", &[a]);
        let product = builder.mul(power, b);
        let tame = builder.f64(0.25);
        builder.mul(product, tame)
    },
    |builder, a, b| {
        let square = builder.mul(a, a);
        let one = builder.f64(1.0);
        let below = builder.add(square, one);
        builder.primitive("div", &[b, below])
    },
    |builder, a, b| {
        let square = builder.mul(a, b);
        let square = builder.mul(square, square);
        let half = builder.f64(0.5);
        let inside = builder.add(square, half);
        builder.primitive("sqrt", &[inside])
    },
    |builder, a, b| {
        let fused = builder.primitive("fma", &[a, b, a]);
        halved(builder, fused)
    },
    |builder, a, _| {
        let square = builder.mul(a, a);
        builder.primitive("log1p", &[square])
    },
    |builder, a, _| builder.neg(a),
];

const KINKED: &[Rule] = &[
    |builder, a, _| builder.primitive("abs", &[a]),
    |builder, a, b| builder.primitive("min", &[a, b]),
    |builder, a, b| builder.primitive("max", &[a, b]),
    |builder, a, b| {
        let condition = builder.primitive("lt", &[a, b]);
        builder.primitive("select", &[condition, a, b])
    },
    |builder, a, b| {
        let sign = builder.primitive("sign", &[a]);
        builder.mul(sign, b)
    },
];

fn halved(builder: &mut Builder, a: Value) -> Value {
    let half = builder.f64(0.5);
    builder.mul(a, half)
}

/// `@callee[K](a, x)`: a small function to call.
pub(super) fn callee(chance: &mut Chance, smooth: bool) -> Function {
    let mut builder = Builder::new("callee", vec!["K".into()]);
    let a = builder.parameter(Type::f64(), Binding::Live);
    let shape = vec![Dimension::Size(super::size(0))];
    let x = builder.parameter(Type::array(Element::F64, shape), Binding::Live);
    let bounds = vec![ansatz_compiler::ir::Bound::Size(super::size(0))];
    let rules = if smooth { SMOOTH } else { KINKED };
    let (first, second) = (chance.choose(rules), chance.choose(SMOOTH));
    let sums = builder.reduce(ansatz_compiler::ir::Reduction::Add, bounds, Vec::new(), |builder, indices| {
        let entry = builder.index(x, indices, Check::Proved);
        let made = first(builder, entry, a);
        vec![second(builder, made, entry)]
    });
    let result = builder.primitive("tanh", &[sums[0]]);
    builder.finish(vec![result])
}

impl Maker<'_> {
    /// A float of the pool, an entry of an array, or a literal.
    pub(super) fn float(&mut self, builder: &mut Builder) -> Value {
        let scalars = self.all(builder, |of| *of == Type::f64());
        match self.chance.below(8) {
            0 => {
                let x = (self.chance.real() * 64.0).round() / 64.0;
                builder.f64(x)
            }
            1 | 2 if self.options.kinds.contains(&super::Part::Proved) => self.proved_entry(builder),
            _ if scalars.is_empty() => builder.f64(0.5),
            // The latest values make deep programs, the others wide ones.
            3..6 => scalars[scalars.len() - 1 - self.chance.below(scalars.len().min(3))],
            _ => self.chance.choose(&scalars),
        }
    }

    /// A new float from two others.
    pub(super) fn scalar(&mut self, builder: &mut Builder) -> Value {
        let (a, b) = (self.float(builder), self.float(builder));
        let kinked = !self.options.smooth && self.chance.one_in(4);
        let rule = self.chance.choose(if kinked { KINKED } else { SMOOTH });
        rule(builder, a, b)
    }

    /// An integer: of the pool, an index, or a literal.
    pub(super) fn integer(&mut self, builder: &mut Builder) -> Value {
        let mut known = self.all(builder, |of| *of == Type::i64());
        known.extend(self.indices.iter().map(|(index, _)| *index));
        let vectors = self.all(builder, |of| of.element == Element::I64 && of.rank() == 1);
        match self.chance.below(4) {
            0 => builder.i64(self.chance.below(7) as i64 - 3),
            1 if !vectors.is_empty() => {
                let vector = self.chance.choose(&vectors);
                self.entry(builder, vector, Check::Proved)
            }
            _ if known.is_empty() => builder.i64(1),
            _ => {
                let (a, b) = (self.chance.choose(&known), self.chance.choose(&known));
                let name = self.chance.choose(&["add", "sub", "mul", "min", "max"]);
                builder.primitive(name, &[a, b])
            }
        }
    }

    /// A condition: of integers, and where kinks may be, of floats.
    pub(super) fn condition(&mut self, builder: &mut Builder) -> Value {
        let bools = self.all(builder, |of| *of == Type::bool());
        let comparison = self.chance.choose(&["lt", "le", "eq", "gt", "ne"]);
        if !self.options.smooth && self.chance.one_in(3) {
            let (a, b) = (self.float(builder), self.float(builder));
            return builder.primitive(comparison, &[a, b]);
        }
        if self.chance.one_in(3) && !bools.is_empty() {
            return self.chance.choose(&bools);
        }
        let (a, b) = (self.integer(builder), self.integer(builder));
        builder.primitive(comparison, &[a, b])
    }

    fn float_array(&mut self, builder: &Builder) -> Option<Value> {
        let fits = |of: &Type| of.is_float() && of.rank() > 0 && !of.shape.contains(&Dimension::Run);
        let arrays = self.all(builder, fits);
        (!arrays.is_empty()).then(|| self.chance.choose(&arrays))
    }

    /// An entry of a float array, by indices that are proved to lie inside.
    pub(super) fn proved_entry(&mut self, builder: &mut Builder) -> Value {
        match self.float_array(builder) {
            Some(array) => self.entry(builder, array, Check::Proved),
            None => builder.f64(0.25),
        }
    }

    /// An entry of a float array, by indices that are checked when it runs.
    pub(super) fn checked_entry(&mut self, builder: &mut Builder) -> Value {
        match self.float_array(builder) {
            Some(array) => self.entry(builder, array, Check::Checked),
            None => builder.f64(0.25),
        }
    }

    /// An entry, by indices of that kind where they can be had.
    pub(super) fn entry(&mut self, builder: &mut Builder, array: Value, check: Check) -> Value {
        let of = builder.type_of(array).clone();
        let places = of.shape.iter().map(|dimension| self.place(builder, dimension, check));
        let (indices, checks): (Vec<Value>, Vec<Check>) = places.unzip();
        let proved = checks.iter().all(|check| *check == Check::Proved);
        builder.index(array, &indices, if proved { Check::Proved } else { Check::Checked })
    }

    /// An index below a size, and whether that can be proved: a loop's own, or any integer clamped or wrapped.
    pub(super) fn place(&mut self, builder: &mut Builder, axis: &Dimension, check: Check) -> (Value, Check) {
        let extent = extent(axis);
        let fitting = self.indices.iter().filter(|(_, bound)| *bound == extent).map(|(index, _)| *index);
        let fitting: Vec<Value> = fitting.collect();
        let proved = check == Check::Proved;
        if !fitting.is_empty() && (proved || self.chance.one_in(3)) && !self.chance.one_in(4) {
            return (self.chance.choose(&fitting), check);
        }
        let any = self.integer(builder);
        let filled =
            !fitting.is_empty() || extent.as_constant().is_some() || extent == super::size(0).plus(&1.into());
        if !proved || !filled {
            let far = builder.size(extent);
            return (builder.primitive("floor_mod", &[any, far]), Check::Checked);
        }
        let last = builder.size(extent.minus(&1.into()));
        let zero = builder.i64(0);
        let most = builder.primitive("min", &[any, last]);
        (builder.primitive("max", &[most, zero]), Check::Proved)
    }

    /// A view of a float array: transposed, reversed, one row, flat, or repeated.
    pub(super) fn view(&mut self, builder: &mut Builder) -> Value {
        let Some(array) = self.float_array(builder) else { return builder.f64(0.25) };
        let shape: Vec<Polynomial> = builder.type_of(array).shape.iter().map(extent).collect();
        let one = Polynomial::constant(1);
        let view = match shape.as_slice() {
            [n] if self.chance.one_in(2) => {
                View { shape: vec![n.clone()], offset: n.minus(&one), strides: vec![(-1).into()] }
            }
            [n] => View { shape: vec![2.into(), n.clone()], offset: 0.into(), strides: vec![0.into(), one] },
            [n, m] => match self.chance.below(3) {
                0 => View {
                    shape: vec![m.clone(), n.clone()],
                    offset: 0.into(),
                    strides: vec![one, m.clone()],
                },
                1 => View { shape: vec![m.clone()], offset: n.minus(&one).times(m), strides: vec![one] },
                _ => View { shape: vec![n.times(m)], offset: 0.into(), strides: vec![one] },
            },
            _ => return self.entry(builder, array, Check::Proved),
        };
        builder.view(array, view)
    }

    /// `callee` of a float and a vector.
    pub(super) fn call(&mut self, builder: &mut Builder) -> Value {
        let known = |of: &Type| of.is_float() && of.rank() == 1 && !of.shape.contains(&Dimension::Run);
        let vectors = self.all(builder, known);
        if vectors.is_empty() {
            return builder.f64(0.25);
        }
        let vector = self.chance.choose(&vectors);
        let size = extent(&builder.type_of(vector).shape[0]);
        let scale = self.float(builder);
        let kind = Kind::Call { function: "callee".into(), sizes: vec![size] };
        builder.push_typed(kind, vec![scale, vector], Vec::new(), vec![Type::f64()])[0]
    }
}

/// The size of an axis.
pub(super) fn extent(axis: &Dimension) -> Polynomial {
    match axis {
        Dimension::Size(size) => size.clone(),
        Dimension::Run => unreachable!("the axis has a size"),
    }
}
