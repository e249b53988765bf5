//! Laws of the linear algebra: it agrees with plain loops, and small sizes with the same bits at every level.

use super::*;
use crate::kernels::level::Level;

/// Numbers between -1 and 1 that depend on `seed`.
fn numbers(seed: u64, count: usize) -> Vec<f64> {
    (0..count as i64)
        .map(|i| 2.0 * crate::kernels::random::uniform(crate::kernels::random::bits(1, seed, &[i])[0]) - 1.0)
        .collect()
}

fn close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance * (1.0 + b.abs()))
}

/// `ij,jk->ik` and the extents of its labels.
struct Einsum {
    text: &'static str,
    extents: &'static [(u8, usize)],
}

impl Einsum {
    /// The labels of left, right and result.
    fn labels(&self) -> [&'static [u8]; 3] {
        let (operands, result) = self.text.split_once("->").expect("an arrow");
        let (left, right) = operands.split_once(',').expect("two operands");
        [left.as_bytes(), right.as_bytes(), result.as_bytes()]
    }

    fn extent(&self, label: u8) -> usize {
        self.extents.iter().find(|(other, _)| *other == label).expect("an extent").1
    }

    fn shapes(&self) -> [Vec<usize>; 3] {
        self.labels().map(|labels| labels.iter().map(|&label| self.extent(label)).collect())
    }

    /// The definition: a loop over every label.
    fn by_loops(&self, left: &[f64], right: &[f64]) -> Vec<f64> {
        let [a, b, out] = self.labels();
        let mut result = vec![0.0; self.shapes()[2].iter().product()];
        let count: usize = self.extents.iter().map(|(_, extent)| extent).product();
        for mut number in 0..count {
            let mut index = [0; 256];
            for &(label, extent) in self.extents {
                index[label as usize] = number % extent;
                number /= extent;
            }
            let place = |labels: &[u8]| {
                labels.iter().fold(0, |place, &label| place * self.extent(label) + index[label as usize])
            };
            result[place(out)] += left[place(a)] * right[place(b)];
        }
        result
    }

    fn plan(&self, level: Level) -> Contraction {
        let (labels, shapes) = (self.labels(), self.shapes());
        let strides = shapes.each_ref().map(|shape| row_major(shape));
        let [left, right, result] =
            [0, 1, 2].map(|at| Labelled { labels: labels[at], extents: &shapes[at], strides: &strides[at] });
        Contraction::new(level, left, right, result)
    }
}

const EINSUMS: [Einsum; 25] = [
    Einsum { text: "ij,i->j", extents: &[(b'i', 301), (b'j', 5)] },
    Einsum { text: "ij,i->j", extents: &[(b'i', 40), (b'j', 13)] },
    Einsum { text: "i,ij->j", extents: &[(b'i', 301), (b'j', 9)] },
    Einsum { text: "ij,j->i", extents: &[(b'i', 5), (b'j', 301)] },
    Einsum { text: "ij,j->i", extents: &[(b'i', 1), (b'j', 301)] },
    Einsum { text: "bij,bi->bj", extents: &[(b'b', 2), (b'i', 50), (b'j', 3)] },
    Einsum { text: "i,i->", extents: &[(b'i', 77)] },
    Einsum { text: "i,i->i", extents: &[(b'i', 5)] },
    Einsum { text: "i,j->ij", extents: &[(b'i', 3), (b'j', 4)] },
    Einsum { text: "i,j->", extents: &[(b'i', 3), (b'j', 4)] },
    Einsum { text: "ij,j->i", extents: &[(b'i', 19), (b'j', 6)] },
    Einsum { text: "ij,i->j", extents: &[(b'i', 6), (b'j', 35)] },
    Einsum { text: "ij,jk->ik", extents: &[(b'i', 3), (b'j', 4), (b'k', 5)] },
    Einsum { text: "ij,jk->ik", extents: &[(b'i', 13), (b'j', 9), (b'k', 27)] },
    Einsum { text: "ij,jk->ik", extents: &[(b'i', 20), (b'j', 30), (b'k', 25)] },
    Einsum { text: "ji,jk->ki", extents: &[(b'i', 20), (b'j', 30), (b'k', 25)] },
    Einsum { text: "ij,kj->ik", extents: &[(b'i', 7), (b'j', 11), (b'k', 6)] },
    Einsum { text: "ji,jk->ik", extents: &[(b'i', 40), (b'j', 3), (b'k', 1)] },
    Einsum { text: "bij,bjk->bik", extents: &[(b'b', 4), (b'i', 3), (b'j', 2), (b'k', 5)] },
    Einsum { text: "ij,ij->i", extents: &[(b'i', 4), (b'j', 50)] },
    Einsum { text: "ijk,jk->i", extents: &[(b'i', 3), (b'j', 4), (b'k', 9)] },
    Einsum { text: "ijk,kj->i", extents: &[(b'i', 3), (b'j', 4), (b'k', 9)] },
    Einsum { text: "aibj,jbl->lia", extents: &[(b'a', 2), (b'b', 3), (b'i', 4), (b'j', 5), (b'l', 6)] },
    Einsum { text: "ijz,jky->ki", extents: &[(b'i', 3), (b'j', 4), (b'k', 5), (b'y', 2), (b'z', 3)] },
    Einsum { text: "ij,jk->ik", extents: &[(b'i', 3), (b'j', 0), (b'k', 4)] },
];

