//! `load("fit.json", over = [q, u])`: parameters that an earlier run saved, as a record like the one that optimising gives.

use super::Checker;
use super::scope::Entity;
use crate::typed::tree::{Expr, ExprKind, Load, Variable};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind, Ident, ItemKind, ModelKind};

const FORM: &str = "`load(\"fit.json\")`, or `load(\"fit.json\", over = [q, u])` for some of the parameters";

impl Checker<'_> {
    /// `load("fit.json")`
    pub(super) fn load(&mut self, span: Span, arguments: &[Argument]) -> Expr {
        self.needs_script(span);
        let (path, over) = match arguments {
            [Argument { kind: ArgumentKind::Value(path), .. }] => (path, None),
            [
                Argument { kind: ArgumentKind::Value(path), .. },
                Argument { kind: ArgumentKind::Named { name, value }, .. },
            ] if name.as_str() == "over" => (path, Some(value)),
            _ => {
                let message = "`load` is called with other arguments than it takes";
                let fault = Diagnostic::error(codes::UNKNOWN_ARGUMENT, span, message);
                return self.fail(span, fault.expected(FORM));
            }
        };
        let path = self.expression(path);
        let path = self.fit(path, &Type::scalar(Element::Text), "the name of the file");
        self.declare_guides(over);
        let wanted: Option<Vec<Variable>> = match over {
            Some(names) => self.named_params(names),
            None => Some(self.program.params.iter().map(|param| param.variable).collect()),
        };
        let Some(wanted) = wanted else { return Expr::unknown(span) };
        if wanted.is_empty() {
            let message = "there are no parameters whose values could be loaded";
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, span, message);
            return self
                .fail(span, fault.help("declare them above: `param m: real = 0`, or a guide that has some"));
        }
        if path.is_unknown() {
            return path;
        }
        let ty = Type::scalar(Element::Record(self.record_of_params(&wanted).into()));
        let params = self.program.params.iter().enumerate();
        let params = params.filter(|(_, param)| wanted.contains(&param.variable)).map(|(at, _)| at).collect();
        let kind = ExprKind::Load(Box::new(Load { path, params }));
        self.in_script(Expr { span, ty, kind })
    }

    /// Checks the guides of the program, or those named, so that their parameters are known.
    fn declare_guides(&mut self, over: Option<&tree::Expr>) {
        let named = |name: &str| {
            match over.map(|over| &over.kind) {
            Some(tree::ExprKind::Array(entries)) => entries
                .iter()
                .any(|entry| matches!(&entry.kind, tree::ExprKind::Name(Ident { name: own, .. }) if **own == *name)),
            _ => true,
        }
        };
        let mut guides: Vec<usize> = Vec::new();
        for (name, (entity, _)) in &self.user {
            if let Entity::Declared(ids) = entity
                && named(name)
                && let ItemKind::Model(model) = &self.declarations[ids[0]].item.kind
                && model.kind == ModelKind::Guide
                && model.parameters.is_empty()
            {
                guides.push(ids[0]);
            }
        }
        guides.sort_unstable();
        guides.into_iter().for_each(|id| _ = self.model(id));
    }
}
