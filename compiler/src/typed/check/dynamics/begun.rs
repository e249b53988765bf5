//! Paths whose start is drawn, `diffusion(equation, from = normal(0, 1), at = ts)`: the state at the first time of the grid is drawn
//! from the measure, so that a path holds its start, and its density is that of the start and of the steps from there.

use super::build::At;
use super::path::has;
use super::{Checker, Expr};
use crate::typed::check::measure::measure_value;
use crate::typed::check::scope::Entity;
use crate::typed::tree::{ExprKind as Kind, Measure, Path, Role};
use crate::typed::types::Element;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{
    self, Argument, ArgumentKind, BinaryOperator, Block, ExprKind, Ident, RecordEntryKind, Statement,
};

/// The state that is drawn.
const BEGIN: &str = "(begin)";
/// The path that is drawn, or scored.
const PATH: &str = "(path)";
/// The parameters of `diffusion`, in order.
const PARAMETERS: [&str; 5] = ["equation", "from", "start", "at", "method"];

/// The measures that a start is drawn from: one, or one for each state.
enum Law {
    Whole(tree::Expr),
    Each(Vec<(Ident, tree::Expr)>),
}

impl Law {
    /// The measures, each with what it draws in a state.
    fn parts<'l>(&'l self, at: At, state: &tree::Expr) -> Vec<(&'l tree::Expr, tree::Expr)> {
        match self {
            Law::Whole(measure) => vec![(measure, state.clone())],
            Law::Each(fields) => {
                let field = |(name, measure): &'l (Ident, tree::Expr)| {
                    (measure, at.field(state.clone(), name.as_str()))
                };
                fields.iter().map(field).collect()
            }
        }
    }

    /// Statements that draw the start, and the start.
    fn drawn(&self, at: At) -> (Vec<Statement>, tree::Expr) {
        match self {
            Law::Whole(measure) => (vec![at.drawn(at.ident(BEGIN), measure.clone())], at.name(BEGIN)),
            Law::Each(fields) => {
                let own = |name: &Ident| format!("{BEGIN} {name}");
                let statements =
                    fields.iter().map(|(name, measure)| at.drawn(at.ident(&own(name)), measure.clone()));
                let entries = fields.iter().map(|(name, _)| at.entry(name.as_str(), at.name(&own(name))));
                (statements.collect(), at.record(entries.collect()))
            }
        }
    }
}

