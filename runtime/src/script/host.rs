//! What a script asks of whoever runs it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::mcmc::{Keeper, Progress, Settings};
use crate::optimize::Watched;
use crate::output::OutputFolder;
use crate::plot::{Picture, Screen, draw};

/// The outside of a script: where it prints and writes, and who watches it.
pub trait Host: Send {
    /// Shows what the script prints, a line or more.
    fn print(&mut self, text: &str);

    /// Shows a picture, which stands in the file of this name below the output folder.
    fn picture(&mut self, picture: &Picture, name: &str) {
        self.print(&format!("{}\n{name}", draw(picture, Screen::default())));
    }

    /// The folder that the script may write to.
    fn output(&self) -> &OutputFolder;

    /// Greatest number of threads. Changes no number in the results.
    fn threads(&self) -> usize;

    /// Greatest number of bytes that the draws of one fit may take.
    fn memory(&self) -> u64;

    /// A seed that takes the place of those the script names.
    fn seed(&self) -> Option<u64>;

    /// Who keeps the chains of a run with these settings, if anybody does. Runs are asked about in the order of the script.
    fn keeper(&mut self, settings: &Settings) -> Option<Arc<dyn Keeper>> {
        let _ = settings;
        None
    }

    /// Sampling begins; `progress` may be watched, and told to stop.
    fn sampling_begins(&mut self, settings: &Settings, progress: &Arc<Progress>);

    /// Sampling has ended.
    fn sampling_ended(&mut self);

    /// An optimiser begins to make so many steps; `watched` may be looked at, and told to stop.
    fn descent_begins(&mut self, steps: usize, watched: &Arc<Watched>);

    /// It has ended.
    fn descent_ended(&mut self);

    /// A search for modes begins, which may be ended early by raising the flag.
    fn search_begins(&mut self, stop: &Arc<AtomicBool>) {
        let _ = stop;
    }

    /// It has ended.
    fn search_ended(&mut self) {}

    /// The flag that is raised to end what runs where it is nothing of the above.
    fn interrupt(&self) -> Arc<AtomicBool> {
        Arc::default()
    }
}
