//! Texts beside this crate.

use std::path::PathBuf;

/// The text of a file, by its path from this crate's root.
///
/// # Panics
/// If it cannot be read.
pub fn text(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
