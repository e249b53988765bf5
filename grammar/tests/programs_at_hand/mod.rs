//! The programs that tests find, and trees without their places.

use ansatz_grammar::tree::Program;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The shared folder beside the checkout, if there is one.
pub fn shared() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared");
    let folder = env::var_os("ANSATZ_SHARED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: the shared programs are not beside the checkout");
        return None;
    }
    Some(folder)
}

/// The programs below a folder, with their paths.
pub fn programs(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            programs(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "anz") {
            found.push((path.display().to_string(), fs::read_to_string(&path).expect("a program is text")));
        }
    }
}

/// A tree without its places: two trees are the same if these are.
pub fn outline(tree: &Program) -> String {
    let is_place = |line: &&str| line.trim_start().starts_with("span: ") || line.contains("operator_span: ");
    format!("{tree:#?}").lines().filter(|line| !is_place(line)).collect::<Vec<_>>().join("\n")
}