#[test]
fn contractions_agree_with_loops_over_every_label() {
    for einsum in EINSUMS {
        let shapes = einsum.shapes();
        let length = |at: usize| shapes[at].iter().product::<usize>();
        let (left, right) = (numbers(1, length(0)), numbers(2, length(1)));
        let expected = einsum.by_loops(&left, &right);
        let mut first: Option<Vec<f64>> = None;
        for level in Level::supported() {
            let mut out = vec![f64::NAN; length(2)];
            einsum.plan(level).run(&left, &right, &mut out);
            assert!(close(&out, &expected, 1e-13), "{} is {out:?}, not {expected:?}", einsum.text);
            assert_eq!(first.get_or_insert(out.clone()), &out, "{} at {level:?}", einsum.text);
        }
    }
}

#[test]
fn contractions_read_views() {
    // The transpose of the left operand and every second row of the right one.
    let (left, right) = (numbers(1, 12), numbers(2, 48));
    let at = |strides| Labelled { labels: b"ij", extents: &[3, 4], strides };
    let every_second = Labelled { labels: b"jk", extents: &[4, 6], strides: &[12, 1] };
    let result = Labelled { labels: b"ik", extents: &[3, 6], strides: &[6, 1] };
    let level = Level::Baseline;
    let mut out = vec![0.0; 18];
    Contraction::new(level, at(&[1, 3]), every_second, result).run(&left, &right, &mut out);
    let expected: Vec<f64> = (0..18)
        .map(|entry| (0..4).map(|j| left[j * 3 + entry / 6] * right[j * 12 + entry % 6]).sum())
        .collect();
    assert!(close(&out, &expected, 1e-14));
    // The check itself must notice that the transpose matters.
    Contraction::new(level, at(&[4, 1]), every_second, result).run(&left, &right, &mut out);
    assert!(!close(&out, &expected, 1e-3));
}

#[test]
#[should_panic(expected = "shorter than its plan")]
fn contractions_refuse_arrays_that_are_too_short() {
    EINSUMS[6].plan(Level::Baseline).run(&[0.0; 12], &[0.0; 19], &mut [0.0; 15]);
}

/// A well-conditioned symmetric matrix.
fn positive_definite(n: usize) -> Vec<f64> {
    let root = numbers(3, n * n);
    let entry = |i: usize, j: usize| (0..n).map(|k| root[i * n + k] * root[j * n + k]).sum::<f64>();
    let diagonal = |i, j| if i == j { n as f64 } else { 0.0 };
    (0..n * n).map(|at| entry(at / n, at % n) + diagonal(at / n, at % n)).collect()
}

