//! What pictures show of a fit.

use super::kinds::{Scalar, pairs};
use super::picture::Picture;
use crate::mcmc::Fit;

/// Components of the draws, chain by chain.
pub fn scalars(fit: &Fit, components: &[usize]) -> Vec<Scalar> {
    let labels: Vec<String> = fit.draws.layout().labels().collect();
    let chain = |chain: usize, component: usize| -> Vec<f64> {
        (0..fit.draws.length()).map(|draw| fit.draws.draw(chain, draw)[component]).collect()
    };
    let scalar = |component: &usize| Scalar {
        label: labels[*component].clone(),
        chains: (0..fit.draws.chains()).map(|number| chain(number, *component)).collect(),
    };
    components.iter().map(scalar).collect()
}

/// Every two of some components, divergent draws marked.
pub fn fit_pairs(fit: &Fit, components: &[usize]) -> Picture {
    let transitions = fit.chains.iter().flat_map(|chain| &chain.transitions);
    let divergent: Vec<bool> = transitions.map(|transition| transition.outcome.diverged()).collect();
    let columns: Vec<(String, Vec<f64>)> =
        scalars(fit, components).into_iter().map(|scalar| (scalar.label, scalar.chains.concat())).collect();
    pairs(&columns, &divergent, "divergent")
}
