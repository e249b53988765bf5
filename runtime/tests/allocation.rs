//! Evaluations of a posterior, but for the first, allocate nothing: counted by an allocator of its own.

use allocation_counter::measure;
use ansatz::{Engine, Input, Target};

const PROGRAM: &str = "
data N: size
data y: real[N]
model m {
  mu ~ normal(0, 5)
  tau ~ half_cauchy(5)
  w ~ dirichlet([1, 2, 3])
  x ~ normal(0, 1)[N]
  track theta = mu + tau * x
  track above = [for i in N: if theta[i] > 0 { 1 } else { 0 }]
  y ~ normal(theta, 0.1 + w[0])
}
let posterior = m given {y}
";

#[test]
fn evaluations_allocate_nothing() {
    let program = Engine::new().compile(PROGRAM).unwrap_or_else(|error| panic!("{error}"));
    let y: Vec<f64> = (0..300).map(|i| f64::from(i).sin()).collect();
    let posterior = program.bind(Input::new().set("y", &y)).unwrap_or_else(|error| panic!("{error}"));
    let dimension = posterior.dimension();
    let position: Vec<f64> = (0..dimension).map(|i| 0.1 * (i as f64).cos()).collect();
    let (mut gradient, mut product) = (vec![0.0; dimension], vec![0.0; dimension]);
    let mut values = vec![0.0; posterior.layout().length()];
    let mut evaluator = posterior.evaluator();
    let mut curvature = posterior.curvature().expect("a smooth density");
    let mut evaluate = || {
        let value = evaluator.log_density_gradient(&position, &mut gradient).expect("inside");
        assert!(value.is_finite());
        evaluator.constrain(&position, &mut values).expect("inside");
        curvature(&position, &gradient, &mut product).expect("inside");
    };
    // The first evaluation may take room for arrays whose lengths are known at run time only.
    evaluate();
    let counted = measure(|| (0..3).for_each(|_| evaluate()));
    assert_eq!(counted.count_total, 0, "{counted:?}");
    assert!(measure(|| drop(posterior.evaluator())).count_total > 0, "the counter counts");
}
