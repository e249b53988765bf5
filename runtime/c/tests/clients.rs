//! The interface from outside: a C program compiled against the header, and BridgeStan's own client for Python. Each is skipped,
//! with the reason, where a machine has no compiler or no such client.

#![allow(clippy::print_stderr, reason = "a skipped check says why")]

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// The shared library, which is built beside the tests.
fn library() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let library = test.with_file_name(format!("{DLL_PREFIX}ansatz_c{DLL_SUFFIX}"));
    assert!(library.is_file(), "{} is not there", library.display());
    library
}

fn example(ending: &str) -> String {
    format!("{HERE}/../../examples/eight_schools/eight_schools.{ending}")
}

fn exists(command: &mut Command, why: &str) -> bool {
    let found = command.output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("skipped: {why}");
    }
    found
}

fn told(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_c_program_finds_densities_transforms_and_messages() {
    if !exists(Command::new("cc").arg("--version"), "there is no C compiler") {
        return;
    }
    let library = library();
    let folder = library.parent().expect("a file lies in a folder");
    let program = folder.join(format!("ansatz-client-{}", std::process::id()));
    let built = Command::new("cc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-I"])
        .args([Path::new(HERE).join("include"), Path::new(HERE).join("tests/client.c")])
        .arg(&library)
        .args(["-lm", "-o"])
        .arg(&program)
        .output()
        .expect("the compiler starts");
    told(&built);
    let mut run = Command::new(&program);
    let run = run.args([example("anz"), example("json")]).env("LD_LIBRARY_PATH", folder);
    let told =
        told(&run.env("DYLD_LIBRARY_PATH", folder).env_remove("ANSATZ_PROGRAM").output().expect("it starts"));
    std::fs::remove_file(program).expect("removed");
    assert!(told.starts_with("posterior: mu,tau,eta.1,"), "{told}");
    assert!(
        told.contains("`tau` lies outside its support") && told.contains("did you mean `normal`?"),
        "{told}"
    );
}

#[test]
fn bridgestans_client_for_python_finds_the_same() {
    let mut client = Command::new("python3");
    if !exists(client.args(["-c", "import bridgestan, numpy"]), "there is no bridgestan for Python") {
        return;
    }
    let ran = Command::new("python3")
        .arg(format!("{HERE}/tests/client.py"))
        .arg(library())
        .arg(example("json"))
        .env("ANSATZ_PROGRAM", example("anz"))
        .output()
        .expect("it starts");
    assert_eq!(told(&ran).trim(), "all of it agrees");
}
