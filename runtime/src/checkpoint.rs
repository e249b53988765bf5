//! Files that keep chains, so that a run that was stopped or killed goes on where it was.
//!
//! Each chain has two files, written in turn: to another name first, then moved into place, with a checksum at the end. What
//! ends early or was damaged is seen, and the file before it taken. A file of another program, other data or options is left
//! alone.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::mcmc::Keeper;

const MAGIC: &[u8] = b"ansatz checkpoint 1\n";
const FILES: u64 = 2;

/// What is kept of the chains of one call of a sampler.
#[derive(Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    name: String,
    fingerprint: u64,
    every: Duration,
    slots: Vec<Mutex<Slot>>,
}

#[derive(Debug)]
struct Slot {
    /// When the chain was kept last, or began.
    last: Instant,
    /// How often it was kept.
    generation: u64,
    /// How long that took the last time.
    cost: Duration,
    found: Option<Vec<u8>>,
}

/// A number that two texts share by accident once in 2^64 (Fowler, Noll and Vo, FNV-1a).
pub fn fingerprint<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> u64 {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    parts.into_iter().fold(START, |hash, part| {
        let length = (part.len() as u64).to_le_bytes();
        length.iter().chain(part).fold(hash, |hash, byte| step(hash, *byte))
    })
}

impl Checkpoints {
    /// Keeps chains in `folder`, each as often as `every` says, under a name that tells calls apart. With `resume`, what an
    /// earlier run of this fingerprint left is found; else it is removed.
    pub fn new(
        (folder, name): (&Path, &str),
        fingerprint: u64,
        chains: usize,
        (every, resume): (Duration, bool),
    ) -> Checkpoints {
        let slot = || Slot { last: Instant::now(), generation: 0, cost: Duration::ZERO, found: None };
        let checkpoints = Checkpoints {
            folder: folder.to_owned(),
            name: name.to_owned(),
            fingerprint,
            every,
            slots: (0..chains).map(|_| Mutex::new(slot())).collect(),
        };
        if resume {
            (0..chains).for_each(|chain| checkpoints.find(chain));
        } else {
            checkpoints.remove();
        }
        checkpoints
    }

    /// Whether an earlier run left a chain to go on with.
    pub fn has_found(&self) -> bool {
        (0..self.slots.len()).any(|chain| self.slot(chain).generation > 0)
    }

    /// Removes what was kept, which is of no use after the run.
    pub fn remove(&self) {
        for chain in 0..self.slots.len() {
            for turn in 0..FILES {
                // What is not there need not be removed.
                let _ = fs::remove_file(self.path(chain, turn));
            }
        }
        // Other calls may have theirs in it.
        let _ = fs::remove_dir(&self.folder);
    }

    fn slot(&self, chain: usize) -> MutexGuard<'_, Slot> {
        self.slots[chain].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, chain: usize, turn: u64) -> PathBuf {
        self.folder.join(format!("{}-{chain}-{turn}.checkpoint", self.name))
    }

    fn find(&self, chain: usize) {
        let files = (0..FILES).filter_map(|turn| fs::read(self.path(chain, turn)).ok());
        let newest = files.filter_map(|file| opened(&file, self.fingerprint)).max_by_key(|(age, _)| *age);
        if let Some((generation, bytes)) = newest {
            let mut slot = self.slot(chain);
            (slot.generation, slot.found) = (generation, Some(bytes));
        }
    }

    fn write(&self, path: &Path, generation: u64, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let partial = path.with_extension("partial");
        let mut file = fs::File::create(&partial)?;
        file.write_all(&sealed(self.fingerprint, generation, bytes))?;
        file.sync_data()?;
        fs::rename(partial, path)
    }
}

impl Keeper for Checkpoints {
    fn found(&self, chain: usize) -> Option<Vec<u8>> {
        self.slot(chain).found.take()
    }

    /// Keeping takes a twentieth of the time at most, however long the chain has become.
    fn due(&self, chain: usize) -> bool {
        const SHARE: u32 = 20;
        let slot = self.slot(chain);
        slot.last.elapsed() >= self.every.max(SHARE * slot.cost)
    }

