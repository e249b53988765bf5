//! Arrays that a loop declares one entry a step: the loop keeps what its steps declare, and carries the few entries before
//! that they read, so that a recurrence over N steps costs N.

use super::{Lowered, Lowerer};
use crate::ir::{Polynomial, Value};
use crate::typed::bounds::never_negative;
use crate::typed::tree::{Block, Domain, Expr, ExprKind, Generator, Index, Role, StatementKind, Variable};

/// How many steps back a loop carries entries; one that reads further carries the array.
const LAGS: i64 = 4;

/// An array that a loop makes step by step.
pub struct Stepwise {
    /// The array.
    pub variable: Variable,
    /// How many steps back it is read.
    pub lags: usize,
}

/// What a step sees of an array that its loop makes.
pub struct Window {
    /// The indices of the loops.
    steps: Vec<Variable>,
    /// The entries of the steps before, the last one first.
    pub before: Vec<Value>,
    /// This step's entry, once it is declared.
    pub new: Option<Value>,
}

impl<'p> Lowerer<'p> {
    /// The arrays among these that a loop makes step by step.
    pub fn stepwise(&self, generators: &[Generator], body: &Block, changed: &[Variable]) -> Vec<Stepwise> {
        let made = changed.iter().filter_map(|variable| {
            let lags = self.lags(*variable, generators, body)?;
            Some(Stepwise { variable: *variable, lags })
        });
        made.collect()
    }

    fn lags(&self, variable: Variable, generators: &[Generator], body: &Block) -> Option<usize> {
        let row = &self.program.variables[variable.0 as usize];
        if row.role == Role::Changing || !declared_once(variable, generators, body) {
            return None;
        }
        let ends = generators.iter().map(|generator| self.ends(generator)).collect::<Option<Vec<_>>>()?;
        let mut lags = Some(0);
        body.parts(&mut |part| farthest(part, variable, generators, &mut lags));
        let lags = lags?;
        let (start, end) = &ends[0];
        let room = match generators[0].reverse {
            false => start.clone(),
            true => self.size(&row.ty.shape[0]).minus(end),
        };
        let reachable = lags == 0 || (generators.len() == 1 && never_negative(&room.minus(&lags.into())));
        (lags <= LAGS && reachable).then_some(lags as usize)
    }

    /// Where a generator begins and ends, if sizes say.
    fn ends(&self, generator: &Generator) -> Option<(Polynomial, Polynomial)> {
        match &generator.domain {
            Domain::Range { start, end } => Some((self.known_size(start)?, self.known_size(end)?)),
            Domain::Rows(_) => None,
        }
    }

    /// The entries before a loop's first step that its first steps read.
    pub fn first_window(&mut self, made: &Stepwise, generator: &Generator) -> Vec<Value> {
        let array = self.variables[&made.variable];
        let (start, end) = self.ends(generator).expect("a stepwise loop runs between sizes");
        let position = |lag: i64| match generator.reverse {
            false => start.minus(&lag.into()),
            true => end.plus(&(lag - 1).into()),
        };
        let lags = (1..=made.lags as i64).map(position).collect::<Vec<Polynomial>>();
        lags.into_iter()
            .map(|position| {
                let index = self.builder.size(position);
                self.read(array, &[index])
            })
            .collect()
    }

    /// Opens what a step sees of an array.
    pub fn open_window(&mut self, made: &Stepwise, generators: &[Generator], before: Vec<Value>) {
        let steps = generators.iter().map(|generator| generator.variable).collect();
        self.windows.insert(made.variable, Window { steps, before, new: None });
    }

    /// Closes it; gives the entries that the next step sees, and this step's.
    pub fn close_window(&mut self, made: &Stepwise) -> (Vec<Value>, Option<Value>) {
        let Window { before, new, .. } = self.windows.remove(&made.variable).expect("it is open");
        let next = new.into_iter().chain(before.iter().copied()).take(before.len()).collect();
        (next, new)
    }

    /// What an index of an array that is being made stands for, and how many of its indices that takes.
    pub fn from_window(&self, base: &Expr, indices: &[Index]) -> Option<(Value, usize)> {
        let ExprKind::Variable(variable) = base.kind else { return None };
        let window = self.windows.get(&variable)?;
        let distance =
            distance(indices.first()?, window.steps[0]).expect("a stepwise loop reads at fixed distances");
        match distance {
            0 => Some((window.new.expect("entries are read once declared"), window.steps.len())),
            _ => Some((window.before[distance.unsigned_abs() as usize - 1], 1)),
        }
    }

