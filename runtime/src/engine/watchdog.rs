//! A time that is up raises a flag.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// Raises a flag once a time has passed, unless it is dropped before.
pub struct Watchdog {
    _done: Sender<()>,
}

impl Watchdog {
    /// Watches from now on; nothing where there is no limit.
    pub fn new(time: Option<Duration>, flag: &Arc<AtomicBool>) -> Option<Watchdog> {
        let (done, finished): (Sender<()>, Receiver<()>) = channel();
        let (time, flag) = (time?, Arc::clone(flag));
        thread::spawn(move || {
            if finished.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                flag.store(true, Ordering::Relaxed);
            }
        });
        Some(Watchdog { _done: done })
    }
}
