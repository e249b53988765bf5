//! A model's body as one function: its log density, or the values it reports.

use super::partial::Partial;
use super::rows::declared;
use super::support::Transform;
use crate::ir::{Binding, Element, Polynomial, Type, Value};
use crate::lower::measure::{Place, rest_axes};
use crate::lower::statement::changed;
use crate::lower::within::Within;
use crate::lower::{Compound, Known, Lowered, Lowerer, unsupported};
use crate::typed::tree::{Block, Expr, Model, Role, Site, Statement, StatementKind, Variable};
use rustc_hash::{FxHashMap, FxHashSet};

/// A model with what its sites are given.
#[derive(Clone, Copy)]
pub struct Conditioned<'p> {
    /// The model.
    pub model: &'p Model,
    /// One for each of its size symbols.
    pub sizes: &'p [Polynomial],
    /// One for each of its parameters.
    pub arguments: &'p [Expr],
    /// Sites and their values.
    pub given: &'p [(Variable, &'p Expr)],
    /// Sites of which some entries are given.
    pub partial: &'p [(Variable, Partial<'p>)],
    /// Sites that are summed out: parameters of what is lowered here.
    pub out: &'p [Variable],
    /// What is known of the script.
    pub known: &'p Known,
}

/// Where the values of latent sites come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// One vector of coordinates; the density is taken with respect to them.
    Unconstrained,
    /// One vector of coordinates; the density is the model's own, without Jacobians.
    Natural,
    /// One parameter for each latent site; the density is the model's own.
    Constrained,
    /// One parameter for each latent site; coordinates are computed from them.
    Inverse,
}

/// Lowers a model's body.
pub struct Density<'p> {
    /// Lowers its expressions.
    pub lowerer: Lowerer<'p>,
    /// Where the values of given sites are known to lie.
    given: FxHashMap<Variable, Within>,
    partial: &'p [(Variable, Partial<'p>)],
    /// Latent sites, in order.
    pub latent: Vec<Latent<'p>>,
    space: Space,
    /// The coordinates, in unconstrained space.
    coordinates: Option<Value>,
    /// Terms of the log density, at this place.
    pub(super) terms: Vec<Term>,
    /// Arrays whose entries were declared before the loop around this place scores.
    declared: FxHashSet<Variable>,
    /// Factors of the log densities of given sites' entries.
    weights: FxHashMap<Variable, Value>,
}

/// A summand of the log density.
pub struct Term {
    /// What it is, for messages: a site, or a statement's place in the model.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// A latent site.
pub struct Latent<'p> {
    /// The site and its transform.
    pub transform: Transform<'p>,
    /// The shape of its coordinates.
    pub free_shape: Vec<Polynomial>,
    /// Where they begin.
    pub offset: Polynomial,
    /// The coordinates of the site's values, where they are computed.
    pub free: Option<Value>,
}

impl<'p> Density<'p> {
    /// A function of this name for a model, its data, arguments and latent sites bound.
    pub fn new(mut lowerer: Lowerer<'p>, target: Conditioned<'p>, space: Space) -> Lowered<Self> {
        lowerer.absolute = true;
        lowerer.bind_sizes(&target.model.sizes, target.sizes);
        lowerer.bind_arguments(&target.model.parameters, target.arguments, &[])?;
        let mut given = FxHashMap::default();
        for (site, value) in target.given {
            given.insert(*site, lowerer.known_within(&value.ty.element));
            let value = lowerer.compound(value)?;
            lowerer.bind(*site, value);
        }
        let mut density = Self {
            lowerer,
            given,
            partial: target.partial,
            latent: Vec::new(),
            space,
            coordinates: None,
            terms: Vec::new(),
            declared: FxHashSet::default(),
            weights: FxHashMap::default(),
        };
        density.declare(target)?;
        Ok(density)
    }

    /// A part of a function in which a model's arguments and all its sites are bound; of the sites that something gives it is known
    /// where they lie.
    pub fn at(lowerer: Lowerer<'p>, given: FxHashMap<Variable, Within>) -> Self {
        Self {
            lowerer,
            given,
            partial: &[],
            latent: Vec::new(),
            space: Space::Constrained,
            coordinates: None,
            terms: Vec::new(),
            declared: FxHashSet::default(),
            weights: FxHashMap::default(),
        }
    }

