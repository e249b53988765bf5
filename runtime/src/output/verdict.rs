//! The verdict: what a run's record says about its draws, in words, with what to do.

use super::number::grouped;
use super::summary::{Row, Summary};
use crate::diagnostics::energy_bfmi;
use crate::mcmc::{Fit, Made, Outcome, Transition};

/// Every concern that the record raises; one reassuring sentence if there is none.
pub fn verdict(fit: &Fit, summary: &Summary) -> Vec<String> {
    let mut sentences: Vec<String> = CHECKS.iter().filter_map(|check| check(fit, summary)).collect();
    if sentences.is_empty() {
        sentences.push(sound(summary));
    }
    sentences
}

/// One row per concern, the gravest first.
const CHECKS: [fn(&Fit, &Summary) -> Option<String>; 10] = [
    interrupted,
    undefined,
    approximated,
    divergences,
    failures,
    disagreement,
    alone,
    few_draws,
    low_energy,
    bound,
];

const LARGEST_RHAT: f64 = 1.01;
const LEAST_SIZE_PER_CHAIN: f64 = 100.0;
const LEAST_BFMI: f64 = 0.3;
/// Above it importance weights have no useful average (Vehtari et al. 2024).
const LARGEST_PARETO_K: f64 = 0.7;

fn interrupted(fit: &Fit, _: &Summary) -> Option<String> {
    let (kept, asked) = (grouped(fit.draws.length() as u64), grouped(fit.settings.draws as u64));
    let chains = (fit.draws.chains(), fit.settings.chains);
    fit.interrupted.then(|| {
        format!(
            "The run was ended early: {kept} of {asked} draws are kept, from {} of {} chains.",
            chains.0, chains.1
        )
    })
}

fn undefined(_: &Fit, summary: &Summary) -> Option<String> {
    let names = first_few(summary.undefined.iter().map(String::as_str))?;
    Some(format!("No figures for {names}: fewer than four draws, or draws that are not numbers."))
}

fn approximated(fit: &Fit, _: &Summary) -> Option<String> {
    let Made::Approximated(k) = fit.made else { return None };
    let Some(k) = k else { return Some("The posterior is approximated by a normal at its mode.".to_owned()) };
    let advice =
        if k < LARGEST_PARETO_K { "the posterior is close to it" } else { "they differ: sample by `nuts`" };
    Some(format!(
        "The posterior is approximated by a normal at its mode; the tail index of their ratio, Pareto k, is {k:.2}: {advice}."
    ))
}

fn divergences(fit: &Fit, _: &Summary) -> Option<String> {
    let (count, share) = share(fit, |transition| transition.outcome.diverged())?;
    let place = where_divergent(fit).map_or(String::new(), |place| format!(" They cluster where {place}."));
    Some(format!(
        "{count} after warm-up diverged ({share}): the draws may miss a narrow region, and the figures \
         be biased.{place} Write scales non-centred (theta = mu + tau * eta with eta ~ normal(0, 1)), or raise delta above {}.",
        fit.settings.delta
    ))
}

fn failures(fit: &Fit, _: &Summary) -> Option<String> {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for (words, count) in fit.chains.iter().flat_map(|chain| &chain.failed) {
        match reasons.iter_mut().find(|(known, _)| known == words) {
            Some((_, all)) => *all += count,
            None => reasons.push((words, *count)),
        }
    }
    let all: usize = reasons.iter().map(|(_, count)| count).sum();
    let counted: Vec<String> =
        reasons.iter().map(|(words, count)| format!("{words} ({})", grouped(*count as u64))).collect();
    let told = fit.chains.iter().find_map(|chain| chain.told.as_deref());
    let told = told.map_or(String::new(), |told| format!(" One of them: {told}."));
    let noun = if all == 1 { "transition" } else { "transitions" };
    (all > 0).then(|| {
        format!(
            "{} {noun} ended where the density cannot be computed; such points are no part of the posterior that was sampled: \
             {}.{told}",
            grouped(all as u64),
            counted.join("; ")
        )
    })
}

/// The scalar whose mean over divergent transitions is furthest from its mean, in words.
fn where_divergent(fit: &Fit) -> Option<String> {
    const FEWEST: usize = 5;
    const FURTHER_THAN: f64 = 0.5;
    let divergent: Vec<(usize, usize)> = fit
        .chains
        .iter()
        .enumerate()
        .flat_map(|(chain, record)| {
            record.transitions.iter().enumerate().map(move |(draw, it)| (chain, draw, it))
        })
        .filter(|(_, _, transition)| transition.outcome.diverged())
        .map(|(chain, draw, _)| (chain, draw))
        .collect();
    if divergent.len() < FEWEST {
        return None;
    }
    let distance = |(component, label): (usize, String)| {
        let all = fit.draws.component(component);
        let mean =
            divergent.iter().map(|&(chain, draw)| all[(draw, chain)]).sum::<f64>() / divergent.len() as f64;
        ((mean - all.mean()) / all.variance().sqrt(), label)
    };
    let distances =
        fit.draws.layout().labels().enumerate().map(distance).filter(|(away, _)| away.abs() > FURTHER_THAN);
    let (away, label) = distances.max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()))?;
    Some(format!("{label} is {}", if away < 0.0 { "small" } else { "large" }))
}

