//! How deep a tree is, kept in its expressions, types and blocks as they are built, so that no reader meets one deeper
//! than it can recurse.

use super::*;

/// A part of the tree that knows how deep it is: 0 without expressions, types or blocks inside.
pub trait Depth {
    /// The number of expressions, types and blocks on the longest way down.
    fn depth(&self) -> u32;
}

impl<T: Depth> Depth for Option<T> {
    fn depth(&self) -> u32 {
        self.as_ref().map_or(0, T::depth)
    }
}

impl<T: Depth> Depth for Vec<T> {
    fn depth(&self) -> u32 {
        self.iter().map(T::depth).max().unwrap_or(0)
    }
}

impl<T: Depth> Depth for Box<T> {
    fn depth(&self) -> u32 {
        (**self).depth()
    }
}

impl Depth for Expr {
    fn depth(&self) -> u32 {
        self.depth
    }
}

impl Depth for Type {
    fn depth(&self) -> u32 {
        self.depth
    }
}

impl Depth for Block {
    fn depth(&self) -> u32 {
        self.depth
    }
}

impl Expr {
    /// An expression, one deeper than its deepest part.
    pub fn new(span: Span, kind: ExprKind) -> Self {
        Self { span, depth: kind.depth() + 1, kind }
    }
}

impl Type {
    /// A type, one deeper than its deepest part.
    pub fn new(span: Span, kind: TypeKind) -> Self {
        Self { span, depth: kind.depth() + 1, kind }
    }
}

impl Block {
    /// A block, one deeper than its deepest part.
    pub fn new(span: Span, statements: Vec<Statement>, value: Option<Box<Expr>>) -> Self {
        Self { span, depth: statements.depth().max(value.depth()) + 1, statements, value }
    }
}

/// The depth of a struct is the greatest of the named fields.
macro_rules! depth_of_fields {
    ($($name:ident { $($field:ident),+ })*) => {
        $(impl Depth for $name {
            fn depth(&self) -> u32 {
                0 $(.max(self.$field.depth()))+
            }
        })*
    };
}

depth_of_fields! {
    Statement { kind }
    Place { indices }
    Param { ty, value }
    Site { places, ty, measure, strategy }
    Tolerance { value }
    Argument { kind }
    Loop { generators, guard, body, emit }
    WhileLoop { condition, body, emit }
    Generator { domain }
    Index { kind }
    RecordEntry { kind }
    Branch { condition, body }
    Draw { measure, strategy }
    Condition { place, value }
    Lambda { parameters, result, body }
    Parameter { ty, default }
    FieldType { ty }
}

impl Depth for ExprKind {
    fn depth(&self) -> u32 {
        match self {
            Self::Int(_) | Self::Real(_) | Self::Bool(_) | Self::String(_) | Self::Name(_) | Self::Error => 0,
            Self::Unary { operand: one, .. } | Self::Field { base: one, .. } => one.depth(),
            Self::Binary { left: one, right: other, .. }
            | Self::Range { start: one, end: other }
            | Self::Under { value: one, fit: other } => one.depth().max(other.depth()),
            Self::Call { function, arguments } => function.depth().max(arguments.depth()),
            Self::Index { base, indices } => base.depth().max(indices.depth()),
            Self::Array(entries) => entries.depth(),
            Self::Comprehension(part) => part.depth(),
            Self::Record(entries) => entries.depth(),
            Self::Block(block) => block.depth(),
            Self::If { branches, otherwise } => branches.depth().max(otherwise.depth()),
            Self::Expect { draws, body } => draws.depth().max(body.depth()),
            Self::Given { model, conditions } => model.depth().max(conditions.depth()),
            Self::Lambda(lambda) => lambda.depth(),
        }
    }
}

impl Depth for ArgumentKind {
    fn depth(&self) -> u32 {
        match self {
            Self::Value(value) | Self::Spread(value) | Self::Named { value, .. } => value.depth(),
            Self::Update { start, body, .. } => start.depth().max(body.depth()),
            Self::For(part) => part.depth(),
            Self::While(part) => part.depth(),
            Self::Transition { .. } => 0,
        }
    }
}

impl Depth for IndexKind {
    fn depth(&self) -> u32 {
        match self {
            Self::At(value) => value.depth(),
            Self::Slice { start, end } => start.depth().max(end.depth()),
        }
    }
}

impl Depth for RecordEntryKind {
    fn depth(&self) -> u32 {
        match self {
            Self::Field { value, .. } | Self::Spread(value) => value.depth(),
        }
    }
}

impl Depth for TypeKind {
    fn depth(&self) -> u32 {
        match self {
            Self::Name(_) | Self::Lower(_) | Self::Upper(_) | Self::Error => 0,
            Self::Call { base, arguments } => base.depth().max(arguments.depth()),
            Self::Sized { base, sizes } => base.depth().max(sizes.depth()),
            Self::Optional(base) => base.depth(),
            Self::Unit { base, unit } => base.depth().max(unit.depth()),
            Self::Record(fields) => fields.depth(),
            Self::Function { parameters, result } => parameters.depth().max(result.depth()),
        }
    }
}

impl Depth for StatementKind {
    fn depth(&self) -> u32 {
        match self {
            Self::Allow(_) | Self::Error => 0,
            Self::Let { target, ty, value } => target.depth().max(ty.depth()).max(value.depth()),
            Self::Var { ty, value, .. } => ty.depth().max(value.depth()),
            Self::Assign { place, value, .. } => place.depth().max(value.depth()),
            Self::Equation { target, value } => target.depth().max(value.depth()),
            Self::Param(param) => param.depth(),
            Self::Site(site) => site.depth(),
            Self::Observe { value, measure } => value.depth().max(measure.depth()),
            Self::Factor(value) | Self::Expression(value) => value.depth(),
            Self::Track { place, ty, value } => place.depth().max(ty.depth()).max(value.depth()),
            Self::For { generators, guard, body } => generators.depth().max(guard.depth()).max(body.depth()),
            Self::Print(values) => values.depth(),
            Self::Plot { arguments, .. } => arguments.depth(),
            Self::Assert { condition, tolerance } => condition.depth().max(tolerance.depth()),
        }
    }
}

impl Depth for LetTarget {
    fn depth(&self) -> u32 {
        match self {
            Self::Place(place) => place.depth(),
            Self::Fields(_) => 0,
        }
    }
}

impl Depth for EquationTarget {
    fn depth(&self) -> u32 {
        match self {
            Self::Differential(place) => place.depth(),
            Self::Rate { .. } => 0,
        }
    }
}
