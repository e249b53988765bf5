//! Which posterior of a program is meant, and its data.

use std::sync::Arc;

use ansatz_compiler::pipeline::Unobserved;
use ansatz_compiler::typed::tree::{self, Expr, Role, StepKind, Uses};
use ansatz_compiler::typed::types::Element;
use ansatz_grammar::diagnostic::nearest;

use super::ahead::{definition, is_closed, sampled};
use super::{Bound, Posterior, Program};
use crate::data::{self, Input};
use crate::engine::{Error, Faults, Watchdog};
use crate::script::uses;

/// A posterior of a program; what a call of inference is given without a `let` has no name.
struct Candidate<'p> {
    name: Option<&'p str>,
    expression: &'p Expr,
}

impl Program {
    /// Takes data and compiles its posterior: what its one `let` of a model names, else the one that its script samples.
    ///
    /// ```
    /// use ansatz::{Engine, Input, Target};
    ///
    /// let program = Engine::new().compile("data N: size\ndata y: real[N]\nmodel m { mu ~ normal(0, 1)\n y ~ normal(mu, 1)[N] }\nlet p = m given {y}")?;
    /// let posterior = program.bind(Input::new().set("y", [0.3, 0.5]))?;
    /// assert_eq!(posterior.dimension(), 1);
    ///
    /// let error = program.bind(r#"{"y": [0.3, "a"]}"#).expect_err("not a number");
    /// assert!(error.to_string().contains("y[1]"));
    /// # Ok::<(), ansatz::Error>(())
    /// ```
    pub fn bind(&self, data: impl Into<Input>) -> Result<Posterior, Error> {
        self.bound(self.choose(None)?, &data.into())
    }

    /// The same of the posterior that a `let` names.
    ///
    /// ```
    /// use ansatz::Engine;
    ///
    /// let program = Engine::new().compile("model m { x ~ normal(0, 1)\n y ~ normal(x, 1) }\nlet prior = m\nlet low = m given {y = -1}")?;
    /// assert!(program.bind("{}").expect_err("there are two").to_string().contains("`prior`, `low`"));
    /// assert!(program.bind_named("low", "{}").is_ok());
    /// # Ok::<(), ansatz::Error>(())
    /// ```
    pub fn bind_named(&self, name: &str, data: impl Into<Input>) -> Result<Posterior, Error> {
        self.bound(self.choose(Some(name))?, &data.into())
    }

    /// The names of its posteriors, in order.
    ///
    /// ```
    /// let program = ansatz::Engine::new().compile("model m { x ~ normal(0, 1) }\nlet prior = m")?;
    /// assert_eq!(program.posteriors(), ["prior"]);
    /// # Ok::<(), ansatz::Error>(())
    /// ```
    pub fn posteriors(&self) -> Vec<&str> {
        self.candidates().iter().filter_map(|candidate| candidate.name).collect()
    }

    fn bound(&self, expression: &Expr, data: &Input) -> Result<Posterior, Error> {
        let mut sources = self.sources.clone();
        let data = match data::bind(&self.declared(), data, &mut sources) {
            Ok(data) => data,
            Err(faults) => return Err(Faults::new(faults, sources).into()),
        };
        let bound = Bound::new(self, &data);
        let watchdog = Watchdog::new(self.limits.time, &bound.allowed.interrupt);
        let posterior = Posterior::new(self, expression, &bound, &mut Unobserved);
        drop(watchdog);
        match posterior {
            Ok(posterior) => Ok(posterior.told_in(Arc::new(sources))),
            Err(error) => Err(Faults::new(vec![error.diagnostic(expression.span)], sources).into()),
        }
    }

