//! A session: a program that grows, entry by entry, with the values that its script has found.
//!
//! Each entry is checked with those before it; what it does is done once, and the values stay. An entry that is refused, or
//! fails, leaves everything as it was. `complete` knows what may be typed next, `unfinished` whether more is to come.

mod complete;
mod unfinished;

pub use complete::complete;
pub use unfinished::is_unfinished;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ansatz_compiler::typed::print::type_text;
use ansatz_compiler::typed::tree::{Expr, Role, StepKind, Uses};
use ansatz_compiler::typed::types::Element;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::parse;
use ansatz_grammar::span::{Source, SourceId};
use ansatz_grammar::tree::ItemKind;

use crate::data::Input;
use crate::engine::{Engine, Error, Faults};
use crate::program::{Bound, Program};
use crate::script::{Host, Script, ScriptFailure, State, Value, uses};

/// A program that grows.
///
/// ```
/// use ansatz::{Engine, session::Session};
///
/// let mut session = Session::new(Engine::new());
/// assert_eq!(session.type_of("zeros(3)")?, "real[3]");
/// assert!(session.type_of("1 + x").is_err());
/// # Ok::<(), ansatz::Error>(())
/// ```
pub struct Session {
    engine: Engine,
    input: Input,
    /// How many texts were entered, those that were refused included.
    entered: usize,
    entries: Vec<Source>,
    /// Declarations of data that are not given yet; they are read with the next entry.
    waiting: Option<Source>,
    program: Program,
    bound: Bound,
    state: State,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// It was taken, and what it says was done.
    Done,
    /// It declares data that are not given yet: it is read again with the next entry.
    Waits,
}

/// What an entry would make of the session.
struct Grown {
    entries: Vec<Source>,
    program: Program,
    bound: Bound,
}

impl Grown {
    /// The same, running until the flag is raised.
    fn until(self, interrupt: Arc<AtomicBool>) -> Grown {
        Grown { bound: self.bound.until(interrupt), ..self }
    }
}

impl Session {
    /// Nothing entered yet.
    pub fn new(engine: Engine) -> Session {
        let program = engine.check_entries(&[]);
        let bound = Bound::default();
        let (input, entries, state) = Default::default();
        Session { engine, input, entered: 0, entries, waiting: None, program, bound, state }
    }

    /// Takes files and values for data that are declared, or will be.
    pub fn give(&mut self, more: Input) -> Result<(), Error> {
        let mut input = self.input.clone();
        input.files.extend(more.files);
        input.settings.extend(more.settings);
        let before = std::mem::replace(&mut self.input, input);
        match self.grown(None) {
            Ok(grown) => {
                (self.program, self.bound) = (grown.program, grown.bound);
                Ok(())
            }
            Err(error) => {
                self.input = before;
                Err(error)
            }
        }
    }

    /// Checks a text, does what it says, and keeps what it declares. A text without a name has the number of its entry.
    pub fn enter(&mut self, source: impl Into<Source>, host: &mut dyn Host) -> Result<Entered, Error> {
        let source = self.numbered(source.into());
        let Some(grown) = self.read(source)? else { return Ok(Entered::Waits) };
        let grown = grown.until(host.interrupt());
        let first = self.program.typed.script.len();
        let script = Script::resumed(&grown.program, &grown.bound, host, self.state.clone());
        match script.run_from(first) {
            Ok(state) => {
                self.state = state;
                let Grown { entries, program, bound } = grown;
                (self.entries, self.program, self.bound) = (entries, program, bound);
                Ok(Entered::Done)
            }
            Err(failure) => Err(failed(failure, grown.program)),
        }
    }

    /// What the last entry was warned of.
    pub fn warnings(&self) -> Faults {
        let own = |fault: &&Diagnostic| fault.span().source.0 as usize + 1 == self.entries.len();
        let warnings = self.program.diagnostics.iter().filter(own).cloned().collect();
        Faults::new(warnings, self.program.sources.clone())
    }

    /// The type of an expression, as it is written.
    pub fn type_of(&mut self, expression: &str) -> Result<String, Error> {
        let source = self.numbered(expression.into());
        let grown = self.grown(Some(source))?;
        let typed = &grown.program.typed;
        let expression = expression_of(&typed.script[self.program.typed.script.len()..]);
        let written = expression.map(|value| type_text(typed, &value.ty));
        written.ok_or_else(|| Error::Values("this is no expression with a value".to_owned()))
    }

