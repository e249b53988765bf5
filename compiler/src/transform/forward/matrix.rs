//! Whole-array rows: products, Cholesky factors and triangular systems, with the matrix derivatives of
//! I. Murray, Differentiation of the Cholesky decomposition (2016).

use super::{Forward, ResolveError};
use crate::ir::kind::{Check, Contraction, Triangular};
use crate::ir::{Builder, Kind, Operation, Value};
use crate::transform::arrays::{self, sum, transposed};

impl Forward<'_> {
    pub(super) fn contract(
        &mut self,
        operation: &Operation,
        contraction: &Contraction,
    ) -> Result<(), ResolveError> {
        self.primal.operation(&mut self.builder, operation);
        let [left, right] = *operation.operands.as_slice() else { panic!("a contraction has two operands") };
        let kind = Kind::Contract(contraction.clone());
        let mut terms = Vec::new();
        if let Some(tangent) = self.tangent(left) {
            let operands = vec![tangent, self.value(right)];
            terms.extend(self.builder.push(kind.clone(), operands, Vec::new()));
        }
        if let Some(tangent) = self.tangent(right) {
            let operands = vec![self.value(left), tangent];
            terms.extend(self.builder.push(kind, operands, Vec::new()));
        }
        let tangent = sum(&mut self.builder, &terms);
        self.tangent.insert(operation.results[0], tangent);
        Ok(())
    }

    /// dL = L Phi(L^-1 dA L^-T), Phi taking the lower triangle with half the diagonal.
    pub(super) fn cholesky(&mut self, operation: &Operation) -> Result<(), ResolveError> {
        self.primal.operation(&mut self.builder, operation);
        let factor = self.value(operation.results[0]);
        let tangent = self.tangent(operation.operands[0]).expect("an active factor has an active operand");
        let builder = &mut self.builder;
        let across = transposed(builder, tangent);
        let (bounds, run) = arrays::bounds(builder, tangent);
        let symmetric = builder.map(bounds, run, |builder, index| {
            let below = builder.primitive("ge", index);
            let entry = builder.index(tangent, index, Check::Proved);
            let mirrored = builder.index(across, index, Check::Proved);
            vec![builder.primitive("select", &[below, entry, mirrored])]
        })[0];
        let half = solve(builder, factor, symmetric);
        let half = transposed(builder, half);
        let both = solve(builder, factor, half);
        let phi = entries(builder, both, |builder, matrix, [i, j]| {
            let entry = builder.index(matrix, &[i, j], Check::Proved);
            let (zero, half) = (builder.number_like(entry, 0.0), builder.number_like(entry, 0.5));
            let one = builder.number_like(entry, 1.0);
            let below = builder.primitive("gt", &[i, j]);
            let diagonal = builder.primitive("eq", &[i, j]);
            let weight = builder.primitive("select", &[diagonal, half, zero]);
            let weight = builder.primitive("select", &[below, one, weight]);
            builder.mul(weight, entry)
        });
        let product = Contraction { left: vec![0, 1], right: vec![1, 2], result: vec![0, 2] };
        let tangent = builder.push(Kind::Contract(product), vec![factor, phi], Vec::new())[0];
        self.tangent.insert(operation.results[0], tangent);
        Ok(())
    }

    /// op(A) X = B: op(A) dX = dB - op(dA) X, of dA only the triangle that is read.
    pub(super) fn triangular_solve(
        &mut self,
        operation: &Operation,
        triangular: Triangular,
    ) -> Result<(), ResolveError> {
        self.primal.operation(&mut self.builder, operation);
        let [matrix, right] = *operation.operands.as_slice() else { panic!("a system has two operands") };
        let solution = self.value(operation.results[0]);
        let mut terms: Vec<Value> = self.tangent(right).into_iter().collect();
        if let Some(tangent) = self.tangent(matrix) {
            let builder = &mut self.builder;
            let tangent = negative_triangle(builder, tangent, triangular.lower);
            let columns = builder.type_of(solution).rank() == 2;
            let (row, column) = if triangular.transposed { (1, 0) } else { (0, 1) };
            let contraction = Contraction {
                left: vec![row, column],
                right: if columns { vec![1, 2] } else { vec![1] },
                result: if columns { vec![0, 2] } else { vec![0] },
            };
            terms.extend(builder.push(Kind::Contract(contraction), vec![tangent, solution], Vec::new()));
        }
        let right = sum(&mut self.builder, &terms);
        let operands = vec![self.value(matrix), right];
        let tangents = self.builder.push(operation.kind.clone(), operands, Vec::new());
        self.bind_tangents(&operation.results, &tangents);
        Ok(())
    }
}

/// A matrix made entry by entry from one of the same shape.
fn entries(
    builder: &mut Builder,
    matrix: Value,
    entry: impl FnOnce(&mut Builder, Value, [Value; 2]) -> Value,
) -> Value {
    let (bounds, run) = arrays::bounds(builder, matrix);
    builder.map(bounds, run, |builder, index| vec![entry(builder, matrix, [index[0], index[1]])])[0]
}

/// Minus the triangle that is read, zeros elsewhere.
fn negative_triangle(builder: &mut Builder, matrix: Value, lower: bool) -> Value {
    entries(builder, matrix, |builder, matrix, [i, j]| {
        let entry = builder.index(matrix, &[i, j], Check::Proved);
        let entry = builder.neg(entry);
        let zero = builder.number_like(entry, 0.0);
        let inside = builder.primitive(if lower { "ge" } else { "le" }, &[i, j]);
        builder.primitive("select", &[inside, entry, zero])
    })
}

/// L^-1 B.
fn solve(builder: &mut Builder, lower: Value, right: Value) -> Value {
    let kind = Kind::TriangularSolve(Triangular { lower: true, transposed: false });
    builder.push(kind, vec![lower, right], Vec::new())[0]
}