fn disagreement(_: &Fit, summary: &Summary) -> Option<String> {
    let names = offenders(summary, |row| row.rhat.is_some_and(|rhat| rhat > LARGEST_RHAT))?;
    let largest = summary.rows.iter().filter_map(|row| row.rhat).fold(0.0, f64::max);
    Some(format!(
        "The chains disagree: R-hat is above {LARGEST_RHAT} for {names} (at most {largest:.3}). Do not use these draws; \
         run longer, and look for separate modes or sites of which only the sum is known."
    ))
}

fn alone(fit: &Fit, _: &Summary) -> Option<String> {
    let alone = fit.draws.chains() == 1 && matches!(fit.made, Made::Sampled);
    alone.then(|| {
        "One chain alone cannot tell whether it has seen all of the posterior: run four before you trust it.".to_owned()
    })
}

fn few_draws(fit: &Fit, summary: &Summary) -> Option<String> {
    let least = LEAST_SIZE_PER_CHAIN * fit.draws.chains() as f64;
    let small = |size: Option<f64>| size.is_some_and(|size| size < least);
    let names = offenders(summary, |row| small(row.ess_bulk) || small(row.ess_tail))?;
    Some(format!(
        "The effective sample size is below {least} for {names}: means, tails and R-hat are rough. Draw more."
    ))
}

fn low_energy(fit: &Fit, _: &Summary) -> Option<String> {
    let low = fit.chains.iter().filter(|chain| {
        let energies: Vec<f64> = chain.transitions.iter().map(|transition| transition.energy).collect();
        energy_bfmi(&energies).is_some_and(|fraction| fraction < LEAST_BFMI)
    });
    let names: Vec<String> = low.map(|chain| format!("chain {}", chain.number)).collect();
    let names = first_few(names.iter().map(String::as_str))?;
    Some(format!(
        "E-BFMI is below {LEAST_BFMI} in {names}: the tails are explored slowly. Heavy-tailed scales are usually the \
         cause; write them non-centred or give them lighter tails."
    ))
}

fn bound(fit: &Fit, _: &Summary) -> Option<String> {
    let (count, share) = share(fit, |transition| transition.outcome == Outcome::Cut)?;
    let bound = fit.settings.method.bound();
    Some(format!(
        "{count} ({share}) reached {bound}: the draws are sound but dear. Sites that are strongly correlated or very \
         unlike in scale are usually the cause: try metric = \"dense\"; else raise the bound."
    ))
}

fn sound(summary: &Summary) -> String {
    let rhat = summary.rows.iter().filter_map(|row| row.rhat).fold(0.0, f64::max);
    let sizes = summary.rows.iter().flat_map(|row| [row.ess_bulk, row.ess_tail]).flatten();
    let least = sizes.fold(f64::INFINITY, f64::min);
    format!(
        "No divergences; R-hat is at most {rhat:.3} and the effective sample size at least {}.",
        grouped(least.round() as u64)
    )
}

/// How many transitions are so, and the share in words; nothing if none is.
fn share(fit: &Fit, is_so: impl Fn(&Transition) -> bool) -> Option<(String, String)> {
    let transitions = || fit.chains.iter().flat_map(|chain| &chain.transitions);
    let count = transitions().filter(|transition| is_so(transition)).count();
    let percent = 100.0 * count as f64 / transitions().count() as f64;
    let noun = if count == 1 { "transition" } else { "transitions" };
    (count > 0).then(|| (format!("{} {noun}", grouped(count as u64)), format!("{percent:.1} %")))
}

fn offenders(summary: &Summary, is_one: impl Fn(&Row) -> bool) -> Option<String> {
    first_few(summary.rows.iter().filter(|row| is_one(row)).map(|row| row.label.as_str()))
}

/// `a`, `a, b`, or `a, b, c and 7 more`; nothing if there is none.
fn first_few<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    const SHOWN: usize = 3;
    let names: Vec<&str> = names.collect();
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len() {
        0 => None,
        count if count > SHOWN => Some(format!("{shown} and {} more", count - SHOWN)),
        _ => Some(shown),
    }
}

#[cfg(test)]
pub mod testing {
    //! A fit made by hand.

    use std::time::Duration;

    use crate::diagnostics::testing::chains;
    use crate::draws::{Draws, Layout};
    use crate::mcmc::{Chain, Fit, Made, Outcome, Settings, Transition};

