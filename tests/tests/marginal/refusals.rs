//! What is refused: joint tables that no order makes narrow, values that depend on what is summed out.

use super::case::try_lowered;

fn refusal(text: &str) -> String {
    try_lowered(text).expect_err("it is refused").message
}

#[test]
fn what_no_order_makes_narrow_is_refused() {
    let coupled = "data N: size\ndata y: real[N, N]\nmodel m {
  z ~ bernoulli(p = 0.5)[N]
  w ~ bernoulli(p = 0.5)[N]
  for i in N, j in N { y[i, j] ~ normal(z[i] * w[j], 1) }
}\nlet p = marginal(m, out = [z, w]) given {y}";
    assert!(refusal(coupled).contains("width of the elimination would grow"), "{}", refusal(coupled));
    let wide = "data N: size\nmodel m {
  a ~ normal(0, 1)
  for t in 0..9 { z[t] ~ bernoulli(p = 0.5) }
  for t in 9..N { z[t] ~ bernoulli(logit = a * z[t - 9]) }
}\nlet p = marginal(m, out = [z])";
    assert!(refusal(wide).contains("width 10"), "{}", refusal(wide));
    let sum = "data N: size\ndata y: real\nmodel m {
  z ~ bernoulli(p = 0.5)[N]
  y ~ normal(sum(z), 1)
}\nlet p = marginal(m, out = [z]) given {y}";
    assert!(refusal(sum).contains("`z` cannot be summed out"), "{}", refusal(sum));
    let kept = "data N: size\nmodel m {
  a ~ normal(0, 1)
  z ~ bernoulli(logit = a)[N]
  track twice = 2 * z
}\nlet p = marginal(m, out = [z])";
    assert_eq!(refusal(kept), "`twice` depends on a site that is summed out (`z`)");
}
