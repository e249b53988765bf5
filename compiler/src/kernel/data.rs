//! The kernel form: loop nests that read and write buffers, between the IR and machine code.
//!
//! Scalars are registers, each assigned by one statement. Arrays are buffers of the caller (arguments, results) or of
//! the arena. A loop says how its iterations are laid out (see [`Lanes`]); the choice changes no value.

use crate::ir::kind::{Contraction, Triangular};
use crate::ir::{Constant, Demand, Element, Origin, Reduction};
use crate::kernels::linalg;
use crate::primitive::{Draw, Primitive};

/// A scalar, assigned once: `%3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Register(pub u32);

/// An array in memory: `b3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BufferName(pub u32);

/// The partial results of one running reduction: `r3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateName(pub u32);

/// A number of entries or of iterations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// Known when code is generated.
    Size(i64),
    /// An `i64` register; below zero counts as zero where it bounds a loop.
    Run(Register),
}

/// `constant + sum of coefficient * register` in wrapping `i64` arithmetic; terms are sorted, none is zero.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Affine {
    /// The constant term.
    pub constant: i64,
    /// Registers and their coefficients.
    pub terms: Vec<(Register, i64)>,
}

/// An entry of a buffer, counted in entries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// Which buffer.
    pub buffer: BufferName,
    /// Which entry; inside the buffer, proved or checked before.
    pub entry: Affine,
}

/// Where a buffer lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// The caller's, read only.
    Argument(u32),
    /// The caller's, to be filled.
    Result(u32),
    /// The static part of the arena, at this byte once the arena is laid out.
    Arena(u64),
    /// A block that a [`Statement::Reserve`] (or a choice between blocks) leaves its address of in this register.
    Block(Register),
    /// No memory: each entry is a machine register. Only for buffers whose every entry is known at compile time.
    Registers,
}

/// An array in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// What an entry is.
    pub element: Element,
    /// How many entries; 0 where only the run knows.
    pub entries: u64,
    /// Where it lies.
    pub home: Home,
}

/// A running reduction, in the one order that [`crate::kernels::reduce`] fixes. Its buffer holds one word for each
/// partial result; a `logsumexp` is lowered to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The operator.
    pub reduction: Reduction,
    /// The element type of what it absorbs and gives.
    pub element: Element,
    /// Its partial results in memory.
    pub buffer: BufferName,
    /// Whether it takes whole tiles; then its kernels keep its memory.
    pub tiled: bool,
}

/// How the caller passes an array; scalars have one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What an entry is.
    pub element: Element,
    /// Entries in all, or, with a run-time first axis, for each step of it.
    pub entries: u64,
    /// Whether the first axis is known at run time only.
    pub run: bool,
}

/// A compiled function before machine code.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// The function's name.
    pub name: String,
    /// What the caller passes.
    pub arguments: Vec<Layout>,
    /// What the caller receives.
    pub results: Vec<Layout>,
    /// The element type of each register.
    pub registers: Vec<Element>,
    /// Arrays.
    pub buffers: Vec<Buffer>,
    /// Reductions.
    pub states: Vec<State>,
    /// Bytes of the static part of the arena.
    pub arena: u64,
    /// What it does.
    pub body: Vec<Statement>,
}

/// How a scalar comes about.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A literal.
    Constant(Constant),
    /// A row of the table.
    Primitive(Primitive, Vec<Register>),
    /// Integer arithmetic on indices and extents.
    Affine(Affine),
    /// An entry of a buffer.
    Load(Address),
    /// The run-time first axis of an argument.
    Length(u32),
    /// The address of an argument whose length is known at run time only.
    Pointer(u32),
}

/// A condition that must hold, else the run ends with a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// `0 <= index < extent`.
    Inside(Register, Extent),
    /// A divisor.
    NonZero(Register),
    /// A condition that the program demands.
    Met(Box<Met>),
}

/// A condition that the program demands, and what is told where it does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// The condition.
    pub holds: Register,
    /// What it is.
    pub demand: Demand,
    /// Numbers that are told.
    pub told: Vec<Register>,
    /// Whether there are more.
    pub cut: bool,
}

impl Requirement {
    /// The registers that it reads.
    pub fn registers(&self) -> Vec<Register> {
        match self {
            Requirement::Inside(index, Extent::Run(extent)) => vec![*index, *extent],
            Requirement::Inside(index, Extent::Size(_)) | Requirement::NonZero(index) => vec![*index],
            Requirement::Met(met) => [&[met.holds], met.told.as_slice()].concat(),
        }
    }

