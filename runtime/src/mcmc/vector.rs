//! Sums over vectors, in four interleaved parts that are added at the end: fixed, and fast for any length.

const LANES: usize = 4;

/// The scalar product.
pub fn dot(left: &[f64], right: &[f64]) -> f64 {
    let mut parts = [0.0; LANES];
    let (left_blocks, left_rest) = left.as_chunks::<LANES>();
    let (right_blocks, right_rest) = right.as_chunks::<LANES>();
    for (left, right) in left_blocks.iter().zip(right_blocks) {
        (0..LANES).for_each(|lane| parts[lane] += left[lane] * right[lane]);
    }
    for (lane, (left, right)) in left_rest.iter().zip(right_rest).enumerate() {
        parts[lane] += left * right;
    }
    (parts[0] + parts[1]) + (parts[2] + parts[3])
}

/// The scalar products of two vectors with the sum of two others.
pub fn dots_with_sum([first, second]: [&[f64]; 2], [near, far]: [&[f64]; 2]) -> [f64; 2] {
    let mut parts = [[0.0; LANES]; 2];
    let (first_blocks, first_rest) = first.as_chunks::<LANES>();
    let (second_blocks, second_rest) = second.as_chunks::<LANES>();
    let (near_blocks, near_rest) = near.as_chunks::<LANES>();
    let (far_blocks, far_rest) = far.as_chunks::<LANES>();
    let blocks = first_blocks.iter().zip(second_blocks).zip(near_blocks.iter().zip(far_blocks));
    for ((first, second), (near, far)) in blocks {
        for lane in 0..LANES {
            let sum = near[lane] + far[lane];
            parts[0][lane] += first[lane] * sum;
            parts[1][lane] += second[lane] * sum;
        }
    }
    let rest = first_rest.iter().zip(second_rest).zip(near_rest.iter().zip(far_rest));
    for (lane, ((first, second), (near, far))) in rest.enumerate() {
        parts[0][lane] += first * (near + far);
        parts[1][lane] += second * (near + far);
    }
    parts.map(|parts| (parts[0] + parts[1]) + (parts[2] + parts[3]))
}

/// Adds `terms` to `sum`.
pub fn add(sum: &mut [f64], terms: &[f64]) {
    for (sum, term) in sum.iter_mut().zip(terms) {
        *sum += term;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_every_length() {
        for length in 0..12u32 {
            let vector = |factor: u32| (0..length).map(|i| f64::from(factor * i + 1)).collect::<Vec<f64>>();
            let (a, b, c) = (vector(1), vector(2), vector(3));
            let plain = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
            assert_eq!(dot(&a, &b), plain(&a, &b), "length {length}");
            let mut sum = b.clone();
            add(&mut sum, &c);
            assert_eq!(
                dots_with_sum([&a, &c], [&b, &c]),
                [plain(&a, &sum), plain(&c, &sum)],
                "length {length}"
            );
        }
    }
}
