//! Machine operations on scalars. A bool is an 8-bit 0 or 1.

use crate::ir::{Constant, Element};
use crate::primitive::Instruction;
use cranelift::prelude::{FloatCC, FunctionBuilder, InstBuilder, IntCC, Type, Value, types};

/// The machine type of an element.
pub(super) fn machine_type(element: Element) -> Type {
    match element {
        Element::F64 => types::F64,
        Element::F32 => types::F32,
        Element::I64 => types::I64,
        Element::Bool => types::I8,
    }
}

/// Bytes of an element in memory.
pub(super) fn bytes(element: Element) -> i64 {
    i64::from(machine_type(element).bytes())
}

/// A literal.
pub(super) fn constant(builder: &mut FunctionBuilder, constant: Constant) -> Value {
    match constant {
        Constant::F64(x) => builder.ins().f64const(x),
        Constant::F32(x) => builder.ins().f32const(x),
        Constant::I64(n) => builder.ins().iconst(types::I64, n),
        Constant::Bool(b) => builder.ins().iconst(types::I8, i64::from(b)),
    }
}

/// A literal of a float type.
fn float(builder: &mut FunctionBuilder, of: Type, x: f64) -> Value {
    match of {
        types::F32 => builder.ins().f32const(x as f32),
        _ => builder.ins().f64const(x),
    }
}

/// One machine operation on scalars of one row's operand types, or on vectors of them.
pub(super) fn apply(builder: &mut FunctionBuilder, instruction: Instruction, operands: &[Value]) -> Value {
    let of = builder.func.dfg.value_type(operands[operands.len() - 1]);
    match (operands, of.lane_type().is_float()) {
        (&[a], true) => float_unary(builder, instruction, of, a),
        (&[a], false) => other_unary(builder, instruction, a),
        (&[a, b], true) => float_binary(builder, instruction, a, b),
        (&[a, b], false) => other_binary(builder, instruction, a, b),
        (&[a, b, c], _) if instruction == Instruction::Select => builder.ins().select(a, b, c),
        (&[a, b, c], true) if instruction == Instruction::Fma => builder.ins().fma(a, b, c),
        _ => unreachable!("{instruction:?} takes other operands"),
    }
}

fn float_unary(builder: &mut FunctionBuilder, instruction: Instruction, of: Type, a: Value) -> Value {
    match instruction {
        Instruction::Neg => builder.ins().fneg(a),
        Instruction::Abs => builder.ins().fabs(a),
        Instruction::Sqrt => builder.ins().sqrt(a),
        Instruction::Floor => builder.ins().floor(a),
        Instruction::Ceil => builder.ins().ceil(a),
        Instruction::Trunc => builder.ins().trunc(a),
        Instruction::Nearest => builder.ins().nearest(a),
        Instruction::FloatToInt => builder.ins().fcvt_to_sint_sat(types::I64, a),
        Instruction::Narrow => builder.ins().fdemote(types::F32, a),
        Instruction::Widen => builder.ins().fpromote(types::F64, a),
        Instruction::IsNan => builder.ins().fcmp(FloatCC::Unordered, a, a),
        Instruction::IsFinite => {
            let size = builder.ins().fabs(a);
            let infinity = float(builder, of, f64::INFINITY);
            builder.ins().fcmp(FloatCC::LessThan, size, infinity)
        }
        Instruction::Sign => {
            let [zero, one, minus] = [0.0, 1.0, -1.0].map(|x| float(builder, of, x));
            let positive = builder.ins().fcmp(FloatCC::GreaterThan, a, zero);
            let negative = builder.ins().fcmp(FloatCC::LessThan, a, zero);
            let rest = builder.ins().select(negative, minus, a);
            builder.ins().select(positive, one, rest)
        }
        _ => unreachable!("{instruction:?} takes no float"),
    }
}

fn other_unary(builder: &mut FunctionBuilder, instruction: Instruction, a: Value) -> Value {
    match instruction {
        Instruction::Neg => builder.ins().ineg(a),
        Instruction::Abs => builder.ins().iabs(a),
        Instruction::Not => builder.ins().bxor_imm_u(a, 1),
        Instruction::IntToFloat => builder.ins().fcvt_from_sint(types::F64, a),
        Instruction::BoolToInt => builder.ins().uextend(types::I64, a),
        Instruction::BoolToFloat => {
            let [zero, one] = [0.0, 1.0].map(|x| builder.ins().f64const(x));
            builder.ins().select(a, one, zero)
        }
        _ => unreachable!("{instruction:?} takes no integer or bool"),
    }
}

