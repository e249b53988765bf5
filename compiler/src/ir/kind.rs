//! What an operation does: its kind and attributes. Operands, regions and results stand in [`super::Operation`].

use super::demand::Demand;
use super::size::Polynomial;
use super::types::{Dimension, Element, Type};
use crate::primitive::Primitive;

/// A literal.
#[derive(Clone, Copy, Debug)]
pub enum Constant {
    /// 64-bit float; equality is of bits.
    F64(f64),
    /// 32-bit float; equality is of bits.
    F32(f32),
    /// Integer.
    I64(i64),
    /// Truth value.
    Bool(bool),
}

impl Constant {
    /// What it is.
    pub fn element(self) -> Element {
        match self {
            Constant::F64(_) => Element::F64,
            Constant::F32(_) => Element::F32,
            Constant::I64(_) => Element::I64,
            Constant::Bool(_) => Element::Bool,
        }
    }

    /// Its bits and element: what equality and hashing see.
    pub fn bits(self) -> (Element, u64) {
        let bits = match self {
            Constant::F64(x) => x.to_bits(),
            Constant::F32(x) => u64::from(x.to_bits()),
            Constant::I64(n) => n as u64,
            Constant::Bool(b) => u64::from(b),
        };
        (self.element(), bits)
    }
}

impl PartialEq for Constant {
    fn eq(&self, other: &Self) -> bool {
        self.bits() == other.bits()
    }
}

impl Eq for Constant {}

impl std::hash::Hash for Constant {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bits().hash(state);
    }
}

/// How far a region's index runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// A size.
    Size(Polynomial),
    /// A run-time `i64`: the next of the operation's leading operands. What it stacks has a first axis `*`.
    Run,
}

impl Bound {
    /// The size, unless it is known at run time only.
    pub fn size(&self) -> Option<&Polynomial> {
        match self {
            Bound::Size(size) => Some(size),
            Bound::Run => None,
        }
    }

    /// The axis that stacking over it makes.
    pub fn dimension(&self) -> Dimension {
        match self {
            Bound::Size(size) => Dimension::Size(size.clone()),
            Bound::Run => Dimension::Run,
        }
    }
}

/// The operator of a `reduce`. Its order is fixed: 32 interleaved partial results, then a tree by halving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Sum.
    Add,
    /// Product.
    Mul,
    /// Least.
    Min,
    /// Greatest.
    Max,
    /// log of the sum of exponentials, shifted by the greatest.
    LogSumExp,
    /// All true.
    And,
    /// Any true.
    Or,
}

impl Reduction {
    /// All of them, with the names of the text form.
    pub const ALL: [(Reduction, &'static str); 7] = [
        (Reduction::Add, "add"),
        (Reduction::Mul, "mul"),
        (Reduction::Min, "min"),
        (Reduction::Max, "max"),
        (Reduction::LogSumExp, "logsumexp"),
        (Reduction::And, "and"),
        (Reduction::Or, "or"),
    ];

    /// Its name in the text form.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(reduction, _)| *reduction == self).expect("every reduction is listed").1
    }
}

/// An affine reading of an array's row-major storage: entry `(i, j, ..)` of the result is entry
/// `offset + i * strides[0] + j * strides[1] + ..` of the source counted in row-major order.
///
/// Transposes, slices, reshapes, reversals, diagonals and broadcasts are views.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// Extents of the result.
    pub shape: Vec<Polynomial>,
    /// Where entry `(0, 0, ..)` stands.
    pub offset: Polynomial,
    /// One step along each axis of the result, in entries of the source; 0 repeats, negative reverses.
    pub strides: Vec<Polynomial>,
}

/// Whether a dynamic index has been proved to lie inside its axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// Checked when it runs.
    Checked,
    /// Follows from the bounds of the regions around it.
    Proved,
}

impl Check {
    /// What stands behind the access in the text form.
    pub fn suffix(self) -> &'static str {
        match self {
            Check::Checked => "",
            Check::Proved => " proved",
        }
    }
}

