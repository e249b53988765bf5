//! Expressions as text, with the parentheses that precedence needs.

use super::Printer;
use crate::tree::*;

/// How tightly an expression binds, loosest first: the tiers of the grammar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Lambda,
    Given,
    Or,
    And,
    Comparison,
    Under,
    Range,
    Sum,
    Product,
    Prefix,
    Power,
    Postfix,
}

/// An operator's sign, its level and those that its operands need.
fn binary(operator: BinaryOperator) -> (&'static str, Level, [Level; 2]) {
    use BinaryOperator as Operator;
    let left = |sign, level, above| (sign, level, [level, above]);
    let comparison = |sign| (sign, Level::Comparison, [Level::Under, Level::Under]);
    match operator {
        Operator::Or => left("||", Level::Or, Level::And),
        Operator::And => left("&&", Level::And, Level::Comparison),
        Operator::Equal => comparison("=="),
        Operator::NotEqual => comparison("!="),
        Operator::Less => comparison("<"),
        Operator::LessEqual => comparison("<="),
        Operator::Greater => comparison(">"),
        Operator::GreaterEqual => comparison(">="),
        Operator::Add => left("+", Level::Sum, Level::Product),
        Operator::Subtract => left("-", Level::Sum, Level::Product),
        Operator::Multiply => left("*", Level::Product, Level::Prefix),
        Operator::Divide => left("/", Level::Product, Level::Prefix),
        Operator::Solve => left("\\", Level::Product, Level::Prefix),
        Operator::Product => left("@", Level::Product, Level::Prefix),
        Operator::Power => ("^", Level::Power, [Level::Postfix, Level::Power]),
    }
}

fn level(kind: &ExprKind) -> Level {
    match kind {
        ExprKind::Lambda(_) => Level::Lambda,
        ExprKind::Given { .. } => Level::Given,
        ExprKind::Under { .. } => Level::Under,
        ExprKind::Range { .. } => Level::Range,
        ExprKind::Unary { .. } => Level::Prefix,
        ExprKind::Binary { operator, .. } => binary(*operator).1,
        _ => Level::Postfix,
    }
}

impl Printer {
    pub(super) fn expr(&mut self, expr: &Expr) {
        self.expr_at(expr, Level::Lambda);
    }

    /// In parentheses if it binds more loosely than its neighbours need.
    pub(super) fn expr_at(&mut self, expr: &Expr, at_least: Level) {
        if level(&expr.kind) < at_least {
            self.put("(");
            self.kind(&expr.kind);
            self.put(")");
        } else {
            self.kind(&expr.kind);
        }
    }

    fn kind(&mut self, kind: &ExprKind) {
        match kind {
            ExprKind::Int(value) => self.put(&value.to_string()),
            ExprKind::Real(value) => self.put(&format!("{value:?}")),
            ExprKind::Bool(value) => self.put(&value.to_string()),
            ExprKind::String(text) => self.quoted(text),
            ExprKind::Name(name) => self.ident(name),
            ExprKind::Unary { operator, operand } => self.unary(*operator, operand, Level::Prefix),
            ExprKind::Binary { operator, left, right, .. } => self.binary(*operator, left, right),
            ExprKind::Range { start, end } => {
                self.expr_at(start, Level::Sum);
                self.put("..");
                self.expr_at(end, Level::Sum);
            }
            ExprKind::Call { function, arguments } => {
                self.expr_at(function, Level::Postfix);
                self.arguments(arguments);
            }
            ExprKind::Index { base, indices } => {
                self.expr_at(base, Level::Postfix);
                self.indices(indices);
            }
            ExprKind::Field { base, name } => {
                self.expr_at(base, Level::Postfix);
                self.put(".");
                self.ident(name);
            }
            ExprKind::Under { value, fit } => {
                self.expr_at(value, Level::Under);
                self.put(" under ");
                self.expr_at(fit, Level::Postfix);
            }
            ExprKind::Array(entries) => {
                self.put("[");
                self.list(entries, Self::expr);
                self.put("]");
            }
            ExprKind::Comprehension(part) => {
                self.put("[");
                self.loop_over(part);
                self.put("]");
            }
            ExprKind::Record(entries) => self.record(entries),
            ExprKind::Block(block) => self.block(block),
            ExprKind::If { branches, otherwise } => self.branches(branches, otherwise),
            ExprKind::Expect { draws, body } => self.expectation(draws, body),
            ExprKind::Given { model, conditions } => self.given(model, conditions),
            ExprKind::Lambda(lambda) => self.lambda(lambda),
            ExprKind::Error => self.put("<error>"),
        }
    }

