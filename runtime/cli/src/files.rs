//! The files that a command names, and the data file that it need not name.

use std::path::{Path, PathBuf};

use ansatz::data::{File, endings};
use ansatz::{Engine, Input, Program};

/// Reads a program. A message if the file cannot be read.
pub fn program(path: &Path) -> Result<Program, String> {
    let engine = Engine::new().folder(path.parent().unwrap_or(Path::new("")));
    Ok(engine.check((path.display().to_string(), text(path)?)))
}

/// The data files: those named, else the first of the program's name beside it, if there is one.
pub fn data_paths(program: &Path, named: &[PathBuf]) -> Vec<PathBuf> {
    if !named.is_empty() {
        return named.to_vec();
    }
    let beside = endings().map(|ending| program.with_extension(ending));
    beside.into_iter().find(|path| path.is_file()).into_iter().collect()
}

/// The data as they are given. A message if a file cannot be read.
pub fn input(data: &[PathBuf], settings: &[(String, String)]) -> Result<Input, String> {
    let read = |path: &PathBuf| match std::fs::read(path) {
        Ok(bytes) => Ok((path.display().to_string(), bytes)),
        Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
    };
    Ok(Input {
        files: data.iter().map(read).collect::<Result<Vec<File>, String>>()?,
        settings: settings.to_vec(),
    })
}

fn text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_are_found_beside_the_program_unless_named() {
        let folder = std::env::temp_dir().join(format!("ansatz-files-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let program = folder.join("schools.anz");
        assert_eq!(data_paths(&program, &[]), Vec::<PathBuf>::new());
        for ending in ["npz", "csv", "json"] {
            let beside = folder.join("schools").with_extension(ending);
            std::fs::write(&beside, "{}").expect("written");
            assert_eq!(data_paths(&program, &[]), [beside]);
        }
        let named = ["other.json", "more.csv"].map(PathBuf::from);
        assert_eq!(data_paths(&program, &named), named);
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let message = program(Path::new("no/such/file.anz")).expect_err("not there");
        assert!(message.starts_with("no/such/file.anz cannot be read"), "{message}");
    }
}
