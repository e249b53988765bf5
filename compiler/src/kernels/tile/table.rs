//! The table of all tile kernels.

use super::{Kernel, elementary, special};

/// Changes whenever a row is renamed or its values change: part of the key of saved compiled code.
pub const VERSION: u32 = 1;

/// The groups of rows. A new function is a row in its group.
static GROUPS: &[&[Kernel]] = &[elementary::ROWS, special::ROWS];

/// Every row.
pub fn table() -> impl Iterator<Item = &'static Kernel> {
    GROUPS.iter().copied().flatten()
}

/// The row of a function.
pub fn find(name: &str) -> Option<&'static Kernel> {
    table().find(|kernel| kernel.name == name)
}
