//! Regions and whole-array operations.

use super::scalars::extent;
use super::{Maker, Part};
use ansatz_compiler::ir::kind::{Check, Contraction, Kind, Slots, Triangular};
use ansatz_compiler::ir::{Bound, Builder, Dimension, Element, Polynomial, Reduction, Type, Value};

impl Maker<'_> {
    /// Steps in a region's body, then a float.
    fn body(&mut self, builder: &mut Builder, depth: usize) -> Value {
        let count = 1 + self.chance.below(2);
        self.steps(builder, count, depth);
        self.scalar(builder)
    }

    /// Bounds of one or two indices.
    fn bounds(&mut self) -> Vec<Polynomial> {
        let axes = 1 + self.chance.below(2);
        (0..axes).map(|_| self.extent()).collect()
    }

    fn enter(&mut self, indices: &[Value], bounds: &[Polynomial]) {
        self.indices.extend(indices.iter().copied().zip(bounds.iter().cloned()));
    }

    /// A map that yields a float and at times an integer beside it, or a row.
    pub(super) fn map(&mut self, builder: &mut Builder, depth: usize) -> Vec<Value> {
        let bounds = self.bounds();
        let sizes = bounds.iter().cloned().map(Bound::Size).collect();
        builder.map(sizes, Vec::new(), |builder, indices| {
            self.scoped(|maker| {
                maker.enter(indices, &bounds);
                let float = maker.body(builder, depth);
                let rows = maker
                    .all(builder, |of| of.is_float() && of.shape.len() == 1 && of.shape[0] != Dimension::Run);
                match maker.chance.below(4) {
                    0 => vec![float, maker.integer(builder)],
                    1 if bounds.len() == 1 && !rows.is_empty() => vec![maker.chance.choose(&rows)],
                    _ => vec![float],
                }
            })
        })
    }

    /// A reduction, made tame.
    pub(super) fn reduce(&mut self, builder: &mut Builder, depth: usize) -> Vec<Value> {
        let bounds = self.bounds();
        let sizes: Vec<Bound> = bounds.iter().cloned().map(Bound::Size).collect();
        let smooth = [Reduction::Add, Reduction::Mul, Reduction::LogSumExp];
        let any = [Reduction::Add, Reduction::Mul, Reduction::LogSumExp, Reduction::Min, Reduction::Max];
        if !self.options.smooth && self.chance.one_in(6) {
            let reduction = self.chance.choose(&[Reduction::And, Reduction::Or]);
            return builder.reduce(reduction, sizes, Vec::new(), |builder, indices| {
                self.scoped(|maker| {
                    maker.enter(indices, &bounds);
                    vec![maker.condition(builder)]
                })
            });
        }
        let reduction = self.chance.choose(if self.options.smooth { &smooth[..] } else { &any[..] });
        let reduced = builder.reduce(reduction, sizes, Vec::new(), |builder, indices| {
            self.scoped(|maker| {
                maker.enter(indices, &bounds);
                vec![maker.body(builder, depth)]
            })
        });
        vec![builder.primitive("tanh", &reduced)]
    }

    /// A scan with one or two states, at times an array among them, over a size or a run-time bound.
    pub(super) fn scan(&mut self, builder: &mut Builder, depth: usize) -> Vec<Value> {
        let size = self.extent();
        let run = self.options.kinds.contains(&Part::Run) && self.chance.one_in(4);
        let (bound, operand) =
            if run { (Bound::Run, Some(self.few(builder))) } else { (Bound::Size(size.clone()), None) };
        let mut initial = vec![self.float(builder)];
        let vectors =
            self.all(builder, |of| of.is_float() && of.rank() == 1 && of.shape[0] != Dimension::Run);
        if !vectors.is_empty() && self.chance.one_in(2) {
            initial.push(self.chance.choose(&vectors));
        }
        let reverse = self.chance.one_in(3);
        let mut results = builder.scan(bound, operand, &initial, reverse, |builder, index, states| {
            self.scoped(|maker| {
                if run {
                    maker.pool.push(index);
                } else {
                    maker.enter(&[index], std::slice::from_ref(&size));
                }
                maker.pool.extend(states);
                let mut next = vec![maker.body(builder, depth)];
                next.extend(states[1..].iter().map(|state| maker.next_vector(builder, *state)));
                next.push(maker.float(builder));
                next
            })
        });
        if run {
            results.truncate(initial.len());
        }
        results
    }

    /// A vector of the same type, made of its entries.
    fn next_vector(&mut self, builder: &mut Builder, vector: Value) -> Value {
        let size = extent(&builder.type_of(vector).shape[0]);
        let other = self.float(builder);
        builder.map(vec![Bound::Size(size)], Vec::new(), |builder, indices| {
            let entry = builder.index(vector, indices, Check::Proved);
            let product = builder.mul(entry, other);
            vec![builder.primitive("sin", &[product])]
        })[0]
    }

    /// A run-time count from 0 to 4.
    fn few(&mut self, builder: &mut Builder) -> Value {
        let any = self.integer(builder);
        let five = builder.i64(5);
        builder.primitive("floor_mod", &[any, five])
    }

    /// A while that counts, its condition on the count and where kinks may be on the float state.
    pub(super) fn while_loop(&mut self, builder: &mut Builder, depth: usize) -> Vec<Value> {
        let limit = self.few(builder);
        let initial = [self.float(builder), builder.i64(0)];
        let states = vec![Type::f64(), Type::i64()];
        let condition = builder.region(states.clone(), |builder, states| {
            self.scoped(|maker| {
                let far = builder.i64(1 + maker.chance.below(4) as i64);
                let more = builder.primitive("lt", &[states[1], far]);
                if maker.options.smooth || maker.chance.one_in(2) {
                    return vec![more];
                }
                let bound = builder.f64(0.9);
                let small = builder.primitive("lt", &[states[0], bound]);
                vec![builder.primitive("and", &[more, small])]
            })
        });
        let body = builder.region(states, |builder, states| {
            self.scoped(|maker| {
                maker.pool.extend(states);
                let next = maker.body(builder, depth);
                let one = builder.i64(1);
                vec![next, builder.add(states[1], one)]
            })
        });
        let slots = self.chance.one_in(3).then(|| Slots::filled(1 + self.chance.below(3) as u32));
        let operands = vec![limit, initial[0], initial[1]];
        builder.push(Kind::While { slots }, operands, vec![condition, body])
    }

    /// A conditional that yields a float, and at times a vector.
    pub(super) fn branch(&mut self, builder: &mut Builder, depth: usize) -> Vec<Value> {
        let condition = self.condition(builder);
        let vectors =
            self.all(builder, |of| of.is_float() && of.rank() == 1 && of.shape[0] != Dimension::Run);
        let vector = (!vectors.is_empty() && self.chance.one_in(2)).then(|| self.chance.choose(&vectors));
        let mut side = |builder: &mut Builder, changed: bool| {
            self.scoped(|maker| {
                let float = maker.body(builder, depth);
                let vector =
                    vector.map(|vector| if changed { maker.next_vector(builder, vector) } else { vector });
                std::iter::once(float).chain(vector).collect::<Vec<Value>>()
            })
        };
        let yes = builder.region(Vec::new(), |builder, _| side(builder, true));
        let no = builder.region(Vec::new(), |builder, _| side(builder, false));
        builder.push(Kind::If, vec![condition], vec![yes, no])
    }

    /// Sums into a vector and a scalar at places that a loop computes, then made tame.
    pub(super) fn accumulate(&mut self, builder: &mut Builder, depth: usize) -> Vec<Value> {
        let (length, bounds) = (self.extent(), self.bounds());
        let axis = Dimension::Size(length.clone());
        let sums = vec![Type::array(Element::F64, vec![axis.clone()]), Type::f64()];
        let sizes: Vec<Bound> = bounds.iter().cloned().map(Bound::Size).collect();
        let conditional = self.options.kinds.contains(&Part::If) && self.chance.one_in(3);
        let summed = builder.accumulate(sums, |builder, sums| {
            builder.map(sizes, Vec::new(), |builder, indices| {
                self.scoped(|maker| {
                    maker.enter(indices, &bounds);
                    let value = maker.body(builder, depth);
                    let check = maker.chance.choose(&[Check::Checked, Check::Proved]);
                    let (place, _) = maker.place(builder, &axis, check);
                    builder.add_to(sums[0], &[place], value);
                    if conditional {
                        let condition = maker.condition(builder);
                        let add = |builder: &mut Builder| {
                            builder.add_to(sums[1], &[], value);
                            Vec::new()
                        };
                        builder.branch(condition, add, |_| Vec::new());
                    } else {
                        builder.add_to(sums[1], &[], value);
                    }
                    Vec::new()
                })
            });
            Vec::new()
        });
        let vector = builder.map(vec![Bound::Size(length)], Vec::new(), |builder, indices| {
            let entry = builder.index(summed[0], indices, Check::Proved);
            vec![builder.primitive("tanh", &[entry])]
        });
        vec![vector[0], builder.primitive("tanh", &[summed[1]])]
    }

    /// `A A' + I` for a matrix, its Cholesky factor, and a system solved with it.
    pub(super) fn matrix(&mut self, builder: &mut Builder) -> Vec<Value> {
        let fits = |of: &Type| of.is_float() && of.rank() == 2 && !of.shape.contains(&Dimension::Run);
        let matrices = self.all(builder, fits);
        if matrices.is_empty() {
            return vec![self.scalar(builder)];
        }
        let matrix = self.chance.choose(&matrices);
        let n = extent(&builder.type_of(matrix).shape[0]);
        let labels = |text: &[u8]| text.to_vec();
        let square = Contraction { left: labels(b"ij"), right: labels(b"kj"), result: labels(b"ik") };
        let square = builder.push(Kind::Contract(square), vec![matrix, matrix], Vec::new())[0];
        if self.chance.one_in(2) {
            return vec![self.tame(builder, square)];
        }
        let bounds = vec![Bound::Size(n.clone()), Bound::Size(n)];
        let positive = builder.map(bounds, Vec::new(), |builder, indices| {
            let entry = builder.index(square, indices, Check::Proved);
            let diagonal = builder.primitive("eq", indices);
            let (one, zero) = (builder.f64(1.0), builder.f64(0.0));
            let identity = builder.primitive("select", &[diagonal, one, zero]);
            vec![builder.add(entry, identity)]
        });
        let factor = builder.push(Kind::Cholesky, positive, Vec::new())[0];
        let right = if self.chance.one_in(2) { square } else { matrix };
        let how = Triangular { lower: true, transposed: self.chance.one_in(2) };
        let solved = builder.push(Kind::TriangularSolve(how), vec![factor, right], Vec::new())[0];
        vec![self.tame(builder, factor), self.tame(builder, solved)]
    }

    fn tame(&mut self, builder: &mut Builder, matrix: Value) -> Value {
        let bounds = builder.type_of(matrix).shape.iter().map(extent).map(Bound::Size).collect();
        builder.map(bounds, Vec::new(), |builder, indices| {
            let entry = builder.index(matrix, indices, Check::Proved);
            vec![builder.primitive("tanh", &[entry])]
        })[0]
    }

    /// A vector as long as it turns out, and what it reduces to.
    pub(super) fn run_time(&mut self, builder: &mut Builder) -> Vec<Value> {
        let count = self.few(builder);
        let stacked = builder.map(vec![Bound::Run], vec![count], |builder, indices| {
            self.scoped(|maker| {
                maker.pool.extend(indices);
                let float = builder.primitive("int_to_float", indices);
                let other = maker.float(builder);
                let product = builder.mul(float, other);
                vec![builder.primitive("sin", &[product])]
            })
        })[0];
        let length = builder.push(Kind::Length(0), vec![stacked], Vec::new())[0];
        let sum = builder.reduce(Reduction::Add, vec![Bound::Run], vec![length], |builder, indices| {
            vec![builder.index(stacked, indices, Check::Proved)]
        });
        vec![builder.primitive("tanh", &sum), length]
    }
}
