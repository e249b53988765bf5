//! The table: every distribution that the library declares, with arguments that its parameters' types suggest.

use ansatz_compiler::codegen::ResultBuffer;
use ansatz_grammar::span::Sources;
use ansatz_grammar::tree::{self, DefinitionsKind, ItemKind, TypeKind};

/// A declared distribution.
pub struct Declared {
    pub name: String,
    pub parameters: Vec<Parameter>,
    /// The type of its values, as it is written.
    pub value: Shape,
    /// The names of its entries.
    pub entries: Vec<String>,
}

pub struct Parameter {
    pub name: String,
    pub of: Shape,
}

/// A type as far as the laws care: the element's name and the number of axes that its sizes make.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    pub element: String,
    pub axes: usize,
}

/// A distribution with arguments, as a program writes it.
#[derive(Clone)]
pub struct Case {
    /// `normal(mean = -0.7, sd = 1.3)`
    pub call: String,
    /// Its parameters that are real numbers or arrays of them, with the type that a site of such a value has.
    pub floats: Vec<Float>,
    /// The rest of the call: arguments that are integers or sizes.
    pub fixed: Vec<String>,
    pub name: String,
    pub value: Shape,
    pub entries: Vec<String>,
}

/// A real parameter and its argument.
#[derive(Clone)]
pub struct Float {
    pub name: String,
    pub ty: String,
    pub values: Vec<f64>,
}

/// How many lists of arguments each distribution is tried with.
pub const LISTS: usize = 3;

const REAL: [[f64; 2]; LISTS] = [[-0.7, 1.3], [0.4, 2.5], [3.0, 3.25]];
const POSITIVE: [[f64; 2]; LISTS] = [[2.75, 1.3], [0.8, 3.5], [11.5, 0.6]];
const UNIT: [f64; LISTS] = [0.3, 0.85, 0.02];
const INT: [[i64; 2]; LISTS] = [[3, 8], [5, 6], [12, 20]];
const REALS: [[f64; 3]; LISTS] = [[0.3, -1.2, 0.8], [2.0, 0.1, -0.4], [-0.6, -0.5, 3.0]];
const POSITIVES: [[f64; 3]; LISTS] = [[0.9, 2.25, 1.4], [3.0, 0.7, 5.5], [1.0, 1.0, 1.0]];
const SIMPLEX: [[f64; 3]; LISTS] = [[0.2, 0.5, 0.3], [0.75, 0.0625, 0.1875], [0.25, 0.25, 0.5]];
const ORDERED: [[f64; 3]; LISTS] = [[-0.8, 0.4, 1.9], [0.0, 0.5, 1.0], [-3.0, -2.5, 4.0]];
/// Positive definite matrices, and Cholesky factors for parameters that ask for them.
const MATRIX: [[f64; 4]; LISTS] = [[2.0, 0.6, 0.6, 1.1], [0.5, -0.2, -0.2, 0.3], [1.0, 0.0, 0.0, 1.0]];
const FACTOR: [[f64; 4]; LISTS] = [[1.4, 0.0, 0.5, 0.9], [0.7, 0.0, -0.3, 0.4], [1.0, 0.0, 0.0, 1.0]];
/// Parameters whose arguments are too small for a distribution, with what is added to them.
const OFFSETS: &[(&str, &str, f64)] = &[
    ("wishart", "df", 2.0),
    ("inverse_wishart", "df", 2.0),
    // With a shape far below one, most draws differ from an end of the support by less than doubles can.
    ("beta_proportion", "concentration", 6.0),
];

/// Every distribution that the library declares.
pub fn declared() -> Vec<Declared> {
    let mut sources = Sources::default();
    let mut found = Vec::new();
    for file in ansatz_stdlib::FILES.iter().filter(|file| file.name.starts_with("distributions/")) {
        let source = sources.add(file.name, file.text);
        let parsed = ansatz_grammar::parse(source, file.text);
        for item in parsed.tree.items {
            if let ItemKind::Definitions(written) = item.kind
                && written.kind == DefinitionsKind::Distribution
            {
                found.push(read(&written));
            }
        }
    }
    assert!(found.len() > 40, "the library has its distributions");
    found
}

