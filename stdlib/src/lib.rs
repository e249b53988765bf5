//! The standard library: files in the language, as embedded text. Nothing here reads the language; the compiler reads a
//! declaration when a program uses its name.

use std::collections::HashMap;
use std::ops::Range;
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
    "prelude/distributions.anz"
    "prelude/draws.anz"
    "prelude/elementary.anz"
    "prelude/integers.anz"
    "prelude/linear.anz"
    "prelude/pictures.anz"
    "prelude/random.anz"
    "prelude/runtime.anz"
    "prelude/special.anz"
    "bijectors/interval.anz"
    "bijectors/matrix.anz"
    "bijectors/ordered.anz"
    "bijectors/simplex.anz"
    "distributions/bernoulli.anz"
    "distributions/beta.anz"
    "distributions/beta_binomial.anz"
    "distributions/beta_proportion.anz"
    "distributions/binomial.anz"
    "distributions/categorical.anz"
    "distributions/cauchy.anz"
    "distributions/chi_squared.anz"
    "distributions/dirichlet.anz"
    "distributions/dirichlet_multinomial.anz"
    "distributions/discrete_uniform.anz"
    "distributions/exponential.anz"
    "distributions/frechet.anz"
    "distributions/gamma.anz"
    "distributions/geometric.anz"
    "distributions/gumbel.anz"
    "distributions/half_cauchy.anz"
    "distributions/half_normal.anz"
    "distributions/half_student_t.anz"
    "distributions/inverse_chi_squared.anz"
    "distributions/inverse_gamma.anz"
    "distributions/inverse_wishart.anz"
    "distributions/laplace.anz"
    "distributions/lkj_corr.anz"
    "distributions/lkj_corr_cholesky.anz"
    "distributions/logistic.anz"
    "distributions/lognormal.anz"
    "distributions/multi_normal.anz"
    "distributions/multi_student_t.anz"
    "distributions/multinomial.anz"
    "distributions/negative_binomial.anz"
    "distributions/normal.anz"
    "distributions/ordered_logistic.anz"
    "distributions/pareto.anz"
    "distributions/poisson.anz"
    "distributions/rayleigh.anz"
    "distributions/student_t.anz"
    "distributions/uniform.anz"
    "distributions/uniform_index.anz"
    "distributions/von_mises.anz"
    "distributions/weibull.anz"
    "distributions/wishart.anz"
    "objectives/bounds.anz"
    "objectives/marginal.anz"
    "optimizers/adam.anz"
    "optimizers/lbfgs.anz"
    "optimizers/schedule.anz"
    "optimizers/sgd.anz"
    "solvers/adaptive.anz"
    "solvers/brownian.anz"
    "solvers/explicit.anz"
    "solvers/implicit.anz"
    "solvers/ode.anz"
    "solvers/paths.anz"
    "solvers/sde.anz"
    "solvers/steps.anz"
    "solvers/tableaus.anz"
};

/// The words that begin a declaration; each file declares at the start of a line.
const DECLARING: &[&str] =
    &["fn", "let", "type", "struct", "model", "guide", "objective", "bijector", "distribution"];

/// Where a declaration stands, its doc comment included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, by its position in [`FILES`].
    pub file: usize,
    /// The bytes of its text.
    pub bytes: Range<usize>,
}

static INDEX: LazyLock<HashMap<&'static str, Vec<Place>>> = LazyLock::new(|| {
    let mut index: HashMap<&'static str, Vec<Place>> = HashMap::new();
    for (file, File { text, .. }) in FILES.iter().enumerate() {
        for (name, bytes) in declarations(text) {
            index.entry(name).or_default().push(Place { file, bytes });
        }
    }
    index
});

/// The names that a text declares, each with the bytes from its doc comment to the next declaration.
fn declarations(text: &str) -> Vec<(&str, Range<usize>)> {
    let mut found: Vec<(&str, Range<usize>)> = Vec::new();
    let (mut start, mut doc) = (0, None);
    for line in text.split_inclusive('\n') {
        if let Some(name) = declared(line) {
            let begin = doc.unwrap_or(start);
            if let Some((_, before)) = found.last_mut() {
                before.end = begin;
            }
            found.push((name, begin..text.len()));
        }
        doc = line.starts_with("///").then(|| doc.unwrap_or(start));
        start += line.len();
    }
    found
}

/// The name that a line declares.
fn declared(line: &str) -> Option<&str> {
    let (word, rest) = line.split_once(' ')?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    (DECLARING.contains(&word) && end > 0).then(|| &rest[..end])
}

/// Where a name is declared: several places where declarations share it.
pub fn declaring(name: &str) -> &'static [Place] {
    INDEX.get(name).map_or(&[], Vec::as_slice)
}

/// The names that a file of the library declares, in no order.
pub fn declared_in(file: &str) -> impl Iterator<Item = &'static str> {
    let number = FILES.iter().position(|known| known.name == file);
    INDEX
        .iter()
        .filter(move |(_, places)| places.iter().any(|place| Some(place.file) == number))
        .map(|(name, _)| *name)
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
        let file = |name| declaring(name).first().map(|place| FILES[place.file].name);
        assert_eq!(file("half_normal"), Some("distributions/half_normal.anz"));
        assert_eq!(file("pi"), Some("prelude/constants.anz"));
        assert_eq!(file("log_density"), None);
    }

    #[test]
    fn a_declaration_reaches_from_its_doc_comment_to_the_next_one() {
        let text = "// A file.\n\n/// One.\nfn one() = 1\n\n/// Two,\n/// twice.\nlet two = {\n  2\n}\n";
        let parts: Vec<(&str, &str)> =
            declarations(text).into_iter().map(|(name, bytes)| (name, &text[bytes])).collect();
        assert_eq!(
            parts,
            [("one", "/// One.\nfn one() = 1\n\n"), ("two", "/// Two,\n/// twice.\nlet two = {\n  2\n}\n")]
        );
    }

    /// The word that a place declares its name by.
    fn word(place: &Place) -> &'static str {
        let text = &FILES[place.file].text[place.bytes.clone()];
        let line = text.lines().find(|line| declared(line).is_some()).expect("a place declares a name");
        line.split_once(' ').expect("the name follows the word").0
    }

    #[test]
    fn no_two_files_declare_one_name_by_one_word() {
        for name in names() {
            let places = declaring(name);
            let files =
                |of: &str| places.iter().filter(|place| word(place) == of).map(|place| place.file).collect();
            for place in places {
                let files: Vec<usize> = files(word(place));
                assert!(files.iter().all(|file| *file == place.file), "`{name}`: {places:?}");
            }
        }
    }
}
