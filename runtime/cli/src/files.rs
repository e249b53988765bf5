//! The files that a command names, and the data file that it need not name.

use std::path::{Path, PathBuf};

use ansatz::data::{File, Input, endings};
use ansatz::program::Program;

/// Reads a program. A message if the file cannot be read.
pub fn program(path: &Path) -> Result<Program, String> {
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let files = |used: &str| below(&folder, used);
    Ok(Program::compile_with_files(&path.display().to_string(), &text(path)?, &files))
}

/// The text of a file below a folder; links that leave the folder are not followed.
fn below(folder: &Path, used: &str) -> Result<String, String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let place = |path: &Path| path.canonicalize().map_err(|error| error.to_string());
    let (folder, file) = (place(folder)?, place(&folder.join(used))?);
    if !file.starts_with(folder) {
        return Err("it lies outside of the program's folder".to_owned());
    }
    std::fs::read_to_string(file).map_err(|error| error.to_string())
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
    fn files_that_a_program_uses_lie_below_its_folder() {
        let folder = std::env::temp_dir().join(format!("ansatz-used-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("project")).expect("a temporary folder");
        std::fs::write(folder.join("project/main.anz"), "use \"helpers.anz\"\nprint twice(2)\n")
            .expect("written");
        std::fs::write(folder.join("project/helpers.anz"), "fn twice(x: real) = 2 * x\n").expect("written");
        std::fs::write(folder.join("outside.anz"), "").expect("written");
        let main = program(&folder.join("project/main.anz")).expect("it is read");
        assert!(!main.is_faulty(), "{}", main.render(&main.diagnostics, false));
        assert!(below(&folder.join("project"), "../outside.anz").is_err());
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let message = program(Path::new("no/such/file.anz")).expect_err("not there");
        assert!(message.starts_with("no/such/file.anz cannot be read"), "{message}");
    }
}
