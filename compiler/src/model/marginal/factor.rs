//! A log density as a sum of terms inside loops, each with the entries of the sites that it reads.

use super::Site;
use super::affine::{Affine, Axis};
use super::refusal::Refusal;
use crate::ir::{Block, Constant, Function, Kind, Operation, Polynomial, Reduction, Value};
use rustc_hash::{FxHashMap, FxHashSet};

/// An entry of a site that a term reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Which site.
    pub site: usize,
    /// Its indices.
    pub at: Vec<Affine>,
}

/// What leads from a block to a block inside it.
#[derive(Clone, Copy, Debug)]
pub enum Step<'f> {
    /// A sum over a loop.
    Loop(&'f Operation),
    /// A branch that no site decides, by its position.
    Branch(&'f Operation, usize),
}

/// A term: code inside nested sums and branches.
#[derive(Clone, Debug)]
pub struct Term<'f> {
    /// From the function's body inwards.
    pub steps: Vec<Step<'f>>,
    /// For the block behind each step: what the term needs of it that depends on no site.
    pub free: Vec<Vec<&'f Operation>>,
    /// What it needs that depends on sites, outermost first.
    pub dependent: Vec<&'f Operation>,
    /// Its value.
    pub root: Value,
    /// Whether it is subtracted.
    pub negative: bool,
    /// What multiplies it, values that depend on no site.
    pub scales: Vec<Value>,
    /// Entries read, each once.
    pub reads: Vec<Read>,
    /// Which of them an operation reads, by its result.
    pub slots: FxHashMap<Value, usize>,
    /// What its code uses, indices of those reads apart.
    pub uses: FxHashSet<Value>,
}

impl Term<'_> {
    /// Its loops from the outside in: the index, and how far it runs where that is a size.
    pub fn loops(&self) -> Vec<(Axis, Option<Polynomial>)> {
        let mut loops = Vec::new();
        for step in &self.steps {
            let Step::Loop(operation) = step else { continue };
            let Kind::Reduce(_, bounds) = &operation.kind else { unreachable!("a sum over a loop") };
            let indices = operation.regions[0].parameters.iter();
            loops.extend(indices.zip(bounds).map(|(index, bound)| (Axis(index.0), bound.size().cloned())));
        }
        loops
    }
}

/// The terms of a sum.
pub struct Terms<'f> {
    function: &'f Function,
    sites: &'f [Site],
    dependent: FxHashSet<Value>,
    definitions: FxHashMap<Value, &'f Operation>,
}

/// A summand on the way down: the blocks around it and what leads through them.
#[derive(Clone)]
struct Path<'f> {
    blocks: Vec<&'f Block>,
    steps: Vec<Step<'f>>,
    negative: bool,
    scales: Vec<Value>,
}

impl<'f> Terms<'f> {
    /// Looks at a function whose sites are parameters of it.
    pub fn new(function: &'f Function, sites: &'f [Site]) -> Self {
        let values: Vec<Value> = sites.iter().map(|site| site.value).collect();
        let dependent = super::expose::dependent(function, &values);
        let mut definitions = FxHashMap::default();
        define(&function.body, &mut definitions);
        Self { function, sites, dependent, definitions }
    }

    /// Whether a value depends on a site.
    pub fn is_dependent(&self, value: Value) -> bool {
        self.dependent.contains(&value)
    }

