//! Where a factor stands in an elimination: which of its loops follow the entry at hand, which are summed inside, and
//! for which entries it is there at all.

use super::Site;
use super::affine::{Affine, Axis, Step};
use super::factor::Read;
use super::plan::Factor;
use super::refusal::Refusal;
use crate::ir::Polynomial;
use crate::typed::bounds::never_negative;
use std::rc::Rc;

/// A site that is summed out with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which site.
    pub site: usize,
    /// Which of its axes is the chain's, if there is one.
    pub time: Option<usize>,
}

/// An axis of the entries that are summed out, and how far it runs.
pub type Extent = (Axis, Polynomial);

/// The axes of the entries that are summed out together.
#[derive(Clone, Debug)]
pub struct Entries {
    /// The sites.
    pub members: Vec<Member>,
    /// Axes along which entries are independent.
    pub plates: Vec<Extent>,
    /// The axis along which they are a chain.
    pub time: Option<Extent>,
}

/// Entries from `start` up to but without `end` of an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    pub axis: Axis,
    pub start: Polynomial,
    pub end: Polynomial,
}

/// What stands for an entry that a factor reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A member's entry, so many steps before the one at hand.
    Own { member: usize, back: usize },
    /// An entry that is summed out later, by its position among those.
    Outer(usize),
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Placed<'f> {
    pub factor: Rc<Factor<'f>>,
    /// For each loop of the factor, its index in terms of the entries' axes; none where it is summed.
    pub at: Vec<Option<Affine>>,
    /// Where it is there, axes on which it always is left out.
    pub ranges: Vec<Range>,
    /// For each of its reads.
    pub slots: Vec<Slot>,
    /// How many steps back along the chain it reaches.
    pub span: usize,
    /// Extents, and indices that must lie inside them for its entries to exist.
    pub checks: Vec<(Polynomial, Polynomial)>,
}

impl Placed<'_> {
    /// Whether its value is another at each entry of an axis, besides the states that it reads.
    pub fn varies_along(&self, axis: Axis) -> bool {
        let bound = self.factor.loops.iter().zip(&self.at);
        let moves = |at: &Affine| at.axes().any(|other| other == axis);
        bound.into_iter().any(|((own, _), at)| at.as_ref().is_some_and(moves) && self.factor.uses(*own))
    }
}

/// Builds the place of one factor.
struct Placing<'a> {
    entries: &'a Entries,
    sites: &'a [Site],
    loops: &'a [(Axis, Option<Polynomial>)],
    solved: Vec<(Axis, Affine)>,
    ranges: Vec<Range>,
    checks: Vec<(Polynomial, Polynomial)>,
}

/// Places a factor that reads at least one of the members; entries of other sites that it reads are added to `outer`.
pub fn place<'f>(
    factor: &Rc<Factor<'f>>,
    entries: &Entries,
    sites: &[Site],
    outer: &mut Vec<Read>,
) -> Result<Placed<'f>, Refusal> {
    let mut placing = Placing {
        entries,
        sites,
        loops: &factor.loops,
        solved: Vec::new(),
        ranges: Vec::new(),
        checks: Vec::new(),
    };
    let own: Vec<(usize, &Read)> =
        factor.reads.iter().filter_map(|read| Some((entries.member(read.site)?, read))).collect();
    placing.plates(&own)?;
    let back = placing.along(&own)?;
    let mut own = own.iter().zip(&back).map(|((member, _), back)| (*member, *back));
    let mut slots = Vec::new();
    for read in &factor.reads {
        slots.push(match entries.member(read.site) {
            Some(_) => {
                let (member, back) = own.next().expect("own reads come in the order of reads");
                Slot::Own { member, back }
            }
            None => Slot::Outer(placing.outer(read, outer)?),
        });
    }
    let find = |axis: &Axis| placing.solved.iter().find(|(known, _)| known == axis).map(|(_, at)| at.clone());
    let at = factor.loops.iter().map(|(axis, _)| find(axis)).collect();
    let span = back.into_iter().max().unwrap_or(0);
    let Placing { ranges, checks, .. } = placing;
    Ok(Placed { factor: factor.clone(), at, ranges, slots, span, checks })
}

impl Entries {
    /// The member that a site is.
    pub fn member(&self, site: usize) -> Option<usize> {
        self.members.iter().position(|member| member.site == site)
    }

    fn all_sites(&self, further: usize) -> Vec<usize> {
        self.members.iter().map(|member| member.site).chain([further]).collect()
    }
}

