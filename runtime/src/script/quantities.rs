//! Quantities of a fit by the names that a program asks for: `"mu, theta[0]"`.

use super::ScriptFailure;
use super::call::Call;
use super::value::Value;
use ansatz_grammar::diagnostic::{Diagnostic, codes, nearest};

/// The positions, among a fit's labels, of what the second argument of a call names; none where it names nothing.
pub(super) fn named(call: &Call, labels: &[String]) -> Result<Option<Vec<usize>>, ScriptFailure> {
    let Value::Text(asked) = &call.values[1] else { panic!("quantities are named by text") };
    let names = split(asked);
    let mut found = Vec::new();
    for name in &names {
        let entry = format!("{name}[");
        let own: Vec<usize> =
            (0..labels.len()).filter(|at| labels[*at] == *name || labels[*at].starts_with(&entry)).collect();
        if own.is_empty() {
            return Err(unknown(call, name, labels));
        }
        found.extend(own);
    }
    Ok((!names.is_empty()).then_some(found))
}

/// Names with commas between them, but for commas between indices.
fn split(asked: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut inside = false;
    for c in asked.chars().filter(|c| !c.is_whitespace()) {
        match c {
            ',' if !inside => names.push(String::new()),
            _ => {
                inside = (inside || c == '[') && c != ']';
                names.last_mut().expect("there is a name").push(c);
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn unknown(call: &Call, name: &str, labels: &[String]) -> ScriptFailure {
    const SHOWN: usize = 8;
    let message = format!("the fit has no quantity `{name}`");
    let fault = Diagnostic::error(codes::UNKNOWN_FIELD, call.arguments[1].span, message);
    let bases = labels.iter().map(|label| label.split('[').next().unwrap_or(label));
    let help = match nearest(name, labels.iter().map(String::as_str).chain(bases)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", labels[..labels.len().min(SHOWN)].join(", ")),
    };
    ScriptFailure::Program(Box::new(fault.help(help)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_at_commas_outside_of_indices() {
        assert_eq!(split(" mu, theta[0, 1],tau ,"), ["mu", "theta[0,1]", "tau"]);
    }
}
