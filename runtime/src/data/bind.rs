//! Binding: the data of a file, and of settings, checked against what a program declares.

use ansatz_grammar::diagnostic::Diagnostic;
use ansatz_grammar::span::Sources;

use super::cells::{Check, Numbers};
use super::declaration::{Declaration, Declared, Element};
use super::given::{Datum, Given, Input};
use super::sizes::Sizes;
use super::structure;

/// Data that have passed every check.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// Sizes by symbol. One that no datum needs may be unknown.
    pub sizes: Vec<Option<i64>>,
    /// The variables, in the order of their declarations.
    pub arrays: Vec<Array>,
}

/// One variable's values.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its name.
    pub name: String,
    /// Extents, first axis first; empty for a scalar.
    pub shape: Vec<usize>,
    /// The entries, last axis fastest.
    pub values: Values,
    /// Entries that are missing, ascending; their values mean nothing.
    pub missing: Vec<usize>,
}

/// Entries of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Real numbers, all finite where not missing.
    Real(Vec<f64>),
    /// Integers; indices count from 0.
    Int(Vec<i64>),
    /// Truth values.
    Bool(Vec<bool>),
}

/// Reads and checks the data of a program, as many faults at once as there are. The texts are added to `sources`.
pub fn bind(declared: &Declared, input: &Input, sources: &mut Sources) -> Result<Data, Vec<Diagnostic>> {
    let given = Given::read(input, sources).map_err(|fault| vec![*fault])?;
    let mut faults = given.refuse_unknown_settings(declared);
    let mut sizes = Sizes::new(declared);
    for size in &declared.sizes {
        if let Some(entry) = given.get(declared.symbol(size.symbol)) {
            faults.extend(sizes.give(declared, size.symbol, &entry.value).err().map(|fault| *fault));
        }
    }
    let mut found = Vec::with_capacity(declared.variables.len());
    for variable in &declared.variables {
        match given.shaped(declared, variable) {
            Ok(datum) => {
                sizes.infer(variable, &datum.shaped, datum.place);
                found.push((variable, datum));
            }
            Err(fault) => faults.push(*fault),
        }
    }
    faults.extend(given.missing_sizes(declared, &sizes));
    let mut arrays = Vec::with_capacity(found.len());
    for (variable, datum) in &found {
        match check(declared, &sizes, variable, datum) {
            Ok(array) => arrays.extend(array),
            Err(more) => faults.extend(more),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    assert_eq!(arrays.len(), declared.variables.len(), "a datum is lost without a message");
    Ok(Data { sizes: sizes.known, arrays })
}

/// Checks extents, then cells. Nothing, and no message, if a size is not known: that has its own.
fn check(
    declared: &Declared,
    sizes: &Sizes,
    variable: &Declaration,
    datum: &Datum,
) -> Result<Option<Array>, Vec<Diagnostic>> {
    let Some(shape) = sizes.extents(declared, variable) else { return Ok(None) };
    sizes.check(declared, variable, (&datum.shaped, datum.place), &shape).map_err(|fault| vec![*fault])?;
    let cells = &datum.shaped.cells;
    let numbers = Check::new(variable, &sizes.known).read(&shape, cells)?;
    structure::check(variable, &shape, cells, &numbers.values).map_err(|fault| vec![*fault])?;
    Ok(Some(array(variable, shape, numbers)))
}

fn array(variable: &Declaration, shape: Vec<usize>, numbers: Numbers) -> Array {
    let Numbers { values, missing } = numbers;
    let values = match variable.element {
        Element::Real(_) => Values::Real(values),
        Element::Int { .. } => Values::Int(values.into_iter().map(|value| value as i64).collect()),
        Element::Bool => Values::Bool(values.into_iter().map(|value| value == 1.0).collect()),
    };
    Array { name: variable.name.clone(), shape, values, missing }
}

#[cfg(test)]
mod tests {
    use ansatz_compiler::ir::{Polynomial, SizeVariable};
    use ansatz_grammar::diagnostic::render;
    use ansatz_grammar::span::{SourceId, Span};

    use super::*;
    use crate::data::declaration::{DeclaredSize, Range};
    use crate::data::json;

    const POSITIVE: Range = Range { lower: 0.0, upper: f64::INFINITY, open: [true, true] };

    /// A program that declares sizes and the variables added to it, one line each.
    struct Case {
        program: String,
        declared: Declared,
    }

    impl Case {
        fn new(sizes: &[&str]) -> Case {
            let mut case = Case { program: String::new(), declared: Declared::default() };
            for name in sizes {
                let span = case.line(&format!("data {name}: size"), name);
                let symbol = SizeVariable(case.declared.symbols.len() as u32);
                case.declared.symbols.push(name.to_string());
                case.declared.sizes.push(DeclaredSize { symbol, span });
            }
            case
        }

        fn line(&mut self, line: &str, name: &str) -> Span {
            let start = (self.program.len() + line.find(name).expect("it is named")) as u32;
            self.program += &format!("{line}\n");
            Span::new(SourceId(0), start, start + name.len() as u32)
        }

        fn with(mut self, line: &str, name: &str, element: Element, shape: &[Polynomial]) -> Case {
            let span = self.line(line, name);
            let first = i64::from(line.ends_with("from 1"));
            let structure = line.contains("simplex").then(|| "simplex".to_owned());
            let (name, shape, optional) = (name.to_owned(), shape.to_vec(), line.contains('?'));
            self.declared.variables.push(Declaration {
                name,
                span,
                element,
                shape,
                structure,
                first,
                optional,
            });
            self
        }

        fn bind(&self, text: &str, settings: &[(&str, &str)]) -> Result<Data, String> {
            let mut sources = Sources::default();
            sources.add("model.anz", &self.program);
            let settings = settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
            let file = (!text.is_empty()).then(|| ("data.json".to_owned(), text.into()));
            bind(&self.declared, &Input { files: file.into_iter().collect(), settings }, &mut sources)
                .map_err(|faults| render(&faults, &sources, false))
        }

        fn message(&self, text: &str) -> String {
            self.bind(text, &[]).expect_err("a fault")
        }
    }

    fn j() -> Polynomial {
        Polynomial::variable(SizeVariable(0))
    }

    fn k() -> Polynomial {
        Polynomial::variable(SizeVariable(1))
    }

    fn schools() -> Case {
        Case::new(&["J"]).with("data y: real[J]", "y", Element::Real(Range::ANY), &[j()]).with(
            "data sigma: positive[J]",
            "sigma",
            Element::Real(POSITIVE),
            &[j()],
        )
    }

    fn group() -> Case {
        let element = Element::Int { least: Some(0.into()), greatest: Some(k().minus(&1.into())) };
        Case::new(&["J", "K"]).with("data group: fin(K)[J] from 1", "group", element, &[j()])
    }

    #[test]
    fn sizes_are_given_or_read_off_arrays() {
        let given =
            schools().bind(r#"{"J": 2, "y": [1, 2], "sigma": [3, 4], "other": 1}"#, &[]).expect("data");
        assert_eq!(given.sizes, [Some(2)]);
        assert_eq!(given.arrays[1].values, Values::Real(vec![3.0, 4.0]));
        assert_eq!(schools().bind(r#"{"y": [1, 2], "sigma": [3, 4]}"#, &[]), Ok(given));
    }

    #[test]
    fn settings_go_before_the_file() {
        let data = schools().bind(r#"{"J": 3, "y": [1, 2], "sigma": [3, 4]}"#, &[("J", "3"), ("J", "2")]);
        assert_eq!(data.expect("data").sizes[0], Some(2));
        let message = schools().bind(r#"{"y": [], "sigma": []}"#, &[("sigam", "2")]).expect_err("unknown");
        assert!(message.contains("A0503") && message.contains("is `sigma` meant?"), "{message}");
    }

    #[test]
    fn all_faults_are_reported_at_once() {
        let message = schools().message(r#"{"J": 2, "y": [1, "x"], "sigam": [3, 4]}"#);
        assert!(message.contains("A0502") && message.contains("is `sigma` meant here?"), "{message}");
        assert!(message.contains("A0506") && message.contains("found the text \"x\""), "{message}");
    }

    #[test]
    fn a_wrong_length_names_the_size_and_where_it_comes_from() {
        let given = schools().message(r#"{"J": 8, "y": [1, 2], "sigma": [1, 2, 3, 4, 5, 6, 7, 8]}"#);
        assert!(given.contains("`y` has 2 entries where 8 are declared"), "{given}");
        assert!(given.contains("J is 8 here") && given.contains("declared with [J] here"), "{given}");
        let inferred = schools().message(r#"{"y": [1, 2], "sigma": [1, 2, 3]}"#);
        assert!(inferred.contains("J is 2 by the length of this"), "{inferred}");
    }

    #[test]
    fn rows_and_derived_sizes_are_checked() {
        let shape = [j(), k().times(&2.into()).minus(&1.into())];
        let case =
            Case::new(&["J", "K"]).with("data X: real[J, 2 * K - 1]", "X", Element::Real(Range::ANY), &shape);
        assert!(case.bind(r#"{"K": 2, "X": [[1, 2, 3], [4, 5, 6]]}"#, &[]).is_ok());
        let message = case.message(r#"{"K": 2, "X": [[1, 2], [4, 5]]}"#);
        assert!(message.contains("`X` has 2 entries in each row where 3 are declared"), "{message}");
        assert!(message.contains("expected 2*K - 1 = 3 entries in each row"), "{message}");
        let unknown = case.message(r#"{"X": [[1, 2], [4, 5]]}"#);
        assert!(unknown.contains("the data do not give `K`"), "{unknown}");
    }

    #[test]
    fn bad_cells_are_counted_by_kind_and_placed() {
        let case =
            Case::new(&["J", "K"]).with("data X: real[J, K]", "X", Element::Real(POSITIVE), &[j(), k()]);
        let message = case.message("{\"X\": [[1, null], [NaN, 4], [-5, \"6\"], [7, 0]]}");
        assert!(message.contains("`X` has 2 cells of the wrong type"), "{message}");
        assert!(message.contains("X[0, 1], the first of them"), "{message}");
        assert!(
            message.contains("`X` has an entry that is not finite") && message.contains("X[1, 0]"),
            "{message}"
        );
        assert!(message.contains("`X` has 2 entries outside their declared support"), "{message}");
        assert!(message.contains("expected a number above 0") && message.contains("found -5"), "{message}");
    }

    #[test]
    fn indices_count_from_where_the_declaration_says() {
        let data = group().bind(r#"{"K": 3, "group": [1, 3, 2]}"#, &[]).expect("data");
        assert_eq!(data.arrays[0].values, Values::Int(vec![0, 2, 1]));
        let message = group().message(r#"{"K": 3, "group": [0, 1.5, 4]}"#);
        assert!(message.contains("expected a whole number from 1 to 3"), "{message}");
        assert!(message.contains("2 entries outside") && message.contains("found 1.5"), "{message}");
    }

    #[test]
    fn indices_that_count_from_one_are_recognised() {
        let mut case = group();
        case.declared.variables[0].first = 0;
        let message = case.message(r#"{"K": 3, "group": [1, 3, 2]}"#);
        assert!(message.contains("these seem to count from 1"), "{message}");
    }

    #[test]
    fn entries_may_be_missing_where_the_declaration_says() {
        let case = Case::new(&["J"]).with("data y: real?[J]", "y", Element::Real(Range::ANY), &[j()]);
        let data = case.bind(r#"{"y": [1, null, 3]}"#, &[]).expect("data");
        assert_eq!(data.arrays[0].missing, [1]);
        let message = schools().message(r#"{"y": [1, null], "sigma": [1, 2]}"#);
        assert!(message.contains("declare its entries with `?`"), "{message}");
    }

    #[test]
    fn truth_values_may_be_written_as_numbers() {
        let case = Case::new(&["J"]).with("data b: bool[J]", "b", Element::Bool, &[j()]);
        let data = case.bind(r#"{"b": [true, 0, 1]}"#, &[]).expect("data");
        assert_eq!(data.arrays[0].values, Values::Bool(vec![true, false, true]));
        assert!(case.message(r#"{"b": [2]}"#).contains("expected true or false, or 1 or 0"));
    }

    #[test]
    fn structures_are_checked_as_a_whole() {
        let shape = [j(), 2.into()];
        let unit = Range { lower: 0.0, upper: 1.0, open: [false, false] };
        let case = Case::new(&["J"]).with("data w: simplex[2][J]", "w", Element::Real(unit), &shape);
        assert!(case.bind(r#"{"w": [[0.5, 0.5], [1, 0]]}"#, &[]).is_ok());
        let message = case.message(r#"{"w": [[0.5, 0.5], [0.5, 0.6], [0, 0]]}"#);
        assert!(
            message.contains("`w` is not of the type `simplex`, 2 times") && message.contains("w[1]"),
            "{message}"
        );
    }

    #[test]
    fn what_is_no_data_file_is_said_to_be_none() {
        assert!(schools().message("[1]").contains("the data are not an object"));
        assert!(schools().message("").contains("name one with --data"));
        assert!(
            schools()
                .message(r#"{"J": 2.5, "y": [], "sigma": []}"#)
                .contains("the size `J` is not a whole number")
        );
    }

    #[test]
    #[allow(clippy::print_stderr)]
    fn every_shared_data_file_is_read() {
        let folder = std::env::var("ANSATZ_SHARED")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").to_owned());
        let Ok(posteriors) = std::fs::read_dir(format!("{folder}/posteriors")) else {
            return eprintln!("skipped: there is no folder {folder}/posteriors");
        };
        let mut read = 0;
        for posterior in posteriors.flatten() {
            if let Ok(text) = std::fs::read_to_string(posterior.path().join("data.json")) {
                json::read(SourceId(0), &text).expect("valid");
                read += 1;
            }
        }
        assert!(read > 0, "{folder}/posteriors has no data");
    }
}
