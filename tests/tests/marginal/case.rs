//! A model with discrete sites, lowered, enumerated, compiled and drawn from.

use ansatz_compiler::codegen::{Argument, ResultBuffer};
use ansatz_compiler::ir::datum::Datum;
use ansatz_compiler::ir::eval::evaluate;
use ansatz_compiler::ir::{Entries, Module};
use ansatz_compiler::lower::{Known, Lowered};
use ansatz_compiler::model::{DRAWS, LOG_DENSITY_CONSTRAINED, Posterior, posterior};
use ansatz_compiler::pipeline::{Form, Native, Program, Unobserved};
use ansatz_compiler::transform::{Options, resolve::resolve};
use ansatz_compiler::typed::tree::StepKind;
use ansatz_grammar::span::Sources;

/// A model, the sites that are summed out, and where it is evaluated.
pub struct Case {
    pub name: &'static str,
    /// Declarations of data, then the model `m`.
    pub text: &'static str,
    /// Conditions besides the discrete sites.
    pub given: &'static str,
    pub sizes: &'static [i64],
    pub data: Vec<Datum>,
    pub sites: Vec<Site>,
    /// A value for each latent site.
    pub at: Vec<Datum>,
}

/// A discrete site: its declaration as data, and its shape.
pub struct Site {
    pub name: &'static str,
    pub declared: &'static str,
    pub shape: &'static [usize],
    pub states: i64,
}

impl Site {
    pub const fn new(
        name: &'static str,
        declared: &'static str,
        shape: &'static [usize],
        states: i64,
    ) -> Self {
        Self { name, declared, shape, states }
    }

    /// The site's value of that number.
    pub fn value(&self, number: i64) -> Datum {
        let count: usize = self.shape.iter().product();
        let digits = (0..count as u32).map(|place| number / self.states.pow(place) % self.states);
        let entries = match self.declared.starts_with("bool") {
            true => Entries::Bool(digits.map(|digit| digit == 1).collect()),
            false => Entries::I64(digits.collect()),
        };
        match self.shape {
            [] => Datum::Scalar(entries.get(0)),
            shape => Datum::array(shape, entries),
        }
    }

    /// The number of a value.
    pub fn number(&self, value: &ResultBuffer) -> i64 {
        let digits: Vec<i64> = match value {
            ResultBuffer::I64(values) => values.clone(),
            ResultBuffer::Bool(values) => values.iter().map(|value| i64::from(*value)).collect(),
            other => panic!("no discrete values are {other:?}"),
        };
        digits.iter().rev().fold(0, |number, digit| number * self.states + digit)
    }

    pub fn count(&self) -> i64 {
        self.states.pow(self.shape.iter().product::<usize>() as u32)
    }
}

/// The posterior that a program's last line names.
pub fn lowered(text: &str) -> Posterior {
    try_lowered(text).unwrap_or_else(|fault| panic!("{text}\n{fault:?}"))
}

/// The same, where it may be refused.
pub fn try_lowered(text: &str) -> Lowered<Posterior> {
    let mut sources = Sources::default();
    let source = sources.add("model.anz", text);
    let parsed = ansatz_grammar::parse(source, text);
    let (program, diagnostics) = ansatz_compiler::typed::check(parsed.tree, &mut sources);
    assert!(diagnostics.is_empty(), "{text}\n{diagnostics:?}");
    let StepKind::Let { value, .. } = &program.script.last().expect("a script").kind else {
        panic!("the last line names a posterior")
    };
    posterior(&program, value, &Known::default())
}

/// A function's results, by the interpreter.
pub fn run(module: &Module, root: &str, sizes: &[i64], arguments: &[Datum]) -> Vec<Datum> {
    let options = Options { sizes: Some(sizes.to_vec()), ..Options::default() };
    let mut alone = Module::default();
    alone.insert(resolve(module, root, &options).expect("it resolves"));
    evaluate(&alone, root, &[], arguments).unwrap_or_else(|failure| panic!("{failure}"))
}

pub fn log_sum_exp(terms: &[f64]) -> f64 {
    let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + terms.iter().map(|term| (term - most).exp()).sum::<f64>().ln()
}

impl Case {
    pub fn marginal(&self) -> Posterior {
        let names: Vec<&str> = self.sites.iter().map(|site| site.name).collect();
        let (text, given) = (self.text, self.given);
        lowered(&format!("{text}\nlet p = marginal(m, out = [{}]) given {{{given}}}", names.join(", ")))
    }

    /// How often each value of the sites is drawn, by its number.
    pub fn drawn(&self, at: &[Datum], draws: i64) -> Vec<f64> {
        let marginal = self.marginal();
        let mut evaluator = self.native(&marginal.module, DRAWS, Form::Value).evaluator();
        let latent: Vec<Vec<f64>> = at.iter().map(Datum::to_f64).collect();
        let mut counts = vec![0.0; self.sites.iter().map(Site::count).product::<i64>() as usize];
        for number_of_draw in 0..draws {
            let key = [[3], [number_of_draw]];
            let live = latent.iter().map(|values| Argument::F64(values));
            let live: Vec<Argument> = live.chain(key.iter().map(|key| Argument::I64(key))).collect();
            let mut number = 0;
            for (site, values) in self.sites.iter().zip(evaluator.run(&live).expect("it runs")).rev() {
                number = number * site.count() + site.number(values);
            }
            counts[number as usize] += 1.0;
        }
        counts.iter().map(|count| count / draws as f64).collect()
    }

    /// The joint log density at every value of the sites.
    pub fn enumerated(&self) -> Vec<f64> {
        let mut declared = String::new();
        let mut given = self.given.to_string();
        for site in &self.sites {
            declared += &format!("data {}: {}\n", site.name, site.declared);
            given += &format!(", {}", site.name);
        }
        let given = given.trim_start_matches(", ");
        let (head, model) = self.text.split_once("model").expect("a model");
        let joint = lowered(&format!("{head}{declared}model{model}\nlet p = m given {{{given}}}"));
        let numbers = 0..self.sites.iter().map(Site::count).product();
        let at = |number: i64| {
            let mut rest = number;
            let values = self.sites.iter().map(|site| {
                let own = rest % site.count();
                rest /= site.count();
                site.value(own)
            });
            let arguments: Vec<Datum> =
                self.data.iter().cloned().chain(values).chain(self.at.iter().cloned()).collect();
            run(&joint.module, LOG_DENSITY_CONSTRAINED, self.sizes, &arguments)[0].to_f64()[0]
        };
        numbers.map(at).collect()
    }

    pub fn native(&self, module: &Module, root: &str, form: Form) -> Native {
        let data: Vec<ResultBuffer> = self.data.iter().map(buffer).collect();
        let program = Program { module, root, sizes: self.sizes, data: &data };
        Native::new(program, form, &mut Unobserved).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

pub fn buffer(datum: &Datum) -> ResultBuffer {
    match datum {
        Datum::Scalar(_) => ResultBuffer::F64(datum.to_f64()),
        Datum::Array(array) => match &array.entries {
            Entries::F64(values) => ResultBuffer::F64(values.clone()),
            Entries::I64(values) => ResultBuffer::I64(values.clone()),
            Entries::Bool(values) => ResultBuffer::Bool(values.clone()),
            other => panic!("no data are {other:?}"),
        },
    }
}

pub fn reals(shape: &[usize], values: &[f64]) -> Datum {
    Datum::floats(shape, values)
}
