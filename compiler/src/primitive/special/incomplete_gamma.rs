//! Incomplete gamma functions of (a, x), their logarithms and inverses, the gamma density, derivatives in a.

use super::super::rules::through_f64;
use super::{LAST, partials, quotient, row, scaled, shifted, smooth, times};
use crate::ir::{Builder, Value};
use crate::kernels::special as kernel;
use crate::primitive::{Row, Scalar};

const POINTS: &[&[f64]] = &[&[2.0, 1.5], &[0.6, 0.4], &[5.0, 9.0], &[30.0, 26.0]];
const RANKS: &[&[f64]] = &[&[2.0, 0.4], &[0.8, 0.7], &[12.0, 0.2]];

/// The derivative of order `$order` in a of gamma_p.
macro_rules! lower {
    ($order:literal, $name:literal, $derivative:expr) => {
        smooth(
            $name,
            "The derivative of gamma_p in a of the order in the name.",
            through_f64!(kernel::orders::gamma_p_at::<$order>; a, x),
            $derivative,
            POINTS,
        )
    };
    ($order:literal, $name:literal, next $next:literal, density $density:literal) => {
        lower!($order, $name, partials(&[
            |builder, operands, _| row(builder, $next, operands),
            |builder, operands, _| row(builder, $density, operands),
        ]))
    };
}

/// The derivative of order `$order` in a of the gamma density; in x it is ((a-1)/x - 1) f_n + n/x f_(n-1).
macro_rules! density {
    ($order:literal, $name:literal, $derivative:expr) => {
        smooth(
            $name,
            "The derivative of the gamma density x^(a-1) e^-x / Gamma(a) in a of the order in the name.",
            through_f64!(kernel::orders::gamma_density_at::<$order>; a, x),
            $derivative,
            POINTS,
        )
    };
    ($order:literal, $name:literal, next $next:literal, below $below:literal) => {
        density!($order, $name, partials(&[
            |builder, operands, _| row(builder, $next, operands),
            |builder, operands, result| {
                let own = log_density_slope(builder, operands);
                let own = builder.mul(own, result);
                let below = builder.primitive($below, operands);
                let below = scaled(builder, below, f64::from($order));
                let below = quotient(builder, below, operands[1]);
                times(builder.add(own, below))
            },
        ]))
    };
}

/// The derivative of order `$order` in a of the logarithm of a tail; in x see `log_tail_slope`.
macro_rules! log_tail {
    ($order:literal, $name:literal, $function:path, $derivative:expr) => {
        smooth(
            $name,
            "The derivative in a of the logarithm of gamma_p or gamma_q, of the order in the name; finite where they \
             underflow.",
            through_f64!($function; a, x),
            $derivative,
            POINTS,
        )
    };
    ($order:literal, $name:literal, $function:path, next $next:literal, tail $tail:literal, sign $sign:literal) => {
        log_tail!($order, $name, $function, partials(&[
            |builder, operands, _| row(builder, $next, operands),
            |builder, operands, _| {
                let slope = log_tail_slope(builder, operands, $tail, $order);
                times(scaled(builder, slope, $sign))
            },
        ]))
    };
}