    fn expectation(&mut self, draws: &[Draw], body: &Block) {
        self.put("expect ");
        self.list(draws, |printer, draw| {
            printer.names(&draw.names);
            printer.measure(&draw.measure, &draw.strategy);
        });
        self.put(" ");
        self.block(body);
    }

    fn given(&mut self, model: &Expr, conditions: &[Condition]) {
        self.expr_at(model, Level::Given);
        self.put(" given {");
        self.list(conditions, |printer, condition| {
            printer.place(&condition.place);
            printer.after(" = ", &condition.value, Self::expr);
        });
        self.put("}");
    }

    fn lambda(&mut self, lambda: &Lambda) {
        self.put("fn");
        self.parameters(&lambda.parameters);
        self.after(" -> ", &lambda.result, Self::ty);
        self.put(" = ");
        self.expr(&lambda.body);
    }

    fn unary(&mut self, operator: UnaryOperator, operand: &Expr, operand_level: Level) {
        self.put(match operator {
            UnaryOperator::Negate => "-",
            UnaryOperator::Not => "!",
        });
        self.expr_at(operand, operand_level);
    }

    fn binary(&mut self, operator: BinaryOperator, left: &Expr, right: &Expr) {
        let (sign, _, [left_level, right_level]) = binary(operator);
        self.expr_at(left, left_level);
        self.put(" ");
        self.put(sign);
        self.put(" ");
        if operator == BinaryOperator::Power {
            self.exponent(right)
        } else {
            self.expr_at(right, right_level)
        }
    }

    /// An exponent may carry signs.
    fn exponent(&mut self, mut exponent: &Expr) {
        while let ExprKind::Unary { operator: UnaryOperator::Negate, operand } = &exponent.kind {
            self.put("-");
            exponent = operand;
        }
        self.expr_at(exponent, Level::Power);
    }

    pub(super) fn quoted(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            match character {
                '"' => self.put("\\\""),
                '\\' => self.put("\\\\"),
                '\n' => self.put("\\n"),
                '\t' => self.put("\\t"),
                '\r' => self.put("\\r"),
                other => self.text.push(other),
            }
        }
        self.text.push('"');
    }

    fn record(&mut self, entries: &[RecordEntry]) {
        self.put("{");
        self.list(entries, |printer, entry| match &entry.kind {
            RecordEntryKind::Field { name, value } => {
                printer.ident(name);
                printer.put(": ");
                printer.expr(value);
            }
            RecordEntryKind::Spread(record) => {
                printer.put("..");
                printer.expr(record);
            }
        });
        self.put("}");
    }

    fn branches(&mut self, branches: &[Branch], otherwise: &Option<Block>) {
        for (at, branch) in branches.iter().enumerate() {
            self.put(if at > 0 { " else if " } else { "if " });
            self.expr(&branch.condition);
            self.put(" ");
            self.block(&branch.body);
        }
        self.after(" else ", otherwise, Self::block);
    }

    /// `for i in N if c: e emit f`
    fn loop_over(&mut self, part: &Loop) {
        self.generators(&part.generators, &part.guard);
        self.put(": ");
        self.expr(&part.body);
        self.after(" emit ", &part.emit, Self::expr);
    }

    pub(super) fn arguments(&mut self, arguments: &[Argument]) {
        self.put("(");
        self.list(arguments, |printer, argument| match &argument.kind {
            ArgumentKind::Value(value) => printer.expr(value),
            ArgumentKind::Named { name, value } => {
                printer.put(&format!("{name} = "));
                printer.expr(value);
            }
            ArgumentKind::Spread(record) => {
                printer.put("..");
                printer.expr(record);
            }
            ArgumentKind::Update { name, start, body } => {
                printer.put(&format!("{name} = "));
                printer.expr(start);
                printer.put(": ");
                printer.expr(body);
            }
            ArgumentKind::For(part) => printer.loop_over(part),
            ArgumentKind::While(part) => {
                printer.put("while ");
                printer.expr(&part.condition);
                printer.put(": ");
                printer.expr(&part.body);
                printer.after(" emit ", &part.emit, Self::expr);
            }
            ArgumentKind::Transition { from, to } => printer.put(&format!("{from} -> {to}")),
        });
        self.put(")");
    }

    pub(super) fn indices(&mut self, indices: &[Index]) {
        self.put("[");
        self.list(indices, |printer, index| match &index.kind {
            IndexKind::At(value) => printer.expr(value),
            IndexKind::Slice { start: None, end: None } => printer.put(":"),
            IndexKind::Slice { start, end } => {
                printer.after("", start, |printer, start| printer.expr_at(start, Level::Sum));
                printer.put("..");
                printer.after("", end, |printer, end| printer.expr_at(end, Level::Sum));
            }
        });
        self.put("]");
    }
}
