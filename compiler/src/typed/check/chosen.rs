//! Strategies where the program states none: the best that a draw permits, where what reads it permits it too.

use super::Checker;
use crate::typed::smooth::{Moving, jumps};
use crate::typed::tree::{
    Baseline, Block, Expectation, Expected, Expr, ExprKind, Fact, Measure, StatementKind, Strategy, Variable,
};
use crate::typed::types::{Element, ModelType, Type};
use std::sync::Arc;

impl Checker<'_> {
    /// Gives every draw of an expectation a strategy.
    pub(super) fn choose_strategies(&mut self, expectation: &mut Expectation) {
        for position in 0..expectation.draws.len() {
            let draw = expectation.draws[position].clone();
            match model_drawn(&draw) {
                None if draw.strategy.is_none() => {
                    let moving = [(draw.variable, Moving::All)];
                    let smooth = jumps(&self.program, &moving, &expectation.body).is_empty();
                    let chosen = self.best(&draw.measure, smooth);
                    expectation.chosen.extend(chosen.map(|strategy| (draw.variable, strategy)));
                }
                None => {}
                Some(of) => {
                    let chosen = self.of_sites(&of, &draw, &expectation.body);
                    expectation.chosen.extend(chosen);
                }
            }
        }
    }

    /// Strategies for the sites of a guide that state none. Sums over the values of copies would be over all combinations.
    fn of_sites(&mut self, of: &ModelType, draw: &Expected, body: &Block) -> Vec<(Variable, Strategy)> {
        let copied = matches!(draw.measure.kind, ExprKind::Measure(_));
        let draw = draw.variable;
        let model = self.program.models[of.model].clone();
        let mut chosen = Vec::new();
        let open = |name: &super::Name| !of.given.contains(name);
        for site in model.sites.iter().filter(|site| site.strategy.is_none()) {
            if !open(&self.row(site.variable).name) {
                continue;
            }
            let Some(measure) = measure_of(&model.body, site.variable) else { continue };
            let name = self.row(site.variable).name.clone();
            let smooth = jumps(&self.program, &[(draw, Moving::Fields(vec![name]))], body).is_empty()
                && jumps(&self.program, &[(site.variable, Moving::All)], &model.body).is_empty();
            let best = self.best(measure, smooth).map(|best| match best {
                Strategy::Enumerate if copied => Strategy::Reinforce(Baseline::None),
                best => best,
            });
            chosen.extend(best.map(|strategy| (site.variable, strategy)));
        }
        chosen
    }

    /// The strategy of least variance that a draw permits; none for what is drawn without a density.
    fn best(&mut self, measure: &Expr, smooth: bool) -> Option<Strategy> {
        let all = [Strategy::Reparam, Strategy::Enumerate, Strategy::Reinforce(Baseline::None)];
        let permitted = |checker: &mut Self, strategy: &Strategy| {
            let why = checker.quietly(|checker| checker.why_not(strategy, measure));
            why.is_some_and(|why| why.is_empty())
        };
        all.into_iter().skip(usize::from(!smooth)).find(|strategy| permitted(self, strategy))
    }

    /// Why no smooth function of its parameters gives a measure's draws; empty where one does.
    pub(super) fn why_still(&mut self, measure: &Expr) -> &'static str {
        let ExprKind::Measure(form) = &measure.kind else { return "" };
        match form.as_ref() {
            Measure::Distribution { distribution, .. } => self.why_distribution_still(*distribution),
            Measure::Copies { base, .. } | Measure::Transformed { base, .. } | Measure::Sorted(base) => {
                self.why_still(base)
            }
            Measure::If { yes, no, .. } => {
                let parts = [yes, no].into_iter().filter_map(|branch| branch.value.as_ref());
                parts.map(|part| self.why_still(part)).find(|why| !why.is_empty()).unwrap_or("")
            }
            Measure::Truncated { .. } => "draws between ends are found by search, not by a formula",
            Measure::Mixture { .. } => "the choice of a component jumps",
            Measure::Flat => "it has no distribution to draw from",
            Measure::Path(path) => {
                path.laws.iter().map(|law| self.why_still(law)).find(|why| !why.is_empty()).unwrap_or("")
            }
            Measure::Random(_) => "",
        }
    }

    fn why_distribution_still(&mut self, distribution: usize) -> &'static str {
        self.sample(distribution);
        let row = &self.program.distributions[distribution];
        let Some(draw) = row.sample.as_ref().or_else(|| row.fact(Fact::Quantile)) else {
            return "it does not say how it is drawn from";
        };
        if let Some(known) = self.smooth_draws.get(&distribution) {
            return known;
        }
        let moving: Vec<(Variable, Moving)> =
            row.parameters.iter().map(|parameter| (parameter.variable, Moving::All)).collect();
        let block = Block { statements: Vec::new(), value: Some(draw.clone()) };
        let why = match jumps(&self.program, &moving, &block).is_empty() {
            true => "",
            false => "its draws are found by search, not by a formula",
        };
        self.smooth_draws.insert(distribution, why);
        why
    }
}

/// The model or guide that an expectation draws from, or draws copies of.
pub(super) fn model_drawn(draw: &Expected) -> Option<Arc<ModelType>> {
    match (&draw.measure.ty.element, &draw.measure.kind) {
        (Element::Model(of), _) => Some(of.clone()),
        (_, ExprKind::Measure(form)) => match &**form {
            Measure::Copies { base: Expr { ty: Type { element: Element::Model(of), .. }, .. }, .. } => {
                Some(of.clone())
            }
            _ => None,
        },
        _ => None,
    }
}

/// The measure of a site's first declaration.
fn measure_of(block: &Block, site: Variable) -> Option<&Expr> {
    block.statements.iter().find_map(|statement| match &statement.kind {
        StatementKind::Site { variable, measure, .. } if *variable == site => Some(measure),
        StatementKind::For { body, .. } => measure_of(body, site),
        StatementKind::If { yes, no, .. } => measure_of(yes, site).or_else(|| measure_of(no, site)),
        _ => None,
    })
}
