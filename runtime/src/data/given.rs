//! What a run is given: entries of a data file and settings, by name.

use ansatz_grammar::diagnostic::{Diagnostic, codes, nearest};
use ansatz_grammar::span::{Sources, Span};
use serde::Serialize;

use super::declaration::{Declaration, Declared, as_symbol};
use super::format::{self, File};
use super::json::{self, Fault, distinct};
use super::shape::Shaped;
use super::sizes::Sizes;

/// What a run is given.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Data files, whose names are distinct.
    pub files: Vec<File>,
    /// Values given by name, which go before those of the file: `J=8`.
    pub settings: Vec<(String, String)>,
}

impl Input {
    /// Nothing yet.
    ///
    /// ```
    /// use ansatz::Input;
    ///
    /// let input = Input::new()
    ///     .file("schools.json", r#"{"J": 3, "y": [28, 8, -3]}"#)
    ///     .set("sigma", [15.0, 10.0, 16.0])
    ///     .set("group", vec![vec![0, 1], vec![1, 1]]);
    /// assert_eq!(input.settings[1], ("group".to_owned(), "[[0,1],[1,1]]".to_owned()));
    /// ```
    pub fn new() -> Input {
        Input::default()
    }

    /// The same with a file, whose name says its format: .json, .csv, .tsv, .npy, .npz.
    pub fn file(mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Input {
        self.files.push((name.into(), bytes.into()));
        self
    }

    /// The same with the value of a datum: a number, or nested lists of them, rows first.
    ///
    /// # Panics
    /// If the value has no form in JSON: numbers, lists of them and `Option`s for missing ones have.
    pub fn set(mut self, name: impl Into<String>, value: impl Serialize) -> Input {
        let text = serde_json::to_string(&value).expect("numbers and lists are JSON");
        self.settings.push((name.into(), text));
        self
    }
}

/// The text of a file of JSON.
impl From<&str> for Input {
    fn from(json: &str) -> Input {
        Input::new().file("data.json", json)
    }
}

/// A datum that was found, taken apart.
pub struct Datum<'n> {
    /// Its cells and extents.
    pub shaped: Shaped<'n>,
    /// Its whole place.
    pub place: Span,
}

/// What a run is given, by name.
pub struct Given {
    settings: Vec<json::Entry>,
    file: Vec<json::Entry>,
    has_file: bool,
}

impl Given {
    /// Reads settings and files.
    pub fn read(input: &Input, sources: &mut Sources) -> Result<Given, Fault> {
        let mut given = Given { settings: Vec::new(), file: Vec::new(), has_file: !input.files.is_empty() };
        for (key, text) in &input.settings {
            let value = json::read(sources.add(format!("--set {key}"), text), text)?;
            given.settings.push(json::Entry { key: key.clone(), place: value.span, value });
        }
        for file in &input.files {
            given.file.extend(format::read(file, sources)?);
        }
        distinct(&given.file)?;
        Ok(given)
    }

    /// The last setting of a name, else its entry in the file.
    pub fn get(&self, name: &str) -> Option<&json::Entry> {
        self.settings.iter().rev().chain(&self.file).find(|entry| entry.key == name)
    }

    /// A message for each setting of what is not declared.
    pub fn refuse_unknown_settings(&self, declared: &Declared) -> Vec<Diagnostic> {
        let known: Vec<&str> = declared.names().collect();
        let unknown = self.settings.iter().filter(|setting| !known.contains(&setting.key.as_str()));
        unknown
            .map(|setting| {
                let message = format!("the program declares no data named `{}`", setting.key);
                let fault = Diagnostic::error(codes::UNKNOWN_SETTING, setting.place, message);
                match nearest(&setting.key, known.iter().copied()) {
                    Some(near) => fault.help(format!("is `{near}` meant?")),
                    None if known.is_empty() => fault.help("it declares no data: leave this out"),
                    None => fault.help(format!("the data it declares are {}", known.join(", "))),
                }
            })
            .collect()
    }

    /// Finds a declared variable and takes it apart.
    pub fn shaped<'g>(&'g self, declared: &Declared, variable: &Declaration) -> Result<Datum<'g>, Fault> {
        let Some(entry) = self.get(&variable.name) else {
            return Err(self.missing(declared, &variable.name, variable.span).into());
        };
        let place = entry.value.span;
        let shaped = Shaped::new(&variable.name, &entry.value, variable.shape.len())
            .map_err(|fault| Box::new(fault.label(variable.span, "declared here")))?;
        Ok(Datum { shaped, place })
    }

    /// A message for each size that is not given and that no declared array has as an extent.
    pub fn missing_sizes(&self, declared: &Declared, sizes: &Sizes) -> Vec<Diagnostic> {
        let inferable = |symbol| {
            declared
                .variables
                .iter()
                .any(|variable| variable.shape.iter().any(|size| as_symbol(size) == Some(symbol)))
        };
        let missing = declared.sizes.iter().filter(|size| {
            sizes.known[size.symbol.0 as usize].is_none()
                && !inferable(size.symbol)
                && self.get(declared.symbol(size.symbol)).is_none()
        });
        missing.map(|size| self.missing(declared, declared.symbol(size.symbol), size.span)).collect()
    }

    /// The entry of the file that may be meant is one that nothing else is.
    fn missing(&self, declared: &Declared, name: &str, declaration: Span) -> Diagnostic {
        let fault =
            Diagnostic::error(codes::MISSING_DATA, declaration, format!("the data do not give `{name}`"));
        if !self.has_file {
            return fault
                .help("no data file was found; name one with --data, or give single values with --set");
        }
        let free = || self.file.iter().filter(|entry| declared.names().all(|name| name != entry.key));
        let near = nearest(name, free().map(|entry| entry.key.as_str()));
        match near.and_then(|near| free().find(|entry| entry.key == near)) {
            Some(entry) => fault
                .label(entry.place, format!("is `{name}` meant here?"))
                .help("give it the same name in both places"),
            None => fault.help(format!("add \"{name}\" to the data file, or name a second one with --data")),
        }
    }
}
