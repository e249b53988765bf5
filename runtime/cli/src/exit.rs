//! How a run ended, as the exit code says it.

/// The documented exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Success,
    /// The program or its data have errors.
    Errors,
    /// The command line is wrong, or names a file that cannot be read.
    Usage,
    /// Something failed at run time.
    Failure,
    /// The user ended it.
    Interrupted,
}

impl Exit {
    /// The number.
    pub fn code(self) -> i32 {
        match self {
            Exit::Success => 0,
            Exit::Errors => 1,
            Exit::Usage => 2,
            Exit::Failure => 3,
            Exit::Interrupted => 130,
        }
    }
}
