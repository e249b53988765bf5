//! The order of elimination: which sites are summed out when, and which factors that joins.
//!
//! A site whose entries no factor couples is summed out entry by entry; what is left is a factor of the entries that
//! its own read. Where every remaining site couples its own entries, a chain is summed out along its axis, together
//! with the sites that follow it step by step. Whatever is neither has no order that is narrow for all sizes.

use super::affine::{Affine, Axis};
use super::factor::{Read, Term};
use super::place::{Entries, Extent, Member, Placed, place};
use super::refusal::Refusal;
use super::{Site, Summed};
use crate::ir::{Polynomial, Value};
use std::rc::Rc;

/// Most entries that are summed over together.
pub const MOST_WIDTH: usize = 8;

/// Most combinations of their states, where those are known without data.
const MOST_COMBINATIONS: i64 = 1 << 20;

/// A function of entries, once for each index of its loops: the log density is the sum of all.
#[derive(Clone, Debug)]
pub struct Factor<'f> {
    /// Its loops, and how far each runs where that is a size.
    pub loops: Vec<(Axis, Option<Polynomial>)>,
    /// The entries that it reads.
    pub reads: Vec<Read>,
    /// How it is computed.
    pub body: Body<'f>,
}

/// How a factor is computed.
#[derive(Clone, Debug)]
pub enum Body<'f> {
    /// By a term of the source.
    Term(Term<'f>),
    /// By summing out sites.
    Sum(Elimination<'f>),
}

/// Sites that are summed out together, once for each place of the plates.
#[derive(Clone, Debug)]
pub struct Elimination<'f> {
    pub entries: Entries,
    /// How many steps a factor reaches back; 0 without a chain.
    pub lag: usize,
    /// The factors that read them.
    pub placed: Vec<Placed<'f>>,
}

impl Factor<'_> {
    /// Whether its value is another at each index of a loop of its own, besides the states that it reads.
    pub fn uses(&self, axis: Axis) -> bool {
        match &self.body {
            Body::Term(term) => term.uses.contains(&Value(axis.0)),
            Body::Sum(sum) => sum.placed.iter().any(|placed| {
                placed.varies_along(axis) || placed.ranges.iter().any(|range| range.axis == axis)
            }),
        }
    }
}

/// A plan: what to sum out, in order, and what is left.
#[derive(Clone, Debug, Default)]
pub struct Plan<'f> {
    /// In order of elimination; those that read nothing further are also in `rest`.
    pub steps: Vec<Rc<Factor<'f>>>,
    /// Factors that read no site: their sum is the log of the marginal density.
    pub rest: Vec<Rc<Factor<'f>>>,
}

/// Finds a plan.
pub fn plan<'f>(terms: Vec<Term<'f>>, sites: &[Site], first_axis: u32) -> Result<Plan<'f>, Refusal> {
    let mut planner = Planner {
        sites,
        factors: terms.into_iter().map(|term| Rc::new(Factor::from(term))).collect(),
        left: (0..sites.len()).collect(),
        next_axis: first_axis,
    };
    let mut steps = Vec::new();
    while !planner.left.is_empty() {
        let step = planner.next()?;
        steps.push(planner.apply(step));
    }
    Ok(Plan { steps, rest: planner.factors })
}

impl<'f> From<Term<'f>> for Factor<'f> {
    fn from(term: Term<'f>) -> Self {
        Self { loops: term.loops(), reads: term.reads.clone(), body: Body::Term(term) }
    }
}

struct Planner<'f, 's> {
    sites: &'s [Site],
    factors: Vec<Rc<Factor<'f>>>,
    left: Vec<usize>,
    next_axis: u32,
}

