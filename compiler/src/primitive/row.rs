//! What a row of the table says.

use crate::ir::{Builder, Constant, Element, Value};

/// A scalar at evaluation: the same four kinds as a constant.
pub type Scalar = Constant;

/// Types of operands and result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// `n` floats of one element type to the same.
    Float(usize),
    /// `n` floats or integers of one element type to the same.
    Number(usize),
    /// `n` integers to an integer.
    Integer(usize),
    /// Two floats or integers of one element type to bool.
    Compare,
    /// A float to bool.
    Classify,
    /// `n` bools to bool.
    Bool(usize),
    /// A bool and two of one element type to that type.
    Select,
    /// Listed in full.
    Fixed(&'static [Element], Element),
}

impl Signature {
    /// The result's element type, or none where the operands do not fit.
    pub fn result(self, operands: &[Element]) -> Option<Element> {
        let alike = |n: usize| operands.len() == n && operands.windows(2).all(|w| w[0] == w[1]);
        let first = operands.first().copied()?;
        match self {
            Signature::Float(n) => (alike(n) && first.is_float()).then_some(first),
            Signature::Number(n) => (alike(n) && first != Element::Bool).then_some(first),
            Signature::Integer(n) => (alike(n) && first == Element::I64).then_some(first),
            Signature::Compare => (alike(2) && first != Element::Bool).then_some(Element::Bool),
            Signature::Classify => (alike(1) && first.is_float()).then_some(Element::Bool),
            Signature::Bool(n) => (alike(n) && first == Element::Bool).then_some(first),
            Signature::Select => {
                let [condition, yes, no] = *operands else { return None };
                (condition == Element::Bool && yes == no).then_some(yes)
            }
            Signature::Fixed(expected, result) => (operands == expected).then_some(result),
        }
    }

    /// Number of operands.
    pub const fn arity(self) -> usize {
        match self {
            Signature::Float(n) | Signature::Number(n) | Signature::Integer(n) | Signature::Bool(n) => n,
            Signature::Compare => 2,
            Signature::Classify => 1,
            Signature::Select => 3,
            Signature::Fixed(operands, _) => operands.len(),
        }
    }
}

/// How a primitive behaves under differentiation at all points of its domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Smoothness {
    /// Continuously differentiable.
    Smooth,
    /// Continuous with kinks, where the derivative is defined to be the one the row's doc states.
    Lipschitz,
    /// Piecewise constant: derivative zero.
    Jump,
}

/// One partial derivative, as IR.
#[derive(Clone, Copy, Debug)]
pub enum Partial {
    /// No dependence.
    Zero,
    /// The tangent itself.
    One,
    /// The tangent, negated.
    MinusOne,
    /// This value times the tangent.
    Times(Value),
}

/// Builds the partial derivative in one operand from the operands and the result.
pub type PartialRule = fn(&mut Builder, operands: &[Value], result: Value) -> Partial;

/// The forward derivative of a row.
#[derive(Clone, Copy)]
pub enum Derivative {
    /// One rule for each operand (non-float operands have [`Partial::Zero`]).
    Partials(&'static [PartialRule]),
    /// Linear in its float operands jointly: the tangent is the row applied to the tangents, other operands as
    /// they are.
    Linear,
    /// Zero: the result is not a float, or a step function.
    Zero,
    /// Declined, with the reason that the user reads.
    Declined(&'static str),
}

/// Builds the cotangent of operand `position` from the operands and the cotangent of the result. Operands that are
/// linear values must not be read.
pub type TransposeRule = fn(&mut Builder, operands: &[Value], cotangent: Value) -> Value;

/// The transpose of a row, operand by operand: a rule where the row is linear in that operand (the others fixed, or
/// linear as well in rows such as `add`), else none.
pub type Transpose = &'static [Option<TransposeRule>];

/// A machine operation that code generation knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the machine's operation of that name, for the element type at hand")]
pub enum Instruction {
    Add,
    Sub,
    Mul,
    Div,
    Neg,
    Abs,
    Sign,
    Min,
    Max,
    Sqrt,
    Fma,
    Floor,
    Ceil,
    Trunc,
    /// To nearest, ties to even.
    Nearest,
    /// Floor division of integers; a zero divisor is a run-time failure before it.
    FloorDiv,
    /// Remainder of floor division.
    FloorMod,
    CopySign,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    And,
    Or,
    Xor,
    Not,
    Select,
    /// Integer to float.
    IntToFloat,
    /// Float to integer, toward zero, saturating, NaN to 0.
    FloatToInt,
    BoolToFloat,
    BoolToInt,
    /// f64 to f32.
    Narrow,
    /// f32 to f64.
    Widen,
    IsNan,
    IsFinite,
}

/// How a row becomes code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lower {
    /// One machine operation.
    Instruction(Instruction),
    /// The kernel of this name in the kernels' table: a scalar entry and a tile entry. f64 only; f32 goes through f64.
    Kernel(&'static str),
    /// A number made of random bits.
    Draw(Draw),
}

/// How random bits become a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// Uniform between 0 and 1, of one word.
    Uniform,
    /// Standard normal, of two words.
    Normal,
}

/// Where the laws try a row.
#[derive(Clone, Copy, Debug)]
pub struct Samples {
    /// Points inside the domain, one slice of operands each, where derivatives exist. Integer and bool operands are
    /// written as floats and converted.
    pub points: &'static [&'static [f64]],
    /// Edge points where only "compiled = interpreted" is checked (infinities, zeros, poles).
    pub edges: &'static [&'static [f64]],
}

/// One primitive.
pub struct Row {
    /// Its name in the text form.
    pub name: &'static str,
    /// What it computes, its domain, accuracy and edge cases.
    pub doc: &'static str,
    /// Types.
    pub signature: Signature,
    /// Smooth, Lipschitz or a jump.
    pub smoothness: Smoothness,
    /// The reference evaluation.
    pub evaluate: fn(&[Scalar]) -> Scalar,
    /// Forward derivative.
    pub derivative: Derivative,
    /// Transpose in each operand.
    pub transpose: Transpose,
    /// Code.
    pub lower: Lower,
    /// Operands at which value and all derivatives are finite: what inactive lanes are fed.
    pub safe_point: &'static [f64],
    /// Where the laws try it.
    pub samples: Samples,
}

impl Row {
    /// Whether these operands are a run-time failure (an integer division by zero), found before evaluation.
    pub fn fails(&self, operands: &[Scalar]) -> bool {
        let divides =
            [Instruction::FloorDiv, Instruction::FloorMod].map(Lower::Instruction).contains(&self.lower);
        divides && operands[1] == Scalar::I64(0)
    }

    /// The result's element type for operands of these element types.
    pub fn result(&self, operands: &[Element]) -> Option<Element> {
        self.signature.result(operands)
    }
}
