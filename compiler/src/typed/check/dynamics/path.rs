//! Paths as measures: `diffusion(equation, from = x, at = ts)` on its own grid has a density, relative to the driftless process.
//! Two of them have a ratio where diffusion, start and grid are the same by construction; a guide whose path is a stranger's is
//! refused.

use super::{Checker, Declared};
use crate::ir::Polynomial;
use crate::typed::check::chosen::model_drawn;
use crate::typed::check::measure::measure_value;
use crate::typed::tree::{
    Block, Body, Expectation, Expr, ExprKind, Measure, Path, Role, StatementKind, StepKind, Variable,
};
use crate::typed::types::{DynamicsType, Element, ModelType};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{Argument, Ident};

/// What decides which paths are possible besides the equation.
const PARTS: [&str; 3] = ["the start", "the time of the start", "the grid"];

impl Checker<'_> {
    /// `diffusion(equation, from = x, start = s, at = ts)`, without a method: one step of Euler and Maruyama from each time to
    /// the next.
    pub(in crate::typed::check) fn path_measure(&mut self, span: Span, arguments: &[Argument]) -> Expr {
        if let Some(begun) = self.begun_path(span, arguments, "path_begun") {
            return begun;
        }
        let drawn = self.library_call_written(span, "path_on_grid", arguments);
        let (ExprKind::Measure(form), Element::Measure(of)) = (&drawn.kind, &drawn.ty.element) else {
            return drawn;
        };
        let (Measure::Random(draw), value) = (form.as_ref(), of.value.clone()) else { return drawn };
        let ExprKind::Call { arguments, .. } = &draw.kind else { return drawn };
        let Element::Dynamics(equation) = &arguments[0].ty.element else { return drawn };
        let (has_density, has_volume) = (has(equation, "noise_of"), has(equation, "log_volume"));
        if !has_density {
            return drawn;
        }
        let name = Ident { name: "path".into(), span };
        let variable = self.new_variable(&name, value.clone(), Role::Local);
        let path = self.variable(span, variable);
        let given = [arguments.as_slice(), &[path]].concat();
        let relative = self.library_call_with(span, "path_log_density", given.clone());
        let driftless = has_volume.then(|| self.library_call_with(span, "driftless_log_density", given));
        let (draw, decides) = (draw.clone(), arguments.clone());
        let path = Path { draw, decides, laws: Vec::new(), variable, relative, driftless };
        measure_value(span, value, Measure::Path(Box::new(path)))
    }

    /// Refuses the paths of guides that have no ratio to those of the models whose densities an expectation takes.
    pub(in crate::typed::check) fn paths_are_related(&mut self, expectation: &Expectation) {
        let of_draw = |draw| Some((model_drawn(draw)?, self.model_arguments(&draw.measure)));
        let drawn: Vec<_> = expectation.draws.iter().filter_map(of_draw).collect();
        let mut models: Vec<(ModelType, Vec<Expr>, Span)> = Vec::new();
        expectation.body.parts(&mut |part| {
            part.any(&mut |part| {
                if let ExprKind::LogDensity(model, _) = &part.kind
                    && let Element::Model(of) = &model.ty.element
                {
                    models.push(((**of).clone(), self.model_arguments(model), model.span));
                }
                false
            });
        });
        for (guide, own) in drawn {
            for (model, theirs, span) in models.iter().filter(|(model, ..)| model.model != guide.model) {
                let sides = [self.bound(model, theirs.clone()), self.bound(&guide, own.clone())];
                self.sites_are_related(&guide, model, &sides, *span);
            }
        }
    }

    /// The arguments of the model that an expression names.
    fn model_arguments(&self, model: &Expr) -> Vec<Expr> {
        match &model.kind {
            ExprKind::Model { arguments, .. } => arguments.clone(),
            ExprKind::Given { model, .. }
            | ExprKind::Marginal { model, .. }
            | ExprKind::Kept { model, .. } => self.model_arguments(model),
            ExprKind::Measure(form) => match form.as_ref() {
                Measure::Copies { base, .. } => self.model_arguments(base),
                _ => Vec::new(),
            },
            ExprKind::Variable(variable) => {
                let named = self.program.script.iter().find_map(|step| match &step.kind {
                    StepKind::Let { variable: own, value, .. } if own == variable => Some(value),
                    _ => None,
                });
                named.map_or(Vec::new(), |value| self.model_arguments(value))
            }
            _ => Vec::new(),
        }
    }

    /// What the names of a model's header mean where its density is taken.
    fn bound(&self, of: &ModelType, arguments: Vec<Expr>) -> Bound {
        let declared = &self.program.models[of.model];
        let sizes = self.substitution(&declared.sizes, &of.sizes);
        let parameters = declared.parameters.iter().map(|parameter| parameter.variable);
        Bound { sizes, arguments: parameters.zip(arguments).collect() }
    }

    fn sites_are_related(&mut self, guide: &ModelType, model: &ModelType, sides: &[Bound; 2], span: Span) {
        for (site, theirs) in self.paths_of(model) {
            let name = self.row(site).name.clone();
            if model.given.contains(&name) {
                continue;
            }
            let own = self.paths_of(guide).into_iter().find(|(own, _)| self.row(*own).name == name);
            let place = self.row(site).span;
            let Some((_, own)) = own else {
                let message = format!("`{name}` is a path in the model, and the guide draws no path");
                let fault = Diagnostic::error(codes::NO_RATIO, span, message).label(place, "the path");
                self.report(fault.help(
                    "draw it by `diffusion` of a relative: `controlled(..)`, or an `sde` made by `with`",
                ));
                continue;
            };
            if let Some(why) = self.strangers(&theirs, &own, sides) {
                let message = format!("these two paths of `{name}` have no density ratio: {why}");
                let fault = Diagnostic::error(codes::NO_RATIO, own.draw.span, message)
                    .label(theirs.draw.span, "the path of the model");
                self.report(fault.help(
                    "make one of the equations out of the other, with the same arguments, by `controlled(..)` or `with`",
                ));
            }
        }
    }

    /// The sites of a model that are paths.
    fn paths_of(&self, of: &ModelType) -> Vec<(Variable, Path)> {
        let mut found = Vec::new();
        if let Some(model) = self.program.models.get(of.model) {
            paths_in(&model.body, &mut found);
        }
        found
    }

    /// Why two paths have no ratio; none where they have.
    fn strangers(&self, a: &Path, b: &Path, sides: &[Bound; 2]) -> Option<String> {
        let are_same = |a: &Expr, b: &Expr| self.are_same(a, b, sides);
        let ([first, rest @ ..], [other, others @ ..]) = (a.decides.as_slice(), b.decides.as_slice()) else {
            panic!("a path has an equation")
        };
        if rest.len() != others.len() {
            return Some("the start of one is drawn".to_string());
        }
        let (Some(noise), Some(their)) = (self.noise_of(first), self.noise_of(other)) else {
            return Some("which diffusion they have is only known when the program runs".to_string());
        };
        if noise.family != their.family {
            let names = [noise.family, their.family].map(|family| self.declaration(family).name.clone());
            return Some(format!("`{}` and `{}` have diffusions of their own", names[0], names[1]));
        }
        for (a, b) in noise.arguments.iter().zip(&their.arguments) {
            if !are_same(&a.value, &b.value) {
                return Some(format!("`{}` of {} is not the same by construction", a.name, a.decides));
            }
        }
        let [one, other] = [&noise.redirected, &their.redirected];
        if let Some((_, state)) = one
            .iter()
            .find(|own| !other.contains(own))
            .or_else(|| other.iter().find(|own| !one.contains(own)))
        {
            return Some(format!("no noise drives `{state}`, whose drift one of them replaces"));
        }
        let within = |(a, b): (&Expr, &Expr)| drawn_element(b).range().lies_in(drawn_element(a).range());
        if !a.laws.iter().zip(&b.laws).all(within) {
            return Some("the start of the guide's may lie outside of the model's".to_string());
        }
        let parts = PARTS[PARTS.len() - rest.len()..].iter().zip(rest.iter().zip(others));
        parts
            .into_iter()
            .find(|(_, (a, b))| !are_same(a, b))
            .map(|(part, _)| format!("{part} is not the same by construction"))
    }

    /// What decides the diffusion of equations; none where no declaration does.
    fn noise_of(&self, equation: &Expr) -> Option<Driven> {
        match &equation.kind {
            ExprKind::Call { function, arguments, .. } => {
                let function = &self.program.functions[*function];
                let Body::Expr(body) = &function.body else { return None };
                let Element::Dynamics(of) = &equation.ty.element else { return None };
                let declared = &self.motions[&of.family];
                if *function.name == *self.declaration(of.family).name {
                    let deciding = |positions: &[usize], decides: &'static str| {
                        let of = |at: &usize| Deciding {
                            name: function.parameters[*at].name.clone(),
                            decides,
                            value: arguments[*at].clone(),
                        };
                        positions.iter().map(of).collect::<Vec<_>>()
                    };
                    let of_noise = deciding(&declared.in_noise, "their diffusions");
                    let of_still = deciding(&declared.in_still, "the drifts that no noise drives");
                    let arguments = [of_noise, of_still].concat();
                    return Some(Driven { family: of.family, arguments, redirected: Vec::new() });
                }
                let mut base = self.noise_of(body)?;
                for Deciding { value, .. } in &mut base.arguments {
                    let ExprKind::Variable(variable) = value.kind else { continue };
                    let position = function.parameters.iter().position(|own| own.variable == variable);
                    if let Some(position) = position {
                        *value = arguments[position].clone();
                    }
                }
                let named = |(id, _): &(&usize, &Declared)| self.declaration(**id).name == function.name;
                if let Some((id, relative)) = self.motions.iter().find(named) {
                    let still = declared.still.iter().filter(|state| relative.still.contains(state));
                    base.redirected.extend(still.map(|state| (*id, state.clone())));
                }
                Some(base)
            }
            ExprKind::Block(block) => match &block.statements.first()?.kind {
                StatementKind::Let { value, .. } => self.noise_of(value),
                _ => None,
            },
            ExprKind::Variable(variable) => self.program.script.iter().find_map(|step| match &step.kind {
                StepKind::Let { variable: own, value, .. } if own == variable => self.noise_of(value),
                _ => None,
            }),
            _ => None,
        }
    }

    /// Whether two expressions of a model and a guide are the same, where sites of one name are.
    fn are_same(&self, a: &Expr, b: &Expr, sides: &[Bound; 2]) -> bool {
        let [left, right] = sides;
        match (left.argument(a), right.argument(b)) {
            (None, None) => {}
            (Some(a), None) => return self.are_same(a, b, &[self.unbound(), right.clone()]),
            (None, Some(b)) => return self.are_same(a, b, &[left.clone(), self.unbound()]),
            (Some(a), Some(b)) => return self.are_same(a, b, &[self.unbound(), self.unbound()]),
        }
        let equal = |a: &Polynomial, b: &Polynomial| a.substitute(&left.sizes) == b.substitute(&right.sizes);
        let all_equal = |a: &[Polynomial], b: &[Polynomial]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        };
        let heads = match (&a.kind, &b.kind) {
            (ExprKind::Convert(inner), _) if !matches!(b.kind, ExprKind::Convert(_)) => {
                return self.are_same(inner, b, sides);
            }
            (_, ExprKind::Convert(inner)) if !matches!(a.kind, ExprKind::Convert(_)) => {
                return self.are_same(a, inner, sides);
            }
            (ExprKind::Variable(a), ExprKind::Variable(b)) => {
                let (left, right) = (self.row(*a), self.row(*b));
                a == b || (left.role == Role::Site && right.role == Role::Site && left.name == right.name)
            }
            (ExprKind::Real(a), ExprKind::Real(b)) => a == b,
            (ExprKind::Size(a), ExprKind::Size(b)) => equal(a, b),
            (ExprKind::Bool(a), ExprKind::Bool(b)) => a == b,
            (ExprKind::Apply { primitive: a, .. }, ExprKind::Apply { primitive: b, .. }) => a == b,
            (ExprKind::Call { function: a, sizes: c, .. }, ExprKind::Call { function: b, sizes: d, .. }) => {
                a == b && all_equal(c, d)
            }
            (ExprKind::Field(_, a), ExprKind::Field(_, b)) => a == b,
            (ExprKind::Record(a), ExprKind::Record(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|((a, _), (b, _))| a == b)
            }
            (ExprKind::Array(_), ExprKind::Array(_))
            | (ExprKind::Index { .. }, ExprKind::Index { .. })
            | (ExprKind::Convert(_), ExprKind::Convert(_)) => true,
            _ => false,
        };
        let parts = |of: &Expr| {
            let mut parts: Vec<Expr> = Vec::new();
            of.parts(&mut |part| parts.push(part.clone()));
            parts
        };
        let (left, right) = (parts(a), parts(b));
        heads
            && all_equal(&a.ty.shape, &b.ty.shape)
            && left.len() == right.len()
            && left.iter().zip(&right).all(|(a, b)| self.are_same(a, b, sides))
    }

    /// Where names mean what they mean outside of models.
    fn unbound(&self) -> Bound {
        Bound { sizes: self.substitution(&[], &[]), arguments: Vec::new() }
    }
}