    /// Lays out latent sites, and makes the parameters that they come from.
    fn declare(&mut self, target: Conditioned<'p>) -> Lowered<()> {
        let measures = first_measures(&target.model.body);
        let given = target.given.iter().map(|(site, _)| *site);
        let apart: Vec<Variable> = given.chain(target.out.iter().copied()).collect();
        let mut offset = Polynomial::default();
        for site in target.model.sites.iter().filter(|site| !apart.contains(&site.variable)) {
            let measure = measures.get(&site.variable).copied();
            let mut transform = Transform::of(self.lowerer.program, site, measure)?;
            if let Some(partial) = partial_of(self.partial, site.variable) {
                let shape = &self.lowerer.program.variables[site.variable.0 as usize].ty.shape;
                transform.entries = Some(partial.latent(shape));
            }
            let free_shape = transform.free_shape(&mut self.lowerer)?;
            let volume = free_shape.iter().fold(Polynomial::constant(1), |product, size| product.times(size));
            self.latent.push(Latent { transform, free_shape, offset: offset.clone(), free: None });
            offset = offset.plus(&volume);
        }
        match self.space {
            Space::Unconstrained | Space::Natural => {
                let of = super::support::coordinates(offset);
                self.coordinates = Some(self.lowerer.builder.parameter(of, Binding::Live));
            }
            Space::Constrained | Space::Inverse => {
                for position in 0..self.latent.len() {
                    self.parameter(self.latent[position].transform.variable);
                }
            }
        }
        target.out.iter().for_each(|site| self.parameter(*site));
        for position in 0..self.latent.len() {
            if self.latent[position].transform.indexed > 0 {
                self.settle(position)?;
            }
        }
        Ok(())
    }

    /// Goes between a latent site's values and its coordinates, once, where what its support depends on is known.
    fn settle(&mut self, position: usize) -> Lowered<()> {
        let known = self.lowerer.variables.contains_key(&self.latent[position].transform.variable);
        match self.space {
            Space::Unconstrained | Space::Natural if !known => self.constrain(position),
            Space::Inverse if self.latent[position].free.is_none() => self.unconstrain(position),
            _ => Ok(()),
        }
    }

    fn unconstrain(&mut self, position: usize) -> Lowered<()> {
        let Latent { transform, free_shape, .. } = &self.latent[position];
        let whole = self.lowerer.variables[&transform.variable];
        let value = match partial_of(self.partial, transform.variable) {
            Some(partial) => partial.latent_of(&mut self.lowerer, transform.variable, whole)?,
            None => whole,
        };
        let free = transform.unconstrain(&mut self.lowerer, value, free_shape)?;
        self.latent[position].free = Some(free);
        Ok(())
    }

    /// A site's values as a parameter.
    fn parameter(&mut self, site: Variable) {
        let of = self.lowerer.ir_type(&self.lowerer.program.variables[site.0 as usize].ty);
        let parameter = self.lowerer.builder.parameter(of, Binding::Live);
        self.lowerer.variables.insert(site, parameter);
    }

    /// Makes a factor for the log density of each entry, or vector of entries drawn at once, of a given site: a parameter
    /// each, after those of the latent sites. Gives the extents, in order.
    pub fn weigh(&mut self, target: Conditioned<'p>) -> Vec<(Variable, Vec<Polynomial>)> {
        let measures = first_measures(&target.model.body);
        let mut weighed = Vec::new();
        for (site, _) in target.given {
            let Some(measure) = measures.get(site) else { continue };
            let declared = &self.lowerer.program.variables[site.0 as usize].ty.shape;
            let alone = declared.len() - rest_axes(measure).len();
            let shape = self.lowerer.sizes(&declared[..alone]);
            let of = Type::array(Element::F64, shape.iter().cloned().map(Into::into).collect());
            let parameter = self.lowerer.builder.parameter(of, Binding::Live);
            self.weights.insert(*site, parameter);
            weighed.push((*site, shape));
        }
        weighed
    }

    /// The number of coordinates.
    pub fn dimension(&self) -> Polynomial {
        self.latent.iter().fold(Polynomial::default(), |sum, latent| {
            sum.plus(
                &latent.free_shape.iter().fold(Polynomial::constant(1), |product, size| product.times(size)),
            )
        })
    }