/// A contraction of two arrays: an einsum. Labels name axes; a label that is missing in the result is summed.
/// Every label stands at most once in each list, so it is linear in each operand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Contraction {
    /// Labels of the first operand's axes.
    pub left: Vec<u8>,
    /// Labels of the second operand's axes.
    pub right: Vec<u8>,
    /// Labels of the result's axes, each found in an operand.
    pub result: Vec<u8>,
}

/// The checkpoint slots of a `while`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slots {
    /// How many.
    pub count: u32,
    /// Whether unused ones repeat the initial state. Else only the first does, and no result depends on the others.
    pub filled: bool,
}

impl Slots {
    /// Slots of which the unused ones repeat the initial state.
    pub fn filled(count: u32) -> Self {
        Self { count, filled: true }
    }
}

/// How a triangular system is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Triangular {
    /// The lower triangle holds the matrix (else the upper).
    pub lower: bool,
    /// Solve with the transpose.
    pub transposed: bool,
}

/// How the gradient of a draw is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// Pathwise: the draw is a differentiable function of noise.
    Reparam,
    /// Sum over the support.
    Enumerate,
    /// Score function; with a baseline, the operation's last operand is it.
    Reinforce {
        /// Whether a baseline is given.
        baseline: bool,
    },
    /// Measure-valued derivative.
    MeasureValued,
}

impl Strategy {
    /// Its name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::Reparam => "reparam",
            Strategy::Enumerate => "enumerate",
            Strategy::Reinforce { .. } => "reinforce",
            Strategy::MeasureValued => "mvd",
        }
    }
}

/// The kind of an operation. `n` below counts the operands that are bounds (`Bound::Run`), which come first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `constant 1.5`: a scalar.
    Constant(Constant),
    /// `size N*K`: the size as `i64`.
    Size(Polynomial),
    /// A scalar primitive; the table says the rest.
    Primitive(Primitive),
    /// `%x[%i, %j]`: operands array, then indices; fewer indices than axes give a sub-array.
    Index(Check),
    /// `view %x ..`
    View(View),
    /// `len %x, axis`: extent as `i64`.
    Length(usize),
    /// `map (%i < N, %j < M) {..}`: region parameters are the indices, region results are stacked.
    Map(Vec<Bound>),
    /// `reduce add (%i < N) {..}`: scalar region results, each reduced in row-major order of the indices.
    Reduce(Reduction, Vec<Bound>),
    /// `scan (%t < T, %s = %s0) {..}`: operands bound, initial states. Region parameters: index, states. Region
    /// results: next states, then outputs. Results: last states, then stacked outputs (entry t is step t's).
    Scan {
        /// Number of steps.
        bound: Bound,
        /// Number of states.
        carried: usize,
        /// Runs from the last index to the first.
        reverse: bool,
    },
    /// `while (%s = %s0, at most %n) {cond} {body}`: operands limit (`i64`), initial states; both regions take
    /// the states; results: last states, then the number of trips (`i64`).
    ///
    /// With `slots`, further results: the stride (`i64`) and, for each state, an array of so many of the states seen, entry j
    /// being the state before trip j * stride. The stride is the least power of two for which trips <= count * stride.
    While {
        /// Checkpoint slots that are kept.
        slots: Option<Slots>,
    },
    /// `if %c {..} {..}`: only the branch taken is evaluated.
    If,
    /// `accumulate (%a: acc f64[N]) {.. add %a[%i], %v ..}`: region parameters are sums that begin at zero, of
    /// the types listed (array types); results: the sums, then the region's results. Operands: the lengths of
    /// the sums with a run-time first axis, in order.
    Accumulate(Vec<Type>),
    /// `add %a[%i], %v`: operands accumulator, indices, value (a scalar or the sub-array that the indices
    /// leave). No result. Adds to one entry happen in program order.
    AddTo,
    /// Einsum of two arrays.
    Contract(Contraction),
    /// Lower Cholesky factor of a symmetric positive definite matrix (reads the lower triangle); NaN if it is not.
    Cholesky,
    /// `solve %a, %b`: triangular system, right-hand side a vector or a matrix of columns.
    TriangularSolve(Triangular),
    /// `bits %seed, site 7, (%i, %j)`: two `i64` of random bits, a pure function of seed, site and indices.
    Bits {
        /// The site path's number.
        site: u64,
    },
    /// `call @f[N, 2*K](..)`.
    Call {
        /// Its name.
        function: String,
        /// Its sizes in terms of ours.
        sizes: Vec<Polynomial>,
    },
    /// `jvp @f`: operands the arguments, then tangents of the active arguments. Results: the results, then the
    /// tangents of the floating-point results.
    Jvp(Derivation),
    /// `vjp @f`: operands the arguments, then cotangents of the floating-point results. Results: the results,
    /// then the cotangents of the active arguments.
    Vjp(Derivation),
    /// `stop %x`: the value, with a zero derivative.
    Stop,
    /// `demand finite %holds, %x, %time, %state ..`: the value `%x` where the condition holds, else the run ends and tells the
    /// time and the first entries of the state.
    Demand(Demand),
    /// `custom @f with jvp @g adjoint @h`: @f, differentiated by rule.
    Custom(Custom),
    /// A linear operator given with its transpose: `apply` is linear in its last `linear` operands; `transpose`
    /// takes the same other operands, then cotangents of the results, and gives cotangents of the linear
    /// operands. Its transpose is the same pair exchanged.
    Linear(LinearPair),
    /// `sample %x = @dist(args) site s[idx] by ..` (site dialect): operands arguments, then `indices` indices,
    /// then what the strategy adds. One result: the draw.
    Sample(Sample),
    /// `score %lp` (site dialect): adds to the log density.
    Score,
    /// `track %x as theta` (site dialect): keeps a value in the trace.
    Track(String),
    /// `expect (%key) {..}` (site dialect): operands: the `i64` seed. The expectation of the region's scalar
    /// results over its samples.
    Expect,
}

