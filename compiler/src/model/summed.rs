//! Sites of a model that are summed out: how many states they have, and messages for what cannot be summed.

use super::marginal::{Joint, Refusal, Site, Summed};
use crate::ir::{Polynomial, Value};
use crate::lower::Lowerer;
use crate::typed::tree::{Program, Variable};
use ansatz_grammar::diagnostic::{Diagnostic, codes};

/// A joint density, its terms the results of a lowered function, and its sites that are summed out.
pub fn joint(lowerer: Lowerer, results: Vec<Value>, out: &[Variable]) -> Joint {
    let sites = out.iter().map(|site| states(&lowerer, *site, lowerer.variables[site])).collect();
    Joint::new(lowerer.builder.finish(results), sites)
}

/// The states of a discrete site, which is this parameter of a joint density.
pub fn states(lowerer: &Lowerer, site: Variable, value: Value) -> Site {
    let row = &lowerer.program.variables[site.0 as usize];
    let bounds = row.ty.element.bounds();
    let (Some(first), Some(last)) = (bounds.lower, bounds.upper) else {
        panic!("`{}` has no known states: the checker lets no such site be summed out", row.name)
    };
    let first = lowerer.size(&first);
    Site {
        name: row.name.to_string(),
        value,
        extents: lowerer.sizes(&row.ty.shape),
        states: lowerer.size(&last).minus(&first).plus(&1.into()),
        first,
    }
}

/// The message for sites that cannot be summed out.
pub fn refused(program: &Program, out: &[Variable], refusal: &Refusal) -> Box<Diagnostic> {
    let row = |site: &usize| &program.variables[out[*site].0 as usize];
    let sites = refusal.sites();
    let names: Vec<String> = sites.iter().map(|site| format!("`{}`", row(site).name)).collect();
    let message = format!("{} cannot be summed out: {refusal}", names.join(", "));
    let diagnostic = Diagnostic::error(codes::NOT_SUMMED, row(&sites[0]).span, message);
    let further =
        sites[1..].iter().fold(diagnostic, |diagnostic, site| diagnostic.label(row(site).span, "and this"));
    Box::new(further.help(match refusal {
        Refusal::Coupled { .. } | Refusal::Wide { .. } => {
            "sum out sites whose entries are independent, or coupled to few entries before them"
        }
        Refusal::Outside { .. } => "loop over sizes for which every entry that is read exists",
        _ => "read its entries at loop indices, as in `z[t]`, `z[t - 1]`",
    }))
}

/// The message for a value that is kept although it depends on a site that is summed out.
pub fn depends(program: &Program, kept: Variable, out: &[Variable]) -> Box<Diagnostic> {
    let row = &program.variables[kept.0 as usize];
    let names: Vec<String> =
        out.iter().map(|site| format!("`{}`", program.variables[site.0 as usize].name)).collect();
    let message = format!("`{}` depends on a site that is summed out ({})", row.name, names.join(", "));
    let diagnostic = Diagnostic::error(codes::NOT_SUMMED, row.span, message);
    Box::new(diagnostic.help("name it with `let`: it has no value where the site has none"))
}

/// One elimination in words: what `explain` prints.
pub fn sentence(program: &Program, out: &[Variable], summed: &Summed) -> String {
    let sizes: Vec<String> = program.bound_sizes().map(|(name, _)| name.to_string()).collect();
    let names: Vec<&str> =
        summed.sites.iter().map(|site| &*program.variables[out[*site].0 as usize].name).collect();
    let way = match summed.lag {
        0 => "entry by entry".to_string(),
        1 => "along a chain".to_string(),
        lag => format!("along a chain that reaches {lag} steps back"),
    };
    let product = |size: &Polynomial| match size.as_constant() {
        Some(number) => number.to_string(),
        None => size.display(&sizes).to_string(),
    };
    format!(
        "sums out {} {way}: width {}, {} states at {} places",
        names.join(", "),
        summed.width,
        product(&summed.combinations),
        product(&summed.places)
    )
}
