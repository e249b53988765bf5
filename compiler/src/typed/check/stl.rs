//! `by stl`, "sticking the landing" (Roeder, Wu and Duvenaud 2017): the density of a guide at its own draw moves with the draw
//! alone, not with its parameters. What is left out is the score, whose mean is zero where that density is a term of the
//! expectation, times what does not depend on the draw; anywhere else the gradient would be biased.

use super::Checker;
use super::chosen::model_drawn;
use crate::typed::tree::{Block, Expectation, Expected, Expr, ExprKind, Strategy, Variable};
use crate::typed::types::Element;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;

impl Checker<'_> {
    /// Reports draws by `stl` in whose expectation the density of their guide is more than a term.
    pub(super) fn landings(&mut self, expectation: &Expectation) {
        for draw in &expectation.draws {
            let Some(of) = model_drawn(draw) else { continue };
            let sites = &self.program.models[of.model].sites;
            let Some(site) = sites.iter().find(|site| site.strategy == Some(Strategy::Stl)) else { continue };
            let fault = match self.lands(draw, of.model, &expectation.body) {
                Ok(()) => continue,
                Err((span, why)) => Diagnostic::error(codes::BIASED, span, why),
            };
            let declared = self.row(site.variable).span;
            let fault = fault.label(declared, "drawn by `stl` here");
            self.report(fault.help("write `by reparam`, which is unbiased everywhere"));
        }
    }

    /// Whether the density of a guide at its draw is a term of what is averaged; else where it is not, and why.
    fn lands(&self, draw: &Expected, guide: usize, body: &Block) -> Result<(), (Span, &'static str)> {
        if matches!(draw.measure.kind, ExprKind::Measure(_)) {
            return Err((draw.measure.span, "`stl` would be biased: there are several particles"));
        }
        let density = Density { draw: draw.variable, guide };
        let inside = |expr: &Expr| expr.any(&mut |part| density.is(part));
        for statement in &body.statements {
            let mut found = None;
            statement.kind.parts(&mut |part| found = found.or(inside(part).then_some(part.span)));
            if let Some(span) = found {
                return Err((span, NOT_ADDED));
            }
        }
        let value = body.value.as_ref().expect("an expectation has a value");
        density.is_term(value).then_some(()).ok_or((value.span, NOT_ADDED))
    }
}

const NOT_ADDED: &str = "`stl` would be biased: the density of the guide at its draw is not just added here";

/// The density of a guide at a draw of it.
struct Density {
    draw: Variable,
    guide: usize,
}

impl Density {
    fn is(&self, expr: &Expr) -> bool {
        let ExprKind::LogDensity(of, value) = &expr.kind else { return false };
        let own = matches!(&of.ty.element, Element::Model(of) if of.model == self.guide);
        own && matches!(value.kind, ExprKind::Variable(variable) if variable == self.draw)
    }

    /// Whether it stands in an expression as a term alone, if at all.
    fn is_term(&self, expr: &Expr) -> bool {
        let free = |expr: &Expr| !expr.any(&mut |part| self.is(part));
        match &expr.kind {
            _ if self.is(expr) => true,
            ExprKind::Convert(inner) => self.is_term(inner),
            ExprKind::Block(block) => {
                let mut apart = true;
                block.statements.iter().for_each(|one| one.kind.parts(&mut |part| apart &= free(part)));
                apart && block.value.as_ref().is_some_and(|value| self.is_term(value))
            }
            ExprKind::Apply { primitive, operands } => match (primitive.row().name, operands.as_slice()) {
                ("add" | "sub" | "neg", operands) => operands.iter().all(|operand| self.is_term(operand)),
                ("mul" | "div", [a, b]) if free(b) && !b.reads(self.draw) => self.is_term(a),
                ("mul", [a, b]) if free(a) && !a.reads(self.draw) => self.is_term(b),
                _ => free(expr),
            },
            _ => free(expr),
        }
    }
}
