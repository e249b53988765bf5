//! The embedding API: a program's text becomes a posterior that another program evaluates and samples.
//!
//! [`Engine`] (what programs may use and read), [`Limits`], [`Error`] (everything that may be wrong, as values), folder (the
//! files that `use` reads). What follows from an engine, [`Program`] and [`Posterior`](crate::Posterior), lives in `program`.

mod error;
mod folder;
mod limits;
mod watchdog;

pub use error::{Error, Faults};
pub use limits::Limits;
pub(crate) use watchdog::Watchdog;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::program::Program;
use ansatz_grammar::span::Source;

/// Gives the text of a file that a program uses, by its path below the project's folder, or says why there is none.
type Files = dyn Fn(&str) -> Result<String, String> + Send + Sync;

/// Compiles programs, within limits and with the files that they may use.
///
/// ```
/// use ansatz::{Engine, Settings, Target};
///
/// let program = Engine::new().compile(
///     "data N: size
///      data y: real[N]
///      model location {
///        mu ~ normal(0, 10)
///        y ~ normal(mu, 1)[N]
///      }
///      let posterior = location given {y}",
/// )?;
/// let posterior = program.bind(r#"{"y": [1.2, 0.8, 1.1, 0.9]}"#)?;
///
/// let mut gradient = [0.0];
/// let log_density = posterior.evaluator().log_density_gradient(&[1.0], &mut gradient)?;
/// assert!((log_density + 6.9523).abs() < 0.001);
/// assert!((gradient[0] + 0.01).abs() < 1e-12);
///
/// let fit = posterior.sample(&Settings { seed: 1, ..Settings::default() })?;
/// let mu = fit.draws.matrix("mu").expect("it is a site");
/// assert_eq!(mu.shape(), (4_000, 1));
/// assert!((mu.mean() - 0.9975).abs() < 0.05);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Engine {
    limits: Limits,
    files: Arc<Files>,
}

impl Default for Engine {
    fn default() -> Engine {
        Engine { limits: Limits::default(), files: Arc::new(|_| Err("there is no such file".to_owned())) }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Engine").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine whose programs may read no files, within the limits for programs that are trusted.
    pub fn new() -> Engine {
        Engine::default()
    }

    /// The same with these limits.
    ///
    /// ```
    /// use ansatz::{Engine, Limits};
    ///
    /// let engine = Engine::new().limits(Limits { memory: 1_000_000, ..Limits::default() });
    /// let program = engine.compile("data N: size\nmodel m { x ~ normal(0, 1)[N, N] }\nlet p = m")?;
    /// assert!(program.bind(r#"{"N": 10}"#).is_ok());
    /// let error = program.bind(r#"{"N": 10000}"#).expect_err("800 MB are too much");
    /// assert!(error.to_string().contains("memory"));
    /// # Ok::<(), ansatz::Error>(())
    /// ```
    pub fn limits(self, limits: Limits) -> Engine {
        Engine { limits, ..self }
    }

    /// The same with files that `use "name.anz"` may read, from wherever the host keeps them.
    ///
    /// ```
    /// use ansatz::Engine;
    ///
    /// let helpers = |name: &str| match name {
    ///     "scale.anz" => Ok("fn scale(x: real) = 10 * x".to_owned()),
    ///     _ => Err("there is no such file".to_owned()),
    /// };
    /// let program = "use \"scale.anz\"\nmodel m { x ~ normal(scale(2), 1) }\nlet p = m";
    /// assert!(Engine::new().files(helpers).compile(program).is_ok());
    /// assert!(Engine::new().compile(program).is_err());
    /// ```
    pub fn files(self, read: impl Fn(&str) -> Result<String, String> + Send + Sync + 'static) -> Engine {
        Engine { files: Arc::new(read), ..self }
    }

    /// The same with the files below a folder; links that leave it are not followed.
    pub fn folder(self, folder: impl Into<PathBuf>) -> Engine {
        let folder = folder.into();
        self.files(move |name| folder::below(&folder, name))
    }

    /// Reads and checks a program: a text, or a name for messages and a text.
    ///
    /// ```
    /// let error = ansatz::Engine::new().compile(("wrong.anz", "model m { x ~ norml(0, 1) }")).expect_err("a misprint");
    /// assert!(error.to_string().contains("did you mean `normal`?"));
    /// assert!(error.json().contains(r#""file":"wrong.anz","line":1,"column":15"#));
    /// ```
    pub fn compile(&self, source: impl Into<Source>) -> Result<Program, Error> {
        let program = self.check(source);
        match program.is_faulty() {
            true => Err(Faults::new(program.diagnostics, program.sources).into()),
            false => Ok(program),
        }
    }

    /// The same of a program that may be faulty: it has its messages, and can be looked at but not run.
    ///
    /// ```
    /// let program = ansatz::Engine::new().check("let x = 1 +");
    /// assert!(program.is_faulty());
    /// assert_eq!(program.diagnostics[0].code.to_string(), "A0002");
    /// ```
    pub fn check(&self, source: impl Into<Source>) -> Program {
        Program::checked(source.into(), &*self.files, self.limits)
    }

    /// The same of the texts of a session.
    pub(crate) fn check_entries(&self, entries: &[Source]) -> Program {
        Program::entered(entries, &*self.files, self.limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Posterior;

    fn is_shared<T: Send + Sync>() {}

    #[test]
    fn what_is_compiled_may_be_used_from_any_thread() {
        is_shared::<Engine>();
        is_shared::<Program>();
        is_shared::<Posterior>();
        is_shared::<Error>();
    }
}
