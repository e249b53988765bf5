//! Gradients of array programs against dfdx, which shares nothing with us.

use ansatz_compiler::ir::Datum;
use ansatz_tests::corpus::text;
use ansatz_tests::gap::{flat, greatest};
use ansatz_tests::program::{Program, module};
use dfdx::prelude::*;

/// Both differentiate the same expression; only rounding differs.
const CLOSE: f64 = 1e-10;

const X: [f64; 4] = [0.3, -0.8, 1.1, 0.45];
const Y: [f64; 4] = [0.9, 0.4, 1.6, 0.7];

/// Value and gradient in all arguments of a function of the text, flat.
fn ours(root: &str, sizes: &[i64], arguments: Vec<Datum>) -> Vec<f64> {
    let module = module(&text("ir/oracle/expressions.ir"));
    let program = Program { root: root.to_string(), ..Program::with_arguments(module, sizes, arguments) };
    flat(&program.vjp(vec![Datum::from(1.0)]).run())
}

fn compare(root: &str, sizes: &[i64], arguments: Vec<Datum>, theirs: &[f64]) {
    let gap = greatest(&ours(root, sizes, arguments), theirs);
    assert!(gap < CLOSE, "@{root}: {gap:e}");
}

type Vector = Tensor<Rank1<4>, f64, Cpu>;
type Traced = Tensor<Rank1<4>, f64, Cpu, OwnedTape<f64, Cpu>>;
type Loss = Tensor<Rank0, f64, Cpu, OwnedTape<f64, Cpu>>;
type Expression = fn(Traced, Vector) -> Loss;

/// Value and gradient of an expression in two vectors.
fn theirs(expression: impl Fn(Traced, Vector) -> Loss) -> Vec<f64> {
    let device = Cpu::default();
    let (x, y) = (device.tensor(X), device.tensor(Y));
    let loss = expression(x.leaky_trace(), y.clone());
    let value = loss.array();
    let gradients = loss.backward();
    [vec![value], gradients.get(&x).array().to_vec(), gradients.get(&y).array().to_vec()].concat()
}

fn vectors() -> Vec<Datum> {
    vec![Datum::floats(&[4], &X), Datum::floats(&[4], &Y)]
}

#[test]
fn expressions_in_vectors() {
    let expressions: [(&str, Expression); 5] = [
        ("weighted", |x, y| (x.exp() * y).sum()),
        ("mixed", |x, y| {
            let (sine, cosine) = (x.with_empty_tape().sin(), x.with_empty_tape().cos());
            let ratio = sine * y.leaky_trace().sqrt() / (x.square() + 1.0);
            (ratio + cosine * y.leaky_trace().ln()).sum()
        }),
        ("log_sum", |x, y| (x * y).logsumexp()),
        ("greatest", |x, y| (x * y).max()),
        ("cross_entropy", |x, y| (x.log_softmax() * y).sum().negate()),
    ];
    for (root, expression) in expressions {
        compare(root, &[4], vectors(), &theirs(expression));
    }
}

#[test]
fn a_layer_of_a_network() {
    let device = Cpu::default();
    let weights = [[0.2, -0.5, 0.7], [1.1, 0.3, -0.4], [-0.6, 0.8, 0.1], [0.25, -0.15, 0.9]];
    let offsets = [0.05, -0.3, 0.6];
    let (x, w, b) = (device.tensor(X), device.tensor(weights), device.tensor(offsets));
    let loss = (x.leaky_trace().matmul(w.clone()) + b.clone()).tanh().square().sum();
    let value: f64 = loss.array();
    let gradients = loss.backward();
    let theirs = [
        vec![value],
        gradients.get(&x).array().to_vec(),
        gradients.get(&w).array().concat(),
        gradients.get(&b).array().to_vec(),
    ];
    let arguments = vec![
        Datum::floats(&[4], &X),
        Datum::floats(&[4, 3], &weights.concat()),
        Datum::floats(&[3], &offsets),
    ];
    compare("layer", &[4, 3], arguments, &theirs.concat());
}

#[test]
fn a_rectified_product_of_matrices() {
    let device = Cpu::default();
    let left = [[0.2, -0.5, 0.7], [1.1, 0.3, -0.4], [-0.6, 0.8, 0.1]];
    let right = [[0.4, -1.2], [0.9, 0.35], [-0.7, 0.6]];
    let (a, b) = (device.tensor(left), device.tensor(right));
    let product = a.leaky_trace().matmul(b.clone());
    let loss = (product.with_empty_tape().sigmoid() * product.relu()).sum();
    let value: f64 = loss.array();
    let gradients = loss.backward();
    let theirs = [vec![value], gradients.get(&a).array().concat(), gradients.get(&b).array().concat()];
    let arguments = vec![Datum::floats(&[3, 3], &left.concat()), Datum::floats(&[3, 2], &right.concat())];
    compare("rectified", &[3, 2], arguments, &theirs.concat());
}

#[test]
fn another_expression_is_caught() {
    let other = theirs(|x, y| (x.exp() * y).sum() * 1.0000001);
    assert!(greatest(&ours("weighted", &[4], vectors()), &other) > CLOSE);
}
