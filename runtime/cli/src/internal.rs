//! Our own mistakes: a panic becomes a message that says whose fault it is, and an exit code.

use std::io::{Write, stderr};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};

use crate::exit::Exit;

/// Runs `work`; a panic in it, or in a thread of it, is told as an internal error.
pub fn guard(work: impl FnOnce() -> Exit) -> Exit {
    set_hook(Box::new(|panic| {
        // Nobody may be listening.
        let _ = stderr().write_all(describe(panic).as_bytes());
    }));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Exit::Failure)
}

fn describe(panic: &PanicHookInfo) -> String {
    let place =
        panic.location().map_or(String::new(), |place| format!(" ({}:{})", place.file(), place.line()));
    let message = panic.payload_as_str().unwrap_or("no message");
    format!(
        "internal error, please report: {message}{place}\nThis is a fault of Ansatz {}, not of the program.\n",
        env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure_and_a_result_passes() {
        assert_eq!(guard(|| Exit::Success), Exit::Success);
        assert_eq!(guard(|| panic!("a test of the hook")), Exit::Failure);
        let _ = std::panic::take_hook();
    }
}
