//! What a run demands of the values on its way, such as that a solver reaches its last time: one row for each demand. A
//! demand that does not hold ends the run, with the time and the state that it was told.

use std::fmt;

/// A demand of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Demand(u8);

/// What a demand says where it does not hold.
struct Row {
    /// What the library and the text form call it.
    name: &'static str,
    /// What is wrong.
    fault: &'static str,
    /// What the state that is told is.
    told: &'static str,
    /// What to do.
    help: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        name: "ascends",
        fault: "times that do not ascend",
        told: "the state before them",
        help: "sort the times `at`, none before `start`",
    },
    Row {
        name: "suffices",
        fault: "the steps are exhausted",
        told: "the state that was reached",
        help: "raise `max_steps`, loosen the tolerances, or look for a solution that grows without bound",
    },
    Row {
        name: "explicit",
        fault: "the steps are exhausted on a stiff problem: an explicit method needs short ones to be stable",
        told: "the state that was reached",
        help: "take a method for stiff equations: `method = kvaerno5()`",
    },
    Row {
        name: "advances",
        fault: "the steps have become too short to advance time",
        told: "the state that was reached",
        help: "the solution may grow without bound, its equations may jump, or Newton's method fail: look at the equations near that time",
    },
    Row {
        name: "finite",
        fault: "the state stops being finite",
        told: "the last finite state that was kept",
        help: "shorten the step; if that changes nothing, the solution itself may grow without bound",
    },
    Row {
        name: "begins",
        fault: "the state, or its rate, is not finite where the solution begins",
        told: "the state there",
        help: "look at `from` and at the equations there",
    },
    Row {
        name: "reaches",
        fault: "a path leaves what its noise reaches: the paths have no density ratio",
        told: "the state before the step",
        help: "with fewer noises than states only drifts that differ along the noise have a ratio, as by `controlled(..)`; a noise that adds nothing has none",
    },
];

impl Demand {
    /// The demand of that name.
    pub fn find(name: &str) -> Option<Self> {
        ROWS.iter().position(|row| row.name == name).map(|row| Demand(row as u8))
    }

    /// The demand that [`Self::number`] stands for.
    ///
    /// # Panics
    /// If none has that number.
    pub fn numbered(number: i64) -> Self {
        let known = u8::try_from(number).ok().filter(|row| usize::from(*row) < ROWS.len());
        Demand(known.unwrap_or_else(|| panic!("there is no demand {number}")))
    }

    /// Its place in the table.
    pub fn number(self) -> i64 {
        i64::from(self.0)
    }

    fn row(self) -> &'static Row {
        &ROWS[usize::from(self.0)]
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What is wrong where it does not hold.
    pub fn fault(self) -> &'static str {
        self.row().fault
    }

    /// What to do then.
    pub fn help(self) -> &'static str {
        self.row().help
    }
}

/// How many numbers are told of a demand that does not hold, at most.
pub const TOLD: usize = 9;

/// What is told of a demand that does not hold: a time, then the first entries of a state. Equality is of bits.
#[derive(Clone, Copy)]
pub struct Told {
    /// The demand.
    pub demand: Demand,
    numbers: [f64; TOLD],
    /// How many of the numbers there are.
    count: u8,
    /// Whether the state has more entries.
    cut: bool,
}

impl Told {
    /// The time and the state at which a demand does not hold.
    pub fn new(demand: Demand, mut told: impl Iterator<Item = f64>) -> Self {
        let mut numbers = [0.0; TOLD];
        let mut count = 0;
        for (slot, number) in numbers.iter_mut().zip(told.by_ref()) {
            *slot = number;
            count += 1;
        }
        Told { demand, numbers, count, cut: told.next().is_some() }
    }

    /// So many of these numbers, of a state that may be cut.
    pub fn part(demand: Demand, numbers: [f64; TOLD], count: u8, cut: bool) -> Self {
        Told { demand, numbers, count, cut }
    }

    fn bits(&self) -> (Demand, [u64; TOLD], u8, bool) {
        (self.demand, self.numbers.map(f64::to_bits), self.count, self.cut)
    }
}

impl PartialEq for Told {
    fn eq(&self, other: &Self) -> bool {
        self.bits() == other.bits()
    }
}

impl Eq for Told {}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Told({}, {self})", self.demand.name())
    }
}

/// `t = 3.2, the state that was reached: [1, 2, ..]`
impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (time, state) = self.numbers[..usize::from(self.count)].split_first().unwrap_or((&f64::NAN, &[]));
        let mut entries: Vec<String> = state.iter().map(|entry| short(*entry)).collect();
        if self.cut {
            entries.push("..".to_string());
        }
        write!(f, "t = {}, {}: [{}]", short(*time), self.demand.row().told, entries.join(", "))
    }
}

/// A number in six digits.
fn short(number: f64) -> String {
    if !number.is_finite() {
        return number.to_string();
    }
    let rounded: f64 = format!("{number:.5e}").parse().expect("a printed number is one");
    match rounded.abs() {
        size if size != 0.0 && !(1e-4..1e9).contains(&size) => format!("{rounded:e}"),
        _ => rounded.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_demand_is_found_by_its_name() {
        for row in 0..ROWS.len() {
            let demand = Demand::numbered(row as i64);
            assert_eq!(Demand::find(demand.name()), Some(demand));
        }
        assert_eq!(Demand::find("nothing"), None);
    }

    #[test]
    fn what_is_told_is_short() {
        let finite = Demand::find("finite").expect("a row");
        let told = Told::new(finite, (0..20).map(|n| f64::from(n) / 3.0));
        assert_eq!(
            told.to_string(),
            "t = 0, the last finite state that was kept: [0.333333, 0.666667, 1, 1.33333, 1.66667, 2, 2.33333, 2.66667, ..]"
        );
        let told = Told::new(finite, [1e-7, f64::NAN].into_iter());
        assert_eq!(told.to_string(), "t = 1e-7, the last finite state that was kept: [NaN]");
    }
}
