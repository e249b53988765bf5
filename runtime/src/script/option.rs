//! Options of inference, checked: each must lie in its range, and the message points at the argument.

use ansatz_grammar::diagnostic::{Diagnostic, codes, nearest};
use ansatz_grammar::span::Span;

use super::ScriptFailure;
use super::call::Call;
use super::value::Value;
use crate::mcmc::MetricKind;

/// More chains than any machine has use for.
const MOST_CHAINS: usize = 10_000;
/// More iterations than a run ends.
const MOST_ITERATIONS: usize = 1_000_000_000;

/// The seed at a position: any integer.
pub(super) fn seed(call: &Call, position: usize) -> Result<u64, ScriptFailure> {
    Ok(integer(call, position) as u64)
}

/// A number of iterations at a position, `least` or above.
pub(super) fn natural(call: &Call, position: usize, least: usize) -> Result<usize, ScriptFailure> {
    within(call, position, least, MOST_ITERATIONS)
}

/// A number of chains.
pub(super) fn chains(call: &Call, position: usize) -> Result<usize, ScriptFailure> {
    within(call, position, 1, MOST_CHAINS)
}

/// A number between 0 and 1, neither of which it is.
pub(super) fn fraction(call: &Call, position: usize) -> Result<f64, ScriptFailure> {
    let value = call.values[position].data().to_f64()[0];
    if value > 0.0 && value < 1.0 {
        Ok(value)
    } else {
        Err(outside(call, position, "a number between 0 and 1"))
    }
}

/// A number above 0.
pub(super) fn positive(call: &Call, position: usize) -> Result<f64, ScriptFailure> {
    let value = call.values[position].data().to_f64()[0];
    if value > 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(outside(call, position, "a number above 0"))
    }
}

/// The names that an option takes which a name is given for; none of other options.
pub(crate) fn names(option: &str) -> Option<Vec<&'static str>> {
    (option == "metric").then(|| MetricKind::names().collect())
}

/// The message about a name that an option does not take.
pub(crate) fn misnamed(place: Span, found: &str, names: &[&str]) -> Diagnostic {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let expected = format!("one of {}", quoted.join(", "));
    let help = match nearest(found, names.iter().copied()) {
        Some(near) => format!("is \"{near}\" meant?"),
        None => format!("give {expected}, or leave the option out"),
    };
    Diagnostic::error(codes::BAD_OPTION, place, "this option is outside its range")
        .expected(expected)
        .found(format!("\"{found}\""))
        .help(help)
}

/// What a name stands for, which is one of these.
pub(super) fn one_of<T>(
    call: &Call,
    position: usize,
    names: impl Iterator<Item = &'static str>,
    named: fn(&str) -> Option<T>,
) -> Result<T, ScriptFailure> {
    let Value::Text(name) = &call.values[position] else {
        panic!("the checker lets only text be given here")
    };
    let names: Vec<&str> = names.collect();
    let fault = || misnamed(call.arguments[position].span, name, &names);
    named(name).ok_or_else(|| ScriptFailure::Program(Box::new(fault())))
}

/// A whole number at a position, from `least` to `most`.
pub(super) fn within(
    call: &Call,
    position: usize,
    least: usize,
    most: usize,
) -> Result<usize, ScriptFailure> {
    let value = integer(call, position);
    let found = usize::try_from(value).ok().filter(|value| (least..=most).contains(value));
    found.ok_or_else(|| outside(call, position, &format!("a whole number from {least} to {most}")))
}

fn integer(call: &Call, position: usize) -> i64 {
    call.values[position].data().as_i64().expect("the checker lets integers only be given here")
}

fn outside(call: &Call, position: usize, expected: &str) -> ScriptFailure {
    let place = call.arguments[position].span;
    let fault = Diagnostic::error(codes::BAD_OPTION, place, "this option is outside its range");
    let fault = fault.expected(expected).found(call.values[position].to_string());
    ScriptFailure::Program(Box::new(fault.help(format!("give {expected}, or leave the option out"))))
}
