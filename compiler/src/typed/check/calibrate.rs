//! `calibrate(m, data = [y], replicates = 1000)`: values drawn from a model, ranked among draws of the posteriors of data that
//! were drawn from them.

use super::Checker;
use super::scope::Entity;
use crate::ir::Polynomial;
use crate::typed::tree::{Calibration, Expr, ExprKind, Role, Variable};
use crate::typed::types::{Element, ModelType, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind, Ident, Place};
use std::sync::Arc;

const FORM: &str = "`calibrate(m, data = [y], replicates = 1000, draws = 63, seed = 1)`, and `against = other` to fit another model";

/// The arguments as they are written.
#[derive(Default)]
struct Written<'a> {
    model: Option<&'a tree::Expr>,
    data: Option<&'a tree::Expr>,
    against: Option<&'a tree::Expr>,
    /// Replicates, draws and seed.
    numbers: [Option<&'a tree::Expr>; 3],
}

/// Names of the numbers, with their defaults.
const NUMBERS: [(&str, i64); 3] = [("replicates", 1000), ("draws", 63), ("seed", 1)];

impl Checker<'_> {
    pub(super) fn calibrate(&mut self, span: Span, arguments: &[Argument]) -> Expr {
        self.needs_script(span);
        let Some(written) = self.calibrate_arguments(span, arguments) else { return Expr::unknown(span) };
        let [Some(simulated), Some(data)] = [written.model, written.data] else {
            let fault =
                Diagnostic::error(codes::MISSING_ARGUMENT, span, "`calibrate` needs a model and its `data`");
            return self.fail(span, fault.expected(FORM));
        };
        let model = self.expression(simulated);
        let numbers: Vec<Expr> = NUMBERS
            .iter()
            .zip(written.numbers)
            .map(|((name, default), number)| match number {
                Some(number) => {
                    let number = self.expression(number);
                    self.fit(number, &Type::int(), &format!("`{name}`"))
                }
                None => Expr { span, ty: Type::int(), kind: ExprKind::Size((*default).into()) },
            })
            .collect();
        let Element::Model(of) = &model.ty.element else {
            return match model.is_unknown() {
                true => model,
                false => {
                    let fault =
                        Diagnostic::error(codes::TYPE_MISMATCH, model.span, "only a model is calibrated");
                    let found = format!("`{}`", self.show(&model.ty));
                    self.fail(span, fault.expected(FORM).found(found))
                }
            };
        };
        let of = of.clone();
        let told = self.diagnostics.len();
        let names = self.data_of_calibration(data);
        let sites = self.sites_of_data(&of, &names);
        let fitted = written.against.unwrap_or(simulated);
        let (fitted, data) = self.given_what_is_drawn(span, fitted, &names, sites);
        if self.diagnostics[told..].iter().any(Diagnostic::is_error)
            || fitted.is_unknown()
            || numbers.iter().any(Expr::is_unknown)
        {
            return Expr::unknown(span);
        }
        self.can_be_simulated(model.span, &of, &[]);
        self.before_sampling(&fitted);
        if self.diagnostics[told..].iter().any(Diagnostic::is_error) {
            return Expr::unknown(span);
        }
        let [replicates, draws, seed] = <[Expr; 3]>::try_from(numbers).expect("three numbers");
        let asked = Calibration { model, fitted, data, replicates, draws, seed };
        Expr { span, ty: self.calibration_type(), kind: ExprKind::Calibrate(Box::new(asked)) }
    }

    fn calibrate_arguments<'a>(&mut self, span: Span, arguments: &'a [Argument]) -> Option<Written<'a>> {
        let mut written = Written::default();
        for argument in arguments {
            let slot = match &argument.kind {
                ArgumentKind::Value(value) if written.model.is_none() => Some((&mut written.model, value)),
                ArgumentKind::Named { name, value } => match name.as_str() {
                    "data" => Some((&mut written.data, value)),
                    "against" => Some((&mut written.against, value)),
                    own => {
                        let number = NUMBERS.iter().position(|(known, _)| *known == own);
                        number.map(|number| (&mut written.numbers[number], value))
                    }
                },
                _ => None,
            };
            let Some((slot, value)) = slot else {
                let fault = Diagnostic::error(
                    codes::UNKNOWN_ARGUMENT,
                    argument.span,
                    "`calibrate` does not take this",
                );
                self.report(fault.expected(FORM));
                self.check_all(arguments);
                return None;
            };
            if slot.replace(value).is_some() {
                let fault = Diagnostic::error(codes::UNKNOWN_ARGUMENT, span, "an argument is given twice");
                self.report(fault.expected(FORM));
                return None;
            }
        }
        Some(written)
    }

    /// The names in `data = [..]`.
    fn data_of_calibration(&mut self, data: &tree::Expr) -> Vec<Ident> {
        let entries = match &data.kind {
            tree::ExprKind::Array(entries) if !entries.is_empty() => entries.as_slice(),
            _ => std::slice::from_ref(data),
        };
        let mut names = Vec::new();
        for entry in entries {
            match &entry.kind {
                tree::ExprKind::Name(name) => names.push(name.clone()),
                _ => {
                    let message = "`data` lists the sites that are drawn, and then given";
                    let fault = Diagnostic::error(codes::UNKNOWN_SITE, entry.span, message);
                    self.report(fault.expected("`data = [y, z]`"));
                }
            }
        }
        names
    }

    /// The types of those sites of a model.
    fn sites_of_data(&mut self, of: &ModelType, names: &[Ident]) -> Vec<Option<Type>> {
        let declared = self.program.models[of.model].sizes.clone();
        let substitution = self.substitution(&declared, &of.sizes);
        let mut types = Vec::new();
        for name in names {
            types.push(match self.site_named(of, name) {
                Ok(site) => Some(self.row(site).ty.substitute(&substitution).plain()),
                Err(fault) => {
                    self.report(*fault);
                    None
                }
            });
        }
        types
    }

    /// The model `given` variables that take what is drawn, and which they are.
    fn given_what_is_drawn(
        &mut self,
        span: Span,
        fitted: &tree::Expr,
        names: &[Ident],
        types: Vec<Option<Type>>,
    ) -> (Expr, Vec<(Arc<str>, Variable)>) {
        let Some(types) = types.into_iter().collect::<Option<Vec<Type>>>() else {
            return (Expr::unknown(span), Vec::new());
        };
        self.nested(|checker| {
            let mut data = Vec::new();
            let mut conditions = Vec::new();
            for (name, ty) in names.iter().zip(types) {
                let variable = checker.new_variable(name, ty, Role::Script);
                checker.bind(&name.name, Entity::Variable(variable));
                data.push((name.name.clone(), variable));
                let place = Place { span: name.span, name: name.clone(), indices: Vec::new() };
                conditions.push(tree::Condition { place, value: None });
            }
            (checker.given(span, fitted, &conditions), data)
        })
    }

    /// Ranks, their p values, whether they are uniform, and all of it in words and pictures.
    fn calibration_type(&mut self) -> Type {
        let [replicates, quantities] =
            ["replicates", "quantities"].map(|name| Polynomial::variable(self.found_size(name)));
        let fields = [
            ("uniform".into(), Type::scalar(Element::Bool)),
            ("p_values".into(), Type::array(Element::REAL, vec![quantities.clone()])),
            ("ranks".into(), Type::array(Element::int(), vec![replicates, quantities])),
            ("report".into(), Type::scalar(Element::Opaque("calibration".into()))),
        ];
        Type::scalar(Element::Record(fields.into()))
    }
}
