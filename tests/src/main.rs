//! Long checks: `cargo run --release -p ansatz-tests -- long`.

fn main() {}
