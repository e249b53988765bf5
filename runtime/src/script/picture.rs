//! Pictures in a script: calls that draw, and `plot`, which shows what they draw and writes it to a file.

use std::sync::Arc;

use ansatz_compiler::typed::tree::{Expr, ExprKind};

use super::call::Call;
use super::option::within;
use super::quantities::named;
use super::value::{Numbers, Value};
use super::{Script, ScriptFailure};
use crate::mcmc::Fit;
use crate::output::Summary;
use crate::plot::{self, Picture, Scalar};

/// Title, labels and file, which end every header.
const OPTIONS: usize = 4;
/// Quantities of a fit that are drawn: named ones, and the worst if none is named.
const MOST_NAMED: usize = 24;
const WORST: usize = 4;
/// More bars than any histogram has use for.
const MOST_BARS: usize = 1_000;

impl Script<'_> {
    /// `plot line(x, y)`
    pub(super) fn plot(&mut self, expression: &Expr) -> Result<(), ScriptFailure> {
        let value = self.value(expression)?;
        let Value::Picture(picture) = &value else { panic!("the checker lets pictures only be shown") };
        let ExprKind::Call { function, arguments, .. } = &expression.kind else {
            panic!("`plot` calls a function")
        };
        self.pictures += 1;
        let kind = &self.program.typed.functions[*function].name;
        let program = self.program.sources.get(ansatz_grammar::span::SourceId(0)).name.clone();
        let stem = std::path::Path::new(&program).file_stem().unwrap_or_default().to_string_lossy();
        let own = format!("{stem}-{}-{kind}.svg", self.pictures);
        let name = picture.file.clone().unwrap_or(own);
        let place = arguments.last().filter(|_| picture.file.is_some()).unwrap_or(expression).span;
        self.write(&value, &name, place)?;
        self.host.picture(picture, &name);
        Ok(())
    }
}

/// `line(x, y)`, `line(y)`
pub(super) fn line(_: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let picture = match drawn(&call) {
        [y] => {
            let y = numbers(y);
            plot::lines(&(0..y.len()).map(|place| place as f64).collect::<Vec<_>>(), &[y])
        }
        [x, y] => plot::lines(&numbers(x), &rows(y)),
        other => panic!("a line is of one or two arrays, not {other:?}"),
    };
    Ok(titled(&call, picture))
}

/// `histogram(x, bars)`
pub(super) fn histogram(_: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let bars = within(&call, 1, 0, MOST_BARS)?;
    let mut picture = plot::histogram(&numbers(&call.values[0]), (bars > 0).then_some(bars));
    picture.panels[0].x.label = name_of(&call.arguments[0]);
    Ok(titled(&call, picture))
}

/// `density(x)`
pub(super) fn density(_: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let mut picture = plot::density(&columns(&call.values[0], &name_of(&call.arguments[0])));
    picture.panels[0].x.label = name_of(&call.arguments[0]);
    Ok(titled(&call, picture))
}

/// `heatmap(z)`
pub(super) fn heatmap(_: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let matrix = call.values[0].data();
    let [rows, columns] = matrix.shape() else { panic!("a matrix is drawn") };
    Ok(titled(&call, plot::heatmap(*rows, *columns, &matrix.to_f64())))
}

/// `fan(times, paths)`, `fan(paths)`
pub(super) fn fan(_: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let picture = match drawn(&call) {
        [paths] => {
            let times: Vec<f64> = (0..paths.data().shape()[1]).map(|time| time as f64).collect();
            plot::fan(&times, &rows(paths))
        }
        [times, paths] => plot::fan(&numbers(times), &rows(paths)),
        other => panic!("a fan is of one or two arrays, not {other:?}"),
    };
    Ok(titled(&call, picture))
}

/// `trace(fit)`, `trace(x)`
pub(super) fn trace(_: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    Ok(titled(&call, plot::traces(&scalars(&call)?)))
}

/// `rank(fit)`, `rank(x)`, `rank(calibration)`
pub(super) fn rank(_: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    if let Value::Calibration(calibration) = &call.values[0] {
        return Ok(titled(&call, calibration.picture()));
    }
    Ok(titled(&call, plot::ranks(&scalars(&call)?)))
}