    /// Nobody who ends a run waits for a long chain: it goes on from where it was kept before.
    fn keeps_end(&self, chain: usize, stopped: bool) -> bool {
        const PATIENCE: Duration = Duration::from_millis(100);
        let slot = self.slot(chain);
        if stopped { slot.cost < PATIENCE } else { slot.generation > 0 }
    }

    fn keep(&self, chain: usize, bytes: &[u8]) {
        let mut slot = self.slot(chain);
        let begun = Instant::now();
        let next = slot.generation + 1;
        // A disk that is full ends no run; the file before stays.
        if self.write(&self.path(chain, next % FILES), next, bytes).is_ok() {
            slot.generation = next;
        }
        (slot.last, slot.cost) = (Instant::now(), begun.elapsed());
    }
}

/// Head, contents and checksum of a file.
fn sealed(fingerprint: u64, generation: u64, bytes: &[u8]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    file.extend(fingerprint.to_le_bytes());
    file.extend(generation.to_le_bytes());
    file.extend(bytes);
    let sum = self::fingerprint([file.as_slice()]);
    file.extend(sum.to_le_bytes());
    file
}

/// Generation and contents of a file, if it is whole and of this fingerprint.
fn opened(file: &[u8], fingerprint: u64) -> Option<(u64, Vec<u8>)> {
    let (rest, sum) = file.split_last_chunk::<8>()?;
    let whole = self::fingerprint([rest]) == u64::from_le_bytes(*sum);
    let (own, rest) = rest.strip_prefix(MAGIC)?.split_first_chunk::<8>()?;
    let (generation, bytes) = rest.split_first_chunk::<8>()?;
    let same = u64::from_le_bytes(*own) == fingerprint;
    (whole && same).then(|| (u64::from_le_bytes(*generation), bytes.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            Folder(std::env::temp_dir().join(format!("ansatz-checkpoint-{name}-{}", std::process::id())))
        }

        fn open(&self, fingerprint: u64, resume: bool) -> Checkpoints {
            Checkpoints::new((&self.0, "m-1"), fingerprint, 2, (Duration::ZERO, resume))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_last_state_kept_is_found_by_the_same_program_only() {
        let folder = Folder::new("last");
        let first = folder.open(7, false);
        (1..=5).for_each(|state| first.keep(1, &[state]));
        let again = folder.open(7, true);
        assert!(again.has_found());
        assert_eq!((again.found(0), again.found(1), again.found(1)), (None, Some(vec![5]), None));
        assert!(!folder.open(8, true).has_found());
        again.keep(1, &[6]);
        assert_eq!(folder.open(7, true).found(1), Some(vec![6]));
    }

    #[test]
    fn a_damaged_file_falls_back_to_the_one_before() {
        let folder = Folder::new("damaged");
        let keeper = folder.open(7, false);
        (1..=4).for_each(|state| keeper.keep(0, &[state; 100]));
        let newest = keeper.path(0, 0);
        let whole = fs::read(&newest).expect("kept");
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            fs::write(&newest, &damaged).expect("written");
            assert_eq!(folder.open(7, true).found(0), Some(vec![3; 100]), "damaged at byte {at}");
            fs::write(&newest, &whole[..at]).expect("written");
            assert_eq!(folder.open(7, true).found(0), Some(vec![3; 100]), "cut at byte {at}");
        }
        fs::write(&newest, &whole).expect("written");
        assert_eq!(folder.open(7, true).found(0), Some(vec![4; 100]));
    }

    #[test]
    fn a_run_that_begins_anew_leaves_nothing_of_the_old() {
        let folder = Folder::new("anew");
        folder.open(7, false).keep(0, &[1]);
        assert!(!folder.open(7, false).has_found());
        assert!(!folder.0.exists());
        let keeper = folder.open(7, false);
        assert!(keeper.keeps_end(0, true) && !keeper.keeps_end(0, false), "a short run keeps nothing");
    }
}