    /// The value of an expression.
    pub fn value(&mut self, expression: &str, host: &mut dyn Host) -> Result<Value, Error> {
        let source = self.numbered(expression.into());
        let grown = self.grown(Some(source))?.until(host.interrupt());
        let step = expression_of(&grown.program.typed.script[self.program.typed.script.len()..]);
        let Some(expression) = step else {
            return Err(Error::Values("this is no expression with a value".to_owned()));
        };
        let script = Script::resumed(&grown.program, &grown.bound, host, self.state.clone());
        let value = script.value_of(expression);
        value.map_err(|failure| failed(failure, grown.program))
    }

    /// The names with real values in an expression, each with what a function of it is declared to take.
    pub fn real_names(&mut self, expression: &str) -> Result<Vec<(String, String)>, Error> {
        let source = self.numbered(expression.into());
        let grown = self.grown(Some(source))?;
        let typed = &grown.program.typed;
        let mut used = Uses::new();
        if let Some(expression) = expression_of(&typed.script[self.program.typed.script.len()..]) {
            uses(typed, expression, &mut used);
        }
        let rows = used.into_iter().map(|variable| &typed.variables[variable.0 as usize]);
        let named = rows.filter(|row| matches!(row.role, Role::Data | Role::Global | Role::Script));
        let real = named.filter(|row| matches!(row.ty.element, Element::Real(_)));
        let plain = real.map(|row| {
            let ty = ansatz_compiler::typed::types::Type { element: Element::REAL, ..row.ty.clone() };
            (row.name.to_string(), ty.display(&typed.sizes).to_string())
        });
        Ok(plain.collect())
    }

    /// The texts of its entries, for [`complete`].
    pub fn entries(&self) -> Vec<String> {
        self.entries.iter().map(|entry| entry.text.clone()).collect()
    }

    /// The session with one more entry, which is read with the data that wait; none if it only adds to those.
    fn read(&mut self, source: Source) -> Result<Option<Grown>, Error> {
        let text = match &self.waiting {
            Some(waiting) => format!("{}\n{}", waiting.text, source.text),
            None => source.text.clone(),
        };
        let together = Source { text, ..source.clone() };
        match self.grown(Some(together.clone())) {
            Ok(grown) => {
                self.waiting = None;
                Ok(Some(grown))
            }
            Err(error) if waits(&together, &error) => {
                self.waiting = Some(together);
                Ok(None)
            }
            Err(error) if self.waiting.is_some() => self.grown(Some(source)).map(Some).map_err(|_| error),
            Err(error) => Err(error),
        }
    }

    fn numbered(&mut self, source: Source) -> Source {
        self.entered += 1;
        let unnamed = source.name == Source::from("").name;
        if unnamed { Source { name: format!("entry-{}", self.entered), ..source } } else { source }
    }

    /// The session with one more entry, checked and bound.
    fn grown(&self, source: Option<Source>) -> Result<Grown, Error> {
        let entries: Vec<Source> = self.entries.iter().cloned().chain(source).collect();
        let mut program = self.engine.check_entries(&entries);
        if program.is_faulty() {
            let last = SourceId(entries.len().saturating_sub(1) as u32);
            let own = |fault: &Diagnostic| fault.is_error() || fault.span().source == last;
            program.diagnostics.retain(own);
            return Err(Faults::new(program.diagnostics, program.sources).into());
        }
        let declared: Vec<String> = program.declared().names().map(str::to_owned).collect();
        let mut input = self.input.clone();
        input.settings.retain(|(name, _)| declared.contains(name));
        match program.read(&input) {
            Ok(bound) => Ok(Grown { entries, program, bound }),
            Err(faults) => Err(Faults::new(faults, program.sources).into()),
        }
    }
}

/// Whether a text declares data alone, and they are but not given.
fn waits(source: &Source, error: &Error) -> bool {
    let items = parse(SourceId(0), &source.text).tree.items;
    let missing = |fault: &Diagnostic| fault.code == codes::MISSING_DATA;
    items.iter().all(|item| matches!(item.kind, ItemKind::Data(_))) && error.diagnostics().iter().all(missing)
}

/// The expression that the steps of an entry show.
fn expression_of(steps: &[ansatz_compiler::typed::tree::Step]) -> Option<&Expr> {
    match steps {
        [step] => match &step.kind {
            StepKind::Print(values) => values.first(),
            StepKind::Expression(value) => Some(value),
            _ => None,
        },
        _ => None,
    }
}

fn failed(failure: ScriptFailure, program: Program) -> Error {
    match failure {
        ScriptFailure::Program(fault) | ScriptFailure::Failed(fault) => {
            Faults::new(vec![*fault], program.sources).into()
        }
        ScriptFailure::Interrupted => Error::Interrupted,
    }
}
