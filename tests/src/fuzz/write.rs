//! Programs written at random, one production of the grammar each: most parse, few check. Spaces and line breaks are
//! scattered where they mean nothing.

use crate::generate::chance::Chance;

/// A program.
pub fn program(chance: &mut Chance) -> String {
    let count = 1 + chance.below(6);
    (0..count).map(|_| item(chance) + "\n").collect()
}

const NAMES: &[&str] = &["x", "y", "mu", "N", "data", "by", "emit", "track", "theta_1", "α", "real", "from"];

fn name(chance: &mut Chance) -> String {
    chance.choose(NAMES).to_string()
}

/// A space, a line break or a comment, where all mean the same.
fn gap(chance: &mut Chance) -> String {
    chance.choose(&["", "", " ", "  ", "\n", "\n\n", " // c\n"]).to_string()
}

fn list(chance: &mut Chance, least: usize, part: fn(&mut Chance, usize) -> String, depth: usize) -> String {
    let count = least + chance.below(3);
    let parts: Vec<String> = (0..count).map(|_| gap(chance) + &part(chance, depth)).collect();
    parts.join(",") + &gap(chance)
}

fn item(chance: &mut Chance) -> String {
    let name = name(chance);
    match chance.below(9) {
        0 => format!("data {name}, z: {}", ty(chance, 2)),
        1 => format!("fn {name}[K: size]({}) = {}", list(chance, 1, parameter, 2), expression(chance, 3)),
        2 => format!("model {name} {}", block(chance, 3, true)),
        3 => format!("type {name} = {}", ty(chance, 2)),
        4 => format!("struct {name} {{ a: {}; b: real = {} }}", ty(chance, 1), expression(chance, 2)),
        5 => format!("ode {name} on s: real {{ d(s) = {} * dt }}", expression(chance, 2)),
        6 => format!("/// Text.\nguide {name}({}) {}", list(chance, 1, parameter, 2), block(chance, 2, true)),
        _ => statement(chance, 3, false),
    }
}

fn parameter(chance: &mut Chance, depth: usize) -> String {
    format!("{}: {}", name(chance), ty(chance, depth))
}

fn ty(chance: &mut Chance, depth: usize) -> String {
    if depth == 0 {
        return chance.choose(&["real", "int", "positive", "size"]).to_string();
    }
    match chance.below(7) {
        0 => format!("{}[{}]", ty(chance, depth - 1), list(chance, 1, expression, depth - 1)),
        1 => format!("interval({})", list(chance, 2, expression, depth - 1)),
        2 => format!("{{a: {}}}", ty(chance, depth - 1)),
        3 => format!("fn({}) -> real", list(chance, 0, ty, depth - 1)),
        4 => "real?".to_string(),
        5 => "real<m * s^-2>".to_string(),
        _ => ty(chance, 0),
    }
}

fn block(chance: &mut Chance, depth: usize, sites: bool) -> String {
    let count = chance.below(4);
    let mut text = "{".to_string();
    for _ in 0..count {
        text += &gap(chance);
        text += &statement(chance, depth.saturating_sub(1), sites);
        text += chance.choose(&["\n", ";", " ; ", "\n\n\n", " // c\n"]);
    }
    text + &gap(chance) + "}"
}

fn statement(chance: &mut Chance, depth: usize, sites: bool) -> String {
    let name = name(chance);
    let value = expression(chance, depth);
    match chance.below(if sites { 11 } else { 8 }) {
        0 | 1 => format!("let {name} = {value}"),
        2 => format!("var {name}: {} = {value}", ty(chance, 1)),
        3 => format!("print {value}, {}", expression(chance, depth)),
        4 => format!("assert {value} == {} within 4 se", expression(chance, 1)),
        5 => format!("for {name} in {value} if {} {}", expression(chance, 1), block(chance, depth, sites)),
        6 => format!("if {value} {} else {}", block(chance, depth, sites), block(chance, depth, sites)),
        7 => format!("{name}[{}] += {value}", list(chance, 1, expression, 1)),
        8 => format!("{name}, w: positive ~ {value} by {name}"),
        9 => format!("observe {value} ~ {}", expression(chance, 1)),
        _ => format!("{name}[i] ~ normal({value}, {})", expression(chance, 1)),
    }
}

fn expression(chance: &mut Chance, depth: usize) -> String {
    if depth == 0 {
        return chance.choose(&["1", "2.5", "x", "1e-3", "true", "\"t\"", "i", "10_000", "α"]).to_string();
    }
    let below = depth - 1;
    let inner = expression(chance, below);
    match chance.below(16) {
        0..=3 => {
            let sign = chance.choose(&["+", "-", "*", "/", "^", "@", "\\", "==", "<", "&&", "||", ".."]);
            format!("({inner}{sp}{sign}{sp}{})", expression(chance, below), sp = chance.choose(&["", " "]))
        }
        4 => format!("{inner} + {} *\n{}", expression(chance, below), expression(chance, 0)),
        5 => format!("-{}", expression(chance, 0)),
        6 => format!("f({})", list(chance, 0, expression, below)),
        7 => format!("x[{}, :, 1..]", list(chance, 1, expression, below).trim_end()),
        8 => format!("[{}]", list(chance, 0, expression, below)),
        9 => format!("[for i in N, j in {inner} if i != j: {}]", expression(chance, below)),
        10 => format!("{{{}: {inner}, ..r}}", name(chance)),
        11 => format!("fn(x: real) = {inner}"),
        12 => format!("if {inner} {} else {{ {} }}", block(chance, below, false), expression(chance, below)),
        13 => format!("scan(s = {inner}, for t in T: {} emit -s)", expression(chance, below)),
        14 => format!("(m given {{y, z = {inner}}})"),
        _ => format!("expect x ~ q, y ~ r by s {}", block(chance, below, true)),
    }
}
