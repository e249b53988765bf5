//! Why sites cannot be summed out.

use std::fmt;

/// What stands in the way. Sites are numbered as the caller listed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A term reads the site other than entry by entry.
    Whole {
        /// The site.
        site: usize,
    },
    /// A term reads an entry that data or values decide.
    Chosen {
        /// The site.
        site: usize,
    },
    /// A term reads entries that no loop around it steps through one by one.
    Stride {
        /// The site.
        site: usize,
    },
    /// A term reads an entry that is not shown to exist.
    Outside {
        /// The site.
        site: usize,
    },
    /// Entries are coupled in a way for which no order of summation is narrow.
    Coupled {
        /// The sites.
        sites: Vec<usize>,
    },
    /// Too many entries, or too many of their combinations, would be summed over together.
    Wide {
        /// The sites.
        sites: Vec<usize>,
        /// How many entries stand together.
        width: usize,
    },
}

impl Refusal {
    /// How much it tells: what is wrong with one read before what follows from all, and that of many sites.
    pub fn weight(&self) -> (bool, usize) {
        (!matches!(self, Self::Coupled { .. }), self.sites().len())
    }

    /// The sites that it is about.
    pub fn sites(&self) -> &[usize] {
        match self {
            Self::Whole { site } | Self::Chosen { site } | Self::Stride { site } | Self::Outside { site } => {
                std::slice::from_ref(site)
            }
            Self::Coupled { sites } | Self::Wide { sites, .. } => sites,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { .. } => f.write_str("a term reads all its entries at once"),
            Self::Chosen { .. } => f.write_str("a term reads an entry that data or values decide"),
            Self::Stride { .. } => f.write_str("a term steps through its entries other than one by one"),
            Self::Outside { .. } => {
                f.write_str("a term reads an entry that cannot be shown to exist for every size")
            }
            Self::Coupled { .. } => f.write_str(
                "each entry is coupled to many others: the width of the elimination would grow with the data",
            ),
            Self::Wide { width, .. } => write!(
                f,
                "the elimination has width {width}: it would sum over all combinations of {width} entries"
            ),
        }
    }
}
