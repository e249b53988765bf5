//! A program taken as far as it goes: read, checked, bound, run; and all that is said on the way.

use ansatz::data::Input;
use ansatz::mcmc::{Progress, Settings};
use ansatz::optimize::Watched;
use ansatz::output::OutputFolder;
use ansatz::program::Program;
use ansatz::script::{Host, Script, ScriptFailure};
use ansatz_grammar::diagnostic::Diagnostic;
use ansatz_grammar::span::Sources;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What became of a program.
pub struct Session {
    /// The texts that messages point into: the program is the first.
    pub sources: Sources,
    /// Every message.
    pub diagnostics: Vec<Diagnostic>,
    /// What the script printed.
    pub printed: String,
    /// The files that it saved, by name.
    pub saved: Vec<(String, Vec<u8>)>,
}

/// Takes a program as far as it goes; its script runs if `runs`.
///
/// # Panics
/// If the temporary folder cannot be written to.
pub fn session(name: &str, text: &str, input: &Input, runs: bool) -> Session {
    let mut program = Program::compile(name, text);
    let mut diagnostics = std::mem::take(&mut program.diagnostics);
    let (mut printed, mut saved) = (String::new(), Vec::new());
    if !diagnostics.iter().any(Diagnostic::is_error) {
        match program.read(input) {
            Err(faults) => diagnostics.extend(faults),
            Ok(bound) if runs => {
                let mut host = Quiet::new();
                let ended = Script::new(&program, &bound, &mut host).run();
                printed = std::mem::take(&mut host.printed);
                saved = host.saved();
                match ended {
                    Err(ScriptFailure::Program(fault) | ScriptFailure::Failed(fault)) => {
                        diagnostics.push(*fault)
                    }
                    Ok(()) | Err(ScriptFailure::Interrupted) => {}
                }
            }
            Ok(_) => {}
        }
    }
    Session { sources: program.sources, diagnostics, printed, saved }
}

/// A host that shows nothing, on one thread, with a folder of its own.
struct Quiet {
    output: OutputFolder,
    folder: PathBuf,
    printed: String,
}

impl Quiet {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let own = format!("ansatz-session-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(own);
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written to");
        Self { output: OutputFolder::new(&folder, Vec::new()), folder, printed: String::new() }
    }
}

impl Quiet {
    /// The files in its folder.
    fn saved(&self) -> Vec<(String, Vec<u8>)> {
        let entries = std::fs::read_dir(&self.folder).expect("the folder is there");
        let paths = entries.map(|entry| entry.expect("a folder lists its files").path());
        let files = paths.filter(|path| path.is_file()).map(|path| {
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("what was saved can be read"))
        });
        files.collect()
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // What is left behind there harms nobody.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Host for Quiet {
    fn print(&mut self, text: &str) {
        self.printed += text;
        self.printed += "\n";
    }

    fn output(&self) -> &OutputFolder {
        &self.output
    }

    fn threads(&self) -> usize {
        1
    }

    fn memory(&self) -> u64 {
        1_000_000_000
    }

    fn seed(&self) -> Option<u64> {
        None
    }

    fn sampling_begins(&mut self, _: &Settings, _: &Arc<Progress>) {}

    fn sampling_ended(&mut self) {}

    fn descent_begins(&mut self, _: usize, _: &Arc<Watched>) {}

    fn descent_ended(&mut self) {}
}
