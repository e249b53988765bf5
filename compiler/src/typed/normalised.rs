//! Whether a model with what is given is a distribution that its own statements draw from, in order: then it can be
//! simulated. It is not where a density is attached to what has been drawn already, or where there is nothing to draw
//! from.

use super::needed::variables;
use super::tree::{
    Block, Domain, Expr, ExprKind, Fact, Measure, Model, Program, Statement, StatementKind, Variable,
};
use ansatz_grammar::span::Span;
use rustc_hash::FxHashSet;

/// What stands in the way of drawing from a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The term's place in the model.
    pub span: Span,
    /// What it is.
    pub kind: ObstacleKind,
}

/// The kinds of obstacles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObstacleKind {
    /// A site with no probability to draw from.
    Flat(Variable),
    /// `observe` of what depends on draws.
    Observe,
    /// `factor` of what depends on draws.
    Factor,
    /// A given site whose measure depends on draws: they would have to be drawn from a posterior.
    Given(Variable),
    /// A distribution without a `sample`, by its name.
    NoSample(String),
}

/// Where a site has its value from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From its own statement.
    Drawn,
    /// From elsewhere.
    Known,
    /// It needs none.
    LeftOut,
}

/// The first obstacle to drawing the sites of a model that are to be drawn.
pub fn obstacle(program: &Program, model: &Model, source: &dyn Fn(Variable) -> Source) -> Option<Obstacle> {
    let mut walk = Walk { program, source, random: FxHashSet::default() };
    walk.block(&model.body, false)
}

struct Walk<'a> {
    program: &'a Program,
    source: &'a dyn Fn(Variable) -> Source,
    /// What depends on draws.
    random: FxHashSet<Variable>,
}

impl Walk<'_> {
    fn is_random(&self, expr: &Expr) -> bool {
        let mut random = false;
        variables(self.program, expr, &mut |variable| random |= self.random.contains(&variable));
        random
    }

    /// The first obstacle in a block, which stands under a condition that depends on draws or not.
    fn block(&mut self, block: &Block, random: bool) -> Option<Obstacle> {
        block.statements.iter().find_map(|statement| self.statement(statement, random))
    }

    fn statement(&mut self, statement: &Statement, random: bool) -> Option<Obstacle> {
        let here = |kind| Some(Obstacle { span: statement.span, kind });
        match &statement.kind {
            StatementKind::Let { variable, .. }
            | StatementKind::Assign { variable, .. }
            | StatementKind::Update { variable, .. } => {
                let mut random = random;
                statement.kind.parts(&mut |part| random = random || self.is_random(part));
                if random {
                    self.random.insert(*variable);
                }
                None
            }
            StatementKind::Draw { .. } => unreachable!("a model has sites"),
            StatementKind::Site { variable, measure, .. } => match (self.source)(*variable) {
                Source::Drawn => {
                    self.random.insert(*variable);
                    undrawable(self.program, measure, *variable).and_then(here)
                }
                Source::Known if random || self.is_random(measure) => here(ObstacleKind::Given(*variable)),
                Source::Known | Source::LeftOut => None,
            },
            StatementKind::Observe { value, measure } => {
                let random = random || self.is_random(value) || self.is_random(measure);
                if random { here(ObstacleKind::Observe) } else { None }
            }
            StatementKind::Factor(term) => {
                if random || self.is_random(term) {
                    here(ObstacleKind::Factor)
                } else {
                    None
                }
            }
            StatementKind::For { generators, guard, body } => {
                let mut random = random || guard.as_ref().is_some_and(|guard| self.is_random(guard));
                for generator in generators {
                    let own = match &generator.domain {
                        Domain::Range { start, end } => self.is_random(start) || self.is_random(end),
                        Domain::Rows(rows) => self.is_random(rows),
                    };
                    if own {
                        self.random.insert(generator.variable);
                        random = true;
                    }
                }
                self.block(body, random)
            }
            StatementKind::If { condition, yes, no } => {
                let random = random || self.is_random(condition);
                self.block(yes, random).or_else(|| self.block(no, random))
            }
        }
    }
}

/// Why a measure cannot be drawn from.
fn undrawable(program: &Program, measure: &Expr, site: Variable) -> Option<ObstacleKind> {
    let ExprKind::Measure(form) = &measure.kind else { return None };
    match &**form {
        Measure::Flat => Some(ObstacleKind::Flat(site)),
        Measure::Distribution { distribution, .. } => {
            let row = &program.distributions[*distribution];
            let drawn = row.sample.is_some() || row.fact(Fact::Quantile).is_some();
            (!drawn).then(|| ObstacleKind::NoSample(row.name.to_string()))
        }
        Measure::Random(_) | Measure::Path(_) => None,
        // What can be truncated declares its tails, which are enough to draw.
        Measure::Truncated { .. } => None,
        Measure::Copies { base, .. } | Measure::Sorted(base) | Measure::Transformed { base, .. } => {
            undrawable(program, base, site)
        }
        Measure::If { yes, no, .. } => {
            let branches = [yes, no].into_iter().filter_map(|branch| branch.value.as_ref());
            branches.filter_map(|branch| undrawable(program, branch, site)).next()
        }
        Measure::Mixture { components, .. } => {
            components.iter().find_map(|component| undrawable(program, component, site))
        }
    }
}
