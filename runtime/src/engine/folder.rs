//! Files below a folder, and no others.

use std::path::Path;

/// The text of a file below a folder; links that leave the folder are not followed.
pub fn below(folder: &Path, used: &str) -> Result<String, String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let place = |path: &Path| path.canonicalize().map_err(|error| error.to_string());
    let (folder, file) = (place(folder)?, place(&folder.join(used))?);
    if !file.starts_with(folder) {
        return Err("it lies outside of the program's folder".to_owned());
    }
    std::fs::read_to_string(file).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Engine;

    #[test]
    fn files_that_a_program_uses_lie_below_its_folder() {
        let folder = std::env::temp_dir().join(format!("ansatz-used-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("project")).expect("a temporary folder");
        std::fs::write(folder.join("project/helpers.anz"), "fn twice(x: real) = 2 * x\n").expect("written");
        std::fs::write(folder.join("outside.anz"), "").expect("written");
        let engine = Engine::new().folder(folder.join("project"));
        let main = engine.check("use \"helpers.anz\"\nprint twice(2)\n");
        assert!(!main.is_faulty(), "{}", main.render(&main.diagnostics, false));
        assert!(below(&folder.join("project"), "../outside.anz").is_err());
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