    /// The terms of a result that depends on sites.
    pub fn of(&self, result: Value) -> Result<Vec<Term<'f>>, Refusal> {
        let mut terms = Vec::new();
        let blocks = vec![&self.function.body];
        self.part(
            result,
            Path { blocks, steps: Vec::new(), negative: false, scales: Vec::new() },
            &mut terms,
        )?;
        Ok(terms)
    }

    /// Takes a value apart into the summands that make it.
    fn part(&self, value: Value, path: Path<'f>, terms: &mut Vec<Term<'f>>) -> Result<(), Refusal> {
        let block = *path.blocks.last().expect("the body is the first block");
        let here = block.operations.iter().find(|operation| operation.results.contains(&value));
        let Some(operation) = here.filter(|_| self.is_dependent(value)) else {
            return self.leaf(value, path, terms);
        };
        let position = operation.results.iter().position(|result| *result == value).expect("it is a result");
        let inside = |step: Step<'f>, region: usize| {
            let mut path = path.clone();
            path.blocks.push(&operation.regions[region]);
            path.steps.push(step);
            (operation.regions[region].results[position], path)
        };
        match &operation.kind {
            Kind::Primitive(primitive) => match primitive.row().name {
                "add" => operation.operands.iter().try_for_each(|part| self.part(*part, path.clone(), terms)),
                "sub" => {
                    let negative = Path { negative: !path.negative, ..path.clone() };
                    self.part(operation.operands[0], path, terms)?;
                    self.part(operation.operands[1], negative, terms)
                }
                "neg" => self.part(operation.operands[0], Path { negative: !path.negative, ..path }, terms),
                "mul" => {
                    let [left, right] = operation.operands[..] else { unreachable!("a product of two") };
                    let (part, scale) = if self.is_dependent(left) { (left, right) } else { (right, left) };
                    if self.is_dependent(scale) {
                        return self.leaf(value, path, terms);
                    }
                    let scales = [path.scales.as_slice(), &[scale]].concat();
                    self.part(part, Path { scales, ..path }, terms)
                }
                _ => self.leaf(value, path, terms),
            },
            Kind::Reduce(Reduction::Add, _) => {
                let (value, path) = inside(Step::Loop(operation), 0);
                self.part(value, path, terms)
            }
            Kind::If if !self.is_dependent(operation.operands[0]) => {
                for branch in 0..2 {
                    let (value, path) = inside(Step::Branch(operation, branch), branch);
                    self.part(value, path, terms)?;
                }
                Ok(())
            }
            _ => self.leaf(value, path, terms),
        }
    }

    /// A term that is not a sum of others.
    fn leaf(&self, root: Value, path: Path<'f>, terms: &mut Vec<Term<'f>>) -> Result<(), Refusal> {
        if self.is_zero(root) {
            return Ok(());
        }
        let Path { blocks, steps, negative, scales } = path;
        let depth = steps.len();
        let mut term = Term {
            steps,
            free: vec![Vec::new(); depth],
            dependent: Vec::new(),
            root,
            negative,
            scales,
            reads: Vec::new(),
            slots: FxHashMap::default(),
            uses: FxHashSet::default(),
        };
        let mut wanted: FxHashSet<Value> = term.scales.iter().copied().chain([root]).collect();
        for (level, block) in blocks.iter().enumerate().rev() {
            if let Some(Step::Loop(operation) | Step::Branch(operation, _)) = term.steps.get(level) {
                wanted.extend(&operation.operands);
            }
            for operation in block.operations.iter().rev() {
                if !operation.results.iter().any(|value| wanted.contains(value)) {
                    continue;
                }
                if operation.reads().any(|value| self.is_dependent(value)) {
                    self.note(operation, &mut term, &mut wanted)?;
                    term.dependent.push(operation);
                } else {
                    wanted.extend(operation.reads());
                    if level > 0 {
                        term.free[level - 1].push(operation);
                    }
                }
            }
        }
        term.uses = wanted;
        term.dependent.reverse();
        term.free.iter_mut().for_each(|operations| operations.reverse());
        terms.push(term);
        Ok(())
    }

    fn is_zero(&self, value: Value) -> bool {
        let constant = self.definitions.get(&value).map(|operation| &operation.kind);
        matches!(constant, Some(Kind::Constant(Constant::F64(x))) if *x == 0.0)
    }

    /// Notes the entries that an operation reads, itself or in its regions, and what else it needs.
    fn note(
        &self,
        operation: &'f Operation,
        term: &mut Term<'f>,
        wanted: &mut FxHashSet<Value>,
    ) -> Result<(), Refusal> {
        let site = |value: &Value| self.sites.iter().position(|site| site.value == *value);
        let read = operation.operands.first().filter(|_| matches!(operation.kind, Kind::Index(_)));
        if let Some(position) = read.and_then(site) {
            if operation.operands.len() <= self.sites[position].extents.len() {
                return Err(Refusal::Whole { site: position });
            }
            let at = operation.operands[1..].iter().map(|index| self.affine(*index, term));
            let Some(at) = at.collect::<Option<Vec<_>>>() else {
                let whole = operation.operands[1..].iter().any(|index| self.runs_inside(*index, term));
                let site = position;
                return Err(if whole { Refusal::Whole { site } } else { Refusal::Chosen { site } });
            };
            self.slot(operation.results[0], Read { site: position, at }, term);
            return Ok(());
        }
        for value in &operation.operands {
            match site(value) {
                Some(position) if self.sites[position].extents.is_empty() => {
                    self.slot(*value, Read { site: position, at: Vec::new() }, term);
                }
                Some(position) => return Err(Refusal::Whole { site: position }),
                None => drop(wanted.insert(*value)),
            }
        }
        for region in &operation.regions {
            wanted.extend(&region.captures);
            region.operations.iter().try_for_each(|inner| self.note(inner, term, wanted))?;
        }
        Ok(())
    }

    /// Whether an index runs with a loop inside the term, which is no sum of terms.
    fn runs_inside(&self, value: Value, term: &Term) -> bool {
        match self.definitions.get(&value) {
            Some(operation) => operation.operands.iter().any(|operand| self.runs_inside(*operand, term)),
            None => {
                let mut parameters = self.function.parameters.iter();
                parameters.all(|parameter| parameter.value != value)
                    && term.loops().iter().all(|(axis, _)| axis.0 != value.0)
            }
        }
    }

    fn slot(&self, value: Value, read: Read, term: &mut Term<'f>) {
        let known = term.reads.iter().position(|other| *other == read);
        let slot = known.unwrap_or_else(|| {
            term.reads.push(read);
            term.reads.len() - 1
        });
        term.slots.insert(value, slot);
    }

    /// An index in terms of the term's loops.
    fn affine(&self, value: Value, term: &Term) -> Option<Affine> {
        if term.loops().iter().any(|(axis, _)| axis.0 == value.0) {
            return Some(Affine::axis(Axis(value.0)));
        }
        let operation = self.definitions.get(&value)?;
        let operand = |position: usize| self.affine(operation.operands[position], term);
        match &operation.kind {
            Kind::Constant(Constant::I64(n)) => Some(Affine::constant((*n).into())),
            Kind::Size(size) => Some(Affine::constant(size.clone())),
            Kind::Primitive(primitive) => match primitive.row().name {
                "add" => Some(operand(0)?.plus(&operand(1)?)),
                "sub" => Some(operand(0)?.minus(&operand(1)?)),
                "neg" => Some(operand(0)?.scaled(-1)),
                "mul" => {
                    let (left, right) = (operand(0)?, operand(1)?);
                    let by = |n: i64, of: &Affine| Some(of.scaled(n));
                    left.as_number().map_or_else(|| by(right.as_number()?, &left), |n| by(n, &right))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

fn define<'f>(block: &'f Block, definitions: &mut FxHashMap<Value, &'f Operation>) {
    for operation in &block.operations {
        definitions.extend(operation.results.iter().map(|result| (*result, operation)));
        operation.regions.iter().for_each(|region| define(region, definitions));
    }
}
