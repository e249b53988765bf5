//! The manual's pages about constructs, found by the words that each is about.

/// A page: the words that it is about, and its text.
type Row = (&'static [&'static str], &'static str);

macro_rules! pages {
    ($($name:literal: $($word:literal)*;)*) => {
        &[$((&[$($word),*], include_str!(concat!("../../../docs/manual/reference/", $name, ".md")))),*]
    };
}

const PAGES: &[Row] = pages! {
    "data": "data" "size" "from";
    "model": "model";
    "site": "site" "~" "flat";
    "given": "given";
    "../marginal": "marginal";
    "../simulate": "simulate";
    "predict": "predict";
    "ode": "ode" "solve" "dt" "d";
    "sde": "sde" "diffusion" "dW" "driven" "stratonovich";
    "calibrate": "calibrate";
    "guide": "guide" "param" "by" "strategy" "reparam" "reinforce" "enumerate" "mvd";
    "objective": "objective" "expect" "estimate" "minimize" "maximize" "gradient" "under";
    "track": "track";
    "score": "observe" "factor";
    "let": "let";
    "var": "var" "+=";
    "function": "fn" "lambda";
    "for": "for" "in";
    "if": "if" "else";
    "types": "type" "int" "bool" "fin" "interval" "positive" "unit" "simplex" "ordered" "corr" "cov" "real";
    "array": "array" "index" "slice" "[]";
    "reduction": "reduction" "sum" "prod" "mean" "min" "max" "logsumexp";
    "scan": "scan" "iterate" "emit" "while" "fixpoint";
    "record": "record" ".." "{}";
    "operators": "operators" "+" "-" "*" "/" "@" "^" "==" "&&" "||" "!";
    "plot": "plot" "picture";
    "script": "script" "print" "save" "summary";
    "layout": "layout" ";" "//" "///" "newline";
    "command": "command" "run" "check" "fmt" "explain" "doc";
};

/// The page about a word.
pub fn page(word: &str) -> Option<&'static str> {
    PAGES.iter().find(|(words, _)| words.contains(&word)).map(|row| row.1)
}

/// Every word that has a page.
pub fn words() -> impl Iterator<Item = &'static str> {
    PAGES.iter().flat_map(|row| row.0.iter().copied())
}