impl<'f> Planner<'f, '_> {
    /// The next elimination: of the least width, a chain only where nothing is independent.
    fn next(&mut self) -> Result<Factor<'f>, Refusal> {
        let mut best: Option<Factor<'f>> = None;
        let mut refused = Vec::new();
        for site in self.left.clone().into_iter().rev() {
            match self.alone(site) {
                Ok(found) if best.as_ref().is_none_or(|best| found.reads.len() < best.reads.len()) => {
                    best = Some(found);
                }
                Ok(_) => {}
                Err(refusal) => refused.push(refusal),
            }
        }
        for site in self.left.clone() {
            if best.is_none() {
                match self.chain(site) {
                    Ok(found) => best = Some(found),
                    Err(refusal) => refused.push(refusal),
                }
            }
        }
        let most = || refused.into_iter().max_by_key(Refusal::weight).expect("a site is left");
        let found = best.ok_or_else(most)?;
        self.narrow(&found)?;
        Ok(found)
    }

    /// Replaces the factors of an elimination by what it leaves.
    fn apply(&mut self, factor: Factor<'f>) -> Rc<Factor<'f>> {
        let Body::Sum(sum) = &factor.body else { unreachable!("an elimination is a sum") };
        self.left.retain(|site| sum.entries.member(*site).is_none());
        let joined = |other: &Factor| other.reads.iter().any(|read| sum.entries.member(read.site).is_some());
        self.factors.retain(|other| !joined(other));
        let factor = Rc::new(factor);
        self.factors.push(factor.clone());
        factor
    }

    fn narrow(&self, factor: &Factor) -> Result<(), Refusal> {
        let Body::Sum(sum) = &factor.body else { unreachable!("an elimination is a sum") };
        let sites = sum.entries.members.iter().map(|member| member.site).collect();
        let (width, combinations) = (width(factor), combinations(factor, self.sites));
        let many = combinations.as_constant().is_some_and(|n| !(0..=MOST_COMBINATIONS).contains(&n));
        if width > MOST_WIDTH || many { Err(Refusal::Wide { sites, width }) } else { Ok(()) }
    }

    fn axis(&mut self) -> Axis {
        self.next_axis += 1;
        Axis(self.next_axis - 1)
    }

    fn alone(&mut self, site: usize) -> Result<Factor<'f>, Refusal> {
        let extents = self.sites[site].extents.clone();
        let plates = extents.into_iter().map(|extent| (self.axis(), extent)).collect();
        self.sum(Entries { members: vec![Member { site, time: None }], plates, time: None })
    }

    /// What is left when these entries are summed out of the factors that read them.
    fn sum(&self, entries: Entries) -> Result<Factor<'f>, Refusal> {
        let mut reads = Vec::new();
        let mut placed = Vec::new();
        for factor in &self.factors {
            if factor.reads.iter().any(|read| entries.member(read.site).is_some()) {
                placed.push(place(factor, &entries, self.sites, &mut reads)?);
            }
        }
        let lag = placed.iter().map(|placed| placed.span).max().unwrap_or(0);
        let loops = entries.plates.iter().map(|(axis, extent)| (*axis, Some(extent.clone()))).collect();
        Ok(Factor { loops, reads, body: Body::Sum(Elimination { entries, lag, placed }) })
    }

    /// The chain that a site is part of.
    fn chain(&mut self, site: usize) -> Result<Factor<'f>, Refusal> {
        let coupled = || Refusal::Coupled { sites: vec![site] };
        let time = self.coupled_axis(site)?.ok_or_else(coupled)?;
        let members = self.followers(Member { site, time: Some(time) })?;
        let (plates, along) = self.axes_of(&members[0]);
        for member in &members[1..] {
            if self.axes_of(member) != (plates.clone(), along.clone()) {
                let sites = members.iter().map(|member| member.site).collect();
                return Err(Refusal::Coupled { sites });
            }
        }
        let plates = plates.into_iter().map(|extent| (self.axis(), extent)).collect::<Vec<Extent>>();
        let time = Some((self.axis(), along));
        self.sum(Entries { members, plates, time })
    }

    /// The one axis along which factors couple a site's entries.
    fn coupled_axis(&self, site: usize) -> Result<Option<usize>, Refusal> {
        let mut found = None;
        for factor in &self.factors {
            let mut own = factor.reads.iter().filter(|read| read.site == site);
            let Some(first) = own.next() else { continue };
            for other in own {
                let differing = (0..first.at.len()).filter(|axis| first.at[*axis] != other.at[*axis]);
                for axis in differing {
                    if *found.get_or_insert(axis) != axis {
                        return Err(Refusal::Coupled { sites: vec![site] });
                    }
                }
            }
        }
        Ok(found)
    }

    /// The sites that follow a chain step by step, itself included.
    fn followers(&self, first: Member) -> Result<Vec<Member>, Refusal> {
        let mut members = vec![first];
        let mut at = 0;
        while at < members.len() {
            let member = members[at];
            let time = member.time.expect("members of a chain have its axis");
            for factor in &self.factors {
                let own = factor.reads.iter().filter(|read| read.site == member.site);
                let axes: Vec<Axis> = own.flat_map(|read| read.at[time].axes()).collect();
                for read in &factor.reads {
                    let moves = |index: &Affine| index.axes().any(|axis| axes.contains(&axis));
                    let along: Vec<usize> =
                        (0..read.at.len()).filter(|axis| moves(&read.at[*axis])).collect();
                    let known = members.iter().find(|member| member.site == read.site);
                    match (along.as_slice(), known) {
                        ([], _) => {}
                        ([axis], None) => members.push(Member { site: read.site, time: Some(*axis) }),
                        ([axis], Some(known)) if known.time == Some(*axis) => {}
                        _ => return Err(Refusal::Coupled { sites: vec![member.site, read.site] }),
                    }
                }
            }
            at += 1;
        }
        Ok(members)
    }

    fn axes_of(&self, member: &Member) -> (Vec<Polynomial>, Polynomial) {
        let mut plates = self.sites[member.site].extents.clone();
        let time = plates.remove(member.time.expect("members of a chain have its axis"));
        (plates, time)
    }
}

