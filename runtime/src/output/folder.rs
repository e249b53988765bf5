//! Where a program may write: below the output folder, never over what it read.

use std::fmt;
use std::path::{Component, Path, PathBuf};

/// The folder that a program writes to.
#[derive(Clone, Debug)]
pub struct OutputFolder {
    root: PathBuf,
    inputs: Vec<PathBuf>,
}

/// Why a program may not write a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderFault {
    /// The name leads out of the output folder.
    Outside(String),
    /// The file was read by this run.
    Input(PathBuf),
    /// A folder on the way could not be made.
    NotMade(PathBuf, String),
}

impl fmt::Display for FolderFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FolderFault::Outside(name) => write!(out, "`{name}` is not below the output folder"),
            FolderFault::Input(path) => write!(out, "{} is an input of this run", path.display()),
            FolderFault::NotMade(path, error) => {
                write!(out, "the folder {} could not be made: {error}", path.display())
            }
        }
    }
}

impl OutputFolder {
    /// Writing goes below `root`; `inputs` are the files read.
    pub fn new(root: impl Into<PathBuf>, inputs: Vec<PathBuf>) -> OutputFolder {
        OutputFolder { root: root.into(), inputs }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path of a file of that name, to be read.
    pub fn find(&self, name: &str) -> Result<PathBuf, FolderFault> {
        let outside = || FolderFault::Outside(name.to_owned());
        let parts = Path::new(name).components();
        if name.is_empty()
            || !parts.clone().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        {
            return Err(outside());
        }
        let path = self.root.join(name);
        match (self.root.canonicalize(), path.canonicalize()) {
            (Ok(root), Ok(found)) if !found.starts_with(&root) => Err(outside()),
            _ => Ok(path),
        }
    }

    /// The path of `name`, whose folders are made. A name is relative and has no `..`; links out of the folder are refused.
    pub fn place(&self, name: &str) -> Result<PathBuf, FolderFault> {
        let parts = Path::new(name).components();
        if name.is_empty()
            || !parts.clone().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        {
            return Err(FolderFault::Outside(name.to_owned()));
        }
        let path = self.root.join(name);
        let folder = path.parent().unwrap_or(&self.root);
        let not_made = |error: std::io::Error| FolderFault::NotMade(folder.to_owned(), error.to_string());
        std::fs::create_dir_all(folder).map_err(not_made)?;
        let (root, folder) =
            (self.root.canonicalize().map_err(not_made)?, folder.canonicalize().map_err(not_made)?);
        if !folder.starts_with(&root) {
            return Err(FolderFault::Outside(name.to_owned()));
        }
        let same = |input: &&PathBuf| {
            path.canonicalize().is_ok_and(|path| input.canonicalize().is_ok_and(|it| it == path))
        };
        match self.inputs.iter().find(same) {
            Some(input) => Err(FolderFault::Input(input.clone())),
            None => Ok(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("ansatz-folder-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&root).expect("a temporary folder");
        root
    }

    #[test]
    fn folders_below_the_root_are_made() {
        let root = folder("below");
        let path = OutputFolder::new(&root, vec![]).place("a/b/draws.csv").expect("below");
        assert!(path.parent().is_some_and(Path::is_dir));
        std::fs::remove_dir_all(root).expect("removed");
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        let output = OutputFolder::new(std::env::temp_dir(), vec![]);
        for name in ["../x.csv", "a/../../x.csv", "/x.csv", ""] {
            assert_eq!(output.place(name), Err(FolderFault::Outside(name.to_owned())), "{name}");
        }
    }

    #[test]
    fn inputs_are_not_overwritten() {
        let root = folder("inputs");
        let input = root.join("schools.json");
        std::fs::write(&input, "{}").expect("written");
        let output = OutputFolder::new(&root, vec![input.clone()]);
        assert_eq!(output.place("schools.json"), Err(FolderFault::Input(input)));
        assert!(output.place("draws.json").is_ok());
        std::fs::remove_dir_all(root).expect("removed");
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_folder_are_refused() {
        let root = folder("links");
        std::os::unix::fs::symlink(std::env::temp_dir(), root.join("out")).expect("a link");
        let found = OutputFolder::new(&root, vec![]).place("out/x.csv");
        assert_eq!(found, Err(FolderFault::Outside("out/x.csv".to_owned())));
        std::fs::remove_dir_all(root).expect("removed");
    }
}
