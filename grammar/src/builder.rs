//! What the grammar's actions do: make nodes, refuse trees that are too deep, check forms that the grammar leaves open.

use crate::diagnostic::{Code, Diagnostic, codes};
use crate::span::{SourceId, Span};
use crate::tree::*;
use std::sync::Arc;

/// Makes the nodes of one source, and collects messages about them.
pub struct Builder<'s> {
    source: SourceId,
    text: &'s str,
    docs: &'s [(u32, Arc<str>)],
    /// Messages about the item being parsed.
    pub diagnostics: Vec<Diagnostic>,
    /// The depth of the deepest tree so far.
    pub depth: u32,
    /// Where `z -> w` stood as an argument, until it is known to be the left side of an equation.
    transitions: Vec<Span>,
}

/// A declaration's name, sizes and parameters.
pub struct Headed {
    pub name: Ident,
    pub sizes: Vec<SizeParameter>,
    pub parameters: Vec<Parameter>,
}

/// What may follow the states of dynamics, and the place of its first word.
pub enum Modifier {
    Noise(Span, State),
    Convention(Span, Convention),
}

impl<'s> Builder<'s> {
    pub fn new(source: SourceId, text: &'s str, docs: &'s [(u32, Arc<str>)]) -> Self {
        Self { source, text, docs, diagnostics: Vec::new(), depth: 0, transitions: Vec::new() }
    }

    /// Forgets what was said and seen: an item is read again.
    pub fn restart(&mut self) {
        self.diagnostics.clear();
        self.transitions.clear();
    }

