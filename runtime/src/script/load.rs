//! `load("fit.json")`: parameters from a file that an earlier run saved, each checked as data are.

use std::sync::Arc;

use ansatz_compiler::ir::{Datum, Entries};
use ansatz_compiler::typed::tree::{Expr, Load, Param};
use ansatz_compiler::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};

use super::value::Value;
use super::{Script, ScriptFailure};
use crate::data::Stored;
use crate::program::declared_param;

impl Script<'_> {
    /// The parameters in a file, by declaration.
    pub(super) fn load(&mut self, expression: &Expr, asked: &Load) -> Result<Value, ScriptFailure> {
        let Value::Text(name) = self.value(&asked.path)? else { panic!("a path is text") };
        let span = asked.path.span;
        let failed = |message: String| {
            let fault = Diagnostic::error(codes::NOT_LOADED, span, message);
            let help = "name a file below the output folder (`--out`) that `save` has written, as in `save(fit, \"fit.json\")`";
            ScriptFailure::Failed(Box::new(fault.help(help)))
        };
        let path = self.host.output().find(&name).map_err(|fault| failed(fault.to_string()))?;
        let text = std::fs::read_to_string(&path)
            .map_err(|error| failed(format!("`{name}` cannot be read: {error}")))?;
        let stored = Stored::read(&text).map_err(|fault| failed(format!("`{name}`: {}", fault.message)))?;
        let typed = &self.program.typed;
        let mut found: Vec<(&str, &str, Value)> = Vec::new();
        for position in &asked.params {
            let param: &Param = &typed.params[*position];
            let owner = param.owner.as_deref().unwrap_or("");
            let own = &*typed.variables[param.variable.0 as usize].name;
            let keys: Vec<&str> = [owner, own].into_iter().filter(|key| !key.is_empty()).collect();
            let declared = declared_param(typed, param);
            let (shape, entries) = stored.numbers(&keys, &declared, &self.sizes).map_err(|fault| {
                let message = format!("`{}` in `{name}`: {}", keys.join("."), fault.message);
                let told = Diagnostic::error(codes::NOT_LOADED, span, message);
                let told = fault.expected.iter().fold(told, |told, text| told.expected(text.clone()));
                let told = fault.found.iter().fold(told, |told, text| told.found(text.clone()));
                ScriptFailure::Failed(Box::new(told))
            })?;
            let datum = match shape.as_slice() {
                [] => Datum::from(entries[0]),
                shape => Datum::array(shape, Entries::F64(entries)),
            };
            found.push((owner, own, datum.into()));
        }
        Ok(record(&expression.ty, "", &found))
    }
}

/// Values as a record of this type: those of an owner in a record under its name.
fn record(ty: &Type, owner: &str, found: &[(&str, &str, Value)]) -> Value {
    let Element::Record(fields) = &ty.element else { panic!("parameters are a record") };
    let field = |(name, ty): &(Arc<str>, Type)| {
        let own = found.iter().find(|(of, own, _)| *of == owner && **own == **name);
        let value = own.map_or_else(|| record(ty, name, found), |(_, _, value)| value.clone());
        (name.clone(), value)
    };
    Value::Record(fields.iter().map(field).collect())
}
