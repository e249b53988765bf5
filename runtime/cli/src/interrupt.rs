//! Ctrl-C: the first ends sampling and keeps the draws so far, the second ends the process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use ansatz::mcmc::Progress;

use crate::exit::Exit;

static REQUESTED: AtomicBool = AtomicBool::new(false);
static CURRENT: OnceLock<Mutex<Option<Arc<Progress>>>> = OnceLock::new();

/// Listens from now on. Without a handler the system ends the process at once, which is as good.
pub fn listen() {
    let _ = ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            std::process::exit(Exit::Interrupted.code());
        }
        if let Ok(current) = current().lock()
            && let Some(progress) = &*current
        {
            progress.stop();
        }
    });
}

/// Whether the user asked to end.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// The run to end when the user asks; one that begins after that ends at once.
pub fn watch(progress: Option<Arc<Progress>>) {
    if let Some(progress) = &progress
        && requested()
    {
        progress.stop();
    }
    if let Ok(mut current) = current().lock() {
        *current = progress;
    }
}

fn current() -> &'static Mutex<Option<Arc<Progress>>> {
    CURRENT.get_or_init(Mutex::default)
}