    /// Four chains of 250 nearly independent draws of `mu` and two of `eta`, changed by `change`.
    pub fn fit(change: impl FnOnce(&mut Fit)) -> Fit {
        let layout = Layout::new([("mu".to_owned(), vec![]), ("eta".to_owned(), vec![2])]);
        let draws = chains(5 * 3 * 250, 5);
        let values = (0..4).map(|chain| draws.column(chain).iter().step_by(5).copied().collect()).collect();
        let energy = |draw: usize| draws[(5 * draw, 0)];
        let transition = |draw| Transition {
            outcome: Outcome::Turned,
            depth: 2,
            leapfrogs: 3,
            acceptance: 0.9,
            energy: energy(draw),
            log_density: -energy(draw),
        };
        let chain = |number| Chain {
            number,
            transitions: (0..250).map(transition).collect(),
            step_size: 0.5,
            inverse_metric: vec![1.0; 3],
            warmup_time: Duration::from_micros(100),
            sampling_time: Duration::from_micros(150),
            gradients: 1_000,
            failed: Vec::new(),
            told: None,
        };
        let mut fit = Fit {
            draws: Draws::new(layout, values),
            chains: (0..4).map(chain).collect(),
            settings: Settings { draws: 250, warmup: 100, ..Settings::default() },
            interrupted: false,
            time: Duration::from_millis(500),
            made: Made::Sampled,
        };
        change(&mut fit);
        fit
    }
}

#[cfg(test)]
mod tests {
    use super::testing::fit;
    use super::*;
    use crate::draws::{Draws, Layout};

    fn verdict_of(change: impl FnOnce(&mut Fit)) -> Vec<String> {
        Summary::new(&fit(change)).verdict
    }

    fn only(sentences: Vec<String>) -> String {
        assert_eq!(sentences.len(), 1, "{sentences:?}");
        sentences.into_iter().next().expect("one")
    }

    #[test]
    fn a_sound_run_is_said_to_be_sound() {
        assert!(only(verdict_of(|_| {})).starts_with("No divergences; R-hat is at most 1.0"));
    }

    #[test]
    fn divergences_are_counted_and_placed() {
        let sentence = only(verdict_of(|fit| {
            for (draw, transition) in fit.chains[1].transitions.iter_mut().enumerate() {
                if fit.draws.draw(1, draw)[2] < -0.5 {
                    transition.outcome = Outcome::Diverged;
                }
            }
        }));
        assert!(sentence.contains("transitions after warm-up diverged"), "{sentence}");
        assert!(sentence.contains("cluster where eta[1] is small."), "{sentence}");
    }

    #[test]
    fn run_time_checks_that_failed_are_counted_by_reason() {
        let sentence = only(verdict_of(|fit| {
            for chain in &mut fit.chains[1..3] {
                chain.failed = vec![("the steps are exhausted".to_owned(), 3)];
            }
            fit.chains[2].failed.push(("an index lay outside its axis".to_owned(), 1));
            fit.chains[2].told = Some("t = 2, the state that was reached: [1]".to_owned());
        }));
        assert!(sentence.starts_with("7 transitions ended where"), "{sentence}");
        let end = "the steps are exhausted (6); an index lay outside its axis (1). One of them: t = 2, the state that was reached: [1].";
        assert!(sentence.ends_with(end), "{sentence}");
    }

    #[test]
    fn chains_that_disagree_are_not_to_be_used() {
        let sentences = verdict_of(|fit| {
            let chain = |number: usize| {
                (0..250).map(|draw| fit.draws.draw(number, draw)[0] + number as f64).collect()
            };
            let values = (0..4).map(chain).collect();
            fit.draws = Draws::new(Layout::new([("mu".to_owned(), vec![])]), values);
        });
        assert!(
            sentences[0].starts_with("The chains disagree: R-hat is above 1.01 for mu (at most"),
            "{sentences:?}"
        );
        assert!(sentences[1].starts_with("The effective sample size is below 400 for mu"), "{sentences:?}");
    }

    #[test]
    fn one_chain_alone_is_not_trusted() {
        let sentence = only(verdict_of(|fit| {
            let values = (0..250).flat_map(|draw| fit.draws.draw(0, draw)).copied().collect();
            fit.draws = Draws::new(fit.draws.layout().clone(), vec![values]);
            fit.chains.truncate(1);
            fit.settings.chains = 1;
        }));
        assert!(sentence.starts_with("One chain alone"), "{sentence}");
    }

    #[test]
    fn an_approximation_says_how_near_it_is() {
        let told = |k| only(verdict_of(|fit| fit.made = Made::Approximated(k)));
        assert!(
            told(Some(0.2)).ends_with("Pareto k, is 0.20: the posterior is close to it."),
            "{}",
            told(Some(0.2))
        );
        assert!(told(Some(0.9)).contains("is 0.90: they differ: sample by `nuts`."), "{}", told(Some(0.9)));
        assert_eq!(told(None), "The posterior is approximated by a normal at its mode.");
    }

    #[test]
    fn depth_energy_and_interruption_are_told() {
        let deep = only(verdict_of(|fit| fit.chains[0].transitions[0].outcome = Outcome::Cut));
        assert!(deep.starts_with("1 transition (0.1 %) reached the greatest depth, 10"), "{deep}");
        let slow = only(verdict_of(|fit| {
            fit.chains[2].transitions.iter_mut().enumerate().for_each(|(draw, it)| it.energy = draw as f64);
        }));
        assert!(slow.starts_with("E-BFMI is below 0.3 in chain 2"), "{slow}");
        let short = only(verdict_of(|fit| (fit.interrupted, fit.settings.draws) = (true, 1_000)));
        assert!(short.contains("250 of 1,000 draws are kept, from 4 of 4 chains"), "{short}");
    }
}