/// The definition, entry by entry.
fn cholesky_by_entries(n: usize, matrix: &[f64]) -> Vec<f64> {
    let mut l: Vec<f64> = vec![0.0; n * n];
    for j in 0..n {
        for i in j..n {
            let rest = (0..j).fold(matrix[i * n + j], |rest, k| (-l[i * n + k]).mul_add(l[j * n + k], rest));
            l[i * n + j] = if i == j { rest.sqrt() } else { rest * (1.0 / l[j * n + j]) };
        }
    }
    l
}

#[test]
fn cholesky_factors_agree_with_the_definition() {
    for n in [0, 1, 2, 3, 4, 5, 8, 9, 16, 24, 25, 33, 70] {
        let mut matrix = positive_definite(n);
        let expected = cholesky_by_entries(n, &matrix);
        // The upper triangle is not read.
        (0..n).for_each(|row| matrix[row * n + row + 1..(row + 1) * n].fill(f64::NAN));
        for level in Level::supported() {
            let mut factor = vec![f64::NAN; n * n];
            let mut scratch = vec![0.0; scratch_length(n)];
            assert_eq!(cholesky(level, n, &matrix, &mut factor, &mut scratch), Ok(()));
            assert!(if n <= 24 { factor == expected } else { close(&factor, &expected, 1e-13) }, "order {n}");
        }
    }
}

#[test]
fn cholesky_names_the_pivot_that_fails() {
    for (n, bad) in [(1, -1.0), (3, 0.0), (8, f64::NAN), (20, -1.0), (20, f64::NAN), (50, -1e9)] {
        let mut matrix = positive_definite(n);
        let last = n - 1;
        matrix[last * n + last] = bad;
        let mut factor = vec![0.0; n * n];
        let mut scratch = vec![0.0; scratch_length(n)];
        let failure = cholesky(Level::Baseline, n, &matrix, &mut factor, &mut scratch);
        assert_eq!(failure, Err(NotPositiveDefinite { pivot: last }), "order {n}, {bad}");
        let as_documented =
            |at: usize| if at % n <= at / n { factor[at].is_nan() } else { factor[at] == 0.0 };
        assert!((0..n * n).all(as_documented));
    }
}

/// The definition, one unknown at a time.
fn solve_by_entries(system: &System, matrix: &[f64], right: &[f64]) -> Vec<f64> {
    let System { order: n, columns, .. } = *system;
    let mut x = right.to_vec();
    let entry = |i: usize, j: usize| if system.transposed { matrix[j * n + i] } else { matrix[i * n + j] };
    let forward = system.lower != system.transposed;
    let order: Vec<usize> = if forward { (0..n).collect() } else { (0..n).rev().collect() };
    for column in 0..columns {
        for (step, &i) in order.iter().enumerate() {
            let known = order[..step].iter();
            let rest = known.fold(x[i * columns + column], |rest, &j| {
                (-entry(i, j)).mul_add(x[j * columns + column], rest)
            });
            x[i * columns + column] = rest / entry(i, i);
        }
    }
    x
}

#[test]
fn triangular_solutions_agree_with_substitution() {
    let sizes = [0, 1, 3, 4, 9, 17].into_iter().flat_map(|n| [0, 1, 2, 8, 9, 33].map(|columns| (n, columns)));
    for (order, columns) in sizes.chain([(70, 1), (70, 20), (321, 17)]) {
        // Both triangles are filled, so that reading the wrong one shows.
        let matrix = positive_definite(order);
        let right = numbers(5, order * columns);
        for (lower, transposed) in [(true, false), (true, true), (false, false), (false, true)] {
            let system = System { lower, transposed, order, columns };
            let expected = solve_by_entries(&system, &matrix, &right);
            for level in Level::supported() {
                let mut x = right.clone();
                solve(level, &system, &matrix, &mut x);
                let own = order < 320 || columns < 16;
                assert!(if own { x == expected } else { close(&x, &expected, 1e-13) }, "{system:?}");
            }
        }
    }
}