impl Checker<'_> {
    /// A path whose start is drawn, by this function of the library; none where `from` is no measure. Without a method it has a
    /// density.
    pub(in crate::typed::check) fn begun_path(
        &mut self,
        span: Span,
        arguments: &[Argument],
        name: &str,
    ) -> Option<Expr> {
        let law = self.law(argument(arguments, "from")?)?;
        if let Some(start) = argument(arguments, "start") {
            let message = "a path whose start is drawn begins at the first time of its grid";
            let fault = Diagnostic::error(codes::TOO_MANY_ARGUMENTS, start.span, message);
            self.report(fault.help("leave `start` out, and let `at` begin with it"));
            return Some(Expr::unknown(span));
        }
        let at = At(span);
        let (mut statements, begin) = law.drawn(at);
        let call =
            ExprKind::Call { function: Box::new(at.name(name)), arguments: with_start(arguments, &begin) };
        statements.push(at.drawn(at.ident(PATH), tree::Expr::new(span, call)));
        let block = Block::new(span, statements, Some(Box::new(at.name(PATH))));
        let draw = at.lambda(Vec::new(), tree::Expr::new(span, ExprKind::Block(block)));
        let drawn = self.measure_or_model(&at.call(draw, Vec::new()));
        let drawn = self.as_measure(drawn);
        let (Some(equation), Some(grid), None) =
            (argument(arguments, "equation"), argument(arguments, "at"), argument(arguments, "method"))
        else {
            return Some(drawn);
        };
        Some(self.begun_with_density(at, drawn, &law, [equation, grid]))
    }

    fn begun_with_density(&mut self, at: At, drawn: Expr, law: &Law, parts: [&tree::Expr; 2]) -> Expr {
        let (Kind::Measure(form), Element::Measure(of)) = (&drawn.kind, &drawn.ty.element) else {
            return drawn;
        };
        let (Measure::Random(draw), value) = (form.as_ref(), of.value.clone()) else { return drawn };
        let decides = parts.map(|part| self.expression(part)).to_vec();
        let Element::Dynamics(equation) = &decides[0].ty.element else { return drawn };
        let (has_density, has_volume) = (has(equation, "noise_of"), has(equation, "log_volume"));
        if !has_density {
            return drawn;
        }
        let variable = self.new_variable(&at.ident(PATH), value.clone(), Role::Local);
        let known = self.scope.locals.len();
        self.bind(&PATH.into(), Entity::Variable(variable));
        let [equation, grid] = parts;
        let of_steps =
            |name: &str| at.call(at.name(name), vec![equation.clone(), grid.clone(), at.name(PATH)]);
        let first = at.part(at.name(PATH), &super::build::real(at.0), at.integer(0), at.integer(1));
        let scores = law.parts(at, &first).into_iter();
        let scores = scores.map(|(law, state)| at.call(at.name("log_density"), vec![law.clone(), state]));
        let relative = scores
            .fold(of_steps("begun_log_density"), |sum, score| at.binary(BinaryOperator::Add, sum, score));
        let relative = self.expression(&relative);
        let driftless = has_volume.then(|| self.expression(&of_steps("begun_driftless_log_density")));
        let laws = law.parts(at, &first).into_iter().map(|(law, _)| self.measure(law, None)).collect();
        self.scope.locals.truncate(known);
        let path = Path { draw: draw.clone(), decides, laws, variable, relative, driftless };
        measure_value(at.0, value, Measure::Path(Box::new(path)))
    }

    /// The measures that a start is drawn from, if it is.
    fn law(&mut self, from: &tree::Expr) -> Option<Law> {
        let is_measure = |checker: &mut Self, from: &tree::Expr| {
            let found = checker.quietly(|checker| checker.measure_or_model(from));
            matches!(found.ty.element, Element::Measure(_))
        };
        let ExprKind::Record(entries) = &from.kind else {
            return is_measure(self, from).then(|| Law::Whole(from.clone()));
        };
        let field = |entry: &tree::RecordEntry| match &entry.kind {
            RecordEntryKind::Field { name, value } => Some((name.clone(), value.clone())),
            _ => None,
        };
        let fields = entries.iter().map(field).collect::<Option<Vec<_>>>()?;
        fields.iter().any(|(_, value)| is_measure(self, value)).then_some(Law::Each(fields))
    }
}

/// An argument of `diffusion`, by name or by position.
fn argument<'a>(arguments: &'a [Argument], wanted: &str) -> Option<&'a tree::Expr> {
    arguments.iter().zip(PARAMETERS.iter().map(Some).chain(std::iter::repeat(None))).find_map(
        |(argument, position)| match &argument.kind {
            ArgumentKind::Named { name, value } if name.as_str() == wanted => Some(value),
            ArgumentKind::Value(value) if position == Some(&wanted) => Some(value),
            _ => None,
        },
    )
}

/// The arguments with another start.
fn with_start(arguments: &[Argument], begin: &tree::Expr) -> Vec<Argument> {
    let mut arguments = arguments.to_vec();
    for (position, argument) in arguments.iter_mut().enumerate() {
        match &mut argument.kind {
            ArgumentKind::Named { name, value } if name.as_str() == "from" => *value = begin.clone(),
            ArgumentKind::Value(value) if PARAMETERS.get(position) == Some(&"from") => *value = begin.clone(),
            _ => {}
        }
    }
    arguments
}
