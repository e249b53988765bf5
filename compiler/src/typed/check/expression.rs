//! Expressions: one entry for each form.

use super::Checker;
use super::scope::Entity;
use crate::ir::Polynomial;
use crate::typed::bounds::Bounds;
use crate::typed::range::Range;
use crate::typed::tree::{Block, Expr, ExprKind, Role, Variable};
use crate::typed::types::{Domain, Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, ExprKind as Written, Ident};

impl Checker<'_> {
    /// The typed form of an expression.
    pub(super) fn expression(&mut self, written: &tree::Expr) -> Expr {
        let (before, first) = (self.scope.scripted, self.program.variables.len());
        let value = self.form_of(written);
        if self.scope.scripted > before { self.in_script_around(value, first) } else { value }
    }

    fn form_of(&mut self, written: &tree::Expr) -> Expr {
        let span = written.span;
        match &written.kind {
            Written::Int(n) => size_value(span, Polynomial::constant(*n)),
            Written::Real(x) => real_value(span, *x),
            Written::Bool(b) => Expr { span, ty: Type::bool(), kind: ExprKind::Bool(*b) },
            Written::String(text) => {
                let kind = ExprKind::Text(text.as_str().into());
                Expr { span, ty: Type::scalar(Element::Text), kind }
            }
            Written::Name(name) => self.name(name),
            Written::Unary { operator, operand } => self.unary(span, *operator, operand),
            Written::Binary { operator, operator_span, left, right } => {
                self.binary(span, (*operator, *operator_span), left, right)
            }
            Written::Range { .. } => self.misplaced(span, "a range", "in `for i in a..b` or in brackets"),
            Written::Call { function, arguments } => self.call(span, function, arguments),
            Written::Index { base, indices } => self.index(span, base, indices),
            Written::Field { base, name } => self.field(span, base, name),
            Written::Array(entries) => self.array(span, entries),
            Written::Comprehension(part) => self.comprehension(span, part),
            Written::Record(entries) => self.record(span, entries),
            Written::Block(block) => self.block_value(block),
            Written::If { branches, otherwise } => self.if_value(span, branches, otherwise.as_ref()),
            Written::Expect { draws, body } => self.expectation(span, draws, body),
            Written::Given { model, conditions } => self.given(span, model, conditions),
            Written::Under { value, fit } => self.under(span, value, fit),
            Written::Lambda(lambda) => self.lambda(span, lambda),
            Written::Error => Expr::unknown(span),
        }
    }

    pub(super) fn misplaced(&mut self, span: Span, what: &str, place: &str) -> Expr {
        let message = format!("{what} cannot stand here");
        self.fail(
            span,
            Diagnostic::error(codes::TYPE_MISMATCH, span, message).help(format!("it stands {place}")),
        )
    }

    fn name(&mut self, name: &Ident) -> Expr {
        if let Some(strategy) = self.named_strategy(name) {
            return strategy;
        }
        let Some(entity) = self.resolve(name) else { return Expr::unknown(name.span) };
        match entity {
            Entity::Size(symbol) => size_value(name.span, Polynomial::variable(symbol)),
            Entity::Sizes(_) => self.pack_as_value(name),
            Entity::Variable(variable) if !self.read_whole(name, variable) => Expr::unknown(name.span),
            Entity::Variable(variable) if self.program.gaps_of(variable).is_some() => {
                let message = format!("entries of `{name}` may be missing: it is no value");
                let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, name.span, message)
                    .label(self.row(variable).span, "declared with `?`")
                    .help(format!(
                        "condition on it, `m given {{{name}}}`: its missing entries are sites then"
                    ));
                self.fail(name.span, diagnostic)
            }
            Entity::Variable(variable) => self.variable(name.span, variable),
            Entity::Entry(variable, indices) => self.entry_of(name.span, variable, &indices),
            Entity::Constant(value) => Expr { span: name.span, ..(*value).clone() },
            Entity::Pending(site) => {
                let word = if self.scope.model.is_some() { "drawn" } else { "declared" };
                let message = format!("`{name}` is used before it is {word}");
                let diagnostic = Diagnostic::error(codes::NOT_YET_DECLARED, name.span, message)
                    .label(site, "the site is declared here")
                    .help("inside a model a site's name means the site; move its declaration up");
                self.fail(name.span, diagnostic)
            }
            Entity::Changing(declared) => {
                let message = format!("a function cannot see `{name}`, which changes");
                let diagnostic = Diagnostic::error(codes::NOT_CHANGEABLE, name.span, message)
                    .label(declared, "declared with `var`")
                    .help(format!("name its value before the function: `let now = {name}`"));
                self.fail(name.span, diagnostic)
            }
            Entity::Declared(declarations) => self.declared_value(name, &declarations),
        }
    }

    /// A variable's value; what it uses of the file is noted.
    pub(super) fn variable(&mut self, span: Span, variable: Variable) -> Expr {
        let row = self.row(variable);
        let ty = row.ty.clone();
        let of_file = matches!(row.role, Role::Data | Role::Global | Role::Param | Role::Script);
        // Nothing of a function is left when the program runs.
        if of_file && !ty.is_function() {
            self.scope.uses.insert(variable);
        }
        Expr { span, ty, kind: ExprKind::Variable(variable) }
    }

    /// A declared name as a value: a model without parameters is one.
    fn declared_value(&mut self, name: &Ident, declarations: &[usize]) -> Expr {
        let id = declarations[0];
        let item = self.declaration(id).item.clone();
        match &item.kind {
            tree::ItemKind::Model(_) => self.model_call(name.span, id, &[]),
            tree::ItemKind::Definitions(written) if written.kind == tree::DefinitionsKind::Bijector => {
                self.bijector_call(name.span, declarations, &[])
            }
            tree::ItemKind::Definitions(_) => {
                let message = format!("`{name}` is a distribution and needs its arguments");
                let diagnostic = Diagnostic::error(codes::MISSING_ARGUMENT, name.span, message);
                let help = format!("write `{}`", self.show_call(id));
                self.fail(name.span, diagnostic.help(help))
            }
            tree::ItemKind::Function(_) if self.is_plain_objective(id) => {
                self.function_call(name.span, declarations, &[])
            }
            tree::ItemKind::Function(_) if self.motions.contains_key(&id) => {
                self.dynamics_call(name.span, id, &[])
            }
            tree::ItemKind::Function(_) => self.named_function(name, declarations),
            _ => self.unsupported(name.span, "this declaration as a value"),
        }
    }

    fn field(&mut self, span: Span, base: &tree::Expr, name: &Ident) -> Expr {
        let base = self.expression(base);
        self.field_of(span, base, name)
    }

    /// A field of a record or a fit, or the transpose of a matrix.
    pub(super) fn field_of(&mut self, span: Span, base: Expr, name: &Ident) -> Expr {
        if base.is_unknown() {
            return base;
        }
        if name.as_str() == "T" && base.ty.is_numeric() && base.ty.shape.len() == 2 {
            let shape = base.ty.shape.iter().rev().cloned().collect();
            let ty = Type::array(Element::real_in(base.ty.element.range()), shape);
            return Expr { span, ty, kind: ExprKind::Transpose(Box::new(base)) };
        }
        if matches!(base.ty.element, Element::Fit(_)) {
            return self.fit_field(span, base, name);
        }
        if let ExprKind::Record(fields) = &base.kind
            && let Some((_, value)) = fields.iter().find(|(field, _)| *field == name.name)
        {
            return Expr { span, ..value.clone() };
        }
        if matches!(base.ty.element, Element::Bijector(_)) {
            return self.fail(span, *super::bijector::no_part(name));
        }
        let Some(fields) = base.ty.fields() else {
            let found = self.show(&base.ty);
            let message = format!("there is no `{name}` in `{found}`");
            return self.fail(span, Diagnostic::error(codes::UNKNOWN_FIELD, name.span, message));
        };
        match fields.iter().find(|(field, _)| *field == name.name) {
            Some((_, ty)) => {
                let (ty, compiled) = (ty.stacked(&base.ty.shape), base.ty.is_compiled());
                let field = Expr { span, ty, kind: ExprKind::Field(Box::new(base), name.name.clone()) };
                if compiled {
                    return field;
                }
                // The record holds what no kernel can: the script takes the field out of it.
                self.needs_script(span);
                self.in_script(field)
            }
            None if matches!(base.ty.element, Element::Dynamics(_)) => {
                let Element::Dynamics(of) = base.ty.element else { unreachable!("it is one") };
                self.lacks_part(span, &of, name)
            }
            None => {
                let names = fields.iter().map(|(field, _)| &**field);
                let near = ansatz_grammar::diagnostic::nearest(name.as_str(), names).map(str::to_string);
                let message = format!("the record has no field `{name}`");
                let diagnostic = Diagnostic::error(codes::UNKNOWN_FIELD, name.span, message)
                    .found(format!("`{}`", self.show(&base.ty)));
                let diagnostic = match near {
                    Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                    None => diagnostic,
                };
                self.fail(span, diagnostic)
            }
        }
    }

    fn if_value(&mut self, span: Span, branches: &[tree::Branch], otherwise: Option<&tree::Block>) -> Expr {
        let [first, rest @ ..] = branches else { panic!("an if has a branch") };
        let condition = self.expression(&first.condition);
        let condition = self.condition(condition);
        let yes = self.value_block(&first.body);
        let no = match (rest, otherwise) {
            ([], Some(block)) => self.value_block(block),
            ([], None) => return self.misplaced(span, "an `if` without `else`", "as a statement"),
            _ => Block { statements: Vec::new(), value: Some(self.if_value(span, rest, otherwise)) },
        };
        self.join(span, condition, yes, no)
    }

    /// The value of an `if` from its two branches.
    fn join(&mut self, span: Span, condition: Expr, mut yes: Block, mut no: Block) -> Expr {
        let (Some(a), Some(b)) = (&yes.value, &no.value) else {
            let message = "a branch of this `if` has no value";
            return self.fail(span, Diagnostic::error(codes::TYPE_MISMATCH, span, message));
        };
        if condition.is_unknown() || a.is_unknown() || b.is_unknown() {
            return Expr::unknown(span);
        }
        if let (Element::Measure(_), Element::Measure(_)) = (&a.ty.element, &b.ty.element) {
            return self.join_measures(span, condition, yes, no);
        }
        let Some(element) = join_elements(&a.ty.element, &b.ty.element).filter(|_| a.ty.shape == b.ty.shape)
        else {
            let message = "the branches of this `if` have different types";
            let (yes, no) = (self.show(&a.ty), self.show(&b.ty));
            let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, span, message)
                .label(a.span, format!("`{yes}`"))
                .label(b.span, format!("`{no}`"))
                .help("both branches give values of one type and shape");
            return self.fail(span, diagnostic);
        };
        let ty = Type::array(element, a.ty.shape.clone());
        for block in [&mut yes, &mut no] {
            block.value = block.value.take().map(|value| super::coerce::convert(value, &ty.element));
        }
        let kind = ExprKind::If { condition: Box::new(condition), yes: Box::new(yes), no: Box::new(no) };
        Expr { span, ty, kind }
    }
}