fn float_binary(builder: &mut FunctionBuilder, instruction: Instruction, a: Value, b: Value) -> Value {
    match instruction {
        Instruction::Add => builder.ins().fadd(a, b),
        Instruction::Sub => builder.ins().fsub(a, b),
        Instruction::Mul => builder.ins().fmul(a, b),
        Instruction::Div => builder.ins().fdiv(a, b),
        Instruction::Min => builder.ins().fmin(a, b),
        Instruction::Max => builder.ins().fmax(a, b),
        Instruction::CopySign => builder.ins().fcopysign(a, b),
        Instruction::Less => builder.ins().fcmp(FloatCC::LessThan, a, b),
        Instruction::LessEqual => builder.ins().fcmp(FloatCC::LessThanOrEqual, a, b),
        Instruction::Greater => builder.ins().fcmp(FloatCC::GreaterThan, a, b),
        Instruction::GreaterEqual => builder.ins().fcmp(FloatCC::GreaterThanOrEqual, a, b),
        Instruction::Equal => builder.ins().fcmp(FloatCC::Equal, a, b),
        Instruction::NotEqual => builder.ins().fcmp(FloatCC::NotEqual, a, b),
        _ => unreachable!("{instruction:?} takes no two floats"),
    }
}

fn other_binary(builder: &mut FunctionBuilder, instruction: Instruction, a: Value, b: Value) -> Value {
    match instruction {
        Instruction::Add => builder.ins().iadd(a, b),
        Instruction::Sub => builder.ins().isub(a, b),
        Instruction::Mul => builder.ins().imul(a, b),
        Instruction::Min => builder.ins().smin(a, b),
        Instruction::Max => builder.ins().smax(a, b),
        Instruction::FloorDiv => floor_division(builder, a, b).0,
        Instruction::FloorMod => floor_division(builder, a, b).1,
        Instruction::And => builder.ins().band(a, b),
        Instruction::Or => builder.ins().bor(a, b),
        Instruction::Xor => builder.ins().bxor(a, b),
        Instruction::Less => builder.ins().icmp(IntCC::SignedLessThan, a, b),
        Instruction::LessEqual => builder.ins().icmp(IntCC::SignedLessThanOrEqual, a, b),
        Instruction::Greater => builder.ins().icmp(IntCC::SignedGreaterThan, a, b),
        Instruction::GreaterEqual => builder.ins().icmp(IntCC::SignedGreaterThanOrEqual, a, b),
        Instruction::Equal => builder.ins().icmp(IntCC::Equal, a, b),
        Instruction::NotEqual => builder.ins().icmp(IntCC::NotEqual, a, b),
        _ => unreachable!("{instruction:?} takes no two integers or bools"),
    }
}

/// Quotient and remainder of `a / b` for `b` other than zero. The machine divides by 1 where `b` is -1, because the
/// least integer over -1 would trap.
fn floor_division(builder: &mut FunctionBuilder, a: Value, b: Value) -> (Value, Value) {
    let opposite = builder.ins().icmp_imm_s(IntCC::Equal, b, -1);
    let one = builder.ins().iconst(types::I64, 1);
    let divisor = builder.ins().select(opposite, one, b);
    let truncated = builder.ins().sdiv(a, divisor);
    let product = builder.ins().imul(truncated, divisor);
    let rest = builder.ins().isub(a, product);

    let sign = builder.ins().bxor(rest, divisor);
    let signs_differ = builder.ins().icmp_imm_s(IntCC::SignedLessThan, sign, 0);
    let inexact = builder.ins().icmp_imm_s(IntCC::NotEqual, rest, 0);
    let below = builder.ins().band(signs_differ, inexact);
    let less = builder.ins().iadd_imm_s(truncated, -1);
    let quotient = builder.ins().select(below, less, truncated);
    let negated = builder.ins().ineg(a);
    let quotient = builder.ins().select(opposite, negated, quotient);

    let lifted = builder.ins().iadd(rest, divisor);
    let remainder = builder.ins().select(below, lifted, rest);
    (quotient, remainder)
}
