//! Statements of the script. A `let` that data and constants alone decide is data to the kernels below it; another is
//! passed to them.

use super::Checker;
use super::function::holds_function;
use super::operator::COMPARISONS;
use super::scope::{Entity, Room};
use crate::primitive::Primitive;
use crate::typed::exact::Exactness;
use crate::typed::tree::StatementKind as Checked;
use crate::typed::tree::{Assertion, Comparison, Expr, ExprKind, Role, Step, StepKind, Variable};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes, nearest};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{
    self, AssignOperator, BinaryOperator, Ident, LetTarget, StatementKind, Tolerance,
};

/// The file of the library whose functions `plot` calls.
const PICTURES: &str = "prelude/pictures.anz";

/// Whether names are those of the file, which its declarations see, or of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    File,
    Block,
}

impl Checker<'_> {
    /// One statement of the script.
    pub(super) fn step(&mut self, statement: &tree::Statement) {
        let (steps, _) = self.in_scope(Room::User, |checker| {
            checker.scope.script = true;
            let steps = checker.steps_of(statement, Level::File);
            checker.no_draws();
            checker.exact_steps(&steps);
            if let Some((_, what)) = checker.scope.later.clone() {
                checker.program.later.push((statement.span, what));
            }
            steps
        });
        self.program.script.extend(steps);
    }

    /// The statements of a block of the script.
    fn script_block(&mut self, block: &tree::Block) -> Vec<Step> {
        self.nested(|checker| {
            let mut steps: Vec<Step> = block
                .statements
                .iter()
                .flat_map(|statement| checker.steps_of(statement, Level::Block))
                .collect();
            if let Some(value) = &block.value {
                let kind = checker.evaluated(value, Level::Block);
                steps.extend(kind.map(|kind| Step { span: value.span, kind }));
            }
            steps
        })
    }

    fn steps_of(&mut self, statement: &tree::Statement, level: Level) -> Vec<Step> {
        let span = statement.span;
        let kinds = match &statement.kind {
            StatementKind::Let { target: LetTarget::Fields(names), value, .. } => {
                self.script_fields(names, value, level)
            }
            _ => self.step_kind(statement, level).into_iter().collect(),
        };
        kinds.into_iter().map(|kind| Step { span, kind }).collect()
    }

    fn step_kind(&mut self, statement: &tree::Statement, level: Level) -> Option<StepKind> {
        let span = statement.span;
        match &statement.kind {
            StatementKind::Let { target: LetTarget::Place(place), ty, value } if place.indices.is_empty() => {
                self.script_let(&place.name, ty.as_ref(), value, level)
            }
            StatementKind::Var { name, ty, value } => self.script_var(name, ty.as_ref(), value, level),
            StatementKind::Assign { place, operator, value } => {
                self.assignment(span, place, *operator, value)
            }
            StatementKind::For { generators, guard, body } => self.nested(|checker| {
                let generators = checker.generators(generators);
                let guard = guard.as_ref().map(|guard| checker.condition_of(guard));
                let body = checker.script_block(body);
                Some(StepKind::For { generators: generators?, guard, body })
            }),
            StatementKind::Print(values) => {
                let values: Vec<Expr> = values.iter().map(|value| self.expression(value)).collect();
                (!values.iter().any(Expr::is_unknown)).then_some(StepKind::Print(values))
            }
            StatementKind::Plot { name, arguments } => self.plot(name.span.to(span), name, arguments),
            StatementKind::Assert { condition, tolerance } => self
                .assertion(condition, tolerance.as_ref())
                .map(|assertion| StepKind::Assert(Box::new(assertion))),
            StatementKind::Expression(value) => self.evaluated(value, level),
            StatementKind::Error => None,
            StatementKind::Param(param) if level == Level::File => {
                self.param(param, None);
                None
            }
            StatementKind::Site(_)
            | StatementKind::Observe { .. }
            | StatementKind::Factor(_)
            | StatementKind::Track { .. } => {
                let message = "sites, `observe`, `factor` and `track` stand only in a model";
                let help = "put it into a model: `model m { .. }`; a value is named by `let`";
                self.report(Diagnostic::error(codes::NOT_IN_A_MODEL, span, message).help(help));
                None
            }
            _ => {
                self.unsupported(span, "this statement in the script");
                None
            }
        }
    }

    /// An expression for its effect, or an `if` for its statements. A session shows its value.
    fn evaluated(&mut self, value: &tree::Expr, level: Level) -> Option<StepKind> {
        if let tree::ExprKind::If { branches, otherwise } = &value.kind {
            return self.script_if(branches, otherwise.as_ref());
        }
        let value = self.expression(value);
        if !value.is_unknown() && value.ty.element != Element::Nothing {
            if self.session && level == Level::File {
                return Some(StepKind::Print(vec![value]));
            }
            let diagnostic = Diagnostic::error(codes::UNUSED_VALUE, value.span, "this value is not used")
                .found(format!("`{}`", self.show(&value.ty)))
                .help("show it with `print`, or name it with `let`");
            self.report(diagnostic);
        }
        (!value.is_unknown()).then_some(StepKind::Expression(value))
    }

    /// `plot line(x, y)`: a call of a function of the library that draws, whatever the program means by its name.
    fn plot(&mut self, span: Span, name: &Ident, arguments: &[tree::Argument]) -> Option<StepKind> {
        let picture = match ansatz_stdlib::declared_in(PICTURES).any(|known| known == name.as_str()) {
            true => self.library_call_written(span, name.as_str(), arguments),
            false => {
                let mut known: Vec<&str> = ansatz_stdlib::declared_in(PICTURES).collect();
                known.sort_unstable();
                known.dedup();
                let message = format!("there is no picture `{name}`");
                let fault = Diagnostic::error(codes::UNKNOWN_NAME, name.span, message);
                self.report(match nearest(name.as_str(), known.iter().copied()) {
                    Some(near) => fault.help(format!("did you mean `{near}`?")),
                    None => fault.help(format!("there are {}", known.join(", "))),
                });
                self.check_all(arguments);
                return None;
            }
        };
        (!picture.is_unknown()).then_some(StepKind::Plot(picture))
    }

    fn condition_of(&mut self, written: &tree::Expr) -> Expr {
        let value = self.expression(written);
        self.condition(value)
    }

    fn script_if(&mut self, branches: &[tree::Branch], otherwise: Option<&tree::Block>) -> Option<StepKind> {
        let [first, rest @ ..] = branches else { return None };
        let condition = self.condition_of(&first.condition);
        let yes = self.script_block(&first.body);
        let no = match (rest, otherwise) {
            ([], None) => Vec::new(),
            ([], Some(block)) => self.script_block(block),
            _ => {
                let kind = self.script_if(rest, otherwise);
                kind.map(|kind| Step { span: rest[0].body.span, kind }).into_iter().collect()
            }
        };
        (!condition.is_unknown()).then_some(StepKind::If { condition, yes, no })
    }

    /// Gives a name to a value.
    fn script_name(&mut self, name: &Ident, ty: Type, role: Role, level: Level) -> Variable {
        let variable = self.new_variable(name, ty, role);
        match level {
            Level::File => self.define(name, Entity::Variable(variable)),
            Level::Block => self.bind(&name.name, Entity::Variable(variable)),
        }
        variable
    }

    fn script_let(
        &mut self,
        name: &Ident,
        ty: Option<&tree::Type>,
        value: &tree::Expr,
        level: Level,
    ) -> Option<StepKind> {
        let value = self.annotated(value, ty, name.as_str());
        self.named(name, value, level)
    }

    /// `let x = e`
    fn named(&mut self, name: &Ident, value: Expr, level: Level) -> Option<StepKind> {
        let estimated = value.ty.is_numeric() && self.exactness(&value) != Exactness::Exact;
        // What closures see is known where they are made: the name stands for the whole expression.
        let closures = holds_function(&value.ty) && !matches!(value.kind, ExprKind::Function);
        let fixed = closures && !self.known_late() && !self.changes(&value);
        if estimated || self.is_named_measure(&value) || fixed {
            let entity = Entity::Constant(std::rc::Rc::new(value));
            match level {
                Level::File => self.define(name, entity),
                Level::Block => self.bind(&name.name, entity),
            }
            return None;
        }
        let late = level == Level::Block || self.known_late();
        let role = if late { Role::Script } else { Role::Global };
        let variable = self.script_name(name, value.ty.clone(), role, level);
        let bound = value.ty.is_compiled() && !late;
        let uses = self.scope.uses.clone();
        (!value.is_unknown()).then_some(StepKind::Let { variable, value, bound, uses })
    }

    /// Whether what was checked in this scope is known only when the script runs.
    fn known_late(&self) -> bool {
        let late = |variable: &Variable| matches!(self.row(*variable).role, Role::Script | Role::Param);
        self.scope.runtime.is_some() || self.scope.later.is_some() || self.scope.uses.iter().any(late)
    }

    /// `var x = e`: what is known of the first value need not hold of the next.
    fn script_var(
        &mut self,
        name: &Ident,
        ty: Option<&tree::Type>,
        value: &tree::Expr,
        level: Level,
    ) -> Option<StepKind> {
        let value = self.annotated(value, ty, name.as_str());
        let known = self.known_of_var(&value, ty.is_some());
        let variable = self.script_name(name, known, Role::Script, level);
        self.script_vars.push(variable);
        let uses = self.scope.uses.clone();
        (!value.is_unknown()).then_some(StepKind::Let { variable, value, bound: false, uses })
    }

    /// `let {a, b} = r`
    fn script_fields(&mut self, names: &[Ident], written: &tree::Expr, level: Level) -> Vec<StepKind> {
        let mut record = self.expression(written);
        let mut kinds = Vec::new();
        if self.known_late() && !record.is_unknown() {
            // It is computed once.
            let (span, ty) = (record.span, record.ty.clone());
            let name = Ident { name: "a record".into(), span };
            let first = self.named(&name, record, Level::Block);
            let Some(StepKind::Let { variable, .. }) = &first else { panic!("the record is known") };
            record = Expr { span, ty, kind: ExprKind::Variable(*variable) };
            kinds.extend(first);
        }
        for name in names {
            let value = self.field_of(name.span, record.clone(), name);
            kinds.extend(self.named(name, value, level));
        }
        kinds
    }

    /// `x = e`, `a[i] += e`
    fn assignment(
        &mut self,
        span: Span,
        place: &tree::Place,
        operator: AssignOperator,
        value: &tree::Expr,
    ) -> Option<StepKind> {
        match self.assign(span, place, operator, value)? {
            Checked::Assign { variable, value } => Some(StepKind::Assign { variable, value }),
            Checked::Update { variable, indices, add, value } => {
                Some(StepKind::Update { variable, indices, add, value })
            }
            other => panic!("an assignment is checked to {other:?}"),
        }
    }

    /// `assert e`, `assert a == b within tol`
    fn assertion(&mut self, written: &tree::Expr, tolerance: Option<&Tolerance>) -> Option<Assertion> {
        let tree::ExprKind::Binary { operator, operator_span, left, right } = &written.kind else {
            return self.asserted_truth(written, tolerance);
        };
        let Some((_, primitive)) = COMPARISONS.iter().find(|(known, _)| known == operator) else {
            return self.asserted_truth(written, tolerance);
        };
        let errors = tolerance.is_some_and(|tolerance| tolerance.standard_errors);
        let [left, right] = [left, right].map(|side| {
            let side = self.expression(side);
            if errors { self.estimated(side) } else { side }
        });
        let checked = self.binary_of(written.span, (*operator, *operator_span), left, right);
        let ExprKind::Apply { operands, .. } = &checked.kind else { return None };
        let [left, right] = <[Expr; 2]>::try_from(operands.clone()).ok()?;
        let comparison = match tolerance {
            None => Comparison::By(Primitive::named(primitive)),
            Some(_) if *operator != BinaryOperator::Equal => {
                return self.misplaced_tolerance(written.span);
            }
            Some(tolerance) => self.tolerance(tolerance, &checked.ty)?,
        };
        Some(Assertion::Compared { left, right, comparison: Box::new(comparison) })
    }

    fn asserted_truth(&mut self, written: &tree::Expr, tolerance: Option<&Tolerance>) -> Option<Assertion> {
        let value = self.expression(written);
        if tolerance.is_some() {
            return self.misplaced_tolerance(written.span);
        }
        let wanted = Type::array(Element::Bool, value.ty.shape.clone());
        let value = self.fit(value, &wanted, "what is asserted");
        (!value.is_unknown()).then_some(Assertion::True(value))
    }

    fn misplaced_tolerance<T>(&mut self, span: Span) -> Option<T> {
        let message = "`within` says how far the two sides of `==` may be apart";
        let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, span, message);
        self.report(diagnostic.help("write `assert a == b within tol`"));
        None
    }

    fn tolerance(&mut self, written: &Tolerance, compared: &Type) -> Option<Comparison> {
        let value = self.expression(&written.value);
        let shape = if value.ty.shape.is_empty() { Vec::new() } else { compared.shape.clone() };
        let nonnegative = Element::real_in(crate::typed::Range::NONNEGATIVE);
        let value = self.fit(value, &Type::array(nonnegative, shape), "the tolerance");
        if value.is_unknown() {
            return None;
        }
        Some(match written.standard_errors {
            true => Comparison::WithinErrors(value),
            false => Comparison::Within(value),
        })
    }
}
