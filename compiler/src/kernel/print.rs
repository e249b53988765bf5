//! The text of the kernel form, for `explain --emit kernel` and for tests.

use super::data::{
    Address, Affine, Buffer, Call, Carried, Expression, Extent, Home, If, Kernel, Lanes, Loop, Register,
    Requirement, Routine, StateName, Statement, While,
};
use crate::ir::Constant;
use std::fmt::{self, Display, Formatter, Write};

impl Display for Kernel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "kernel @{}, {} bytes of arena {{", self.name, self.arena)?;
        for (position, buffer) in self.buffers.iter().enumerate() {
            writeln!(f, "  b{position}: {buffer}")?;
        }
        for (position, state) in self.states.iter().enumerate() {
            let (name, element) = (state.reduction.name(), state.element.name());
            writeln!(f, "  r{position}: {name} {element} in b{}", state.buffer.0)?;
        }
        Lines { statements: &self.body, depth: 1 }.fmt(f)?;
        f.write_str("}\n")
    }
}

/// Statements, indented.
struct Lines<'a> {
    statements: &'a [Statement],
    depth: usize,
}

impl Display for Lines<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for statement in self.statements {
            (0..self.depth).try_for_each(|_| f.write_str("  "))?;
            self.line(f, statement)?;
            f.write_char('\n')?;
        }
        Ok(())
    }
}

impl Lines<'_> {
    fn line(&self, f: &mut Formatter<'_>, statement: &Statement) -> fmt::Result {
        match statement {
            Statement::Let(register, expression) => write!(f, "{register} = {expression}"),
            Statement::Store(address, register) => write!(f, "{address} = {register}"),
            Statement::Require(Requirement::Inside(index, extent), _) => {
                write!(f, "require 0 <= {index} < {extent}")
            }
            Statement::Require(Requirement::NonZero(divisor), _) => write!(f, "require {divisor} != 0"),
            Statement::Require(Requirement::Met(met), _) => {
                write!(f, "require {}, {}", met.holds, met.demand.name())
            }
            Statement::Loop(nested) => self.counted(f, nested),
            Statement::While(nested) => self.repeat(f, nested),
            Statement::If(choice) => self.choice(f, choice),
            Statement::Begin(state) => write!(f, "begin {state}"),
            Statement::Absorb(state, position, value) => write!(f, "absorb {state}[{position}], {value}"),
            Statement::Finish(state, register, entries) => {
                write!(f, "{register} = finish {state} of {entries}")
            }
            Statement::Reserve(register, element, entries) => {
                write!(f, "{register} = reserve {}[{entries}]", element.name())
            }
            Statement::Yield(position, buffer, extent) => {
                write!(f, "yield {position}, b{} of {extent}", buffer.0)
            }
            Statement::AbsorbTile(state, from, count) => write!(f, "absorb {state}, {from}.. of {count}"),
            Statement::Tile(call) => {
                write!(f, "{}.. = {}", call.output, call.kernel)?;
                call.inputs.iter().try_for_each(|input| write!(f, " {input}.."))?;
                write!(f, " of {}", call.count)
            }
            Statement::Call(call) => write!(f, "{call}"),
            Statement::Part(statements) => {
                f.write_str("part")?;
                self.nested(f, statements)
            }
            Statement::Mark(register) => write!(f, "{register} = mark"),
            Statement::Release(mark, kept) => {
                write!(f, "release {mark}")?;
                kept.iter().try_for_each(|kept| write!(f, ", {} = keep {}", kept.moved, kept.block))
            }
        }
    }

    fn counted(&self, f: &mut Formatter<'_>, nested: &Loop) -> fmt::Result {
        let direction = if nested.reverse { " down" } else { "" };
        let lanes = match nested.lanes {
            Lanes::Scalar => "",
            Lanes::Straight => " straight",
            Lanes::Packed => " packed",
        };
        write!(f, "loop {} < {}{direction}{lanes}", nested.index, nested.bound)?;
        if nested.step != 1 {
            write!(f, " by {}", nested.step)?;
        }
        self.carried(f, &nested.carried)?;
        self.nested(f, &nested.body)
    }

    fn repeat(&self, f: &mut Formatter<'_>, nested: &While) -> fmt::Result {
        write!(f, "{} = while {} < {}", nested.trips, nested.trip, nested.limit)?;
        self.carried(f, &nested.carried)?;
        self.nested(f, &nested.condition)?;
        write!(f, " while {}", nested.proceed)?;
        self.nested(f, &nested.body)
    }

    fn choice(&self, f: &mut Formatter<'_>, choice: &If) -> fmt::Result {
        write!(f, "if {}", choice.condition)?;
        for (result, yes, no) in &choice.results {
            write!(f, ", {result} = {yes} | {no}")?;
        }
        self.nested(f, &choice.yes)?;
        f.write_str(" else")?;
        self.nested(f, &choice.no)
    }

    fn carried(&self, f: &mut Formatter<'_>, carried: &[Carried]) -> fmt::Result {
        carried.iter().try_for_each(|carried| {
            let Carried { inside, initial, next, result } = carried;
            write!(f, ", {result} = ({inside} = {initial} then {next})")
        })
    }

    fn nested(&self, f: &mut Formatter<'_>, statements: &[Statement]) -> fmt::Result {
        f.write_str(" {\n")?;
        Lines { statements, depth: self.depth + 1 }.fmt(f)?;
        (0..self.depth).try_for_each(|_| f.write_str("  "))?;
        f.write_char('}')
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Expression::Constant(Constant::F64(x)) => write!(f, "{x:?}"),
            Expression::Constant(Constant::F32(x)) => write!(f, "{x:?}f32"),
            Expression::Constant(Constant::I64(n)) => write!(f, "{n}"),
            Expression::Constant(Constant::Bool(b)) => write!(f, "{b}"),
            Expression::Primitive(primitive, operands) => {
                write!(f, "{primitive}")?;
                list(f, " ", operands)
            }
            Expression::Affine(affine) => write!(f, "{affine}"),
            Expression::Load(address) => write!(f, "{address}"),
            Expression::Length(position) => write!(f, "length of argument {position}"),
            Expression::Pointer(position) => write!(f, "address of argument {position}"),
        }
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        list(f, "", &self.results)?;
        if let Some(output) = &self.output {
            write!(f, "{output}..")?;
        }
        match &self.routine {
            Routine::Bits { site } => write!(f, " = bits site {site}")?,
            Routine::Draws { draw, site, axis } => write!(f, " = {draw:?} draws site {site} along {axis}")?,
            Routine::Contract { labels, extents } => {
                write!(f, " = contract {labels}")?;
                for extents in extents {
                    f.write_str(" [")?;
                    separated(f, extents)?;
                    f.write_char(']')?;
                }
            }
            Routine::Cholesky { order } => write!(f, " = cholesky {order}")?,
            Routine::TriangularSolve { how, order, columns } => {
                let side = if how.lower { "lower" } else { "upper" };
                let transposed = if how.transposed { " transposed" } else { "" };
                write!(f, " = solve {side}{transposed} {order} by {columns}")?;
            }
        }
        self.inputs.iter().try_for_each(|input| write!(f, ", {input}.."))?;
        self.scratch.iter().try_for_each(|scratch| write!(f, ", in b{}", scratch.0))?;
        self.scalars.iter().try_for_each(|scalar| write!(f, ", {scalar}"))
    }
}