impl Placing<'_> {
    /// Every read of a member stands at the same place of the plates.
    fn plates(&mut self, own: &[(usize, &Read)]) -> Result<(), Refusal> {
        let entries = self.entries;
        for (position, (axis, extent)) in entries.plates.iter().enumerate() {
            let index = |(member, read): &(usize, &Read)| {
                let time = entries.members[*member].time;
                let skipped = usize::from(time.is_some_and(|time| time <= position));
                read.at[position + skipped].clone()
            };
            let first = index(&own[0]);
            if let Some((_, other)) = own.iter().find(|read| index(read) != first) {
                return Err(Refusal::Coupled { sites: vec![other.site] });
            }
            self.solve(own[0].1.site, &first, *axis, extent)?;
        }
        Ok(())
    }

    /// How many steps back each read of a member lies.
    fn along(&mut self, own: &[(usize, &Read)]) -> Result<Vec<usize>, Refusal> {
        let Some((axis, extent)) = &self.entries.time else { return Ok(vec![0; own.len()]) };
        let index = |(member, read): &(usize, &Read)| {
            read.at[self.entries.members[*member].time.expect("members of a chain have its axis")].clone()
        };
        let first = index(&own[0]);
        let distances = own.iter().map(|read| {
            index(read).minus(&first).as_number().ok_or(Refusal::Coupled { sites: vec![read.1.site] })
        });
        let distances = distances.collect::<Result<Vec<i64>, Refusal>>()?;
        let last = distances.iter().copied().max().unwrap_or(0);
        let least = distances.iter().copied().min().unwrap_or(0);
        let shifted = |by: i64| first.plus(&Affine::constant(by.into()));
        self.within(own[0].1.site, &shifted(least), extent)?;
        self.solve(own[0].1.site, &shifted(last), *axis, extent)?;
        Ok(distances.iter().map(|distance| (last - distance) as usize).collect())
    }

    /// Solves `index = axis` for the loop in the index; notes for which entries there is a solution.
    fn solve(&mut self, site: usize, index: &Affine, axis: Axis, extent: &Polynomial) -> Result<(), Refusal> {
        let (start, end) = self.within(site, index, extent)?;
        if let Some(Step::Along(own, sign)) = index.step() {
            let offset = Affine::constant(index.constant.clone());
            let at = Affine::axis(axis).minus(&offset).scaled(sign);
            if self.solved.iter().any(|(known, other)| *known == own && *other != at) {
                return Err(Refusal::Stride { site });
            }
            self.solved.push((own, at));
        }
        if start.as_constant() != Some(0) || end != *extent {
            self.ranges.push(Range { axis, start, end });
        }
        Ok(())
    }

    /// The entries that an index runs through, which exist.
    fn within(
        &mut self,
        site: usize,
        index: &Affine,
        extent: &Polynomial,
    ) -> Result<(Polynomial, Polynomial), Refusal> {
        let constant = &index.constant;
        let (start, end) = match index.step() {
            None => return Err(Refusal::Stride { site }),
            Some(Step::Fixed) => (constant.clone(), constant.plus(&1.into())),
            Some(Step::Along(axis, sign)) => {
                let found =
                    self.loops.iter().find(|(own, _)| *own == axis).and_then(|(_, extent)| extent.clone());
                let count = found.ok_or(Refusal::Stride { site })?;
                match sign {
                    1 => (constant.clone(), constant.plus(&count)),
                    _ => (constant.minus(&count).plus(&1.into()), constant.plus(&1.into())),
                }
            }
        };
        let begins = never_negative(&start);
        let ends = never_negative(&extent.minus(&end));
        // Counted from an end, an entry exists where there are as many: that is checked with the data.
        let from_end = |index: Polynomial| index.as_constant().is_some_and(|count| count >= 1);
        let last = end.minus(&1.into());
        match (begins, ends) {
            (true, true) => {}
            (true, false) if from_end(end.clone()) => self.checks.push((extent.clone(), last)),
            (false, true) if from_end(extent.minus(&start)) => {
                self.checks.push((extent.clone(), start.clone()));
            }
            _ => return Err(Refusal::Outside { site }),
        }
        Ok((start, end))
    }

    /// The position of an entry of another site, in terms of these entries' plates.
    fn outer(&self, read: &Read, outer: &mut Vec<Read>) -> Result<usize, Refusal> {
        let solved = |axis: Axis| {
            let found = self.solved.iter().find(|(known, _)| *known == axis).map(|(_, at)| at.clone());
            found.filter(|at| {
                self.entries.time.as_ref().is_none_or(|(time, _)| at.axes().all(|own| own != *time))
            })
        };
        let at = read.at.iter().map(|index| index.substitute(solved)).collect::<Option<Vec<_>>>();
        let at = at.ok_or_else(|| Refusal::Coupled { sites: self.entries.all_sites(read.site) })?;
        let read = Read { site: read.site, at };
        debug_assert!(read.at.len() == self.sites[read.site].extents.len());
        if let Some(known) = outer.iter().position(|other| *other == read) {
            return Ok(known);
        }
        outer.push(read);
        Ok(outer.len() - 1)
    }
}