    /// The array with what a loop's steps declared.
    pub fn merged(&mut self, variable: Variable, generators: &[Generator], made: Value) -> Lowered<Value> {
        let array = self.variables[&variable];
        let shape = super::record::extents(self.builder.type_of(array));
        let ends = generators.iter().map(|generator| self.ends(generator).expect("a stepwise loop has ends"));
        let ends: Vec<(Polynomial, Polynomial)> = ends.collect();
        let whole = ends.iter().zip(&shape).all(|((start, end), extent)| *start == 0.into() && end == extent);
        if whole {
            return Ok(made);
        }
        self.map_over(&shape, |lowerer, indices| {
            let mut inside: Option<Value> = None;
            let mut own = Vec::with_capacity(indices.len());
            for (index, (start, end)) in indices.iter().zip(&ends) {
                let (start, end) = (lowerer.builder.size(start.clone()), lowerer.builder.size(end.clone()));
                for (comparison, end) in [("ge", start), ("lt", end)] {
                    let holds = lowerer.builder.primitive(comparison, &[*index, end]);
                    inside =
                        Some(inside.map_or(holds, |all| lowerer.builder.primitive("and", &[all, holds])));
                }
                own.push(lowerer.builder.sub(*index, start));
            }
            own.extend(&indices[ends.len()..]);
            let inside = inside.expect("a loop has a generator");
            let read = |array: Value, indices: Vec<Value>| {
                move |builder: &mut crate::ir::Builder| {
                    vec![builder.index(array, &indices, crate::ir::kind::Check::Checked)]
                }
            };
            Ok(lowerer.builder.branch(inside, read(made, own), read(array, indices.to_vec()))[0])
        })
    }
}

/// Whether a body's own statements declare one entry of an array, at the indices of its loops.
fn declared_once(variable: Variable, generators: &[Generator], body: &Block) -> bool {
    let of_loops = |indices: &[Index]| {
        let own = |(index, generator): (&Index, &Generator)| matches!(index, Index::At { index, .. } if index.kind == ExprKind::Variable(generator.variable));
        indices.len() == generators.len() && indices.iter().zip(generators).all(own)
    };
    let mut found = 0;
    let sound = body.statements.iter().all(|statement| match &statement.kind {
        StatementKind::Update { variable: own, indices, add, .. } if *own == variable => {
            found += 1;
            !add && of_loops(indices)
        }
        StatementKind::For { body, .. } => !super::statement::changed(&[body]).contains(&variable),
        StatementKind::If { yes, no, .. } => !super::statement::changed(&[yes, no]).contains(&variable),
        _ => true,
    });
    sound && found == 1
}

/// Finds how many steps back an expression reads an array; none where that is not fixed.
fn farthest(expr: &Expr, variable: Variable, generators: &[Generator], lags: &mut Option<i64>) {
    if let ExprKind::Index { base, indices } = &expr.kind
        && base.kind == ExprKind::Variable(variable)
    {
        let back = steps_back(indices, generators);
        *lags = lags.zip(back).map(|(lags, back)| lags.max(back));
        expr.parts(&mut |part| {
            if !std::ptr::eq(part, base.as_ref()) {
                farthest(part, variable, generators, lags);
            }
        });
        return;
    }
    if expr.kind == ExprKind::Variable(variable) {
        *lags = None;
    }
    expr.parts(&mut |part| farthest(part, variable, generators, lags));
}

fn steps_back(indices: &[Index], generators: &[Generator]) -> Option<i64> {
    if indices.iter().any(|index| !matches!(index, Index::At { .. })) || indices.len() < generators.len() {
        return None;
    }
    let distances =
        indices.iter().zip(generators).map(|(index, generator)| distance(index, generator.variable));
    let distances: Vec<i64> = distances.collect::<Option<_>>()?;
    let back = if generators[0].reverse { distances[0] } else { -distances[0] };
    match back {
        0 if distances.iter().all(|distance| *distance == 0) => Some(0),
        1.. if generators.len() == 1 => Some(back),
        _ => None,
    }
}

/// How far an index lies from that of a loop, if that is a number.
fn distance(index: &Index, step: Variable) -> Option<i64> {
    let Index::At { index, .. } = index else { return None };
    index.offset_from(step)?.as_size()?.as_constant()
}