fn read(written: &tree::Definitions) -> Declared {
    let parameters = written.parameters.iter().map(|parameter| Parameter {
        name: parameter.name.to_string(),
        of: shape(parameter.ty.as_ref().expect("parameters of distributions have types")),
    });
    Declared {
        name: written.name.to_string(),
        parameters: parameters.collect(),
        value: shape(&written.variable.ty),
        entries: written.entries.iter().map(|entry| entry.name.to_string()).collect(),
    }
}

fn shape(ty: &tree::Type) -> Shape {
    match &ty.kind {
        TypeKind::Name(name) => Shape { element: name.to_string(), axes: 0 },
        TypeKind::Call { base, .. } => shape(base),
        TypeKind::Sized { base, sizes } => {
            let base = shape(base);
            Shape { axes: base.axes + sizes.len(), ..base }
        }
        other => panic!("no distribution has a parameter of type {other:?}"),
    }
}

/// Every distribution with each of its lists of arguments.
pub fn cases() -> Vec<Case> {
    let declared = declared();
    declared.iter().flat_map(|declared| (0..LISTS).map(|list| case(declared, list))).collect()
}

fn case(declared: &Declared, list: usize) -> Case {
    let mut of_kind = [0; 3];
    let (mut floats, mut fixed) = (Vec::new(), Vec::new());
    for parameter in &declared.parameters {
        let mut next = |kind: usize| {
            of_kind[kind] += 1;
            of_kind[kind] - 1
        };
        let offset = OFFSETS.iter().find(|(name, of, _)| *name == declared.name && *of == parameter.name);
        let offset = offset.map_or(0.0, |(.., offset)| *offset);
        let (ty, values) = match (parameter.of.element.as_str(), parameter.of.axes) {
            ("real", 0) => ("real", vec![REAL[list][next(0)]]),
            ("positive", 0) => ("positive", vec![POSITIVE[list][next(1)] + offset]),
            ("unit", 0) => ("unit", vec![UNIT[list]]),
            ("int", 0) => {
                fixed.push(format!("{} = {}", parameter.name, INT[list][next(2)]));
                continue;
            }
            ("size", 0) => {
                fixed.push(format!("{} = 3", parameter.name));
                continue;
            }
            ("real", 1) if declared.parameters.iter().any(|other| other.of.axes == 2) => {
                ("real[2]", REALS[list][..2].to_vec())
            }
            ("real", 1) => ("real[3]", REALS[list].to_vec()),
            ("positive", 1) => ("positive[3]", POSITIVES[list].to_vec()),
            ("simplex", 1) => ("simplex[3]", SIMPLEX[list].to_vec()),
            ("ordered", 1) => ("ordered[3]", ORDERED[list].to_vec()),
            ("real", 2) if parameter.name == "chol" => ("real[2, 2]", FACTOR[list].to_vec()),
            ("real", 2) => ("real[2, 2]", MATRIX[list].to_vec()),
            other => panic!("the table has no argument for a parameter of type {other:?}"),
        };
        floats.push(Float { name: parameter.name.clone(), ty: ty.to_string(), values });
    }
    Case::new(declared, floats, fixed)
}

impl Case {
    fn new(declared: &Declared, floats: Vec<Float>, fixed: Vec<String>) -> Case {
        let mut case = Case {
            call: String::new(),
            floats,
            fixed,
            name: declared.name.clone(),
            value: declared.value.clone(),
            entries: declared.entries.clone(),
        };
        case.call = case.written(|float| float.literal());
        case
    }

    /// The call with its real arguments written by the closure.
    pub fn written(&self, argument: impl Fn(&Float) -> String) -> String {
        let floats = self.floats.iter().map(|float| format!("{} = {}", float.name, argument(float)));
        let arguments: Vec<String> = floats.chain(self.fixed.iter().cloned()).collect();
        format!("{}({})", self.name, arguments.join(", "))
    }

