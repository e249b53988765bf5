//! What can be lowered: a function whose sizes are bound, in the plain dialect, resolved, of reasonable depth and size.

use crate::ir::infer::volume;
use crate::ir::kind::View;
use crate::ir::{Block, Bound, Dimension, Function, Kind, Operation, Polynomial, Type};
use std::fmt;

/// Regions may nest so deep. Lowering and code generation recurse over them.
const DEPTH: usize = 64;

/// Entries of one array at most: what addresses can count.
const ENTRIES: i64 = 1 << 40;

/// Why a function cannot become code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An operation that an earlier pass removes: an operator, a call, a site.
    Unresolved(String),
    /// A size parameter without a number.
    Unbound(String),
    /// Regions nest too deep.
    Deep,
    /// An array of more entries than memory has addresses for, or of a negative extent.
    Large(String),
    /// A view that reads outside its source.
    View {
        /// The entry that it reads.
        entry: i64,
        /// Entries of the source.
        of: i64,
    },
    /// Arrays that need more memory than is allowed.
    Memory,
    /// Machine code could not be made, with Cranelift's reason.
    Code(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Unresolved(kind) => write!(f, "`{kind}` must be resolved before code is made"),
            Refusal::Unbound(size) => write!(f, "the size `{size}` must be a number before code is made"),
            Refusal::Deep => write!(f, "regions nest deeper than {DEPTH}"),
            Refusal::Large(shape) => write!(f, "an array of {shape} entries cannot be addressed"),
            Refusal::View { entry, of } => write!(f, "a view reads entry {entry} of {of}"),
            Refusal::Memory => write!(f, "arrays need more memory than the 8 GiB that are allowed"),
            Refusal::Code(reason) => write!(f, "no machine code: {reason}"),
        }
    }
}

impl std::error::Error for Refusal {}

/// Checks the whole function, so that lowering itself cannot fail.
pub(super) fn admit(function: &Function) -> Result<(), Refusal> {
    function.types.iter().try_for_each(|of| array(function, of))?;
    block(function, &function.body, 0)
}

fn block(function: &Function, body: &Block, depth: usize) -> Result<(), Refusal> {
    if depth > DEPTH {
        return Err(Refusal::Deep);
    }
    for operation in &body.operations {
        kind(function, operation)?;
        operation.regions.iter().try_for_each(|region| block(function, region, depth + 1))?;
    }
    Ok(())
}

fn kind(function: &Function, operation: &Operation) -> Result<(), Refusal> {
    let bounds = |bounds: &[Bound]| {
        bounds.iter().try_for_each(|bound| match bound {
            Bound::Size(size) => extent(function, size),
            Bound::Run => Ok(()),
        })
    };
    match &operation.kind {
        Kind::Size(size) => bound(function, size),
        Kind::View(view) => {
            let sizes = view.shape.iter().chain(&view.strides);
            sizes.chain([&view.offset]).try_for_each(|size| bound(function, size))?;
            inside(view, function.type_of(operation.operands[0]))
        }
        Kind::Map(over) | Kind::Reduce(_, over) => bounds(over),
        Kind::Scan { bound, .. } => bounds(std::slice::from_ref(bound)),
        Kind::Accumulate(sums) => sums.iter().try_for_each(|of| array(function, of)),
        Kind::Call { .. }
        | Kind::Jvp(_)
        | Kind::Vjp(_)
        | Kind::Custom(_)
        | Kind::Linear(_)
        | Kind::Sample(_)
        | Kind::Score
        | Kind::Track(_)
        | Kind::Expect => Err(Refusal::Unresolved(format!("{:?}", operation.kind))),
        Kind::Constant(_)
        | Kind::Primitive(_)
        | Kind::Index(_)
        | Kind::Length(_)
        | Kind::While { .. }
        | Kind::If
        | Kind::AddTo
        | Kind::Contract(_)
        | Kind::Cholesky
        | Kind::TriangularSolve(_)
        | Kind::Bits { .. }
        | Kind::Stop
        | Kind::Demand(_) => Ok(()),
    }
}

fn bound(function: &Function, size: &Polynomial) -> Result<(), Refusal> {
    match size.as_constant() {
        Some(_) => Ok(()),
        None => Err(Refusal::Unbound(size.display(&function.sizes).to_string())),
    }
}

fn extent(function: &Function, size: &Polynomial) -> Result<(), Refusal> {
    bound(function, size)?;
    match size.as_constant() {
        Some(0..=ENTRIES) => Ok(()),
        _ => Err(Refusal::Large(size.display(&function.sizes).to_string())),
    }
}

/// The first and the last entry that a view reads; none where it has no entries.
pub(super) fn reach(view: &View) -> Option<(i64, i64)> {
    let number = |size: &Polynomial| size.as_constant().expect("sizes are bound");
    let offset = number(&view.offset);
    view.shape.iter().zip(&view.strides).try_fold((offset, offset), |(first, last), (extent, stride)| {
        let steps = number(extent).checked_sub(1).filter(|steps| *steps >= 0)?;
        let travel = number(stride).saturating_mul(steps);
        Some((first.saturating_add(travel.min(0)), last.saturating_add(travel.max(0))))
    })
}

/// A view of a source whose first axis is known at run time only is checked there.
fn inside(view: &View, source: &Type) -> Result<(), Refusal> {
    let Some((first, last)) = reach(view) else { return Ok(()) };
    let of = volume(&source.shape).and_then(|entries| entries.as_constant()).unwrap_or(i64::MAX);
    match [first, last].into_iter().find(|entry| !(0..of).contains(entry)) {
        Some(entry) => Err(Refusal::View { entry, of }),
        None => Ok(()),
    }
}

fn array(function: &Function, of: &Type) -> Result<(), Refusal> {
    let known: Vec<Dimension> = of.shape.iter().filter(|d| **d != Dimension::Run).cloned().collect();
    for dimension in &known {
        if let Dimension::Size(size) = dimension {
            extent(function, size)?;
        }
    }
    let entries = volume(&known).expect("only known extents are left");
    let fits = known.iter().try_fold(1i64, |product, dimension| match dimension {
        Dimension::Size(size) => product.checked_mul(size.as_constant()?).filter(|n| *n <= ENTRIES),
        Dimension::Run => Some(product),
    });
    match fits {
        Some(_) => Ok(()),
        None => Err(Refusal::Large(entries.display(&function.sizes).to_string())),
    }
}