#[test]
fn a_zero_on_the_diagonal_gives_no_number() {
    let system = System { lower: true, transposed: false, order: 2, columns: 1 };
    let mut x = [0.0, 1.0];
    solve(Level::Baseline, &system, &[0.0, 0.0, 1.0, 1.0], &mut x);
    assert!(x[0].is_nan() && x[1].is_nan());
}

/// The same numbers, `shift` entries behind the start of a cache line.
struct Shifted {
    memory: Vec<f64>,
    start: usize,
    count: usize,
}

impl Shifted {
    fn new(numbers: &[f64], shift: usize) -> Shifted {
        let mut memory = vec![0.0; numbers.len() + 16];
        let line = memory.as_ptr().align_offset(64);
        let start = line + shift;
        memory[start..start + numbers.len()].copy_from_slice(numbers);
        Shifted { memory, start, count: numbers.len() }
    }

    fn get(&mut self) -> &mut [f64] {
        &mut self.memory[self.start..self.start + self.count]
    }
}

#[test]
fn where_arrays_lie_changes_no_bit() {
    let level = Level::supported().last().expect("a level");
    for (n, columns) in [(7, 3), (11, 1), (20, 20), (33, 17), (70, 40), (130, 70)] {
        let matrix = positive_definite(n);
        let right = numbers(6, n * columns);
        let mut first = None;
        for shift in 0..8 {
            // Operands are shifted against one another.
            let mut a = Shifted::new(&matrix, shift);
            let mut b = Shifted::new(&right, 3 * shift % 8);
            let mut product = Shifted::new(&vec![0.0; n * columns], 5 * shift % 8);
            Contraction::dense([b"ij", b"jk", b"ik"], [&[n, n], &[n, columns]]).run(
                a.get(),
                b.get(),
                product.get(),
            );
            let mut factor = Shifted::new(&vec![0.0; n * n], 7 * shift % 8);
            let mut scratch = vec![0.0; scratch_length(n) + 8];
            cholesky(level, n, a.get(), factor.get(), &mut scratch[shift..]).expect("positive definite");
            for (lower, transposed) in [(true, false), (true, true)] {
                solve(level, &System { lower, transposed, order: n, columns }, factor.get(), b.get());
            }
            let found = [product.get().to_vec(), factor.get().to_vec(), b.get().to_vec()];
            assert_eq!(first.get_or_insert_with(|| found.clone()), &found, "{n} by {columns}, {shift}");
        }
    }
}

/// Whether the upper lanes of vector registers are in use: bit 2 of XINUSE. None where the processor does not say.
#[cfg(target_arch = "x86_64")]
fn upper_lanes() -> Option<bool> {
    #[target_feature(enable = "xsave")]
    unsafe fn in_use() -> u64 {
        // Safety: the processor has the instruction with this argument, and the system switched it on.
        unsafe { std::arch::x86_64::_xgetbv(1) }
    }
    let says = std::arch::is_x86_feature_detected!("xsavec") && std::arch::is_x86_feature_detected!("avx");
    // Safety: as just found out.
    says.then(|| unsafe { in_use() } & 4 != 0)
}

#[test]
#[cfg(target_arch = "x86_64")]
#[allow(clippy::print_stdout, reason = "a skipped check says why")]
fn what_faer_computes_leaves_no_upper_lanes_in_use() {
    let n = 48;
    let (matrix, mut out) = (positive_definite(n), vec![0.0; n * n]);
    let product = Einsum { text: "ij,jk->ik", extents: &[(b'i', 48), (b'j', 48), (b'k', 48)] };
    product.plan(Level::Avx2).run(&matrix, &matrix, &mut out);
    let after_product = upper_lanes();
    cholesky(Level::Avx2, n, &matrix, &mut out, &mut vec![0.0; scratch_length(n)]).expect("a factor");
    match (after_product, upper_lanes()) {
        (Some(product), Some(factor)) => assert!(!product && !factor, "{product} {factor}"),
        _ => println!("skipped: this processor does not say which registers are in use"),
    }
}
