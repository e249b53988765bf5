//! The sum of exponentials of an array, by hand, in the widest vectors of the machine.
//!
//! Range reduction by n = round(x / ln 2) in two parts (Cody and Waite 1980), then the Taylor polynomial of degree 13
//! on |r| <= ln 2 / 2 by Estrin's scheme, scaled by 2^n.

/// Sum of e^x over the array, with AVX-512 or AVX2 where the machine has them, else by the standard library.
pub fn sum_exp(x: &[f64]) -> f64 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has AVX-512F.
            return unsafe { wide::<32>(x) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has AVX2 and FMA.
            return unsafe { narrow::<16>(x) };
        }
    }
    x.iter().map(|x| x.exp()).sum()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,fma")]
fn wide<const LANES: usize>(x: &[f64]) -> f64 {
    lanes::<LANES>(x)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn narrow<const LANES: usize>(x: &[f64]) -> f64 {
    lanes::<LANES>(x)
}

/// A body that the compiler turns into vectors of whatever width the caller allows.
#[inline(always)]
fn lanes<const LANES: usize>(x: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let mut chunks = x.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += exp(*x);
        }
    }
    sums.iter().sum::<f64>() + chunks.remainder().iter().map(|x| exp(*x)).sum::<f64>()
}

/// e^x for |x| < 700.
#[inline(always)]
fn exp(x: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    let shifted = x.mul_add(std::f64::consts::LOG2_E, SHIFT);
    let n = shifted - SHIFT;
    let r = n.mul_add(-1.908_214_929_270_587_7e-10, n.mul_add(-6.931_471_803_691_238e-1, x));
    let r2 = r * r;
    let r4 = r2 * r2;
    let c = |k: f64| 1.0 / k;
    let a = r.mul_add(c(6.0), 0.5);
    let b = r.mul_add(c(120.0), c(24.0));
    let d = r.mul_add(c(5040.0), c(720.0));
    let e = r.mul_add(c(362_880.0), c(40_320.0));
    let f = r.mul_add(c(39_916_800.0), c(3_628_800.0));
    let low = r2.mul_add(b, a);
    let middle = r2.mul_add(e, d);
    let high = r4.mul_add(f, middle);
    let polynomial = r2.mul_add(r4.mul_add(high, low), r) + 1.0;
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    polynomial * scale
}