    pub fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.source, start, end.max(start))
    }

    fn written(&self, start: u32, end: u32) -> &'s str {
        &self.text[start as usize..end as usize]
    }

    fn error(&mut self, code: Code, span: Span, message: impl Into<String>, help: &str) {
        self.diagnostics.push(Diagnostic::error(code, span, message).help(help));
    }

    /// The doc comment before the token at `start`.
    pub fn doc(&self, start: u32) -> Doc {
        let found = self.docs.binary_search_by_key(&start, |doc| doc.0).ok()?;
        Some(self.docs[found].1.clone())
    }

    pub fn ident(&self, start: u32, end: u32) -> Ident {
        Ident { name: self.written(start, end).into(), span: self.span(start, end) }
    }

    // ---- nodes that count depth ----

    pub fn expr(&mut self, start: u32, kind: ExprKind, end: u32) -> Expr {
        let expr = Expr::new(self.span(start, end), kind);
        if self.too_deep(&expr, expr.span) { Expr::new(expr.span, ExprKind::Error) } else { expr }
    }

    pub fn ty(&mut self, start: u32, kind: TypeKind, end: u32) -> Type {
        let ty = Type::new(self.span(start, end), kind);
        if self.too_deep(&ty, ty.span) { Type::new(ty.span, TypeKind::Error) } else { ty }
    }

    pub fn block(&mut self, start: u32, mut statements: Vec<Statement>, end: u32) -> Block {
        let value = statements.pop_if(is_value).map(|last| match last.kind {
            StatementKind::Expression(value) => Box::new(value),
            kind => unreachable!("only an expression is a value: {kind:?}"),
        });
        let block = Block::new(self.span(start, end), statements, value);
        if self.too_deep(&block, block.span) { Block::new(block.span, Vec::new(), None) } else { block }
    }

    /// Says once an item that its tree is too deep.
    fn too_deep(&mut self, part: &impl Depth, span: Span) -> bool {
        self.depth = self.depth.max(part.depth());
        let deep = part.depth() > DEPTH_LIMIT;
        if deep && !self.diagnostics.iter().any(|said| said.code == codes::TOO_DEEP) {
            let message = format!("this is nested more than {DEPTH_LIMIT} deep");
            let help = "name parts of it with `let`; a long sum is `sum(for i in N: ..)` over an array";
            self.error(codes::TOO_DEEP, span, message, help);
        }
        deep
    }

    pub fn binary(
        &mut self,
        left: Expr,
        (operator, operator_span): (BinaryOperator, Span),
        right: Expr,
    ) -> Expr {
        let (start, end) = (left.span.start, right.span.end);
        let (left, right) = (Box::new(left), Box::new(right));
        self.expr(start, ExprKind::Binary { operator, operator_span, left, right }, end)
    }

    // ---- literals ----

    pub fn integer(&mut self, start: u32, end: u32) -> i64 {
        let digits = self.written(start, end).replace('_', "");
        digits.parse().unwrap_or_else(|_| {
            let message = "this integer is too large";
            self.error(codes::BAD_NUMBER, self.span(start, end), message, "a real number is written `1e20`");
            0
        })
    }

    pub fn decimal(&mut self, start: u32, end: u32) -> Expr {
        let digits = self.written(start, end).replace('_', "");
        let value: f64 = digits.parse().expect("the lexer passes only numbers");
        if value.is_infinite() {
            let message = "this number is too large";
            self.error(codes::BAD_NUMBER, self.span(start, end), message, "infinity is written `inf`");
        }
        self.expr(start, ExprKind::Real(value), end)
    }

    pub fn text(&mut self, start: u32, end: u32) -> Expr {
        let text = self.unescaped(start, end);
        self.expr(start, ExprKind::String(text), end)
    }

    pub fn use_file(&mut self, start: u32, end: u32) -> Use {
        Use::File { path: self.unescaped(start, end), span: self.span(start, end) }
    }

    fn unescaped(&mut self, start: u32, end: u32) -> String {
        let written = self.written(start, end);
        let inner = written.strip_prefix('"').unwrap_or(written);
        let mut text = String::with_capacity(inner.len());
        let mut characters = inner.char_indices();
        while let Some((_, character)) = characters.next() {
            match character {
                '"' => break,
                '\\' => match characters.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                    Some((at, other)) => {
                        let at = start + 1 + at as u32;
                        let span = self.span(at - 1, at + other.len_utf8() as u32);
                        let message = format!("`\\{other}` is not an escape");
                        self.error(
                            codes::BAD_TEXT,
                            span,
                            message,
                            "escapes are `\\n`, `\\t`, `\\r`, `\\\"` and `\\\\`",
                        );
                    }
                    None => {}
                },
                other => text.push(other),
            }
        }
        text
    }

    // ---- items and statements ----

    pub fn item(&mut self, start: u32, kind: ItemKind, end: u32) -> Item {
        for span in std::mem::take(&mut self.transitions) {
            let message = "`->` between two names is only the left side of an equation of a `ctmc`";
            self.error(codes::STRAY_TRANSITION, span, message, "write `rate(z -> w) = e`");
        }
        Item { doc: self.doc(start), span: self.span(start, end), kind }
    }

    pub fn statement(&mut self, start: u32, kind: StatementKind, end: u32) -> Statement {
        let kind = match kind {
            StatementKind::Expression(Expr { kind: ExprKind::Error, .. }) => StatementKind::Error,
            kind => kind,
        };
        Statement { doc: self.doc(start), span: self.span(start, end), kind }
    }

    pub fn argument(&mut self, start: u32, kind: ArgumentKind, end: u32) -> Argument {
        let span = self.span(start, end);
        if let ArgumentKind::Transition { .. } = kind {
            self.transitions.push(span);
        }
        Argument { span, kind }
    }

    pub fn index(&mut self, at: Expr) -> IndexKind {
        match at.kind {
            ExprKind::Range { start, end } => IndexKind::Slice { start: Some(*start), end: Some(*end) },
            _ => IndexKind::At(at),
        }
    }

    pub fn site(
        &mut self,
        places: Vec<Expr>,
        ty: Option<Type>,
        measure: Expr,
        strategy: Option<Expr>,
    ) -> StatementKind {
        let places: Option<Vec<Place>> =
            places.into_iter().map(|place| self.place(place, "drawn", help_for_draw)).collect();
        match places {
            Some(places) => StatementKind::Site(Site { places, ty, measure, strategy }),
            None => StatementKind::Error,
        }
    }

    pub fn assign(&mut self, target: Expr, operator: AssignOperator, value: Expr) -> StatementKind {
        let equated = if operator == AssignOperator::Set { equation_target(&target) } else { None };
        if let Some((target, transition)) = equated {
            self.transitions.retain(|span| Some(*span) != transition);
            return StatementKind::Equation { target, value };
        }
        match self.place(target, "assigned", help_for_assignment) {
            Some(place) => StatementKind::Assign { place, operator, value },
            None => StatementKind::Error,
        }
    }

    /// The place that an expression names, or a message that it cannot be `done`.
    fn place(&mut self, expr: Expr, done: &str, help: fn(&ExprKind) -> &'static str) -> Option<Place> {
        let span = expr.span;
        match into_place(expr) {
            Ok(place) => Some(place),
            Err(ExprKind::Error) => None,
            Err(kind) => {
                let diagnostic =
                    Diagnostic::error(codes::NOT_A_PLACE, span, format!("this cannot be {done}"));
                self.diagnostics
                    .push(diagnostic.expected("a name, or a name with indices").help(help(&kind)));
                None
            }
        }
    }

    // ---- dynamics ----

    pub fn one_equation(&mut self, start: u32, target: Expr, value: Expr, end: u32) -> Block {
        let from = target.span.start;
        let kind = self.assign(target, AssignOperator::Set, value);
        let statement = self.statement(from, kind, end);
        self.block(start, vec![statement], end)
    }

    pub fn equations(&mut self, states: Vec<State>, modifiers: Vec<Modifier>, body: Block) -> DynamicsBody {
        let (mut noise, mut convention) = (None, None);
        for modifier in modifiers {
            let (word, twice) = match modifier {
                Modifier::Noise(word, state) => (word, noise.replace(state).is_some()),
                Modifier::Convention(word, given) => (word, convention.replace(given).is_some()),
            };
            if twice {
                let message = format!("`{}` is said twice", self.written(word.start, word.end));
                self.error(codes::UNEXPECTED_TOKEN, word, message, "leave one of them out");
            }
        }
        for statement in &body.statements {
            self.check_equation(statement);
        }
        DynamicsBody::Equations { states, noise, convention, body }
    }

    /// `drift = e` is how other languages write it.
    fn check_equation(&mut self, statement: &Statement) {
        if let StatementKind::Assign { place, .. } = &statement.kind
            && ["drift", "diffusion", "noise"].contains(&place.name.as_str())
        {
            let message = format!("dynamics have no `{}`: they are equations", place.name);
            let help = "write `d(x) = drift * dt + diffusion * dW`, with your state for `x`";
            self.error(codes::NOT_AN_EQUATION, statement.span, message, help);
        }
    }
}

