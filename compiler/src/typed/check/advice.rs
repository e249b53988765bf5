//! Ways out: what people mean who write a name of another system, give a value of another type, or one outside its range.

use super::Checker;
use crate::typed::range::Range;
use crate::typed::tree::{Expr, Role};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, nearest};
use ansatz_grammar::span::Span;

/// Names of other systems, and what is written here.
const NAMES: &[(&str, &str)] = &[
    ("gaussian", "the normal distribution is `normal(mean, sd)`"),
    ("norm", "the normal distribution is `normal(mean, sd)`"),
    ("std_normal", "write `normal(0, 1)`"),
    ("expon", "write `exponential(rate = ..)`"),
    ("t", "write `student_t(df, location, scale)`"),
    ("mvn", "write `multi_normal(mean, cov = ..)` or `multi_normal(mean, chol = ..)`"),
    ("multivariate_normal", "write `multi_normal(mean, cov = ..)` or `multi_normal(mean, chol = ..)`"),
    ("multi_normal_cholesky", "write `multi_normal(mean, chol = ..)`"),
    ("bernoulli_logit", "write `bernoulli(logit = ..)`"),
    ("poisson_log", "write `poisson(log_rate = ..)`"),
    ("inv_logit", "it is called `sigmoid`"),
    ("expit", "it is called `sigmoid`"),
    ("logistic_sigmoid", "it is called `sigmoid`"),
    ("ln", "it is called `log`"),
    ("pow", "a power is `a ^ b`"),
    ("fabs", "it is called `abs`"),
    ("len", "the length of `data x: real[N]` is `N`"),
    ("length", "the length of `data x: real[N]` is `N`"),
    ("range", "`for i in N` runs over 0 to N - 1, `for i in a..b` from a to b - 1"),
    ("square", "it is called `sq`"),
    ("dot_product", "it is called `dot`"),
    ("target", "write `factor e` for `target += e`"),
    ("null", "entries that may be missing are declared `real?[N]`, and null in the data"),
];

/// Types of other systems, and what is written here.
const TYPES: &[(&str, &str)] = &[
    ("float", "numbers are `real`"),
    ("double", "numbers are `real`"),
    ("number", "numbers are `real`"),
    ("integer", "whole numbers are `int`; the length of an array is a `size`"),
    ("boolean", "truth values are `bool`"),
    ("vector", "a vector is `real[N]`"),
    ("row_vector", "a vector is `real[N]`"),
    ("matrix", "a matrix is `real[N, M]`"),
    ("array", "an array is its entries' type with its shape behind it, as in `real[N, M]`"),
    ("string", "texts stand in scripts only"),
    ("cholesky_factor_corr", "it is called `cholesky_corr[K]`"),
    ("cholesky_factor_cov", "it is called `cholesky_cov[K]`"),
    ("corr_matrix", "it is called `corr[K]`"),
    ("cov_matrix", "it is called `cov[K]`"),
    ("probability", "a number from 0 to 1 is `unit`"),
];

fn said(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    table.iter().find(|row| row.0 == name).map(|row| row.1)
}

/// The way out for a name that nothing declares: what other systems mean by it, the nearest name, or a declaration.
pub(super) fn for_name<'a>(name: &str, known: impl Iterator<Item = &'a str>, declaration: &str) -> String {
    match (said(NAMES, name), nearest(name, known)) {
        (Some(meant), _) => meant.to_string(),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => format!("declare it above, for example {declaration}"),
    }
}

/// The way out for a type that does not exist.
pub(super) fn for_type<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match (said(TYPES, name), nearest(name, known)) {
        (Some(meant), _) => meant.to_string(),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => {
            "types are `real`, `int`, `bool`, `size`, `fin(N)`, supports such as `positive`, and \
                         what `type` and `struct` declare"
                .to_string()
        }
    }
}

/// The way out for an argument that no parameter takes: the nearest parameter, or the one that stands at its position.
pub(super) fn for_argument<'a>(
    name: &str,
    position: usize,
    parameters: impl Iterator<Item = &'a str> + Clone,
) -> String {
    match nearest(name, parameters.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if position == 0 => format!("did you mean `{}`?", parameters.clone().next().unwrap_or_default()),
        None => format!("its parameters are {}", parameters.collect::<Vec<_>>().join(", ")),
    }
}

/// What lies in a range, in words.
pub(super) fn for_range(range: Range) -> String {
    let end = |value: f64, open: bool, above: &str, from: &str| {
        value.is_finite().then(|| format!("{} {value}", if open { above } else { from }))
    };
    let lower = end(range.lower.value, range.lower.open, "above", "not below");
    let upper = end(range.upper.value, range.upper.open, "below", "not above");
    let ends: Vec<String> = lower.into_iter().chain(upper).collect();
    format!("give a number {}", ends.join(" and "))
}

/// The way out for a value of another type than is wanted.
fn for_mismatch(found: &Type, wanted: &Type) -> Option<&'static str> {
    let number = |ty: &Type| ty.is_numeric() && ty.shape.is_empty();
    Some(match (&found.element, &wanted.element) {
        (Element::Text, _) if wanted.is_numeric() => "a number is written without quotes",
        (Element::Measure(_), _) if wanted.is_numeric() => {
            "draw it in a model: `x ~ d`; its density is `log_density(d, x)`"
        }
        (Element::Function(_), _) if wanted.is_numeric() => "call it: `f(x)`",
        (Element::Model(_), _) if wanted.is_numeric() => "what a model draws is known after inference",
        (_, Element::Bool) if found.is_numeric() => "compare it, as in `x != 0`",
        (Element::Real(_), Element::Int(_)) => "whole numbers are declared `int`, indices `fin(N)`",
        _ if number(found) && wanted.is_numeric() => "an array of equal entries is `[for i in N: x]`",
        _ if found.is_numeric() && number(wanted) => "take one entry, `x[i]`, or write a loop",
        _ if found.is_numeric() && wanted.is_numeric() => {
            "shapes must be equal, size by size; sizes with different names are different"
        }
        _ => return None,
    })
}

impl Checker<'_> {
    /// Completes the message about a value of another type: where it is declared, and a way out.
    pub(super) fn advise_on_type(&self, diagnostic: Diagnostic, value: &Expr, wanted: &Type) -> Diagnostic {
        let diagnostic = self.with_declaration(diagnostic, value);
        match for_mismatch(&value.ty, wanted) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    /// Points at the declaration of the variable that a value is, if it is one of this file's.
    pub(super) fn with_declaration(&self, diagnostic: Diagnostic, value: &Expr) -> Diagnostic {
        let Some(variable) = self.declared_as(value) else { return diagnostic };
        let row = self.row(variable);
        let elsewhere = row.span.source != value.span.source || row.role == Role::Parameter;
        if elsewhere || row.span == value.span {
            return diagnostic;
        }
        diagnostic.label(row.span, format!("`{}` is declared here", row.name))
    }

    /// What is written at a place.
    pub(super) fn text(&self, span: Span) -> &str {
        &self.sources.get(span.source).text[span.range()]
    }

    /// What is written at a place, if it is short enough to stand in a message; else a letter.
    pub(super) fn short_text<'t>(&'t self, span: Span, else_say: &'t str) -> &'t str {
        let text = self.text(span);
        let plain = |letter: char| letter.is_alphanumeric() || "_[].(), :".contains(letter);
        if text.len() <= 20 && text.chars().all(plain) { text } else { else_say }
    }
}