/// What the names of a model's header mean where its density is taken.
#[derive(Clone)]
struct Bound {
    sizes: Vec<Polynomial>,
    arguments: Vec<(Variable, Expr)>,
}

impl Bound {
    /// The argument that stands for a parameter.
    fn argument(&self, expr: &Expr) -> Option<&Expr> {
        let ExprKind::Variable(variable) = expr.kind else { return None };
        self.arguments.iter().find(|(parameter, _)| *parameter == variable).map(|(_, argument)| argument)
    }
}

/// What decides a diffusion.
struct Driven {
    /// The declaration whose noise it is.
    family: usize,
    /// The arguments that must be the same.
    arguments: Vec<Deciding>,
    /// Relatives that replace the drift of a state without noise, each with the state.
    redirected: Vec<(usize, super::Name)>,
}

/// An argument that decides which paths are possible.
#[derive(Clone)]
struct Deciding {
    name: super::Name,
    /// What it decides.
    decides: &'static str,
    value: Expr,
}

/// Whether equations have a part.
pub(super) fn has(equation: &DynamicsType, part: &str) -> bool {
    equation.parts.iter().any(|(name, _)| **name == *part)
}

/// The elements of what a measure draws.
fn drawn_element(law: &Expr) -> &Element {
    match &law.ty.element {
        Element::Measure(of) => &of.value.element,
        other => other,
    }
}

/// Whether a measure is one of paths, which have densities.
pub(in crate::typed::check) fn is_path(measure: &Expr) -> bool {
    matches!(&measure.kind, ExprKind::Measure(form) if matches!(**form, Measure::Path(_)))
}

fn paths_in(block: &Block, found: &mut Vec<(Variable, Path)>) {
    for statement in &block.statements {
        match &statement.kind {
            StatementKind::Site { variable, measure, .. } => {
                if let ExprKind::Measure(form) = &measure.kind
                    && let Measure::Path(path) = form.as_ref()
                {
                    found.push((*variable, (**path).clone()));
                }
            }
            StatementKind::For { body, .. } => paths_in(body, found),
            StatementKind::If { yes, no, .. } => {
                [yes, no].into_iter().for_each(|block| paths_in(block, found))
            }
            _ => {}
        }
    }
}
