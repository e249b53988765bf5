//! Guides that are made from a model: `auto.meanfield(m)`, `auto.fullrank(m)`. They are written in the language, from the
//! model's latent sites, and checked like any other; `explain --emit typed` shows them.
//!
//! Both are normal in the coordinates without constraints. The full rank is that of a triangular factor: a site's mean moves
//! with the coordinates of the sites before it, a row's with those of the rows before it, and the entries of a row share a
//! covariance.

use super::Checker;
use super::declare::{Declaration, State};
use super::scope::Room;
use crate::ir::Polynomial;
use crate::typed::range::Range;
use crate::typed::structure::Structure;
use crate::typed::tree::Expr;
use crate::typed::types::{Element, ModelType, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind, Ident, ItemKind};
use std::fmt::{self, Write};
use std::rc::Rc;

/// The families, by name.
const FAMILIES: [&str; 2] = ["meanfield", "fullrank"];

/// The standard deviation at which each coordinate begins: small, so that the mode is found first.
const START: &str = "0.1";

/// A latent site as a guide draws it: one value, or rows of them.
struct Latent {
    name: String,
    /// How many rows.
    rows: Option<String>,
    /// How many coordinates a value has, if they are a vector.
    length: Option<String>,
    /// The support that coordinates are mapped onto, as a type; none where they are the values.
    onto: Option<String>,
}

impl Checker<'_> {
    /// The family that `auto.meanfield` names, if `auto` is not the program's own.
    pub(super) fn auto_family<'a>(&mut self, callee: &'a tree::Expr) -> Option<&'a Ident> {
        let tree::ExprKind::Field { base, name } = &callee.kind else { return None };
        let tree::ExprKind::Name(room) = &base.kind else { return None };
        (room.as_str() == "auto" && !self.is_users("auto")).then_some(name)
    }

    /// `auto.meanfield(m)`
    pub(super) fn auto_guide(&mut self, span: Span, family: &Ident, arguments: &[Argument]) -> Expr {
        let [Argument { kind: ArgumentKind::Value(model), .. }] = arguments else {
            let fault =
                Diagnostic::error(codes::MISSING_ARGUMENT, span, "a call with other arguments than it takes");
            return self
                .fail(span, fault.expected(format!("`auto.{family}(m)`, of a model with what is given")));
        };
        if !FAMILIES.contains(&family.as_str()) {
            let fault = Diagnostic::error(
                codes::UNKNOWN_FIELD,
                family.span,
                format!("there is no family `auto.{family}`"),
            );
            return self
                .fail(span, fault.expected(FAMILIES.map(|name| format!("`auto.{name}`")).join(" or ")));
        }
        let model = self.expression(model);
        let Element::Model(of) = model.ty.element.clone() else {
            if model.is_unknown() {
                return model;
            }
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, model.span, "a guide is made from a model");
            return self.fail(span, fault.found(format!("`{}`", self.show(&model.ty))));
        };
        let known = self.guides.iter().find(|(name, made, _)| name == family.as_str() && *made == *of);
        let id = match known.map(|(_, _, id)| *id) {
            Some(id) => id,
            None => {
                let Some(text) = self.guide_text(model.span, family.as_str(), &of) else {
                    return Expr::unknown(span);
                };
                let id = self
                    .declare_text(&format!("auto.{family} of {}", self.program.models[of.model].name), &text);
                self.guides.push((family.as_str().to_string(), (*of).clone(), id));
                id
            }
        };
        self.model_call(span, id, &[])
    }

    /// Declares the guide that a text holds; its number.
    fn declare_text(&mut self, name: &str, text: &str) -> usize {
        let source = self.sources.add(name, text);
        let parse = ansatz_grammar::parse(source, text);
        assert!(parse.diagnostics.is_empty(), "a guide that is made parses: {text}");
        let item = parse.tree.items.into_iter().next().expect("the text declares a guide");
        let ItemKind::Model(guide) = &item.kind else { panic!("the text declares a guide") };
        let (name, span, room) = (guide.name.name.clone(), guide.name.span, Room::User);
        let (item, state, locals) = (Rc::new(item), State::Untouched, Vec::new());
        self.declarations.push(Declaration {
            name,
            span,
            room,
            item,
            state,
            signature: None,
            locals,
            rank: super::pack::ALONE,
        });
        self.declarations.len() - 1
    }

    /// The guide of a family as text.
    fn guide_text(&mut self, span: Span, family: &str, of: &ModelType) -> Option<String> {
        let model = self.program.models[of.model].clone();
        let substitution = self.substitution(&model.sizes, &of.sizes);
        if let Some(site) = of.partly.first() {
            self.unsupported(span, &format!("a guide for `{site}`, of which entries are given"));
            return None;
        }
        let mut latent: Vec<Latent> = Vec::new();
        for site in &model.sites {
            let row = self.row(site.variable).clone();
            if of.given.contains(&row.name) || of.out.contains(&row.name) {
                continue;
            }
            match self.latent(&row.name, &row.ty.substitute(&substitution)) {
                Ok(found) => latent.push(found),
                Err(why) => {
                    let message = format!("no guide is made for `{}`: {why}", row.name);
                    let fault =
                        Diagnostic::error(codes::GUIDE_MISMATCH, span, message).label(row.span, "the site");
                    self.report(fault.help("write the guide, with a measure for this site"));
                    return None;
                }
            }
        }
        let mut text = format!("guide {family} {{\n");
        for (position, site) in latent.iter().enumerate() {
            match family {
                "meanfield" => site.alone(&mut text),
                _ => site.with_others(&latent[..position], &mut text),
            }
            .expect("memory can be written");
        }
        Some(text + "}\n")
    }

    /// How a guide draws a site of this type.
    fn latent(&self, name: &str, ty: &Type) -> Result<Latent, &'static str> {
        if matches!(ty.element, Element::Record(_)) {
            return Err("it is a path of several states");
        }
        let Element::Real(domain) = &ty.element else {
            return Err("it is discrete; sum it out with `marginal`");
        };
        if name.contains('.') {
            return Err("it is a site of a model that is drawn");
        }
        let mut sizes = ty.shape.clone();
        let (length, onto) = match domain.structure {
            Some(structure) => {
                let size = sizes[sizes.len() - structure.axes()].clone();
                sizes.truncate(sizes.len() - structure.axes());
                let onto = format!("{}[{}]", structure.name(), self.show_size(&size));
                (Some(free(structure, &size)), Some(onto))
            }
            None => (sizes.pop(), support(domain.range)),
        };
        let shown = |size: Option<Polynomial>| size.map(|size| self.show_size(&size));
        let name = name.to_string();
        match sizes.len() {
            0 | 1 => Ok(Latent { name, rows: shown(sizes.pop()), length: shown(length), onto }),
            _ => Err("it has more than two axes, or rows and columns of vectors that belong together"),
        }
    }
}