    /// The same with one entry of one real argument moved.
    pub fn moved(&self, float: usize, entry: usize, by: f64) -> Case {
        let mut case = self.clone();
        case.floats[float].values[entry] += by;
        case.call = case.written(Float::literal);
        case
    }

    pub fn has(&self, entry: &str) -> bool {
        self.entries.iter().any(|known| known == entry)
    }

    /// Whether its values are real numbers, or arrays of them.
    pub fn is_continuous(&self) -> bool {
        !["int", "fin", "bool"].contains(&self.value.element.as_str())
    }

    /// A value inside of its support.
    pub fn typical(&self) -> ResultBuffer {
        let first = self.floats.first().map_or(0.0, |float| float.values[0]);
        let numbers: &[f64] = match (self.value.element.as_str(), self.value.axes) {
            ("bool", _) => return ResultBuffer::Bool(vec![true]),
            ("int" | "fin", 0) => return ResultBuffer::I64(vec![2]),
            ("int", _) => {
                let n = self.fixed[0].split("= ").last().and_then(|n| n.parse::<i64>().ok());
                return ResultBuffer::I64(vec![1, 0, n.expect("a number of draws") - 1]);
            }
            ("interval", _) if self.name == "pareto" => &[1.5 * first],
            ("interval", _) => &[first + 0.125],
            (_, 0) => &[0.375],
            ("simplex", _) => &[0.5, 0.125, 0.375],
            ("real", _) => &[0.25, -1.5],
            ("cov", _) => &[1.5, 0.25, 0.25, 0.75],
            ("corr", _) => &[1.0, 0.5, 0.25, 0.5, 1.0, -0.125, 0.25, -0.125, 1.0],
            _ => &[1.0, 0.0, 0.0, 0.6, 0.8, 0.0, 0.0, 0.28, 0.96],
        };
        ResultBuffer::F64(numbers.to_vec())
    }

    /// The type of its values in the table's programs.
    pub fn value_type(&self) -> String {
        match (self.value.element.as_str(), self.value.axes) {
            ("int" | "fin", 0) => "int".into(),
            ("bool", 0) => "bool".into(),
            ("int", 1) => "int[3]".into(),
            (_, 0) => "real".into(),
            ("simplex", 1) => "real[3]".into(),
            ("real", 1) => "real[2]".into(),
            ("cov", _) => "real[2, 2]".into(),
            _ => "real[3, 3]".into(),
        }
    }
}

impl Float {
    /// `1.3`, `[0.2, 0.5, 0.3]`, `[[2.0, 0.6], [0.6, 1.1]]`
    pub fn literal(&self) -> String {
        let list = |values: &[f64]| {
            let entries: Vec<String> = values.iter().map(|x| format!("{x:?}")).collect();
            format!("[{}]", entries.join(", "))
        };
        match self.values.len() {
            1 => format!("{:?}", self.values[0]),
            4 => format!("[{}, {}]", list(&self.values[..2]), list(&self.values[2..])),
            _ => list(&self.values),
        }
    }
}

#[test]
fn every_distribution_of_the_issue_is_there() {
    let declared = declared();
    for name in "normal lognormal student_t cauchy laplace logistic uniform exponential gamma inverse_gamma chi_squared \
                 weibull pareto gumbel beta von_mises half_normal half_cauchy half_student_t dirichlet multi_normal \
                 lkj_corr_cholesky wishart bernoulli binomial beta_binomial categorical multinomial poisson \
                 negative_binomial geometric ordered_logistic discrete_uniform"
        .split_whitespace()
    {
        assert!(declared.iter().any(|declared| declared.name == name), "{name} is missing");
    }
    for declared in &declared {
        for entry in ["log_density", "sample"] {
            let inverted = entry == "sample" && declared.entries.iter().any(|entry| entry == "quantile");
            assert!(
                inverted || declared.entries.iter().any(|known| known == entry),
                "{} has no {entry}",
                declared.name
            );
        }
    }
}
