//! Which loops over arrays of sites have turns that do not read each other.

use crate::typed::tree::{Block, Expr, ExprKind, Index, StatementKind, Variable};

/// The sites that a block declares, inner blocks included, each once.
pub fn declared(block: &Block) -> Vec<Variable> {
    let mut found: Vec<Variable> = Vec::new();
    each_site(block, &mut |variable, _| {
        if !found.contains(&variable) {
            found.push(variable);
        }
    });
    found
}

/// Calls `visit` with each site's declaration in a block, inner blocks included, and its indices.
fn each_site<'b>(block: &'b Block, visit: &mut dyn FnMut(Variable, &'b [Expr])) {
    for statement in &block.statements {
        match &statement.kind {
            StatementKind::Site { variable, indices, .. } => visit(*variable, indices),
            StatementKind::For { body, .. } => each_site(body, visit),
            StatementKind::If { yes, no, .. } => {
                each_site(yes, visit);
                each_site(no, visit);
            }
            _ => {}
        }
    }
}

/// Whether each turn of a loop over `index` declares and reads only its own row of an array of sites: the entries whose
/// index at `axis` is the loop's.
pub fn independent_at(body: &Block, site: Variable, index: Variable, axis: usize) -> bool {
    let own =
        |at: Option<&Expr>| matches!(at, Some(Expr { kind: ExprKind::Variable(at), .. }) if *at == index);
    let mut independent = true;
    each_site(body, &mut |variable, indices| {
        independent &= variable != site || own(indices.get(axis));
    });
    let mut read = |expr: &Expr| independent &= reads_own(expr, site, axis, &own);
    body.parts(&mut read);
    independent
}

/// Whether all that an expression reads of a site is indexed by the loop's own index at that axis.
fn reads_own(expr: &Expr, site: Variable, axis: usize, own: &dyn Fn(Option<&Expr>) -> bool) -> bool {
    match &expr.kind {
        ExprKind::Variable(variable) => *variable != site,
        ExprKind::Index { base, indices } if matches!(base.kind, ExprKind::Variable(of) if of == site) => {
            let at = match indices.get(axis) {
                Some(Index::At { index, .. }) => own(Some(index)),
                _ => false,
            };
            let mut sound = at;
            let mut inside = |part: &Expr| sound = sound && reads_own(part, site, axis, own);
            indices.iter().for_each(|index| index.parts(&mut inside));
            sound
        }
        _ => {
            let mut sound = true;
            expr.parts(&mut |part| sound = sound && reads_own(part, site, axis, own));
            sound
        }
    }
}
