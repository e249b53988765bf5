//! Texts beside this crate.

use std::path::{Path, PathBuf};

/// The text of a file, by its path from this crate's root.
///
/// # Panics
/// If it cannot be read.
pub fn text(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A folder of the shared ones that stand beside the checkout. Where a user has none, it says so.
#[allow(clippy::print_stdout, reason = "a skipped check says why")]
pub fn shared(folder: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let path = std::env::var_os("ANSATZ_SHARED").map_or(beside, PathBuf::from).join(folder);
    let is_there = path.is_dir();
    if !is_there {
        println!("skipped: there is no folder {}", path.display());
    }
    is_there.then_some(path)
}

/// Every program at hand, with its path: the library, the examples, those of the tests one by one, the shared ones if they
/// are there.
///
/// # Panics
/// If a folder of the checkout cannot be read.
pub fn programs() -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in ["stdlib", "examples", "grammar/tests", "tests/check", "tests/bad", "tests/posteriors"] {
        below(&root.join(folder), &mut found);
    }
    if let Some(shared) = shared("programs") {
        below(&shared, &mut found);
    }
    found.sort();
    found
}

/// Programs below a folder; a page of several is cut where its titles stand.
fn below(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry can be read").path();
        let is = |ending: &str| path.extension().is_some_and(|extension| extension == ending);
        if path.is_dir() {
            below(&path, found);
        } else if is("anz") || is("txt") {
            let text = std::fs::read_to_string(&path).expect("programs are text");
            let name = path.display().to_string();
            found.extend(format!("\n{text}").split("\n== ").map(|part| (name.clone(), part.to_string())));
        }
    }
}
