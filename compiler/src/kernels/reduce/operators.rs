//! The operators that reduce, on floats, integers and truth values.

/// Sum.
#[inline(always)]
pub fn add(a: f64, b: f64) -> f64 {
    a + b
}

/// Product.
#[inline(always)]
pub fn mul(a: f64, b: f64) -> f64 {
    a * b
}

/// The lesser; NaN if either is; `minimum(-0, 0) = -0`.
#[inline(always)]
pub fn minimum(a: f64, b: f64) -> f64 {
    let lesser = if a < b { a } else { b };
    let lesser = if a == b { f64::from_bits(a.to_bits() | b.to_bits()) } else { lesser };
    if a.is_nan() { a } else { lesser }
}

/// The greater; NaN if either is; `maximum(-0, 0) = 0`.
#[inline(always)]
pub fn maximum(a: f64, b: f64) -> f64 {
    let greater = if a > b { a } else { b };
    let greater = if a == b { f64::from_bits(a.to_bits() & b.to_bits()) } else { greater };
    if a.is_nan() { a } else { greater }
}

/// Sum, wrapping.
#[inline(always)]
pub fn add_integer(a: i64, b: i64) -> i64 {
    a.wrapping_add(b)
}

/// Product, wrapping.
#[inline(always)]
pub fn mul_integer(a: i64, b: i64) -> i64 {
    a.wrapping_mul(b)
}

/// The lesser.
#[inline(always)]
pub fn minimum_integer(a: i64, b: i64) -> i64 {
    if a < b { a } else { b }
}

/// The greater.
#[inline(always)]
pub fn maximum_integer(a: i64, b: i64) -> i64 {
    if a > b { a } else { b }
}

/// Both, of bytes zero or one.
#[inline(always)]
pub fn and(a: u8, b: u8) -> u8 {
    a & b
}

/// Either, of bytes zero or one.
#[inline(always)]
pub fn or(a: u8, b: u8) -> u8 {
    a | b
}