    fn constrain(&mut self, position: usize) -> Lowered<()> {
        let q = self.coordinates.expect("only unconstrained space has coordinates");
        let Latent { transform, free_shape, offset, .. } = &self.latent[position];
        let constrained = transform.constrain(&mut self.lowerer, q, offset, free_shape)?;
        let value = match partial_of(self.partial, transform.variable) {
            Some(partial) => partial.whole(&mut self.lowerer, transform.variable, constrained.value)?,
            None => constrained.value,
        };
        self.lowerer.variables.insert(transform.variable, value);
        let name = &self.lowerer.program.variables[transform.variable.0 as usize].name;
        let name = format!("Jacobian of `{name}`");
        if self.space == Space::Unconstrained {
            constrained.log_det.into_iter().for_each(|term| self.score(name.clone(), term));
        }
        Ok(())
    }

    /// Lowers the statements of the body; gives the log density.
    pub fn body(&mut self, body: &'p Block) -> Lowered<Value> {
        self.statements(body)?;
        Ok(self.total(0))
    }

    /// Lowers the statements of the body; gives the terms of the log density.
    pub fn terms(mut self, body: &'p Block) -> Lowered<(Lowerer<'p>, Vec<Term>)> {
        self.statements(body)?;
        Ok((self.lowerer, self.terms))
    }

    pub(super) fn statements(&mut self, block: &'p Block) -> Lowered<()> {
        block.statements.iter().try_for_each(|statement| self.statement(statement))
    }

    pub(super) fn score(&mut self, name: impl Into<String>, value: Value) {
        self.terms.push(Term { name: name.into(), value });
    }

    /// The sum of the terms since a place, which are taken.
    pub(super) fn total(&mut self, since: usize) -> Value {
        let terms = self.terms.split_off(since).into_iter().map(|term| term.value);
        let sum = terms.reduce(|sum, term| self.lowerer.builder.add(sum, term));
        sum.unwrap_or_else(|| self.lowerer.builder.f64(0.0))
    }

    fn statement(&mut self, statement: &'p Statement) -> Lowered<()> {
        self.lowerer.at(statement.span);
        match &statement.kind {
            // The loop's entries were declared before it scores.
            StatementKind::Update { variable, .. } if self.declared.contains(variable) => Ok(()),
            StatementKind::Let { .. } | StatementKind::Assign { .. } | StatementKind::Update { .. } => {
                self.lowerer.statement(statement)
            }
            StatementKind::Site { variable, indices, measure } => self.site(*variable, indices, measure),
            StatementKind::Draw { .. } => unreachable!("a model has sites"),
            StatementKind::Observe { value, measure } => {
                let known = self.lowerer.known_within(&value.ty.element);
                let value = self.lowerer.compound(value)?;
                let term = self.lowerer.score_whole(measure, value, known)?;
                self.score("observe", term);
                Ok(())
            }
            StatementKind::Factor(term) => {
                let term = self.lowerer.value(term)?;
                self.score("factor", term);
                Ok(())
            }
            StatementKind::For { body, .. } if !scores(body) && self.is_declared(body) => Ok(()),
            StatementKind::For { body, .. } if !scores(body) => {
                refuse_tracked(self.lowerer.program, body)?;
                self.lowerer.statement(statement)
            }
            StatementKind::If { yes, no, .. } if !scores(yes) && !scores(no) => {
                refuse_tracked(self.lowerer.program, yes)?;
                refuse_tracked(self.lowerer.program, no)?;
                self.lowerer.statement(statement)
            }
            StatementKind::For { generators, guard, body } => {
                let own = self.declare_entries(statement, body)?;
                let carried = self.carried(&[body]);
                let outcome = match carried.is_empty() {
                    true => self.repeated(generators, guard.as_ref(), body),
                    false => self.in_turn(generators, guard.as_ref(), body, &carried),
                };
                own.iter().for_each(|variable| _ = self.declared.remove(variable));
                outcome
            }
            StatementKind::If { condition, yes, no } => {
                let carried = self.carried(&[yes, no]);
                self.branches(condition, yes, no, &carried)
            }
        }
    }

    /// What blocks change, but for arrays whose entries were declared before they score.
    fn carried(&self, blocks: &[&Block]) -> Vec<Variable> {
        let mut carried = changed(blocks);
        carried.retain(|variable| !self.declared.contains(variable));
        carried
    }

    /// Whether a body changes nothing but arrays whose entries are declared already.
    fn is_declared(&self, body: &Block) -> bool {
        let changed = changed(&[body]);
        !changed.is_empty() && changed.iter().all(|variable| self.declared.contains(variable))
    }

