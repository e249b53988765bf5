//! Which passes run over a function, in which order. Between two of them compilation may be ended. In builds with debug
//! assertions the verifier runs after each.

use super::{Allowance, BuildError};
use crate::ir::prove;
use crate::ir::verify::{Stage, verify};
use crate::ir::{Function, Module};
use crate::transform::fuse::fuse;
use crate::transform::multiply_add::multiply_add;
use crate::transform::prune::prune;
use crate::transform::regroup::regroup;
use crate::transform::reuse::reuse;
use crate::transform::share::{share, share_apart};
use crate::transform::simplify::simplify;
use crate::transform::{distribute::distribute, hoist};

/// A pass with its name.
type Pass = (&'static str, fn(&mut Function));

/// Removes what is known, repeated or unread.
const TIDY: [Pass; 3] = [("simplify", simplify), ("share", share), ("prune", prune)];

/// What a loop need not repeat. Only what cannot fail moves, so indices are proved first.
const HOIST: [Pass; 6] =
    [TIDY[0], TIDY[1], TIDY[2], ("prove", prove::mark), ("invariants", hoist::invariants), ("share", share)];

/// The same before differentiation, so that derivatives do not repeat it either.
const HOIST_APART: [Pass; 6] = [HOIST[0], APART, HOIST[2], HOIST[3], HOIST[4], APART];
const APART: Pass = ("share", share_apart);

/// Moves what data alone decide to where it is computed once.
const EXTRACT: [Pass; 6] = [
    ("distribute", distribute),
    ("regroup", regroup),
    ("extract", hoist::extract),
    TIDY[0],
    TIDY[1],
    TIDY[2],
];

/// Makes one loop of several, and removes what they repeat.
const FUSE: [Pass; 5] = [("fuse", fuse), TIDY[1], TIDY[2], ("reuse", reuse), TIDY[2]];

/// Rounds less often.
const CONTRACT: [Pass; 3] = [("multiply_add", multiply_add), TIDY[0], TIDY[2]];

/// Runs before calls and derivatives are resolved.
pub(super) fn before_resolve(function: &mut Function, allowed: &Allowance) -> Result<(), BuildError> {
    // Named functions are unknown here, so the verifier has to wait.
    HOIST_APART.iter().try_for_each(|(_, pass)| {
        pass(function);
        allowed.go_on()
    })
}

/// Runs on a resolved, bound function; splits it by binding time.
pub(super) fn after_resolve(mut function: Function, allowed: &Allowance) -> Result<hoist::Split, BuildError> {
    verified("resolve", &function);
    run(&HOIST, &mut function, allowed)?;
    run(&EXTRACT, &mut function, allowed)?;
    let mut parts = hoist::split(&function);
    for part in [&mut parts.bound, &mut parts.live] {
        run(&TIDY, part, allowed)?;
        run(&FUSE, part, allowed)?;
    }
    run(&CONTRACT, &mut parts.live, allowed)?;
    Ok(parts)
}

fn run(passes: &[Pass], function: &mut Function, allowed: &Allowance) -> Result<(), BuildError> {
    for (name, pass) in passes {
        allowed.go_on()?;
        pass(function);
        verified(name, function);
    }
    Ok(())
}

/// # Panics
/// In builds with debug assertions, if a pass broke an invariant: a mistake of ours, shown with the program.
fn verified(pass: &str, function: &Function) {
    if cfg!(debug_assertions) {
        let mut module = Module::default();
        module.insert(function.clone());
        if let Err(violations) = verify(&module, Stage::Bound) {
            panic!("after `{pass}`: {violations}\n{function}");
        }
    }
}