    /// The same of other registers.
    pub fn rename(&self, mut name: impl FnMut(Register) -> Register) -> Self {
        match self {
            Requirement::Inside(index, Extent::Run(extent)) => {
                Requirement::Inside(name(*index), Extent::Run(name(*extent)))
            }
            Requirement::Inside(index, extent) => Requirement::Inside(name(*index), *extent),
            Requirement::NonZero(divisor) => Requirement::NonZero(name(*divisor)),
            Requirement::Met(met) => {
                let holds = name(met.holds);
                let told = met.told.iter().map(|number| name(*number)).collect();
                Requirement::Met(Box::new(Met { holds, told, ..**met }))
            }
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `%r = ..`
    Let(Register, Expression),
    /// `b[..] = %r`
    Store(Address, Register),
    /// Ends the run where the requirement does not hold.
    Require(Requirement, Origin),
    /// A counted loop.
    Loop(Loop),
    /// A loop on a condition.
    While(Box<While>),
    /// A choice.
    If(If),
    /// Starts a reduction.
    Begin(StateName),
    /// Takes a value as the entry at this position (row-major in the reduction's indices).
    Absorb(StateName, Affine, Register),
    /// Ends a reduction of so many entries.
    Finish(StateName, Register, Affine),
    /// A block of the arena for `entries` entries of the element: its address.
    Reserve(Register, Element, Affine),
    /// Hands a block and its first axis to the caller as a result.
    Yield(u32, BufferName, Extent),
    /// Takes so many values from memory as the next entries of a reduction.
    AbsorbTile(StateName, Address, Register),
    /// A function over a tile.
    Tile(TileCall),
    /// A compiled routine over whole buffers.
    Call(Call),
    /// Remembers how much of the arena's run-time part is in use.
    Mark(Register),
    /// Frees what was reserved since the mark, but for these blocks, which move down to it.
    Release(Register, Vec<Kept>),
    /// A part of a long kernel: a function of its own, whose registers nothing outside sees.
    Part(Vec<Statement>),
}

/// A block that outlives a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where it is.
    pub block: Register,
    /// Where it is afterwards.
    pub moved: Register,
    /// Its element type.
    pub element: Element,
    /// Its entries.
    pub entries: Affine,
}

/// How the iterations of a loop are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lanes {
    /// One after the other.
    Scalar,
    /// Written out: the index is a constant in each copy of the body.
    Straight,
    /// Written out, neighbouring iterations side by side in vectors.
    Packed,
}

/// A scalar that a loop carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Its value inside, at the start of an iteration.
    pub inside: Register,
    /// Its value before the first.
    pub initial: Register,
    /// Its value for the next.
    pub next: Register,
    /// Its value after the last.
    pub result: Register,
}

/// `loop %i < N`
#[derive(Clone, Debug, PartialEq)]
pub struct Loop {
    /// The index.
    pub index: Register,
    /// How far it runs.
    pub bound: Extent,
    /// From one index to the next.
    pub step: i64,
    /// From the last index to the first.
    pub reverse: bool,
    /// How iterations are laid out.
    pub lanes: Lanes,
    /// Scalars from one iteration to the next.
    pub carried: Vec<Carried>,
    /// The body.
    pub body: Vec<Statement>,
}

/// `while`
#[derive(Clone, Debug, PartialEq)]
pub struct While {
    /// At most so many trips.
    pub limit: Register,
    /// The number of this trip, inside.
    pub trip: Register,
    /// The number of trips made, after.
    pub trips: Register,
    /// Scalars from one trip to the next.
    pub carried: Vec<Carried>,
    /// Computes the condition.
    pub condition: Vec<Statement>,
    /// Whether a further trip is made.
    pub proceed: Register,
    /// A trip.
    pub body: Vec<Statement>,
}

/// `if`
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    /// A bool.
    pub condition: Register,
    /// Where it holds.
    pub yes: Vec<Statement>,
    /// Where it does not.
    pub no: Vec<Statement>,
    /// Result, its value where the condition holds, its value where it does not.
    pub results: Vec<(Register, Register, Register)>,
}

/// A call of a compiled routine.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Which one.
    pub routine: Routine,
    /// Row-major arrays read.
    pub inputs: Vec<Address>,
    /// Row-major array written, where there is one; a triangular system is solved in place there.
    pub output: Option<Address>,
    /// Memory of the routine's own, as much as [`Routine::scratch`] says.
    pub scratch: Option<BufferName>,
    /// Scalars read.
    pub scalars: Vec<Register>,
    /// Scalars assigned.
    pub results: Vec<Register>,
}

/// A routine over whole buffers, or with several scalar results.
#[derive(Clone, Debug, PartialEq)]
pub enum Routine {
    /// Random bits: scalars the seed, then indices; two `i64` results.
    Bits {
        /// The site path's number.
        site: u64,
    },
    /// Draws at consecutive indices: scalars how many, the seed, then the indices of the first.
    Draws {
        /// What is made of the bits.
        draw: Draw,
        /// The site path's number.
        site: u64,
        /// Which index counts up.
        axis: usize,
    },
    /// An einsum of two arrays.
    Contract {
        /// Which labels.
        labels: Contraction,
        /// The extents of both operands.
        extents: [Vec<Extent>; 2],
    },
    /// Lower Cholesky factor.
    Cholesky {
        /// Rows and columns.
        order: i64,
    },
    /// A triangular system: the input is the matrix, the output begins as the right-hand side.
    TriangularSolve {
        /// How the matrix is read.
        how: Triangular,
        /// Rows and columns of the matrix.
        order: i64,
        /// Columns of the right-hand side.
        columns: i64,
    },
}

impl Routine {
    /// Entries of f64 that it works in.
    pub fn scratch(&self) -> usize {
        match self {
            Routine::Cholesky { order } => linalg::scratch_length(*order as usize),
            _ => 0,
        }
    }

    /// The registers that say how far its arrays reach.
    pub fn registers(&self) -> impl Iterator<Item = Register> {
        let extents = match self {
            Routine::Contract { extents, .. } => extents.as_slice(),
            _ => &[],
        };
        extents.iter().flatten().filter_map(|extent| match extent {
            Extent::Run(register) => Some(*register),
            Extent::Size(_) => None,
        })
    }
}

/// `output[k] = kernel(inputs[0][k], ..)` for `k < count`.
#[derive(Clone, Debug, PartialEq)]
pub struct TileCall {
    /// The row of the kernels' table.
    pub kernel: &'static str,
    /// Where the operands begin.
    pub inputs: Vec<Address>,
    /// Where the results begin.
    pub output: Address,
    /// How many.
    pub count: Register,
}
