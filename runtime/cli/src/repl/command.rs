//! What begins with a colon: commands about the session, one row each.

use std::fmt::Write;
use std::time::Instant;

use ansatz::manual::{Declaration, declarations};
use ansatz::script::Value;
use ansatz::session::Session;
use ansatz::{Error, Input};

use super::{Taken, data_file};
use crate::host::Terminal;
use crate::terminal;

type Run = fn(&str, &mut Session, &mut Terminal) -> Result<Taken, Error>;

/// A command: its name, what follows it, what it does.
struct Row {
    name: &'static str,
    takes: &'static str,
    does: &'static str,
    run: Run,
}

const ROWS: [Row; 9] = [
    Row {
        name: "type",
        takes: "EXPRESSION",
        does: "shows the type, without computing the value",
        run: type_of,
    },
    Row { name: "shape", takes: "EXPRESSION", does: "shows how long each axis of the value is", run: shape },
    Row {
        name: "grad",
        takes: "EXPRESSION",
        does: "shows the derivatives in the names it uses",
        run: gradient,
    },
    Row { name: "plot", takes: "EXPRESSION", does: "shows a picture: `plot` with a fitting one", run: plot },
    Row { name: "time", takes: "STATEMENT", does: "runs it and shows how long that takes", run: time },
    Row { name: "load", takes: "FILE", does: "runs the statements of a program", run: load },
    Row {
        name: "data",
        takes: "FILE or NAME=VALUE",
        does: "gives data that are declared, or will be",
        run: data,
    },
    Row { name: "help", takes: "", does: "lists the commands", run: help },
    Row { name: "quit", takes: "", does: "ends the session", run: |_, _, _| Ok(Taken::Last) },
];

/// The names of the commands, with their colons.
pub fn names() -> impl Iterator<Item = String> {
    ROWS.iter().map(|row| format!(":{}", row.name))
}

/// Runs what follows a colon.
pub fn run(command: &str, session: &mut Session, host: &mut Terminal) -> Result<Taken, Error> {
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let Some(row) = ROWS.iter().find(|row| row.name == name) else {
        return Err(Error::Values(format!("there is no command `:{name}`; `:help` lists them")));
    };
    if rest.trim().is_empty() && !row.takes.is_empty() {
        return Err(Error::Values(format!("`:{name}` takes {}", row.takes)));
    }
    (row.run)(rest.trim(), session, host)
}

fn type_of(text: &str, session: &mut Session, _: &mut Terminal) -> Result<Taken, Error> {
    terminal::result(&session.type_of(text)?);
    Ok(Taken::Well)
}

fn shape(text: &str, session: &mut Session, host: &mut Terminal) -> Result<Taken, Error> {
    let value = session.value(text, host)?;
    terminal::result(&shape_of(&value));
    Ok(Taken::Well)
}

/// The extents of a value, field by field.
fn shape_of(value: &Value) -> String {
    match value {
        Value::Numbers(numbers) => format!("{:?}", numbers.datum.shape()),
        Value::Record(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, field)| format!("{name}: {}", shape_of(field))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Fit(fit, _) => {
            let mut text = format!("{} chains of {} draws", fit.draws.chains(), fit.draws.length());
            for quantity in fit.draws.layout().quantities() {
                let _ = write!(text, ", {}: {:?}", quantity.name, quantity.shape);
            }
            text
        }
        _ => "it has no axes".to_owned(),
    }
}

/// Each derivative is one that the language takes: `grad(fn(x: real) = ..)(x)`.
fn gradient(text: &str, session: &mut Session, host: &mut Terminal) -> Result<Taken, Error> {
    let names = session.real_names(text)?;
    if names.is_empty() {
        let told = "no name with a real value is used here, to differentiate in; name the number first, as in `let x = 3.0` and \
                    then `:grad f(x)`";
        return Err(Error::Values(told.to_owned()));
    }
    for (name, ty) in names {
        let value = session.value(&format!("grad(fn({name}: {ty}) = {text})({name})"), host)?;
        terminal::result(&format!("{name}: {value}"));
    }
    Ok(Taken::Well)
}

/// A call of a picture is drawn as it stands; draws of a fit and other numbers get the picture that fits them.
fn plot(text: &str, session: &mut Session, host: &mut Terminal) -> Result<Taken, Error> {
    let called = text.split('(').next().unwrap_or_default().trim();
    let is_picture = |row: &Declaration| row.file == "prelude/pictures.anz" && row.name == called;
    let picture = match declarations().iter().any(is_picture) {
        true => text.to_owned(),
        false => match session.value(text, host)? {
            Value::Fit(..) => format!("trace({text})"),
            Value::Numbers(numbers) if numbers.datum.shape().len() == 2 => format!("heatmap({text})"),
            Value::Numbers(numbers) if numbers.datum.shape().len() > 2 => {
                let axes = numbers.datum.shape().len();
                let told = format!("no picture fits {axes} axes; index it to two or one, as in `:plot a[0]`");
                return Err(Error::Values(told));
            }
            _ => format!("histogram({text})"),
        },
    };
    session.enter(&*format!("plot {picture}"), host)?;
    Ok(Taken::Well)
}

fn time(text: &str, session: &mut Session, host: &mut Terminal) -> Result<Taken, Error> {
    let begun = Instant::now();
    session.enter(text, host)?;
    terminal::message(&format!("{:.3} s", begun.elapsed().as_secs_f64()));
    Ok(Taken::Well)
}

fn load(path: &str, session: &mut Session, host: &mut Terminal) -> Result<Taken, Error> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| Error::Values(format!("{path} cannot be read: {error}")))?;
    session.enter((path, text), host)?;
    Ok(Taken::Well)
}

fn data(text: &str, session: &mut Session, _: &mut Terminal) -> Result<Taken, Error> {
    let input = match text.split_once('=') {
        Some((name, value)) => {
            let setting = (name.trim().to_owned(), value.trim().to_owned());
            Input { settings: vec![setting], ..Input::new() }
        }
        None => data_file(text)?,
    };
    session.give(input)?;
    Ok(Taken::Well)
}

fn help(_: &str, _: &mut Session, _: &mut Terminal) -> Result<Taken, Error> {
    let mut text = String::new();
    for row in &ROWS {
        let _ = writeln!(text, "  :{:<6}{:<20}{}", row.name, row.takes, row.does);
    }
    terminal::result(text.trim_end());
    Ok(Taken::Well)
}
