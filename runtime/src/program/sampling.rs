//! A posterior, sampled: options and memory are checked, the caller watches, the time is limited.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::{Sources, Span};

use super::Posterior;
use crate::draws::Layout;
use crate::engine::{Error, Faults};
use crate::mcmc::{Failure, Fit, Progress, Settings, sample};
use crate::output::number::{grouped, size};
use crate::target::{Check, Curvature, Evaluator, Target, Term};

/// How often the caller is asked whether sampling goes on.
const TICK: Duration = Duration::from_millis(50);
/// How long an iteration may go on once sampling is to end; then a `while` loop that it is in is ended.
const GRACE: Duration = Duration::from_millis(200);

impl Posterior {
    /// Samples the posterior. The draws are the same for any number of threads.
    ///
    /// ```
    /// use ansatz::{Engine, Settings};
    /// use ansatz::output::Summary;
    ///
    /// let posterior = Engine::new().compile("model m { x ~ normal(0, 1)[2] }\nlet p = m")?.bind("{}")?;
    /// let fit = posterior.sample(&Settings { seed: 1, draws: 500, ..Settings::default() })?;
    /// let x: nalgebra::DMatrix<f64> = fit.draws.matrix("x").expect("a site");
    /// assert_eq!(x.shape(), (4 * 500, 2));
    /// println!("{}", Summary::new(&fit));
    /// # Ok::<(), ansatz::Error>(())
    /// ```
    pub fn sample(&self, settings: &Settings) -> Result<Fit, Error> {
        self.sample_while(settings, |_| true)
    }

    /// The same as long as the caller wishes, who is asked some twenty times a second, in the calling thread, and sees the
    /// progress. What has been drawn is kept.
    ///
    /// ```
    /// use ansatz::{Engine, Settings};
    ///
    /// let posterior = Engine::new().compile("model m { x ~ normal(0, 1) }\nlet p = m")?.bind("{}")?;
    /// let long = Settings { seed: 1, chains: 1, draws: 100_000_000, ..Settings::default() };
    /// let fit = posterior.sample_while(&long, |progress| {
    ///     progress.chains().iter().any(|chain| chain.iterations() < 2_000)
    /// })?;
    /// assert!(fit.interrupted && fit.draws.length() >= 900);
    /// # Ok::<(), ansatz::Error>(())
    /// ```
    pub fn sample_while(
        &self,
        settings: &Settings,
        mut goes_on: impl FnMut(&Progress) -> bool,
    ) -> Result<Fit, Error> {
        let origin = &self.origin;
        let span = origin.expression.span;
        let refused = |fault| Faults::new(vec![fault], Sources::clone(&origin.sources));
        let fault = outside(span, settings)
            .or_else(|| beyond_memory(span, origin.limits.memory, self.layout(), settings));
        if let Some(fault) = fault {
            return Err(refused(fault).into());
        }
        let (progress, interrupt) = (Progress::new(settings.chains), Arc::new(AtomicBool::new(false)));
        let run = Interruptible { posterior: self, interrupt: &interrupt };
        let (done, finished) = channel::<()>();
        let fit = thread::scope(|scope| {
            let worker = scope.spawn(|| {
                let _done = done;
                sample(&run, settings, &progress)
            });
            let begun = Instant::now();
            let mut stopped: Option<Instant> = None;
            while finished.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let late = origin.limits.time.is_some_and(|time| begun.elapsed() > time);
                if stopped.is_none() && (late || !goes_on(&progress)) {
                    progress.stop();
                    stopped = Some(Instant::now());
                }
                if stopped.is_some_and(|since| since.elapsed() > GRACE) {
                    interrupt.store(true, Ordering::Relaxed);
                }
            }
            worker.join().unwrap_or_else(|panic| resume_unwind(panic))
        });
        fit.map_err(|failure| match failure {
            Failure::Interrupted => Error::Interrupted,
            failure => refused(not_sampled(span, &failure)).into(),
        })
    }
}

impl Posterior {
    /// The same, with evaluations that end when the flag is raised.
    pub(crate) fn until<'p>(&'p self, interrupt: &'p Arc<AtomicBool>) -> impl Target + 'p {
        Interruptible { posterior: self, interrupt }
    }
}

/// A posterior whose evaluations end when a flag is raised.
struct Interruptible<'p> {
    posterior: &'p Posterior,
    interrupt: &'p Arc<AtomicBool>,
}

impl Target for Interruptible<'_> {
    fn dimension(&self) -> usize {
        self.posterior.dimension()
    }

    fn layout(&self) -> &Layout {
        self.posterior.layout()
    }

    fn evaluator(&self) -> Box<dyn Evaluator + '_> {
        Box::new(self.posterior.evaluation_until(Arc::clone(self.interrupt)))
    }

    fn curvature(&self) -> Option<Box<Curvature<'_>>> {
        self.posterior.curvature()
    }

    fn terms(&self, position: &[f64]) -> Vec<Term> {
        self.posterior.terms_until(position, Arc::clone(self.interrupt))
    }

    fn explain_check(&self, check: Check) -> String {
        self.posterior.explain_check(check)
    }
}

