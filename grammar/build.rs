//! Builds the LR(1) tables of the grammar, its terminals taken from the table of tokens.

use std::{env, fs, path::PathBuf};

#[macro_use]
#[path = "src/token/table.rs"]
mod table;

macro_rules! terminals {
    (
        signs { $($sign:ident $text:tt $sign_class:ident $sign_before:ident $sign_after:ident)* }
        patterns { $($pattern:ident $name:tt $regex:tt $class:ident $before:ident $after:ident)* }
        made { $($made:ident $made_name:tt $made_class:ident $made_before:ident $made_after:ident)* }
    ) => {
        &[$(($text, stringify!($sign)),)* $(($name, stringify!($pattern)),)* $(($made_name, stringify!($made)),)*]
    };
}

const TERMINALS: &[(&str, &str)] = for_each_token!(terminals);

fn main() {
    let source = "src/grammar.lalrpop";
    for file in [source, "src/token/table.rs", "build.rs"] {
        println!("cargo::rerun-if-changed={file}");
    }
    let rows: String =
        TERMINALS.iter().map(|(text, variant)| format!("        {text:?} => Token::{variant},\n")).collect();
    let terminals = format!(
        "\nextern {{\n    type Location = u32;\n    type Error = std::convert::Infallible;\n    enum Token {{\n{rows}    }}\n}}\n"
    );
    let rules = fs::read_to_string(source).expect("the grammar is beside this script");
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the output folder"));
    let whole = folder.join("grammar.lalrpop");
    fs::write(&whole, rules + &terminals).expect("the output folder can be written");
    lalrpop::Configuration::new().set_out_dir(&folder).process_file(&whole).expect("the grammar is LR(1)");
}
