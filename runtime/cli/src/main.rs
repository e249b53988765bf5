//! The command line: `ansatz run`, `check`, `explain`.

fn main() {}
