//! Texts of programs within limits.

use ansatz_grammar::Parse;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::{SourceId, Span};

use crate::engine::Limits;

/// Reads a program; one beyond the limits has a message in the place of its tree.
pub fn parse(source: SourceId, text: &str, limits: Limits) -> Parse {
    let refused = |code, message: String| {
        let fault = Diagnostic::error(code, Span::new(source, 0, 0), message);
        Parse { diagnostics: vec![fault.help("the host sets this limit")], ..Parse::default() }
    };
    if text.len() > limits.text {
        return refused(codes::TOO_LONG, too_long(limits));
    }
    let parse = ansatz_grammar::parse(source, text);
    if parse.depth > limits.depth {
        return refused(codes::TOO_DEEP, too_deep(limits));
    }
    parse
}

/// The text of a file that a program uses, if it is within the limits.
pub fn within(text: String, limits: Limits) -> Result<String, String> {
    if text.len() > limits.text {
        return Err(too_long(limits));
    }
    match ansatz_grammar::parse(SourceId(0), &text).depth > limits.depth {
        true => Err(too_deep(limits)),
        false => Ok(text),
    }
}

fn too_long(limits: Limits) -> String {
    format!("a program of more than {} bytes is not read", limits.text)
}

fn too_deep(limits: Limits) -> String {
    format!("expressions or blocks are nested more than {} deep", limits.depth)
}

#[cfg(test)]
mod tests {
    use crate::{Engine, Limits};

    #[test]
    fn texts_beyond_the_limits_are_refused_files_too() {
        let engine = Engine::new().limits(Limits { text: 40, depth: 10, ..Limits::default() });
        let code = |program: &str| {
            let files = |_: &str| Ok("fn f(x: real) = ((((((((((((x))))))))))))".to_owned());
            engine.clone().files(files).check(program).diagnostics.first().map(|fault| fault.code.to_string())
        };
        assert_eq!(code("let x = 1"), None);
        assert_eq!(code(&format!("let x = {}", " ".repeat(40))).as_deref(), Some("A0022"));
        assert_eq!(code("let x = -(-(-(-(-(-(-(-(-(-1)))))))))").as_deref(), Some("A0005"));
        assert_eq!(code("use \"f.anz\"").as_deref(), Some("A0108"));
    }
}
