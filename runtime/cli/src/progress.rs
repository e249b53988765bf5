//! Progress of runs, on the error stream: a bar per chain, or one for an optimiser, on a terminal, a line now and then
//! elsewhere. A run that is over at once shows nothing.

use std::io::{IsTerminal, Write, stderr};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ansatz::mcmc::{Progress, Settings};
use ansatz::optimize::Watched;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Shows the progress of one run until dropped.
pub struct Watch {
    done: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins to watch a run with these settings.
    pub fn new(settings: &Settings, progress: Arc<Progress>) -> Watch {
        let total = settings.warmup + settings.draws;
        Watch::begin(move |finished| match stderr().is_terminal() {
            true => bars(total, &progress, finished),
            false => lines(|elapsed| line(total, &progress, elapsed), finished),
        })
    }

    /// Begins to watch an optimiser that makes so many steps.
    pub fn descent(steps: usize, watched: Arc<Watched>) -> Watch {
        Watch::begin(move |finished| match stderr().is_terminal() {
            true => bar(steps, &watched, finished),
            false => lines(|elapsed| step_line(steps, &watched, elapsed), finished),
        })
    }

    fn begin(show: impl FnOnce(&Receiver<()>) + Send + 'static) -> Watch {
        let (done, finished) = channel();
        let thread = std::thread::spawn(move || show(&finished));
        Watch { done: Some(done), thread: Some(thread) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            // A panic in the watcher was reported by the hook and harms no draw.
            let _ = thread.join();
        }
    }
}

/// Whether the run went on for this long.
fn goes_on(finished: &Receiver<()>, time: Duration) -> bool {
    matches!(finished.recv_timeout(time), Err(RecvTimeoutError::Timeout))
}

/// A run that is over so soon shows nothing.
const QUIET: Duration = Duration::from_millis(300);
const TICK: Duration = Duration::from_millis(100);

fn bar(steps: usize, watched: &Watched, finished: &Receiver<()>) {
    const STYLE: &str = "{bar:32} {pos:>8}/{len}  {per_sec:>12}  {eta:>4} left  {msg}";
    if !goes_on(finished, QUIET) {
        return;
    }
    let style = ProgressStyle::with_template(STYLE).expect("the template is well formed");
    let bar = ProgressBar::new(steps as u64).with_style(style);
    loop {
        bar.set_position(watched.done() as u64);
        bar.set_message(format!("value {:.4}", watched.value()));
        if !goes_on(finished, TICK) {
            break;
        }
    }
    bar.finish_and_clear();
}

fn bars(total: usize, progress: &Progress, finished: &Receiver<()>) {
    const STYLE: &str = "{prefix} {bar:32} {pos:>6}/{len}  {per_sec:>12}  {eta:>4} left  {msg}";
    if !goes_on(finished, QUIET) {
        return;
    }
    let style = ProgressStyle::with_template(STYLE).expect("the template is well formed");
    let all = MultiProgress::new();
    let begin = |chain: usize| {
        let bar =
            ProgressBar::new(total as u64).with_style(style.clone()).with_prefix(format!("chain {chain}"));
        all.add(bar)
    };
    let bars: Vec<ProgressBar> = (0..progress.chains().len()).map(begin).collect();
    loop {
        for (bar, chain) in bars.iter().zip(progress.chains()) {
            bar.set_position(chain.iterations() as u64);
            bar.set_message(divergences(chain.divergences()));
        }
        if !goes_on(finished, TICK) {
            break;
        }
    }
    bars.iter().for_each(ProgressBar::finish_and_clear);
}

fn lines(line: impl Fn(Duration) -> String, finished: &Receiver<()>) {
    const EVERY: Duration = Duration::from_secs(5);
    let begun = Instant::now();
    while goes_on(finished, EVERY) {
        // Nobody may be listening.
        let _ = writeln!(stderr(), "{}", line(begun.elapsed()));
    }
}

/// An optimiser's steps: `5 s: 1,204 of 8,000 steps, 241 in a second, 28 s left, value -31.2`.
fn step_line(steps: usize, watched: &Watched, elapsed: Duration) -> String {
    let (done, seconds) = (watched.done(), elapsed.as_secs_f64());
    let rate = done as f64 / seconds;
    let left = if done == 0 { "?".to_owned() } else { format!("{:.0}", (steps - done) as f64 / rate) };
    let value = watched.value();
    format!("{seconds:.0} s: {done} of {steps} steps, {rate:.0} in a second, {left} s left, value {value:.4}")
}

/// All chains in one line: `5 s: 1,204 of 8,000 iterations, 241 in a second, 28 s left, 3 divergences`.
fn line(total: usize, progress: &Progress, elapsed: Duration) -> String {
    let done: usize = progress.chains().iter().map(|chain| chain.iterations()).sum();
    let divergent: usize = progress.chains().iter().map(|chain| chain.divergences()).sum();
    let all = total * progress.chains().len();
    let begun: usize = progress.chains().iter().map(|chain| chain.begun()).sum();
    let rate = done.saturating_sub(begun) as f64 / elapsed.as_secs_f64();
    let left = if rate == 0.0 { "?".to_owned() } else { format!("{:.0}", (all - done) as f64 / rate) };
    let trouble = divergences(divergent);
    let comma = if trouble.is_empty() { "" } else { ", " };
    format!(
        "{:.0} s: {done} of {all} iterations, {rate:.0} in a second, {left} s left{comma}{trouble}",
        elapsed.as_secs_f64()
    )
}

fn divergences(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 divergence".to_owned(),
        _ => format!("{count} divergences"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_rate_time_left_and_divergences() {
        let progress = Progress::new(2);
        assert_eq!(
            line(100, &progress, Duration::from_secs(5)),
            "5 s: 0 of 200 iterations, 0 in a second, ? s left"
        );
        (0..40).for_each(|i| progress.chains()[1].advance(i < 2));
        assert_eq!(
            line(100, &progress, Duration::from_secs(5)),
            "5 s: 40 of 200 iterations, 8 in a second, 20 s left, 2 divergences"
        );
        progress.chains()[0].begin(60, 0);
        assert_eq!(
            line(100, &progress, Duration::from_secs(5)),
            "5 s: 100 of 200 iterations, 8 in a second, 12 s left, 2 divergences",
            "what an earlier run has done tells nothing of the rate"
        );
    }

    #[test]
    fn watching_ends_with_the_run() {
        let begun = Instant::now();
        drop(Watch::new(&Settings::default(), Arc::new(Progress::new(4))));
        assert!(begun.elapsed() < Duration::from_secs(4));
    }
}