/// The kind that holds values of both kinds.
pub(super) fn join_elements(a: &Element, b: &Element) -> Option<Element> {
    match (a, b) {
        (Element::Bool, Element::Bool) => Some(Element::Bool),
        (Element::Int(_) | Element::Bool, Element::Int(_) | Element::Bool) => {
            Some(Element::Int(a.bounds().hull(&b.bounds())))
        }
        (Element::Real(a), Element::Real(b)) => {
            let structure = a.structure.filter(|structure| Some(*structure) == b.structure);
            Some(Element::Real(Domain { range: a.range.hull(b.range), structure }))
        }
        _ if a.is_numeric() && b.is_numeric() => Some(Element::real_in(a.range().hull(b.range()))),
        (Element::Record(a), Element::Record(b)) if a.len() == b.len() => {
            let fields = a.iter().zip(b.iter()).map(|((name, a), (other, b))| {
                let same = name == other && a.shape == b.shape;
                let element = join_elements(&a.element, &b.element).filter(|_| same)?;
                Some((name.clone(), Type::array(element, a.shape.clone())))
            });
            fields.collect::<Option<_>>().map(Element::Record)
        }
        _ => (a == b).then(|| a.clone()),
    }
}

/// A size as a value.
pub(super) fn size_value(span: Span, size: Polynomial) -> Expr {
    let ty = Type::scalar(Element::Int(Bounds::exactly(size.clone())));
    Expr { span, ty, kind: ExprKind::Size(size) }
}

/// A real number as a value.
pub(super) fn real_value(span: Span, x: f64) -> Expr {
    let ty = Type::scalar(Element::real_in(Range::exactly(x)));
    Expr { span, ty, kind: ExprKind::Real(x) }
}
