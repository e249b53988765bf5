//! The routines that compiled code calls for random bits and for arrays of run-time length. They take addresses that the
//! code has made from checked layouts, allocate nothing and do not panic.

use crate::kernels::level::{Level, level};
use crate::kernels::{linalg, random};

/// `(seed, site, count, indices, bits)`: two words of random bits.
pub(in crate::codegen) unsafe extern "C" fn bits(
    seed: i64,
    site: i64,
    count: i64,
    indices: *const i64,
    bits: *mut [i64; 2],
) {
    // Safety: the code passes a stack slot with `count` indices and room for two words.
    unsafe {
        let indices = std::slice::from_raw_parts(indices, count as usize);
        *bits = random::bits(seed, site as u64, indices).map(|word| word as i64);
    }
}

/// `(request, count, out)`: `count` normals at consecutive indices; the request is the seed, the site, the axis, how many
/// indices there are, and the indices of the first.
pub(in crate::codegen) unsafe extern "C" fn normals(request: *const i64, count: i64, out: *mut f64) {
    // Safety: the code passes such a request, and room for the draws.
    unsafe { fill(&random::NORMALS, request, count, out) }
}

/// The same of uniforms.
pub(in crate::codegen) unsafe extern "C" fn uniforms(request: *const i64, count: i64, out: *mut f64) {
    // Safety: as above.
    unsafe { fill(&random::UNIFORMS, request, count, out) }
}

unsafe fn fill(generator: &random::Generator<f64>, request: *const i64, count: i64, out: *mut f64) {
    // Safety: as above; code is only made for a machine with a level.
    unsafe {
        let [seed, site, axis, indices] = *request.cast::<[i64; 4]>();
        let indices = std::slice::from_raw_parts(request.add(4), indices as usize);
        let run = random::Run { seed, site: site as u64, indices, axis: axis as usize };
        let level = level().unwrap_or(Level::Baseline);
        generator.fill(level, run, std::slice::from_raw_parts_mut(out, count as usize));
    }
}

/// The labels of a contraction whose extents are known at run time only.
pub(in crate::codegen) struct Einsum {
    pub(in crate::codegen) left: Vec<u8>,
    pub(in crate::codegen) right: Vec<u8>,
    pub(in crate::codegen) result: Vec<u8>,
}

/// `(einsum, extents, left, right, out)`: the contraction of arrays with these extents, those of the left array first.
pub(in crate::codegen) unsafe extern "C" fn contract_run(
    einsum: *const Einsum,
    extents: *const i64,
    left: *const f64,
    right: *const f64,
    out: *mut f64,
) {
    // Safety: the code passes what it keeps, an extent for each axis, and arrays of these extents that do not overlap.
    unsafe {
        let Einsum { left: of_left, right: of_right, result } = &*einsum;
        let extents = std::slice::from_raw_parts(extents, of_left.len() + of_right.len());
        let extents: linalg::Extents<usize> = extents.iter().map(|n| (*n).max(0) as usize).collect();
        let plan =
            linalg::Contraction::dense([of_left, of_right, result], extents.split_at(of_left.len()).into());
        linalg::contract(&plan, left, right, out);
    }
}
