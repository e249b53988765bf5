//! Choices of reverse mode: they change memory and time, never a value.

/// See each field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Numbers for the root's sizes: the function is bound to them before it is differentiated.
    pub sizes: Option<Vec<i64>>,
    /// Bytes that one `scan` of known size may save for its reverse before it saves only every sqrt(T)-th step.
    pub scan_bytes: u64,
    /// States that one `while` keeps for its reverse, at each of two levels.
    pub slots: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { sizes: None, scan_bytes: 1 << 28, slots: 64 }
    }
}