/// `pairs(fit)`, `pairs(x)`
pub(super) fn pairs(_: &mut Script, call: Call) -> Result<Value, ScriptFailure> {
    let picture = match &call.values[0] {
        Value::Fit(fit, _) => plot::fit_pairs(fit, &chosen(&call, fit)?),
        matrix => plot::pairs(&columns(matrix, &name_of(&call.arguments[0])), &[], ""),
    };
    Ok(titled(&call, picture))
}

/// What is drawn, without options.
fn drawn<'c>(call: &'c Call) -> &'c [Value] {
    &call.values[..call.values.len() - OPTIONS]
}

/// The picture with the labels and the file that the call names.
fn titled(call: &Call, mut picture: Picture) -> Value {
    let options = &call.values[call.values.len() - OPTIONS..];
    let [title, x, y, file] = [0, 1, 2, 3].map(|option| {
        let Value::Text(text) = &options[option] else { panic!("the options of pictures are text") };
        (!text.is_empty()).then(|| text.to_string())
    });
    picture.title = title.unwrap_or(picture.title);
    picture.file = file;
    if let Some(panel) = picture.panels.first_mut() {
        panel.y.label = y.unwrap_or(std::mem::take(&mut panel.y.label));
    }
    if let Some(panel) = picture.panels.last_mut() {
        panel.x.label = x.unwrap_or(std::mem::take(&mut panel.x.label));
    }
    Value::Picture(Arc::new(picture))
}

/// The values of an argument that is a vector.
fn numbers(value: &Value) -> Vec<f64> {
    value.data().to_f64()
}

/// The rows of a matrix; a vector is one.
fn rows(value: &Value) -> Vec<Vec<f64>> {
    let (data, shape) = (value.data().to_f64(), value.data().shape());
    match shape {
        [rows, columns] => (0..*rows).map(|row| data[row * columns..(row + 1) * columns].to_vec()).collect(),
        _ => vec![data],
    }
}

/// The columns of a matrix with their names; a vector is one.
fn columns(value: &Value, name: &str) -> Vec<(String, Vec<f64>)> {
    let (data, shape) = (value.data().to_f64(), value.data().shape());
    match shape {
        [_, columns] => (0..(*columns).min(MOST_NAMED))
            .map(|column| {
                (format!("{name}[{column}]"), data.iter().skip(column).step_by(*columns).copied().collect())
            })
            .collect(),
        _ => vec![(name.to_owned(), data)],
    }
}

/// The name that an argument is, or the field that it reads; empty for anything else.
fn name_of(argument: &Expr) -> String {
    match &argument.kind {
        ExprKind::Script { value, .. } => name_of(value),
        ExprKind::Field(_, name) => name.to_string(),
        _ => String::new(),
    }
}

/// What a call draws of chains: quantities of a fit, or one array of draws.
fn scalars(call: &Call) -> Result<Vec<Scalar>, ScriptFailure> {
    match &call.values[0] {
        Value::Fit(fit, _) => Ok(plot::scalars(fit, &chosen(call, fit)?)),
        Value::Numbers(Numbers { datum, chains }) => {
            let values = datum.to_f64();
            let length = values.len().div_ceil(chains.unwrap_or(1).max(1)).max(1);
            let chains = values.chunks(length).map(<[f64]>::to_vec).collect();
            Ok(vec![Scalar { label: name_of(&call.arguments[0]), chains }])
        }
        other => panic!("the checker lets fits and arrays only be drawn, not {other:?}"),
    }
}

/// The components of a fit's draws that a call asks for by name; without names, those to be trusted least.
fn chosen(call: &Call, fit: &Fit) -> Result<Vec<usize>, ScriptFailure> {
    let labels: Vec<String> = fit.draws.layout().labels().collect();
    let mut found = match named(call, &labels)? {
        Some(named) => named,
        None => {
            let worst = Summary::new(fit).worst(WORST);
            (0..labels.len()).filter(|at| worst.contains(&labels[*at])).collect()
        }
    };
    found.truncate(MOST_NAMED);
    Ok(found)
}