impl Kind {
    /// Whether the module, not the operands, decides the types of the results.
    pub fn names_functions(&self) -> bool {
        matches!(
            self,
            Kind::Call { .. }
                | Kind::Jvp(_)
                | Kind::Vjp(_)
                | Kind::Custom(_)
                | Kind::Linear(_)
                | Kind::Sample(_)
        )
    }
}

/// Which function is differentiated, with respect to what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Derivation {
    /// The function's name.
    pub function: String,
    /// Its sizes in terms of ours.
    pub sizes: Vec<Polynomial>,
    /// One flag for each parameter; only floating-point ones may be active.
    pub active: Vec<bool>,
}

/// A function with derivative rules of its own. `jvp` takes the arguments, then tangents of all floating-point
/// arguments, and gives the tangents of the floating-point results; `adjoint` takes the arguments, then
/// cotangents of the floating-point results, and gives the cotangents of all floating-point arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Custom {
    /// The function's name.
    pub function: String,
    /// Sizes of the function and its rules, in terms of ours.
    pub sizes: Vec<Polynomial>,
    /// Forward rule.
    pub jvp: String,
    /// Reverse rule; without it the forward rule itself is transposed.
    pub adjoint: Option<String>,
}

/// See [`Kind::Linear`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LinearPair {
    /// The operator.
    pub apply: String,
    /// Its transpose.
    pub transpose: String,
    /// Sizes of both, in terms of ours.
    pub sizes: Vec<Polynomial>,
    /// How many of the last operands it is linear in.
    pub linear: usize,
}

/// See [`Kind::Sample`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sample {
    /// Name of the distribution in the module.
    pub distribution: String,
    /// Name of the site.
    pub site: String,
    /// Number of index operands.
    pub indices: usize,
    /// How its gradient is estimated, where it is an expectation's.
    pub strategy: Option<Strategy>,
}

impl Sample {
    /// See [`site_number`].
    pub fn number(&self, role: u64) -> u64 {
        site_number(&self.site, role)
    }
}

/// The number that stands for a site in `bits`: FNV-1a of its name and the role of its noise (0 for the draw, or its
/// first).
pub fn site_number(site: &str, role: u64) -> u64 {
    let bytes = site.bytes().chain(role.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