impl Display for Buffer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] ", self.element.name(), self.entries)?;
        match self.home {
            Home::Argument(position) => write!(f, "argument {position}"),
            Home::Result(position) => write!(f, "result {position}"),
            Home::Arena(start) => write!(f, "arena {start}"),
            Home::Block(register) => write!(f, "block at {register}"),
            Home::Registers => f.write_str("registers"),
        }
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "b{}[{}]", self.buffer.0, self.entry)
    }
}

impl Display for Affine {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (register, coefficient) in &self.terms {
            if !first {
                f.write_str(" + ")?;
            }
            first = false;
            match coefficient {
                1 => write!(f, "{register}")?,
                _ => write!(f, "{coefficient}*{register}")?,
            }
        }
        match (first, self.constant) {
            (true, constant) => write!(f, "{constant}"),
            (false, 0) => Ok(()),
            (false, constant) => write!(f, " + {constant}"),
        }
    }
}

impl Display for Extent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Extent::Size(n) => write!(f, "{n}"),
            Extent::Run(register) => write!(f, "{register}"),
        }
    }
}

impl Display for Register {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

impl Display for StateName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// Registers with commas between; `before` stands in front of a list that is not empty.
fn list(f: &mut Formatter<'_>, before: &str, registers: &[Register]) -> fmt::Result {
    f.write_str(if registers.is_empty() { "" } else { before })?;
    separated(f, registers)
}

fn separated(f: &mut Formatter<'_>, items: &[impl Display]) -> fmt::Result {
    for (position, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if position == 0 { "" } else { ", " })?;
    }
    Ok(())
}