    /// Declares the entries of arrays that a loop declares besides scoring, in a loop of their own: they do not depend on
    /// what is scored. Gives the arrays.
    fn declare_entries(&mut self, statement: &'p Statement, body: &Block) -> Lowered<Vec<Variable>> {
        let mut own = changed(&[body]);
        let role = |variable: &Variable| self.lowerer.program.variables[variable.0 as usize].role;
        own.retain(|variable| !self.declared.contains(variable) && role(variable) != Role::Changing);
        if !own.is_empty() {
            let outer = self.lowerer.variables.clone();
            self.lowerer.unscored = true;
            let outcome = self.lowerer.statement(statement);
            self.lowerer.unscored = false;
            outcome?;
            // What the loop changes besides begins once more where it scores.
            for (variable, value) in outer {
                if role(&variable) == Role::Changing {
                    self.lowerer.variables.insert(variable, value);
                }
            }
            self.declared.extend(own.iter().copied());
        }
        Ok(own)
    }

    fn site(&mut self, variable: Variable, indices: &'p [Expr], measure: &'p Expr) -> Lowered<()> {
        if let Some(position) = self.position(variable) {
            self.settle(position)?;
        }
        let known = self.given.get(&variable).cloned();
        let term = match self.lowerer.bound(variable).expect("a site has a value where it is scored") {
            Compound::Value(array) => {
                let indices = indices.iter().map(|index| self.lowerer.value(index));
                let indices = indices.collect::<Lowered<Vec<Value>>>()?;
                let weights = self.weights.get(&variable).copied();
                self.lowerer.score(measure, &Place { array, indices, known, weights })?
            }
            record => self.lowerer.score_whole(measure, record, known.unwrap_or_default())?,
        };
        let name = self.lowerer.program.variables[variable.0 as usize].name.to_string();
        self.score(name, term);
        Ok(())
    }

    /// Settles the latent sites that a block declares, before the regions that read them open.
    pub(super) fn settle_all(&mut self, block: &'p Block) -> Lowered<()> {
        for site in declared(block) {
            if let Some(position) = self.position(site) {
                self.settle(position)?;
            }
        }
        Ok(())
    }

    /// The position of a latent site.
    fn position(&self, site: Variable) -> Option<usize> {
        self.latent.iter().position(|latent| latent.transform.variable == site)
    }
}

fn partial_of<'p>(partial: &'p [(Variable, Partial<'p>)], site: Variable) -> Option<&'p Partial<'p>> {
    partial.iter().find(|(known, _)| *known == site).map(|(_, partial)| partial)
}

/// The measure of each site's first declaration.
fn first_measures(body: &Block) -> FxHashMap<Variable, &Expr> {
    let mut measures = FxHashMap::default();
    let mut open: Vec<&Block> = vec![body];
    while let Some(block) = open.pop() {
        for statement in &block.statements {
            match &statement.kind {
                StatementKind::Site { variable, measure, .. } => {
                    measures.entry(*variable).or_insert(measure);
                }
                StatementKind::For { body, .. } => open.push(body),
                StatementKind::If { yes, no, .. } => open.extend([yes, no]),
                _ => {}
            }
        }
    }
    measures
}

/// Whether a block's statements add to the log density or keep values.
pub(super) fn scores(block: &Block) -> bool {
    block.statements.iter().any(|statement| match &statement.kind {
        StatementKind::For { body, .. } => scores(body),
        StatementKind::If { yes, no, .. } => scores(yes) || scores(no),
        StatementKind::Site { .. } | StatementKind::Observe { .. } | StatementKind::Factor(_) => true,
        _ => false,
    })
}

/// Values that are kept but computed inside loops or branches have no whole array yet.
pub(super) fn refuse_tracked(program: &crate::typed::tree::Program, block: &Block) -> Lowered<()> {
    for statement in &block.statements {
        if let StatementKind::Let { variable, .. } = &statement.kind
            && program.variables[variable.0 as usize].role == Role::Tracked
        {
            return Err(unsupported(statement.span, "`track` inside a loop or a branch"));
        }
    }
    Ok(())
}

/// The site of a variable.
pub fn site_of(model: &Model, name: &str, program: &crate::typed::tree::Program) -> Option<Variable> {
    let named = |site: &&Site| &*program.variables[site.variable.0 as usize].name == name;
    model.sites.iter().find(named).map(|site| site.variable)
}