impl Plan<'_> {
    /// Extents, and indices that must lie inside them for the entries that terms read to exist.
    pub fn checks(&self) -> Vec<(Polynomial, Polynomial)> {
        let placed = self.steps.iter().flat_map(|step| match &step.body {
            Body::Sum(sum) => sum.placed.as_slice(),
            Body::Term(_) => &[],
        });
        let mut checks: Vec<_> = placed.flat_map(|placed| placed.checks.iter().cloned()).collect();
        checks.sort();
        checks.dedup();
        checks
    }
}

/// How many entries an elimination considers together.
fn width(factor: &Factor) -> usize {
    let Body::Sum(sum) = &factor.body else { return factor.reads.len() };
    sum.entries.members.len() * (sum.lag + 1) + factor.reads.len()
}

/// How many combinations of states those have.
fn combinations(factor: &Factor, sites: &[Site]) -> Polynomial {
    let Body::Sum(sum) = &factor.body else { return Polynomial::constant(1) };
    let own = sum.entries.members.iter().flat_map(|member| vec![member.site; sum.lag + 1]);
    own.chain(factor.reads.iter().map(|read| read.site))
        .fold(Polynomial::constant(1), |product, site| product.times(&sites[site].states))
}

/// An elimination in numbers.
pub fn summed(factor: &Factor, sites: &[Site]) -> Summed {
    let Body::Sum(sum) = &factor.body else { unreachable!("an elimination is a sum") };
    let along = sum.entries.plates.iter().chain(&sum.entries.time);
    Summed {
        sites: sum.entries.members.iter().map(|member| member.site).collect(),
        lag: sum.lag,
        width: width(factor),
        combinations: combinations(factor, sites),
        places: along.fold(Polynomial::constant(1), |product, (_, extent)| product.times(extent)),
    }
}