/// The message about an option outside its range.
fn outside(span: Span, settings: &Settings) -> Option<Diagnostic> {
    let fault = |name: &str, expected: String, found: String| {
        let message = format!("the option `{name}` is outside its range");
        Diagnostic::error(codes::BAD_OPTION, span, message).expected(expected).found(found)
    };
    if !(settings.delta > 0.0 && settings.delta < 1.0) {
        return Some(fault("delta", "a number between 0 and 1".to_owned(), settings.delta.to_string()));
    }
    let counts = [
        ("chains", settings.chains, 1..=10_000),
        ("warmup", settings.warmup, 0..=1_000_000_000),
        ("draws", settings.draws, 1..=1_000_000_000),
    ];
    let outside = counts.into_iter().find(|(_, value, range)| !range.contains(value));
    outside.map(|(name, value, range)| {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        fault(name, expected, value.to_string())
    })
}

/// The message about draws that need more memory than is allowed.
pub(crate) fn beyond_memory(
    span: Span,
    allowed: u64,
    layout: &Layout,
    settings: &Settings,
) -> Option<Diagnostic> {
    let numbers = (settings.chains as u64).saturating_mul(settings.draws as u64);
    let bytes = numbers.saturating_mul(8 * layout.length() as u64);
    if bytes <= allowed {
        return None;
    }
    let message = "these draws need more memory than is allowed";
    let fault = Diagnostic::error(codes::TOO_LARGE, span, message)
        .expected(format!("at most {}", size(allowed)))
        .found(format!("{} for {} numbers in each draw", size(bytes), grouped(layout.length() as u64)))
        .help("draw less, report less (`let` in the place of `track`), or allow more with `--max-memory`");
    Some(fault)
}

/// The message about a posterior that could not be sampled.
pub(crate) fn not_sampled(span: Span, failure: &Failure) -> Diagnostic {
    let told = failure.to_string();
    let mut lines = told.lines();
    let message = lines.next().unwrap_or("sampling failed");
    let reasons: Vec<&str> = lines.collect();
    Diagnostic::error(codes::NOT_SAMPLED, span, message)
        .here(reasons.join("\n"))
        .help("declare where values lie, as in `sigma: positive ~ ..`, and look at the terms named here")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Engine, Limits};

    fn engine(time: u64) -> Engine {
        Engine::new().limits(Limits { time: Some(Duration::from_millis(time)), ..Limits::default() })
    }

    #[test]
    fn binding_that_takes_too_long_is_ended() {
        let endless =
            "let x = iterate(s = 0.0, while s < 1: s * 0.5)\nmodel m { y ~ normal(x, 1) }\nlet p = m";
        let begun = Instant::now();
        let program = engine(100).compile(endless).unwrap_or_else(|error| panic!("{error}"));
        let Err(error) = program.bind("{}") else { panic!("it cannot be bound") };
        let error = error.to_string();
        assert!(error.contains("interrupted"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    /// What is compiled here takes far longer than is allowed.
    #[test]
    fn compiling_that_takes_too_long_is_ended() {
        let many: String = (0..400).map(|i| format!("  x{i} ~ normal(exp(sin({i} * mu)), 1)\n")).collect();
        let program = engine(1).compile(&*format!("model m {{\n  mu ~ normal(0, 1)\n{many}}}\nlet p = m"));
        let program = program.unwrap_or_else(|error| panic!("{error}"));
        let Err(error) = program.bind("{}") else { panic!("it cannot be bound so soon") };
        assert!(error.to_string().contains("interrupted while it was compiled"), "{error}");
    }

    #[test]
    fn sampling_ends_when_the_time_is_up_even_within_an_endless_loop() {
        let program = "model m {
            mu ~ normal(0, 1)
            let s = iterate(s = stop_gradient(mu), while s < 10: s - 1)
            y ~ normal(0 * s, 1)
        }
        let p = m given {y = 1}";
        let program = engine(100).compile(program).unwrap_or_else(|error| panic!("{error}"));
        let posterior = program.bind("{}").unwrap_or_else(|error| panic!("{error}"));
        let begun = Instant::now();
        assert!(posterior.sample(&Settings::default()).is_err());
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn draws_beyond_the_limits_and_bad_options_are_told() {
        let limits = Limits { memory: 100_000, ..Limits::default() };
        let program = Engine::new().limits(limits).compile("model m { x ~ normal(0, 1)[100] }\nlet p = m");
        let posterior =
            program.and_then(|program| program.bind("{}")).unwrap_or_else(|error| panic!("{error}"));
        let code = |settings: Settings| {
            let error = posterior.sample(&settings).expect_err("refused");
            error.diagnostics()[0].code
        };
        assert_eq!(code(Settings::default()), codes::TOO_LARGE);
        assert_eq!(code(Settings { chains: 0, ..Settings::default() }), codes::BAD_OPTION);
        assert_eq!(code(Settings { delta: 1.0, ..Settings::default() }), codes::BAD_OPTION);
    }
}
