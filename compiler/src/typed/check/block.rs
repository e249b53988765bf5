//! Blocks and their statements.

use super::Checker;
use super::model::{Body, Branch};
use super::scope::Entity;
use crate::typed::tree::{Block, Expr, ExprKind, Role, Statement, StatementKind, Variable};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, LetTarget, StatementKind as Written};
use std::rc::Rc;

impl Checker<'_> {
    /// A block as an expression.
    pub(super) fn block_value(&mut self, written: &tree::Block) -> Expr {
        let block = self.value_block(written);
        match &block.value {
            Some(value) if value.is_unknown() => Expr::unknown(written.span),
            Some(value) if block.statements.is_empty() => value.clone(),
            Some(value) => {
                let ty = value.ty.clone();
                Expr { span: written.span, ty, kind: ExprKind::Block(Box::new(block)) }
            }
            None => {
                let diagnostic =
                    Diagnostic::error(codes::TYPE_MISMATCH, written.span, "this block has no value")
                        .help("end it with an expression");
                self.fail(written.span, diagnostic)
            }
        }
    }

    /// The parts of a block that is evaluated for its value.
    pub(super) fn value_block(&mut self, written: &tree::Block) -> Block {
        self.as_value(|checker| checker.nested(|checker| checker.block(written)))
    }

    /// A block's parts; its names stay in scope, so the caller nests.
    pub(super) fn block(&mut self, written: &tree::Block) -> Block {
        let mut statements = Vec::new();
        let (outer, own) = (self.scope.entries.len(), self.announce_entries(written));
        for (position, statement) in written.statements.iter().enumerate() {
            self.begin_statement(&own, &written.statements[position..], &mut statements);
            self.statement(statement, &mut statements);
            self.end_statement(&own);
        }
        let value = match written.value.as_deref() {
            Some(tree::Expr { span, kind: tree::ExprKind::If { branches, otherwise }, .. })
                if is_statement(branches, otherwise.as_ref()) =>
            {
                let kind = self.if_statement(branches, otherwise.as_ref());
                statements.extend(kind.map(|kind| Statement { span: *span, kind }));
                None
            }
            value => value.map(|value| self.expression(value)),
        };
        self.end_entries(outer);
        Block { statements, value }
    }

    /// A block for its statements alone.
    pub(super) fn effects(&mut self, written: &tree::Block) -> Block {
        let mut block = self.nested(|checker| checker.block(written));
        if let Some(value) = block.value.take() {
            self.unused(&value);
        }
        block
    }

    fn unused(&mut self, value: &Expr) {
        if value.is_unknown() || value.ty.element == Element::Nothing {
            return;
        }
        let diagnostic = Diagnostic::error(codes::UNUSED_VALUE, value.span, "this value is not used")
            .found(format!("`{}`", self.show(&value.ty)))
            .help("name it with `let`, or join it to the line above if it continues it");
        self.report(diagnostic);
    }

    fn statement(&mut self, written: &tree::Statement, into: &mut Vec<Statement>) {
        let span = written.span;
        let mut push = |kind| into.push(Statement { span, kind });
        match &written.kind {
            Written::Let { target: LetTarget::Place(place), ty, value } => {
                if let Some(kind) = self.let_place(place, ty.as_ref(), value, Role::Local) {
                    push(kind);
                }
            }
            Written::Let { target: LetTarget::Fields(names), value, .. } => {
                self.let_fields(span, names, value).into_iter().for_each(push);
            }
            Written::Var { name, ty, value } => self.var(name, ty.as_ref(), value).into_iter().for_each(push),
            Written::Assign { place, operator, value } => {
                self.assign(span, place, *operator, value).into_iter().for_each(push);
            }
            Written::Track { place, ty, value } => {
                let role = if self.inside_model(span, "`track`") { Role::Tracked } else { Role::Local };
                if let Some(kind) = self.let_place(place, ty.as_ref(), value, role) {
                    push(kind);
                }
            }
            Written::Site(site) => {
                let drawn = match self.scope.model.is_none() && !self.scope.script {
                    true => self.draw_statement(span, site),
                    false if self.inside_model(span, "`~`") => return into.extend(self.site(span, site)),
                    false => Vec::new(),
                };
                drawn.into_iter().for_each(push);
            }
            Written::Observe { value, measure } => {
                if self.inside_model(span, "`observe`")
                    && let Some(kind) = self.observe(value, measure)
                {
                    push(kind);
                }
            }
            Written::Factor(value) => {
                if self.inside_model(span, "`factor`") {
                    let value = self.expression(value);
                    push(StatementKind::Factor(self.fit(value, &Type::real(), "a factor")));
                }
            }
            Written::For { generators, guard, body } => {
                if let Some(kind) =
                    self.nested(|checker| checker.for_statement(generators, guard.as_ref(), body))
                {
                    push(kind);
                }
            }
            Written::Expression(tree::Expr { kind: tree::ExprKind::If { branches, otherwise }, .. })
                if is_statement(branches, otherwise.as_ref()) =>
            {
                self.if_statement(branches, otherwise.as_ref()).into_iter().for_each(push);
            }
            Written::Expression(value) => {
                let value = self.expression(value);
                self.unused(&value);
            }
            Written::Param(param) => match self.scope.guide.clone() {
                Some(guide) => self.param(param, Some(guide)),
                None => {
                    let message = "`param` stands in a guide, in a struct, or at top level";
                    let fault = Diagnostic::error(codes::NOT_IN_A_MODEL, span, message);
                    self.report(
                        fault.help("a model's unknowns are sites, `x ~ d`; a guide's are parameters"),
                    );
                }
            },
            Written::Allow(what) if what.as_str() == "biased" => self.scope.allows_biased = true,
            Written::Error => {}
            other => _ = self.unsupported(span, &format!("{} here", name_of(other))),
        }
    }

    fn inside_model(&mut self, span: Span, what: &str) -> bool {
        if self.scope.model.is_none() {
            let message = format!("{what} stands only in a model");
            let help = "move it into a `model`; a value is named by `let`";
            self.report(Diagnostic::error(codes::NOT_IN_A_MODEL, span, message).help(help));
        }
        self.scope.model.is_some()
    }

    /// `let x = e` and `track x = e`.
    pub(super) fn let_place(
        &mut self,
        place: &tree::Place,
        ty: Option<&tree::Type>,
        value: &tree::Expr,
        role: Role,
    ) -> Option<StatementKind> {
        if !place.indices.is_empty() {
            return self.let_entry(place, ty, value, role);
        }
        let value = self.annotated(value, ty, place.name.as_str());
        if role == Role::Local && self.is_named_measure(&value) {
            self.bind(&place.name.name, Entity::Constant(Rc::new(value)));
            return None;
        }
        let name = match role {
            Role::Tracked if self.tracked_in_loop(place) => return None,
            Role::Tracked => self.full_name(&place.name),
            _ => place.name.clone(),
        };
        let variable = self.new_variable(&name, value.ty.clone(), role);
        self.bind(&place.name.name, Entity::Variable(variable));
        if role == Role::Tracked {
            self.tracked(variable);
        }
        (!value.is_unknown()).then_some(StatementKind::Let { variable, value })
    }

    /// Whether a value is a measure that may stand wherever its name does: none of it changes.
    pub(super) fn is_named_measure(&self, value: &Expr) -> bool {
        matches!(value.ty.element, Element::Measure(_) | Element::Bijector(_)) && !self.changes(value)
    }

    /// Whether a `var` stands in a value.
    pub(super) fn changes(&self, value: &Expr) -> bool {
        value.any(&mut |part| match &part.kind {
            ExprKind::Variable(variable) => {
                self.row(*variable).role == Role::Changing || self.script_vars.contains(variable)
            }
            _ => false,
        })
    }

    /// A value with its type, if one is written.
    pub(super) fn annotated(&mut self, value: &tree::Expr, ty: Option<&tree::Type>, name: &str) -> Expr {
        let wanted = ty.map(|ty| self.written(ty).ty);
        let value = self.expression(value);
        match wanted {
            Some(wanted) => self.fit(value, &wanted, &format!("`{name}`")),
            None => value,
        }
    }

    /// `let {a, b} = r`
    pub(super) fn let_fields(
        &mut self,
        span: Span,
        names: &[tree::Ident],
        value: &tree::Expr,
    ) -> Vec<StatementKind> {
        let value = self.expression(value);
        let fields = match &value.ty.element {
            Element::Record(fields) if value.ty.shape.is_empty() => fields.clone(),
            Element::Unknown => Vec::new().into(),
            _ => {
                let found = self.show(&value.ty);
                let message = "only a record can be taken apart";
                self.report(
                    Diagnostic::error(codes::TYPE_MISMATCH, span, message).found(format!("`{found}`")),
                );
                Vec::new().into()
            }
        };
        let mut statements = Vec::new();
        for name in names {
            let ty = fields.iter().find(|(field, _)| *field == name.name).map(|(_, ty)| ty.clone());
            if ty.is_none() && !fields.is_empty() {
                let message = format!("the record has no field `{name}`");
                self.report(Diagnostic::error(codes::UNKNOWN_FIELD, name.span, message));
            }
            let known = ty.clone().unwrap_or_else(Type::unknown);
            let variable = self.new_variable(name, known, Role::Local);
            self.bind(&name.name, Entity::Variable(variable));
            if let Some(ty) = ty {
                let kind = ExprKind::Field(Box::new(value.clone()), name.name.clone());
                statements.push(StatementKind::Let { variable, value: Expr { span: name.span, ty, kind } });
            }
        }
        statements
    }

    fn for_statement(
        &mut self,
        generators: &[tree::Generator],
        guard: Option<&tree::Expr>,
        body: &tree::Block,
    ) -> Option<StatementKind> {
        let generators = self.generators(generators);
        let guard = guard.map(|guard| {
            let guard = self.expression(guard);
            self.condition(guard)
        });
        let outer = self.scope.steps.len();
        let steps = generators.iter().flatten().map(|generator| (generator.variable, generator.reverse));
        self.scope.steps.extend(steps);
        let loops: Vec<Variable> = generators.iter().flatten().map(|generator| generator.variable).collect();
        self.scope.model.iter_mut().for_each(|model| model.loops.extend(&loops));
        if self.scope.model.is_some() {
            self.predeclare(body, &mut |checker| _ = checker.effects(body));
        }
        let body = self.effects(body);
        let outside = |model: &mut Body| model.loops.truncate(model.loops.len() - loops.len());
        self.scope.model.iter_mut().for_each(outside);
        self.scope.steps.truncate(outer);
        Some(StatementKind::For { generators: generators?, guard, body })
    }

    fn if_statement(
        &mut self,
        branches: &[tree::Branch],
        otherwise: Option<&tree::Block>,
    ) -> Option<StatementKind> {
        let [first, rest @ ..] = branches else { return None };
        let condition = self.expression(&first.condition);
        let condition = self.condition(condition);
        let of = first.body.span;
        let yes = self.in_branch(Branch { of, yes: true }, |checker| checker.effects(&first.body));
        let no = self.in_branch(Branch { of, yes: false }, |checker| match (rest, otherwise) {
            ([], None) => Block { statements: Vec::new(), value: None },
            ([], Some(block)) => checker.effects(block),
            _ => {
                let kind = checker.if_statement(rest, otherwise);
                let statement = |kind| Statement { span: rest[0].body.span, kind };
                Block { statements: kind.into_iter().map(statement).collect(), value: None }
            }
        });
        if self.scope.model.is_some() {
            self.drawn_in_both(of, !rest.is_empty() || otherwise.is_some());
        }
        Some(StatementKind::If { condition, yes, no })
    }

    /// Checks a branch of an `if`, of which a model knows.
    fn in_branch<T>(&mut self, branch: Branch, work: impl FnOnce(&mut Self) -> T) -> T {
        self.scope.model.iter_mut().for_each(|model| model.branches.push(branch));
        let result = work(self);
        self.scope.model.iter_mut().for_each(|model| _ = model.branches.pop());
        result
    }
}

/// Whether an `if` is there for its statements: some branch of it has no value.
fn is_statement(branches: &[tree::Branch], otherwise: Option<&tree::Block>) -> bool {
    let valued = |block: &tree::Block| block.value.is_some();
    !(branches.iter().all(|branch| valued(&branch.body)) && otherwise.is_some_and(valued))
}

/// What a statement is called.
fn name_of(statement: &Written) -> &'static str {
    match statement {
        Written::Equation { .. } => "an equation of motion",
        Written::Param(_) => "`param`",
        Written::Allow(_) => "`allow`",
        Written::Print(_) => "`print`",
        Written::Plot { .. } => "`plot`",
        Written::Assert { .. } => "`assert`",
        _ => "this statement",
    }
}