    fn candidates(&self) -> Vec<Candidate<'_>> {
        let typed = &*self.typed;
        let named = typed.script.iter().filter_map(|step| match &step.kind {
            StepKind::Let { variable, value, .. }
                if matches!(value.ty.element, Element::Model(_)) && is_closed(typed, value) =>
            {
                let name = Some(&*typed.variables[variable.0 as usize].name);
                Some(Candidate { name, expression: value })
            }
            _ => None,
        });
        let mut found: Vec<Candidate> = named.collect();
        for expression in sampled(typed).into_iter().map(|model| definition(typed, model)) {
            if found.iter().all(|known| known.expression.span != expression.span) {
                found.push(Candidate { name: None, expression });
            }
        }
        found
    }

    fn choose(&self, name: Option<&str>) -> Result<&Expr, Error> {
        let candidates = self.candidates();
        let names: Vec<String> = candidates.iter().filter_map(|one| one.name.map(str::to_owned)).collect();
        let refused = |message: String| Error::Choice { message, names: names.clone() };
        let chosen = match (name, candidates.as_slice()) {
            (None, []) => {
                let message =
                    "the program names no posterior; add a line such as `let posterior = m given {y}`";
                return Err(refused(message.to_owned()));
            }
            (None, [one]) => one,
            (None, _) => return Err(refused(several(&names))),
            (Some(name), all) => match all.iter().find(|one| one.name == Some(name)) {
                Some(one) => one,
                None => return Err(refused(unknown(name, &names))),
            },
        };
        match waits(&self.typed, chosen.expression) {
            None => Ok(chosen.expression),
            Some(value) => Err(refused(format!(
                "this posterior needs `{value}`, which is known only when the script runs; make it `data`"
            ))),
        }
    }
}

fn several(names: &[String]) -> String {
    match names {
        [] => "the script samples several posteriors; name one with `let`, and choose it by `bind_named`"
            .to_owned(),
        names => format!("the program has several posteriors, of which one must be named: {}", listed(names)),
    }
}

fn unknown(name: &str, names: &[String]) -> String {
    let message = format!("the program names no posterior `{name}`");
    match (nearest(name, names.iter().map(String::as_str)), names) {
        (Some(near), _) => format!("{message}; is `{near}` meant?"),
        (None, []) => format!("{message}, nor any other"),
        (None, names) => format!("{message}; those it names are {}", listed(names)),
    }
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<String>>().join(", ")
}

/// A value that an expression needs and that only a run of the script knows.
fn waits(typed: &tree::Program, expression: &Expr) -> Option<String> {
    let mut used = Uses::new();
    uses(typed, expression, &mut used);
    used.into_iter().find_map(|variable| {
        let row = &typed.variables[variable.0 as usize];
        if row.role != Role::Script {
            return None;
        }
        match (&row.ty.element, defined(typed, variable)) {
            (Element::Model(_), Some(value)) => waits(typed, value),
            (Element::Function(_) | Element::Measure(_), _) => None,
            _ => Some(row.name.to_string()),
        }
    })
}

fn defined(typed: &tree::Program, wanted: tree::Variable) -> Option<&Expr> {
    typed.script.iter().find_map(|step| match &step.kind {
        StepKind::Let { variable, value, .. } if *variable == wanted => Some(value),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::Engine;

    fn error(program: &str, name: Option<&str>) -> String {
        let program = Engine::new().compile(program).expect("it is right");
        let bound = match name {
            Some(name) => program.bind_named(name, "{}"),
            None => program.bind("{}"),
        };
        bound.err().map(|error| error.to_string()).unwrap_or_default()
    }

    const MODEL: &str = "model m(s: real) { x ~ normal(0, exp(s))\n y ~ normal(x, 1) }\n";

    #[test]
    fn a_posterior_is_chosen_by_its_name_or_because_it_is_the_only_one() {
        let two = format!("{MODEL}let high = m(0) given {{y = 3}}\nlet low = m(0) given {{y = -3}}");
        assert_eq!(error(&two, Some("low")), "");
        assert!(error(&two, None).ends_with("must be named: `high`, `low`"), "{}", error(&two, None));
        assert_eq!(error(&two, Some("lov")), "the program names no posterior `lov`; is `low` meant?");
        assert!(error(MODEL, None).starts_with("the program names no posterior; add"));
        let sampled = format!("{MODEL}let fit = nuts(m(0) given {{y = 1}}, seed = 1)");
        assert_eq!(error(&sampled, None), "");
        let again = format!("{MODEL}let p = m(0) given {{y = 1}}\nlet fit = nuts(p, seed = 1)");
        assert_eq!(error(&again, None), "");
    }

    #[test]
    fn a_posterior_that_waits_for_the_script_is_told() {
        let after =
            "let fit = nuts(m(0) given {y = 1}, seed = 1)\nlet c = mean(fit.x)\nlet p = m(c) given {y = 1}";
        let told = error(&format!("{MODEL}{after}"), Some("p"));
        assert!(told.contains("needs `c`"), "{told}");
        let constant = format!("{MODEL}let c = 2 * 3\nlet p = m(c) given {{y = 1}}");
        assert_eq!(error(&constant, None), "");
    }
}