/// The family.
pub const ROWS: &[Row] = &[
    smooth(
        "gamma_p",
        "The regularised lower incomplete gamma function, a > 0, x >= 0.",
        through_f64!(kernel::gamma_p; a, x),
        partials(&[
            |builder, operands, _| row(builder, "gamma_p_1", operands),
            |builder, operands, _| row(builder, "gamma_density_0", operands),
        ]),
        POINTS,
    ),
    smooth(
        "gamma_q",
        "1 - gamma_p, accurate in the upper tail.",
        through_f64!(kernel::gamma_q; a, x),
        partials(&[
            |builder, operands, _| {
                let slope = builder.primitive("gamma_p_1", operands);
                times(builder.neg(slope))
            },
            |builder, operands, _| {
                let slope = builder.primitive("gamma_density_0", operands);
                times(builder.neg(slope))
            },
        ]),
        POINTS,
    ),
    lower!(1, "gamma_p_1", next "gamma_p_2", density "gamma_density_1"),
    lower!(2, "gamma_p_2", next "gamma_p_3", density "gamma_density_2"),
    lower!(3, "gamma_p_3", next "gamma_p_4", density "gamma_density_3"),
    lower!(4, "gamma_p_4", LAST),
    smooth(
        "gamma_density_0",
        "The gamma density x^(a-1) e^-x / Gamma(a).",
        through_f64!(kernel::orders::gamma_density_at::<0>; a, x),
        partials(&[
            |builder, operands, _| row(builder, "gamma_density_1", operands),
            |builder, operands, result| {
                let slope = log_density_slope(builder, operands);
                times(builder.mul(slope, result))
            },
        ]),
        POINTS,
    ),
    density!(1, "gamma_density_1", next "gamma_density_2", below "gamma_density_0"),
    density!(2, "gamma_density_2", next "gamma_density_3", below "gamma_density_1"),
    density!(3, "gamma_density_3", next "gamma_density_4", below "gamma_density_2"),
    density!(4, "gamma_density_4", LAST),
    log_tail!(0, "log_gamma_p", kernel::log_gamma_p, next "log_gamma_p_1", tail "log_gamma_p", sign 1.0),
    log_tail!(1, "log_gamma_p_1", kernel::orders::log_gamma_p_at::<1>, next "log_gamma_p_2", tail "log_gamma_p", sign 1.0),
    log_tail!(2, "log_gamma_p_2", kernel::orders::log_gamma_p_at::<2>, next "log_gamma_p_3", tail "log_gamma_p", sign 1.0),
    log_tail!(3, "log_gamma_p_3", kernel::orders::log_gamma_p_at::<3>, next "log_gamma_p_4", tail "log_gamma_p", sign 1.0),
    log_tail!(4, "log_gamma_p_4", kernel::orders::log_gamma_p_at::<4>, LAST),
    log_tail!(0, "log_gamma_q", kernel::log_gamma_q, next "log_gamma_q_1", tail "log_gamma_q", sign -1.0),
    log_tail!(1, "log_gamma_q_1", kernel::orders::log_gamma_q_at::<1>, next "log_gamma_q_2", tail "log_gamma_q", sign -1.0),
    log_tail!(2, "log_gamma_q_2", kernel::orders::log_gamma_q_at::<2>, next "log_gamma_q_3", tail "log_gamma_q", sign -1.0),
    log_tail!(3, "log_gamma_q_3", kernel::orders::log_gamma_q_at::<3>, next "log_gamma_q_4", tail "log_gamma_q", sign -1.0),
    log_tail!(4, "log_gamma_q_4", kernel::orders::log_gamma_q_at::<4>, LAST),
    smooth(
        "gamma_p_inverse",
        "The x at which gamma_p(a, x) is p; 0 and infinite at the ends of 0 to 1, NaN outside.",
        through_f64!(kernel::gamma_p_inverse; a, p),
        partials(&[
            |builder, operands, result| times(quantile_slope(builder, operands[0], result)),
            |builder, operands, result| {
                let density = builder.primitive("gamma_density_0", &[operands[0], result]);
                times(super::reciprocal(builder, density))
            },
        ]),
        RANKS,
    ),
    smooth(
        "gamma_q_inverse",
        "The x at which gamma_q(a, x) is q; infinite and 0 at the ends of 0 to 1, NaN outside.",
        through_f64!(kernel::gamma_q_inverse; a, q),
        partials(&[
            |builder, operands, result| times(quantile_slope(builder, operands[0], result)),
            |builder, operands, result| {
                let density = builder.primitive("gamma_density_0", &[operands[0], result]);
                let slope = super::reciprocal(builder, density);
                times(builder.neg(slope))
            },
        ]),
        RANKS,
    ),
];

/// (a-1)/x - 1.
fn log_density_slope(builder: &mut Builder, operands: &[Value]) -> Value {
    let less = shifted(builder, operands[0], -1.0);
    let ratio = quotient(builder, less, operands[1]);
    shifted(builder, ratio, -1.0)
}

/// The derivative of a quantile in a at a fixed rank: -P_a / density.
fn quantile_slope(builder: &mut Builder, a: Value, x: Value) -> Value {
    let slope = builder.primitive("gamma_p_1", &[a, x]);
    let density = builder.primitive("gamma_density_0", &[a, x]);
    let ratio = quotient(builder, slope, density);
    builder.neg(ratio)
}

/// The derivative of order n in a of density / tail = exp(l), l = (a-1) log x - x - lgamma(a) - log tail: exp(l) times
/// the complete Bell polynomial of the derivatives of l.
fn log_tail_slope(builder: &mut Builder, operands: &[Value], tail: &str, n: usize) -> Value {
    let [a, x] = [operands[0], operands[1]];
    let log_x = builder.primitive("log", &[x]);
    let less = shifted(builder, a, -1.0);
    let power = builder.mul(less, log_x);
    let gamma = builder.primitive("lgamma", &[a]);
    let log_tail = builder.primitive(tail, operands);
    let exponent = [x, gamma, log_tail].into_iter().fold(power, |sum, term| builder.sub(sum, term));
    let ratio = builder.primitive("exp", &[exponent]);
    let slopes: Vec<Value> = (1..=n)
        .map(|k| {
            let name = if k == 1 { "digamma".to_owned() } else { format!("polygamma_{}", k - 1) };
            let (gamma, tail) =
                (builder.primitive(&name, &[a]), builder.primitive(&format!("{tail}_{k}"), operands));
            let both = builder.add(gamma, tail);
            if k == 1 { builder.sub(log_x, both) } else { builder.neg(both) }
        })
        .collect();
    // h_0 = exp(l), h_(m+1) = sum over k of C(m, k) h_(m-k) l_(k+1).
    let mut orders = vec![ratio];
    for m in 0..n {
        let mut binomial = 1.0;
        let mut sum = builder.number_like(a, 0.0);
        for k in 0..=m {
            let product = builder.mul(orders[m - k], slopes[k]);
            let term = scaled(builder, product, binomial);
            sum = builder.add(sum, term);
            binomial *= (m - k) as f64 / (k + 1) as f64;
        }
        orders.push(sum);
    }
    orders[n]
}
