//! The header is what cbindgen makes of the interface. `BLESS=1` rewrites it.

use cbindgen::{Builder, Config, DocumentationStyle, Language};

const HEADER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/include/ansatz.h");

const WARNING: &str =
    "/* Made from runtime/c/src by cbindgen: `BLESS=1 cargo test --test header` makes it anew. */";

#[test]
fn the_header_is_current() {
    let config = Config {
        language: Language::C,
        include_guard: Some("ANSATZ_H".to_owned()),
        autogen_warning: Some(WARNING.to_owned()),
        cpp_compat: true,
        usize_is_size_t: true,
        documentation_style: DocumentationStyle::C,
        ..Config::default()
    };
    let sources = ["construct", "names", "transform", "density", "rng"];
    let builder = sources.iter().fold(Builder::new().with_config(config), |builder, name| {
        builder.with_src(format!("{}/src/{name}.rs", env!("CARGO_MANIFEST_DIR")))
    });
    let mut made = Vec::new();
    builder.generate().expect("the interface has a header").write(&mut made);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(HEADER, &made).expect("the header can be written");
    }
    let kept = std::fs::read_to_string(HEADER).unwrap_or_default();
    assert!(kept.as_bytes() == made, "the header is not current: BLESS=1 makes it anew");
}