/// Whether a block's last statement is its value.
fn is_value(statement: &mut Statement) -> bool {
    match &statement.kind {
        StatementKind::Expression(expr) => !matches!(expr.kind, ExprKind::If { otherwise: None, .. }),
        _ => false,
    }
}

fn into_place(expr: Expr) -> Result<Place, ExprKind> {
    let span = expr.span;
    match expr.kind {
        ExprKind::Name(name) => Ok(Place { span, name, indices: Vec::new() }),
        ExprKind::Index { base, indices } => match base.kind {
            ExprKind::Name(name) => Ok(Place { span, name, indices }),
            _ => Err(ExprKind::Index { base, indices }),
        },
        other => Err(other),
    }
}

/// `d(x)` or `rate(z -> w)`, the latter with the place of its argument.
fn equation_target(expr: &Expr) -> Option<(EquationTarget, Option<Span>)> {
    let ExprKind::Call { function, arguments } = &expr.kind else { return None };
    let (ExprKind::Name(name), [argument]) = (&function.kind, arguments.as_slice()) else { return None };
    match (name.as_str(), &argument.kind) {
        ("d", ArgumentKind::Value(state)) => {
            let place = into_place(state.clone()).ok()?;
            Some((EquationTarget::Differential(place), None))
        }
        ("rate", ArgumentKind::Transition { from, to }) => {
            Some((EquationTarget::Rate { from: from.clone(), to: to.clone() }, Some(argument.span)))
        }
        _ => None,
    }
}

fn help_for_draw(kind: &ExprKind) -> &'static str {
    match kind {
        ExprKind::Index { .. } => "indices stand in one bracket: `x[i, j] ~ d`",
        _ => "to score a value without making a site, write `observe e ~ d`",
    }
}

fn help_for_assignment(kind: &ExprKind) -> &'static str {
    match kind {
        ExprKind::Call { .. } => "a function is declared by `fn f(x) = e`, an equation is `d(x) = e`",
        ExprKind::Field { .. } => "a record is changed as a whole: `r = {..r, x: e}`",
        ExprKind::Index { .. } => "indices stand in one bracket: `x[i, j] = e`",
        ExprKind::Binary { .. } => "a comparison is `a == b`; to require it, write `assert a == b`",
        _ => "what is on the left of `=` is declared by `var`",
    }
}
