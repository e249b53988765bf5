//! `ansatz watch`: a program runs again whenever it, a program beside it or its data are saved.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant, SystemTime};
use std::{fs, thread};

use crate::arguments::Run;
use crate::exit::Exit;
use crate::{files, interrupt, terminal};

/// Between two looks at the files.
const PAUSE: Duration = Duration::from_millis(100);
/// What a run may take to keep its draws once the user ends it.
const LAST: Duration = Duration::from_secs(2);

/// What tells one state of a file from another: its name, when it was saved, its length.
type Saved = Vec<(PathBuf, Option<SystemTime>, u64)>;

/// Runs the program now and after each change, until the user ends it.
pub fn watch(options: &Run) -> Exit {
    if let Err(error) = fs::metadata(&options.file) {
        return terminal::usage(&format!("{} cannot be read: {error}", options.file.display()));
    }
    interrupt::listen();
    let mut seen = saved(options);
    let mut run = begin();
    while !interrupt::requested() {
        thread::sleep(PAUSE);
        if run.as_mut().is_some_and(has_ended) {
            terminal::message("watching; Ctrl-C ends");
            run = None;
        }
        let now = saved(options);
        if now != seen {
            seen = now;
            run.iter_mut().for_each(end);
            terminal::message("a file was saved: once more");
            run = begin();
        }
    }
    run.iter_mut().for_each(last);
    Exit::Interrupted
}

/// A run of its own process, with what stands behind `watch`.
fn begin() -> Option<Child> {
    let options = std::env::args_os().skip(2);
    let run = std::env::current_exe().and_then(|this| Command::new(this).arg("run").args(options).spawn());
    run.inspect_err(|error| terminal::message(&format!("the run cannot begin: {error}"))).ok()
}

fn has_ended(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
}

fn end(child: &mut Child) {
    // A run that has ended cannot be killed, and need not be.
    let _ = child.kill();
    let _ = child.wait();
}

/// The terminal tells the run of the interrupt as well: it keeps its draws, if it does so in time.
fn last(child: &mut Child) {
    let since = Instant::now();
    while since.elapsed() < LAST && !has_ended(child) {
        thread::sleep(PAUSE);
    }
    end(child);
}

/// The files that decide what a run does: programs in the program's folder, and the data.
fn saved(options: &Run) -> Saved {
    let folder = options.file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let beside = fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    let programs =
        beside.map(|entry| entry.path()).filter(|path| path.extension() == Some(OsStr::new("anz")));
    let mut paths: Vec<PathBuf> = programs.collect();
    paths.sort();
    paths.extend(files::data_paths(&options.file, &options.common.data));
    let state = |path: PathBuf| {
        let about = fs::metadata(&path);
        let changed = about.as_ref().ok().and_then(|about| about.modified().ok());
        let length = about.map_or(0, |about| about.len());
        (path, changed, length)
    };
    paths.into_iter().map(state).collect()
}