/// The support that is a range, as a type; none where any number lies in it.
fn support(range: Range) -> Option<String> {
    match (range.lower.value, range.upper.value) {
        (f64::NEG_INFINITY, f64::INFINITY) => None,
        (0.0, f64::INFINITY) => Some("positive".to_string()),
        (f64::NEG_INFINITY, upper) => Some(format!("interval(-inf, {upper:?})")),
        (lower, f64::INFINITY) => Some(format!("interval({lower:?}, inf)")),
        (lower, upper) => Some(format!("interval({lower:?}, {upper:?})")),
    }
}

/// How many coordinates a structure of this size has.
fn free(structure: Structure, size: &Polynomial) -> Polynomial {
    let half = |pairs: Polynomial| pairs.divided(2).expect("one of two neighbours is even");
    match structure {
        Structure::Simplex => size.minus(&1.into()),
        Structure::Ordered | Structure::PositiveOrdered => size.clone(),
        Structure::Corr | Structure::CholeskyCorr => half(size.times(&size.minus(&1.into()))),
        Structure::Cov | Structure::CholeskyCov => half(size.times(&size.plus(&1.into()))),
    }
}

/// Of a parameter's type, or of where it begins.
fn array(element: &str, shape: &[&String]) -> String {
    let shape: Vec<&str> = shape.iter().map(|size| size.as_str()).collect();
    if shape.is_empty() { element.to_string() } else { format!("{element}[{}]", shape.join(", ")) }
}

/// A number, or an array of it.
fn filled(number: &str, shape: &[&String]) -> String {
    let loops: Vec<String> =
        shape.iter().zip('i'..).map(|(size, index)| format!("{index} in {size}")).collect();
    if shape.is_empty() { number.to_string() } else { format!("[for {}: {number}]", loops.join(", ")) }
}

