//! Ctrl-C, and a time that is up: the first ends sampling and keeps the draws so far, the second ends the process. Where
//! nothing runs that could be ended early, a run ends at once; a session ends the statement.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use crate::exit::Exit;
use crate::terminal;

static REQUESTED: AtomicBool = AtomicBool::new(false);
static IDLE: OnceLock<Arc<AtomicBool>> = OnceLock::new();
/// Whether the process ends where nothing is watched.
static EXITS: AtomicBool = AtomicBool::new(false);
static CURRENT: OnceLock<Mutex<Option<Stop>>> = OnceLock::new();

/// What ends a run early.
pub type Stop = Arc<dyn Fn() + Send + Sync>;

/// Listens from now on. Without a handler the system ends the process at once, which is as good.
pub fn listen() {
    let _ = ctrlc::set_handler(request);
}

/// Ends the process where the user asks while nothing runs that could be ended early.
pub fn exit_when_idle() {
    EXITS.store(true, Ordering::SeqCst);
}

/// Asks in the user's place once this time has passed.
pub fn after(time: Duration) {
    thread::spawn(move || {
        thread::sleep(time);
        // The user may have been quicker: a second request would end the process.
        if !requested() {
            request();
        }
    });
}

fn request() {
    if REQUESTED.swap(true, Ordering::SeqCst) {
        std::process::exit(Exit::Interrupted.code());
    }
    let Ok(current) = current().lock() else { return };
    if let Some(stop) = &*current {
        return stop();
    }
    idle().store(true, Ordering::SeqCst);
    if EXITS.load(Ordering::SeqCst) {
        terminal::message("interrupted: nothing was running whose results could be kept");
        std::process::exit(Exit::Interrupted.code());
    }
}

/// Whether the user asked to end, or the time is up.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// The flag that is raised where the user asks while nothing runs that could be ended early.
pub fn idle() -> Arc<AtomicBool> {
    IDLE.get_or_init(Arc::default).clone()
}

/// Forgets what was asked, for a session that goes on.
pub fn forget() {
    REQUESTED.store(false, Ordering::SeqCst);
    idle().store(false, Ordering::SeqCst);
}

/// The run to end when the user asks; one that begins after that ends at once.
pub fn watch(stop: Option<Stop>) {
    if let Some(stop) = &stop
        && requested()
    {
        stop();
    }
    if let Ok(mut current) = current().lock() {
        *current = stop;
    }
}

fn current() -> &'static Mutex<Option<Stop>> {
    CURRENT.get_or_init(Mutex::default)
}
