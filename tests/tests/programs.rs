//! Every entry of the atlas among the examples holds. Every shared program, taken as far as it goes, against `programs.status`, which
//! may only improve: `BLESS=1` rewrites it with what goes further now. A program of `tests/programs` takes the place of the shared one of its name; its first line
//! says why. Skipped, with the reason, where a user has no shared folder.

#![allow(clippy::print_stdout, reason = "an improvement is told")]

use ansatz::data::Input;
use ansatz::program::Program;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::SourceId;
use ansatz_tests::corpus::shared;
use ansatz_tests::drawn;
use ansatz_tests::session::session;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// How far a program goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// It does not parse.
    Read,
    Parses,
    Checks,
    Binds,
    /// It runs up to an assertion that does not hold.
    Runs,
    Holds,
}

const STAGES: [(Stage, &str); 6] = [
    (Stage::Read, "is read"),
    (Stage::Parses, "parses"),
    (Stage::Checks, "checks"),
    (Stage::Binds, "binds"),
    (Stage::Runs, "runs"),
    (Stage::Holds, "holds"),
];

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = STAGES.iter().find(|(stage, _)| stage == self).expect("every stage has a row");
        out.write_str(row.1)
    }
}

/// Draws enough to see that it runs: the numbers themselves are the concern of other tests.
const SHORT: &str = "chains = 1, warmup = 20, draws = 10";

#[test]
fn shared_programs_go_as_far_as_they_went() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(shared) = shared("") else { return };
    let record = own.join("programs.status");
    let mut recorded = read_record(&fs::read_to_string(&record).expect("there is a record"));
    let mut fallen = Vec::new();
    for (name, path) in programs(&shared, &own.join("programs")) {
        let (stage, reason) = stage(&name, &path, &shared);
        let before = recorded.get(&name).copied().unwrap_or(Stage::Read);
        if stage < before {
            fallen.push(format!("{name} only {stage}, where the record says that it {before}: {reason}"));
        } else if stage > before {
            println!("{name} {stage}, further than the record says; `BLESS=1` rewrites it");
            recorded.insert(name, stage);
        }
    }
    assert!(fallen.is_empty(), "{}", fallen.join("\n"));
    if std::env::var_os("BLESS").is_some() {
        let lines: Vec<String> = recorded.iter().map(|(name, stage)| format!("{name}: {stage}\n")).collect();
        fs::write(&record, lines.concat()).expect("the record can be written");
    }
}

#[test]
fn the_atlas_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/atlas");
    let files = fs::read_dir(folder).expect("there is an atlas").map(|file| file.expect("a file").path());
    let programs: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|end| end == "anz")).collect();
    assert!(!programs.is_empty(), "the atlas has entries");
    for path in programs {
        let text = fs::read_to_string(&path).expect("programs are text");
        let run = session(&path.display().to_string(), &text, &Input::default(), true);
        assert_eq!(first_error(&run.diagnostics), None, "{}", path.display());
    }
}

fn read_record(text: &str) -> BTreeMap<String, Stage> {
    let line = |line: &str| {
        let (name, stage) = line.split_once(": ").expect("a line is a name and a stage");
        let row = STAGES.iter().find(|(_, word)| *word == stage);
        (name.to_owned(), row.unwrap_or_else(|| panic!("`{stage}` is no stage")).0)
    };
    text.lines().map(line).collect()
}

/// The programs by name, with the mended ones in the place of those shared.
fn programs(shared: &Path, mended: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for folder in ["posteriors", "models", "atlas"] {
        for root in [shared.join("programs"), mended.to_owned()] {
            let Ok(files) = fs::read_dir(root.join(folder)) else { continue };
            for file in files.flatten().filter(|file| file.path().extension().is_some_and(|end| end == "anz"))
            {
                let stem = file.path().with_extension("");
                let name = stem.file_name().expect("a file has a name").to_string_lossy();
                found.insert(format!("{folder}/{name}"), file.path());
            }
        }
    }
    found
}

/// How far a program goes, and why no further.
fn stage(name: &str, path: &Path, shared: &Path) -> (Stage, String) {
    let text = fs::read_to_string(path).expect("programs are text");
    let text = text.replace("nuts(posterior, seed = 1)", &format!("nuts(posterior, seed = 1, {SHORT})"));
    let parsed = ansatz_grammar::parse(SourceId(0), &text);
    if let Some(fault) = first_error(&parsed.diagnostics) {
        return (Stage::Read, fault);
    }
    let program = Program::compile(name, &text);
    if let Some(fault) = first_error(&program.diagnostics) {
        return (Stage::Parses, fault);
    }
    let needs_data = !program.typed.data.is_empty() || !program.typed.data_sizes.is_empty();
    let file = data_of(name, path, shared);
    if needs_data && file.is_none() {
        return (Stage::Checks, "there are no data".to_owned());
    }
    let input = Input {
        files: file.map(|(name, text)| (name, text.into())).into_iter().collect(),
        settings: Vec::new(),
    };
    let bound = session(name, &text, &input, false);
    if let Some(fault) = first_error(&bound.diagnostics) {
        return (Stage::Checks, fault);
    }
    let run = session(name, &text, &input, true);
    match run.diagnostics.iter().find(|said| said.is_error()) {
        None => (Stage::Holds, String::new()),
        Some(fault) if fault.code == codes::ASSERTION_FAILED => (Stage::Runs, fault.message.clone()),
        Some(fault) => (Stage::Binds, fault.message.clone()),
    }
}

fn first_error(diagnostics: &[Diagnostic]) -> Option<String> {
    let error = diagnostics.iter().find(|said| said.is_error());
    error.map(|said| format!("{} {}", said.code, said.message))
}

/// The data beside a program, those that a program draws, or the shared data of the posterior that ends with its name.
fn data_of(name: &str, path: &Path, shared: &Path) -> Option<(String, String)> {
    let (folder, stem) = name.split_once('/').expect("a name has a folder");
    if let Some(drawn) = drawn::data(stem).filter(|_| folder == "models") {
        return Some(("drawn.json".to_owned(), drawn.to_string()));
    }
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(name).with_extension("json");
    let posterior = fs::read_dir(shared.join("posteriors"))
        .into_iter()
        .flatten()
        .flatten()
        .find(|folder| folder.file_name().to_string_lossy().ends_with(&format!("-{stem}")));
    let places = [
        Some(own),
        Some(path.with_extension("json")),
        posterior.map(|folder| folder.path().join("data.json")),
    ];
    places
        .into_iter()
        .flatten()
        .find_map(|place| Some((place.display().to_string(), fs::read_to_string(&place).ok()?)))
}
