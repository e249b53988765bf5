//! `ansatz new`: a folder with a program that runs, its data, and a comment on every line.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use crate::arguments::New;
use crate::exit::Exit;
use crate::terminal;

const MODEL: &str = include_str!("template/model.anz");
const DATA: &str = include_str!("template/data.json");

/// Makes the folder, which must not be there yet.
pub fn new(options: &New) -> Exit {
    let folder = &options.folder;
    let Some(name) = folder.file_name().and_then(OsStr::to_str) else {
        return terminal::usage(&format!("{} names no folder that could be made", folder.display()));
    };
    match made(folder, name) {
        Ok(()) => {
            let program = folder.join(format!("{name}.anz"));
            terminal::result(&format!("made {0}; run it: ansatz run {0}", program.display()));
            Exit::Success
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            terminal::usage(&format!("{} is there already; nothing was changed", folder.display()))
        }
        Err(error) => terminal::usage(&format!("{} cannot be made: {error}", folder.display())),
    }
}

fn made(folder: &Path, name: &str) -> io::Result<()> {
    if let Some(around) = folder.parent() {
        fs::create_dir_all(around)?;
    }
    fs::create_dir(folder)?;
    fs::write(folder.join(format!("{name}.anz")), MODEL)?;
    fs::write(folder.join(format!("{name}.json")), DATA)
}
