//! The remainder of Temme's uniform expansion of the incomplete gamma functions.

/// Coefficients of eta / (lambda - 1) in powers of eta, where eta^2 / 2 = lambda - 1 - log(lambda).
///
/// Temme 1987, "On the computation of the incomplete gamma functions for large values of the parameters", in
/// Algorithms for Approximation; computed to 60 digits by inverting eta d(eta)/d(lambda) = 1 - 1/lambda.
const COEFFICIENTS: [f64; 32] = [
    1.0,
    -0.33333333333333333333,
    0.083333333333333333333,
    -0.014814814814814814815,
    0.0011574074074074074074,
    0.00035273368606701940035,
    -0.0001787551440329218107,
    0.000039192631785224377817,
    -2.1854485106799921615e-6,
    -1.8540622107151599607e-6,
    8.296711340953086005e-7,
    -1.7665952736826079304e-7,
    6.7078535434014985804e-9,
    1.0261809784240308043e-8,
    -4.3820360184533531866e-9,
    9.1476995822367902342e-10,
    -2.5514193994946249767e-11,
    -5.8307721325504250675e-11,
    2.4361948020667416244e-11,
    -5.0276692801141755891e-12,
    1.1004392031956134771e-13,
    3.3717632624009853788e-13,
    -1.3923887224181620659e-13,
    2.8534893807047443204e-14,
    -5.139111834242572619e-16,
    -1.9752288294349442835e-15,
    8.0995211567045613341e-16,
    -1.6522531216398161819e-16,
    2.5305430097478884233e-18,
    1.1686939738559576589e-17,
    -4.7700370498204847582e-18,
    9.6991260590562371242e-19,
];

/// S(a, eta) with Q(a, x) = erfc(eta sqrt(a/2)) / 2 + exp(-a eta^2 / 2) S / sqrt(2 pi a).
///
/// For a >= 20 and |eta| <= 1.1, error 1e-16. The coefficients b[m] of eta^m come from the backward recurrence
/// b[m-1] = f[m] + (m+1) b[m+1] / a, and Gamma's Stirling factor is 1 + b[1] / a (Gil, Segura and Temme 2012,
/// SIAM J. Sci. Comput. 34, A2965-A2981, section 2.5).
pub(super) fn remainder_series(a: f64, eta: f64) -> f64 {
    let last = COEFFICIENTS.len() - 1;
    let (mut after, mut coefficient) = (0.0, 0.0);
    let mut sum = 0.0;
    for m in (1..=last).rev() {
        // Here `coefficient` is b[m] and `after` b[m+1]; both vanish beyond the table.
        let before = COEFFICIENTS[m] + (m + 1) as f64 * after / a;
        sum = sum * eta + before;
        (after, coefficient) = (coefficient, before);
    }
    sum / (1.0 + after / a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainder_at_the_mean_is_minus_a_third_and_its_first_correction() {
        // Q(a, a) = 1/2 - (1/3 + 1/(540 a) - ..) / sqrt(2 pi a) (Temme 1979, eq. 3.7).
        assert!((remainder_series(1e15, 0.0) + 1.0 / 3.0).abs() < 1e-15);
        let a = 1e4;
        assert!(((-remainder_series(a, 0.0) - 1.0 / 3.0) * a * 540.0 - 1.0).abs() < 0.1);
    }
}
