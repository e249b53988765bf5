//! Supports of vectors and matrices: what the entries satisfy together. One row each.

use ansatz_grammar::diagnostic::{Diagnostic, codes};
use nalgebra::DMatrix;

use super::declaration::Declaration;
use super::json::{Fault, Node};
use super::shape::index;

struct Structure {
    name: &'static str,
    /// How many of the last axes it is about.
    axes: usize,
    /// What it demands, in words.
    demand: &'static str,
    /// Whether the entries, of so many rows, satisfy it.
    holds: fn(&[f64], usize) -> bool,
}

/// Written decimals add up to about this.
const TOLERANCE: f64 = 1e-8;

const STRUCTURES: [Structure; 7] = [
    Structure {
        name: "simplex",
        axes: 1,
        demand: "numbers that are not negative and sum to 1",
        holds: |entries, _| {
            entries.iter().all(|x| *x >= 0.0) && (entries.iter().sum::<f64>() - 1.0).abs() <= TOLERANCE
        },
    },
    Structure {
        name: "ordered",
        axes: 1,
        demand: "numbers in ascending order",
        holds: |entries, _| entries.windows(2).all(|pair| pair[0] < pair[1]),
    },
    Structure {
        name: "positive_ordered",
        axes: 1,
        demand: "positive numbers in ascending order",
        holds: |entries, _| {
            entries.first().is_none_or(|x| *x > 0.0) && entries.windows(2).all(|pair| pair[0] < pair[1])
        },
    },
    Structure {
        name: "cov",
        axes: 2,
        demand: "a symmetric, positive definite matrix",
        holds: positive_definite,
    },
    Structure {
        name: "corr",
        axes: 2,
        demand: "a symmetric, positive definite matrix with ones on its diagonal",
        holds: |entries, rows| {
            (0..rows).all(|i| (entries[i * rows + i] - 1.0).abs() <= TOLERANCE)
                && positive_definite(entries, rows)
        },
    },
    Structure {
        name: "cholesky_cov",
        axes: 2,
        demand: "a lower triangular matrix with a positive diagonal",
        holds: lower_triangular,
    },
    Structure {
        name: "cholesky_corr",
        axes: 2,
        demand: "a lower triangular matrix with a positive diagonal and rows of length 1",
        holds: |entries, rows| {
            let squares = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>();
            let unit = |row: &[f64]| (squares(row) - 1.0).abs() <= TOLERANCE;
            lower_triangular(entries, rows) && entries.chunks_exact(rows.max(1)).all(unit)
        },
    },
];

fn positive_definite(entries: &[f64], rows: usize) -> bool {
    let matrix = DMatrix::from_row_slice(rows, rows, entries);
    let scale = matrix.amax();
    let symmetric =
        (&matrix - matrix.transpose()).iter().all(|difference| difference.abs() <= TOLERANCE * scale);
    symmetric && matrix.cholesky().is_some()
}

fn lower_triangular(entries: &[f64], rows: usize) -> bool {
    (0..rows).all(|i| {
        let row = &entries[i * rows..(i + 1) * rows];
        row[i] > 0.0 && row[i + 1..].iter().all(|x| *x == 0.0)
    })
}

/// Checks the structure of a variable, if it has one: all its vectors or matrices, in one message.
pub fn check(variable: &Declaration, shape: &[usize], cells: &[&Node], values: &[f64]) -> Result<(), Fault> {
    let Some(name) = &variable.structure else { return Ok(()) };
    let structure = STRUCTURES.iter().find(|row| row.name == name).expect("every structure has a row");
    let (outer, inner) = shape.split_at(shape.len() - structure.axes);
    let size: usize = inner.iter().product();
    if size == 0 {
        return Ok(());
    }
    let faults: Vec<usize> = (0..outer.iter().product())
        .filter(|&block| !(structure.holds)(&values[block * size..(block + 1) * size], inner[0]))
        .collect();
    let Some(&first) = faults.first() else { return Ok(()) };
    let place = cells[first * size].span.to(cells[(first + 1) * size - 1].span);
    let count = if faults.len() == 1 { String::new() } else { format!(", {} times", faults.len()) };
    let fault = Diagnostic::error(
        codes::OUTSIDE_SUPPORT,
        place,
        format!("`{}` is not of the type `{name}`{count}", variable.name),
    )
    .here(format!("{}{}", variable.name, index(outer, first)))
    .label(variable.span, "declared here")
    .expected(structure.demand)
    .help("mend the data; figures that were rounded may be off by 1e-8 at most");
    Err(fault.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(name: &str, entries: &[f64], rows: usize) -> bool {
        let structure = STRUCTURES.iter().find(|row| row.name == name).expect("a row");
        (structure.holds)(entries, rows)
    }

    #[test]
    fn structures_hold_for_what_they_demand_only() {
        let cases: [(&str, usize, &[f64], &[f64]); 7] = [
            ("simplex", 3, &[0.2, 0.3, 0.5], &[0.2, 0.3, 0.6]),
            ("ordered", 3, &[-1.0, 0.0, 2.0], &[-1.0, 2.0, 2.0]),
            ("positive_ordered", 2, &[1.0, 2.0], &[-1.0, 2.0]),
            ("cov", 2, &[2.0, 0.5, 0.5, 1.0], &[1.0, 2.0, 2.0, 1.0]),
            ("corr", 2, &[1.0, 0.5, 0.5, 1.0], &[2.0, 0.5, 0.5, 1.0]),
            ("cholesky_cov", 2, &[2.0, 0.0, 1.0, 1.0], &[2.0, 0.5, 1.0, 1.0]),
            ("cholesky_corr", 2, &[1.0, 0.0, 0.6, 0.8], &[1.0, 0.0, 0.6, 0.9]),
        ];
        for (name, rows, good, bad) in cases {
            assert!(holds(name, good, rows), "{name} holds");
            assert!(!holds(name, bad, rows), "{name} does not");
        }
    }

    #[test]
    fn a_matrix_that_is_not_symmetric_is_no_covariance() {
        assert!(!holds("cov", &[2.0, 0.5, 0.4, 1.0], 2));
    }
}