impl Latent {
    /// The shape of its coordinates.
    fn shape(&self) -> Vec<&String> {
        self.rows.iter().chain(&self.length).collect()
    }

    /// `[i]` for a site with rows.
    fn at(&self, index: &str) -> String {
        if self.rows.is_some() { format!("[{index}]") } else { String::new() }
    }

    fn param(&self, part: &str, element: &str, start: &str, text: &mut String) -> fmt::Result {
        let shape = self.shape();
        writeln!(text, "  param {}_{part}: {} = {}", self.name, array(element, &shape), filled(start, &shape))
    }

    /// Its draw, row by row, from a measure over the coordinates of a row `i`.
    fn draw(&self, measure: &str, text: &mut String) -> fmt::Result {
        let measure = match &self.onto {
            Some(onto) => format!("transformed({measure}, to({onto}))"),
            None => measure.to_string(),
        };
        let draw = format!("{}{} ~ {measure} by reparam", self.name, self.at("i"));
        match &self.rows {
            Some(rows) => writeln!(text, "  for i in {rows} {{ {draw} }}"),
            None => writeln!(text, "  {draw}"),
        }
    }

    /// A site that moves with no other.
    fn alone(&self, text: &mut String) -> fmt::Result {
        self.param("mean", "real", "0.0", text)?;
        self.param("sd", "positive", START, text)?;
        let (name, at) = (&self.name, self.at("i"));
        self.draw(&format!("normal({name}_mean{at}, {name}_sd{at})"), text)
    }

    /// A site that moves with those before it, and each of its rows with the rows before that one.
    fn with_others(&self, before: &[Latent], text: &mut String) -> fmt::Result {
        self.param("mean", "real", "0.0", text)?;
        let (name, at) = (&self.name, self.at("i"));
        let mut mean = format!("{name}_mean{at}");
        for other in before {
            let by = format!("{name}_by_{}", other.name);
            let shape = [&self.rows, &other.rows, &self.length, &other.length];
            let shape: Vec<&String> = shape.into_iter().flatten().collect();
            writeln!(text, "  param {by}: {} = {}", array("real", &shape), filled("0.0", &shape))?;
            let term = other.moves(&format!("{by}{at}{}", other.at("j")), self.length.is_some());
            match &other.rows {
                Some(rows) => write!(mean, " + sum(for j in {rows}: {term})")?,
                None => write!(mean, " + {term}")?,
            }
        }
        if self.rows.is_some() {
            let shape: Vec<&String> =
                [&self.rows, &self.rows, &self.length, &self.length].into_iter().flatten().collect();
            writeln!(text, "  param {name}_by_rows: {} = {}", array("real", &shape), filled("0.0", &shape))?;
            let term = self.moves(&format!("{name}_by_rows[i, j]"), true);
            write!(mean, " + sum(for j in 0..i: {term})")?;
        }
        let Some(length) = &self.length else {
            writeln!(text, "  param {name}_sd: positive = {START}")?;
            return self.draw(&format!("normal({mean}, {name}_sd)"), text);
        };
        let start = format!("{START} * identity({length})");
        let (several, start) = match &self.rows {
            Some(rows) => (format!("[{rows}]"), format!("[for i in {rows}: {start}]")),
            None => (String::new(), start),
        };
        writeln!(text, "  param {name}_chol: cholesky_cov[{length}]{several} = {start}")?;
        self.draw(&format!("multi_normal({mean}, chol = {name}_chol{at})"), text)
    }

    /// By how much a mean of a vector, or of a number, moves with the coordinates of its row `j`.
    fn moves(&self, by: &str, vector: bool) -> String {
        let (name, at) = (&self.name, self.at("j"));
        let value = format!("{name}{at}");
        let coordinates = match &self.onto {
            Some(onto) => format!("to({onto}).inverse({value})"),
            None => value,
        };
        let moved = format!("({coordinates} - {name}_mean{at})");
        match (vector, &self.length) {
            (true, Some(_)) => format!("{by} @ {moved}"),
            (false, Some(_)) => format!("dot({by}, {moved})"),
            (_, None) => format!("{by} * {moved}"),
        }
    }
}
