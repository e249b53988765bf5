//! The standard library: files in the language, as embedded text. Nothing here reads the language; the compiler reads a
//! file when a program uses a name that it declares.

use std::collections::HashMap;
use std::sync::LazyLock;

/// One file of the library.
#[derive(Debug)]
pub struct File {
    /// Its path below the library's folder.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! files {
    ($($path:literal)*) => {
        &[$(File { name: $path, text: include_str!(concat!("../", $path)) }),*]
    };
}

/// Every file.
pub const FILES: &[File] = files! {
    "prelude/arrays.anz"
    "prelude/constants.anz"
    "prelude/derivatives.anz"
    "prelude/elementary.anz"
    "prelude/integers.anz"
    "prelude/linear.anz"
    "prelude/runtime.anz"
    "bijectors/supports.anz"
    "distributions/bernoulli.anz"
    "distributions/bounded.anz"
    "distributions/cauchy.anz"
    "distributions/dirichlet.anz"
    "distributions/gamma.anz"
    "distributions/location_scale.anz"
    "distributions/multi_normal.anz"
    "distributions/normal.anz"
    "distributions/poisson.anz"
    "distributions/student_t.anz"
};

/// The words that begin a declaration; each file declares at the start of a line.
const DECLARING: &[&str] =
    &["fn", "let", "type", "struct", "model", "guide", "objective", "bijector", "distribution"];

static INDEX: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    let declarations = FILES.iter().enumerate().flat_map(|(position, file)| {
        file.text.lines().filter_map(declared).map(move |name| (name, position))
    });
    declarations.collect()
});

/// The name that a line declares.
fn declared(line: &str) -> Option<&str> {
    let (word, rest) = line.split_once(' ')?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    (DECLARING.contains(&word) && end > 0).then(|| &rest[..end])
}

/// The file that declares a name, by its position in [`FILES`].
pub fn declaring(name: &str) -> Option<usize> {
    INDEX.get(name).copied()
}

/// Every name that the library declares, in no order.
pub fn names() -> impl Iterator<Item = &'static str> {
    INDEX.keys().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_the_file_that_declares_them() {
        let file = |name| declaring(name).map(|position| FILES[position].name);
        assert_eq!(file("half_normal"), Some("distributions/normal.anz"));
        assert_eq!(file("pi"), Some("prelude/constants.anz"));
        assert_eq!(file("log_density"), None);
    }

    #[test]
    fn no_two_files_declare_one_name() {
        for (position, file) in FILES.iter().enumerate() {
            for name in file.text.lines().filter_map(declared) {
                assert_eq!(declaring(name), Some(position), "{name} of {} is declared elsewhere", file.name);
            }
        }
    }
}
