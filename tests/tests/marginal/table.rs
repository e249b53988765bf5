//! The table of models: mixtures, chains, plates, labels under labels.

use super::case::{Case, Site, reals};
use ansatz_compiler::ir::Entries;
use ansatz_compiler::ir::datum::Datum;

pub const Y: [f64; 5] = [0.3, 2.9, -0.4, 3.3, 1.7];
pub const ROWS: [f64; 4] = [0.7, 0.3, 0.2, 0.8];

pub fn cases() -> Vec<Case> {
    let chain = "data N: size\ndata y: real[N]\nmodel m {
  theta ~ dirichlet(ones(2))[2]
  mu ~ normal(0, 3)[2]
  z[0] ~ categorical(p = [0.4, 0.6])
  for t in 1..N { z[t] ~ categorical(p = theta[z[t - 1]]) }
  y ~ normal(mu[z], 1)
}";
    let y = || vec![reals(&[5], &Y)];
    let theta = || vec![reals(&[2, 2], &ROWS), reals(&[2], &[0.1, 3.0])];
    let z = || vec![Site::new("z", "fin(2)[N]", &[5], 2)];
    vec![
        Case {
            name: "a mixture with explicit labels",
            text: "data N: size\ndata y: real[N]\nmodel m {
  w ~ dirichlet(ones(2))
  mu ~ normal(0, 3)[2]
  z ~ categorical(p = w)[N]
  let mean = mu[z]
  y ~ normal(mean, 1)
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: z(),
            at: vec![reals(&[2], &[0.3, 0.7]), reals(&[2], &[0.1, 3.0])],
        },
        Case { name: "a chain", text: chain, given: "y", sizes: &[5], data: y(), sites: z(), at: theta() },
        Case {
            name: "a chain that runs backwards",
            text: "data N: size\ndata y: real[N]\nmodel m {
  theta ~ dirichlet(ones(2))[2]
  mu ~ normal(0, 3)[2]
  z[N - 1] ~ categorical(p = [0.4, 0.6])
  for t in reverse(N - 1) { z[t] ~ categorical(p = theta[z[t + 1]]) }
  y ~ normal(mu[z], 1)
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: z(),
            at: theta(),
        },
        Case {
            name: "a point of change",
            text: "data N: size\ndata y: real[N]\nmodel m {
  mu ~ normal(0, 3)[2]
  s ~ uniform_index(N)
  for t in N { y[t] ~ normal(if t < s { mu[0] } else { mu[1] }, 1) }
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: vec![Site::new("s", "fin(N)", &[], 5)],
            at: vec![reals(&[2], &[0.1, 3.0])],
        },
        Case {
            name: "a chain observed backwards",
            text: "data N: size\ndata y: real[N]\nmodel m {
  theta ~ dirichlet(ones(2))[2]
  mu ~ normal(0, 3)[2]
  z[0] ~ categorical(p = [0.4, 0.6])
  for t in 1..N { z[t] ~ categorical(p = theta[z[t - 1]]) }
  for t in N { y[t] ~ normal(mu[z[N - 1 - t]], 1) }
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: z(),
            at: theta(),
        },
        Case {
            name: "a chain that reaches two steps back",
            text: "data N: size\ndata y: real[N]\nmodel m {
  theta ~ dirichlet(ones(2))[2, 2]
  mu ~ normal(0, 3)[2]
  z[0] ~ categorical(p = [0.4, 0.6])
  z[1] ~ categorical(p = theta[0, z[0]])
  for t in 2..N { z[t] ~ categorical(p = theta[z[t - 2], z[t - 1]]) }
  y ~ normal(mu[z], 1)
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: z(),
            at: vec![reals(&[2, 2, 2], &[0.7, 0.3, 0.2, 0.8, 0.1, 0.9, 0.6, 0.4]), reals(&[2], &[0.1, 3.0])],
        },
        Case {
            name: "chains in a plate, whose steps depend on time",
            text: "data S, N: size\ndata y: real[S, N]\nmodel m {
  a ~ normal(0, 1)[N]
  mu ~ normal(0, 3)[2]
  for s in S {
    z[s, 0] ~ bernoulli(p = 0.3)
    for t in 1..N { z[s, t] ~ bernoulli(logit = a[t] + 2 * z[s, t - 1]) }
    for t in N { y[s, t] ~ normal(if z[s, t] { mu[1] } else { mu[0] }, 1) }
  }
}",
            given: "y",
            sizes: &[2, 3],
            data: vec![reals(&[2, 3], &[0.3, 2.9, -0.4, 3.3, 1.7, 0.2])],
            sites: vec![Site::new("z", "bool[S, N]", &[2, 3], 2)],
            at: vec![reals(&[3], &[0.4, -0.7, 0.9]), reals(&[2], &[0.1, 3.0])],
        },
        Case {
            name: "two chains that share their observations",
            text: "data N: size\ndata y: real[N]\nmodel m {
  theta ~ dirichlet(ones(2))[2]
  mu ~ normal(0, 3)[2]
  z[0] ~ categorical(p = [0.4, 0.6])
  w[0] ~ bernoulli(p = 0.5)
  for t in 1..N {
    z[t] ~ categorical(p = theta[z[t - 1]])
    w[t] ~ bernoulli(p = if w[t - 1] { 0.9 } else { 0.2 })
  }
  for t in N { y[t] ~ normal(mu[z[t]] + 0.5 * w[t], 1) }
}",
            given: "y",
            sizes: &[4],
            data: vec![reals(&[4], &Y[..4])],
            sites: vec![Site::new("z", "fin(2)[N]", &[4], 2), Site::new("w", "bool[N]", &[4], 2)],
            at: theta(),
        },
        Case {
            name: "labels under one label",
            text: "data N: size\ndata y: real[N]\nmodel m {
  theta ~ dirichlet(ones(2))[2]
  mu ~ normal(0, 3)[2]
  k ~ categorical(p = [0.25, 0.75])
  z ~ categorical(p = theta[k])[N]
  y ~ normal(mu[z] + k, 1)
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: vec![Site::new("k", "fin(2)", &[], 2), Site::new("z", "fin(2)[N]", &[5], 2)],
            at: theta(),
        },
        Case {
            name: "animals that may not exist",
            text: "data M, T: size\ndata y: bool[M, T]\nmodel m {
  omega, p ~ uniform(0, 1)
  z ~ bernoulli(p = omega)[M]
  for i in M { y[i] ~ bernoulli(p = z[i] * p)[T] }
}",
            given: "y",
            sizes: &[3, 2],
            data: vec![Datum::array(&[3, 2], Entries::Bool(vec![false, false, true, false, false, false]))],
            sites: vec![Site::new("z", "bool[M]", &[3], 2)],
            at: vec![Datum::from(0.4), Datum::from(0.3)],
        },
        Case {
            name: "topics of words",
            text: "data V, M, N: size\ndata v: fin(V)[N]\ndata doc: fin(M)[N]\nmodel m {
  theta ~ dirichlet(ones(2))[M]
  phi ~ dirichlet(ones(V))[2]
  for n in N {
    z[n] ~ categorical(p = theta[doc[n]])
    w[n] ~ categorical(p = phi[z[n]])
  }
}",
            given: "w = v",
            sizes: &[3, 2, 4],
            data: vec![Datum::integers(&[4], &[0, 2, 1, 2]), Datum::integers(&[4], &[0, 0, 1, 1])],
            sites: vec![Site::new("z", "fin(2)[N]", &[4], 2)],
            at: vec![reals(&[2, 2], &ROWS), reals(&[2, 3], &[0.5, 0.3, 0.2, 0.1, 0.2, 0.7])],
        },
        Case {
            name: "steps that are impossible",
            text: "data N: size\ndata y: real[N]\nmodel m {
  a ~ uniform(0, 1)
  mu ~ normal(0, 3)[2]
  let step = [[a, 1 - a], [0, 1]]
  z[0] ~ categorical(p = [1.0, 0.0])
  for t in 1..N { z[t] ~ categorical(p = [for k in 2: step[z[t - 1], k]]) }
  y ~ normal(mu[z], 1)
}",
            given: "y",
            sizes: &[5],
            data: y(),
            sites: z(),
            at: vec![Datum::from(0.6), reals(&[2], &[0.1, 3.0])],
        },
    ]
}
