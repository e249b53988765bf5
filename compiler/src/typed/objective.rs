//! What an objective is made of: whether it bounds an evidence, so that its draws are logarithms of importance weights,
//! which tell how far the guide is from the posterior; which strategies its draws have.

use super::tree::{
    Body, Expectation, Expected, Expr, ExprKind, Measure, Program, Role, StepKind, Strategy, Uses, Variable,
};
use super::types::Element;
use ansatz_grammar::tree::ModelKind;

impl Expr {
    /// Whether it is one expectation over a guide's draws of what the log densities of a model and of a guide make.
    pub fn is_bound(&self, program: &Program) -> bool {
        match &self.kind {
            ExprKind::Call { function, .. } => match &program.functions[*function].body {
                Body::Expr(body) => body.is_bound(program),
                _ => false,
            },
            ExprKind::Expect(expectation) => {
                let drawn = expectation.draws.iter().any(|draw| of_guide(&draw.measure, program));
                let mut scored = [false, false];
                expectation.body.parts(&mut |part| densities(part, program, &mut scored));
                drawn && scored == [true, true]
            }
            _ => false,
        }
    }
}

impl Expr {
    /// Whether a draw of its expectations has a strategy that satisfies a condition; those of guides count.
    pub fn any_strategy(&self, program: &Program, condition: &dyn Fn(&Strategy) -> bool) -> bool {
        self.any(&mut |part| match &part.kind {
            ExprKind::Expect(expectation) => {
                let own = |draw: &Expected| draw.strategy.as_ref().is_some_and(condition);
                expectation.draws.iter().any(own)
            }
            ExprKind::Call { function, .. } => match &program.functions[*function].body {
                Body::Expr(body) => body.any_strategy(program, condition),
                _ => false,
            },
            ExprKind::Model { model, .. } => {
                let sites = program.models[*model].sites.iter();
                sites.filter_map(|site| site.strategy.as_ref()).any(condition)
            }
            _ => false,
        })
    }
}

impl Expr {
    /// Adds what an expression uses of the file, with what it calls, draws from and takes densities of.
    pub fn used(&self, program: &Program, into: &mut Uses) {
        match &self.kind {
            ExprKind::Variable(variable) => {
                let role = program.variables[variable.0 as usize].role;
                let of_file = matches!(role, Role::Data | Role::Global | Role::Param | Role::Script);
                into.extend(of_file.then_some(*variable));
                if matches!(self.ty.element, Element::Model(_)) {
                    let named = program.script.iter().find_map(|step| match &step.kind {
                        StepKind::Let { variable: known, value, .. } if known == variable => Some(value),
                        _ => None,
                    });
                    named.into_iter().for_each(|model| model.used(program, into));
                }
            }
            ExprKind::Call { function, .. } => into.extend(&program.functions[*function].uses),
            ExprKind::Model { model, .. } => into.extend(&program.models[*model].uses),
            ExprKind::Measure(form) => {
                if let Measure::Distribution { distribution, .. } = form.as_ref() {
                    into.extend(&program.distributions[*distribution].uses);
                }
            }
            _ => {}
        }
        self.parts(&mut |part| part.used(program, into));
    }
}

/// Whether a measure is a guide, or copies of one.
fn of_guide(measure: &Expr, program: &Program) -> bool {
    match (&measure.ty.element, &measure.kind) {
        (Element::Model(of), _) => program.models[of.model].kind == ModelKind::Guide,
        (_, ExprKind::Measure(form)) => {
            matches!(&**form, Measure::Copies { base, .. } if of_guide(base, program))
        }
        _ => false,
    }
}

/// Notes whether densities of models, and of guides, are taken inside.
fn densities(expr: &Expr, program: &Program, found: &mut [bool; 2]) {
    if let ExprKind::LogDensity(of, _) = &expr.kind
        && matches!(of.ty.element, Element::Model(_))
    {
        found[usize::from(of_guide(of, program))] = true;
    }
    expr.parts(&mut |part| densities(part, program, found));
}

/// How the gradient at a draw is estimated, and why so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The draw, or the site of a guide, with the guide.
    pub draw: String,
    /// The strategy.
    pub strategy: &'static str,
    /// Why, in words.
    pub why: &'static str,
}

/// How the gradient at each draw of the program's expectations is estimated, each once, in their order.
pub fn reasons(program: &Program) -> Vec<Reason> {
    let mut found = Vec::new();
    for function in &program.functions {
        if let Body::Expr(body) = &function.body {
            body.any(&mut |part| {
                if let ExprKind::Expect(expectation) = &part.kind {
                    of_expectation(program, expectation, &mut found);
                }
                false
            });
        }
    }
    found
}

fn of_expectation(program: &Program, expectation: &Expectation, into: &mut Vec<Reason>) {
    let row = |variable: Variable| &program.variables[variable.0 as usize];
    let mut add = |draw: String, strategy: &Strategy, why: &'static str| {
        let reason = Reason { draw, strategy: strategy.name(), why };
        if !into.contains(&reason) {
            into.push(reason);
        }
    };
    for draw in &expectation.draws {
        let name = row(draw.variable).name.to_string();
        draw.strategy.iter().for_each(|strategy| add(name.clone(), strategy, WRITTEN));
        let Some(of) = model_of(&draw.measure) else { continue };
        let model = &program.models[of];
        for site in model.sites.iter() {
            let name = format!("{} of {}", row(site.variable).name, model.name);
            site.strategy.iter().for_each(|strategy| add(name.clone(), strategy, WRITTEN));
        }
    }
    for (variable, strategy) in &expectation.chosen {
        let row = row(*variable);
        let owner =
            program.models.iter().find(|model| model.sites.iter().any(|site| site.variable == *variable));
        let name = owner.map_or(row.name.to_string(), |model| format!("{} of {}", row.name, model.name));
        let continuous = matches!(row.ty.element, Element::Real(_));
        add(
            name,
            strategy,
            match strategy {
                Strategy::Enumerate => "it has few values, and their sum has no noise",
                Strategy::Reinforce(_) if continuous => "it cannot be moved smoothly, or what reads it jumps",
                Strategy::Reinforce(_) => "its values are too many to be summed",
                _ => "its draws move smoothly with its parameters, and what reads them is smooth",
            },
        );
    }
}

const WRITTEN: &str = "as written";

/// The model or guide that is drawn, or of which copies are.
fn model_of(measure: &Expr) -> Option<usize> {
    match (&measure.ty.element, &measure.kind) {
        (Element::Model(of), _) => Some(of.model),
        (_, ExprKind::Measure(form)) => match form.as_ref() {
            Measure::Copies { base, .. } => model_of(base),
            _ => None,
        },
        _ => None,
    }
}
