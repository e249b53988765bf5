//! A sound kernel passes; each broken invariant is told.

use super::verify;
use crate::ir::read::read;
use crate::kernel::Kernel;
use crate::kernel::data::{
    Address, Affine, Expression, Extent, Home, Lanes, Loop, Register, Statement, TileCall,
};

/// Two sums over a long array that is made first: tiles, reductions, tile buffers, an array in the arena.
const SUMS: &str = "
fn @sums(%0: f64[1000] live, %1: f64[2, 2] live) -> (f64, f64[2, 2]) {
  %2 = map (%3 < 1000) with (%0) {
    %4 = %0[%3] proved
    %5 = exp %4
    yield %5
  }
  %6 = reduce add (%7 < 1000) with (%2) {
    %8 = %2[%7] proved
    %9 = mul %8, %8
    yield %9
  }
  %10 = cholesky %1
  yield %6, %10
}
";

fn kernel() -> Kernel {
    let module = read(SUMS).expect("the program is well formed");
    Kernel::new(&module.functions["sums"]).expect("it is lowered")
}

/// What the verifier says of the kernel after a change.
fn broken(change: impl FnOnce(&mut Kernel)) -> String {
    let mut kernel = kernel();
    change(&mut kernel);
    match verify(&kernel, true) {
        Ok(()) => String::new(),
        Err(violations) => violations.to_string(),
    }
}

fn first_loop(kernel: &mut Kernel) -> &mut Loop {
    let found = kernel.body.iter_mut().find_map(|statement| match statement {
        Statement::Loop(nested) => Some(nested),
        _ => None,
    });
    found.expect("there is a loop")
}

fn tile_call(kernel: &mut Kernel) -> &mut TileCall {
    let found = first_loop(kernel).body.iter_mut().find_map(|statement| match statement {
        Statement::Tile(call) => Some(call),
        _ => None,
    });
    found.expect("the first loop runs over tiles")
}

#[test]
fn a_sound_kernel_passes() {
    assert_eq!(broken(|_| ()), "");
}

#[test]
fn registers_are_assigned_once_before_they_are_read_with_their_types() {
    let told = broken(|kernel| {
        let first = kernel.body.remove(0);
        kernel.body.push(first);
    });
    assert!(told.contains("where it has no value") || told.contains("nothing was written"), "{told}");
    let told = broken(|kernel| kernel.registers.fill(crate::ir::Element::Bool));
    assert!(told.contains("is bool, not"), "{told}");
    let told = broken(|kernel| first_loop(kernel).bound = Extent::Run(Register(10_000)));
    assert!(told.contains("%10000 is read where it has no value"), "{told}");
    let told = broken(|kernel| {
        let again = first_loop(kernel).body[0].clone();
        first_loop(kernel).body.push(again);
    });
    assert!(told.contains("is assigned twice"), "{told}");
    // What a loop's body assigns is not seen behind it.
    let told = broken(|kernel| {
        let count = tile_call(kernel).count;
        kernel.registers.push(crate::ir::Element::I64);
        let copy = Register(kernel.registers.len() as u32 - 1);
        kernel.body.push(Statement::Let(copy, Expression::Affine(Affine::register(count))));
    });
    assert!(told.contains("where it has no value"), "{told}");
}

#[test]
fn entries_lie_in_their_buffers() {
    // Tiles that run too far: the count of the last, and where one begins.
    let told = broken(|kernel| {
        for statement in &mut first_loop(kernel).body {
            if let Statement::Let(_, Expression::Affine(rest)) = statement {
                rest.constant += 1;
            }
        }
    });
    assert!(told.contains("reaches entry 1000 of 1000"), "{told}");
    let told = broken(|kernel| tile_call(kernel).output.entry.constant = 1);
    assert!(told.contains("reaches entry"), "{told}");
    let told = broken(|kernel| tile_call(kernel).inputs[0].entry.constant = -1);
    assert!(told.contains("reaches entry -1"), "{told}");
    // A tile of a width that nothing bounds.
    let told = broken(|kernel| {
        let body = &mut first_loop(kernel).body;
        let count = body.iter().position(|statement| {
            matches!(statement, Statement::Let(_, Expression::Primitive(primitive, _)) if primitive.row().name == "min")
        });
        let Statement::Let(_, expression) = &mut body[count.expect("the count of the tile")] else { return };
        *expression = Expression::Length(0);
    });
    assert!(told.contains("may have more than 256 entries"), "{told}");
}

#[test]
fn a_buffer_is_written_before_it_is_read_and_arguments_never() {
    let told = broken(|kernel| {
        kernel.body.retain(|statement| !matches!(statement, Statement::Begin(_)));
    });
    assert!(told.contains("nothing was written to it"), "{told}");
    let told = broken(|kernel| {
        let input = tile_call(kernel).inputs[0].clone();
        tile_call(kernel).output = input;
    });
    assert!(told.contains("writes to argument 0"), "{told}");
    let told = broken(|kernel| {
        tile_call(kernel).output = Address::new(super::super::data::BufferName(99), Affine::default())
    });
    assert!(told.contains("b99 does not exist"), "{told}");
}

#[test]
fn calls_get_what_they_take() {
    let told = broken(|kernel| tile_call(kernel).inputs.clear());
    assert!(told.contains("`exp` takes 1 arrays"), "{told}");
    let told = broken(|kernel| {
        for statement in &mut kernel.body {
            if let Statement::Call(call) = statement {
                call.inputs.clear();
            }
        }
    });
    assert!(told.contains("does not have the arrays that it takes"), "{told}");
}

#[test]
fn buffers_in_use_at_the_same_time_share_no_memory() {
    let told = broken(|kernel| {
        for buffer in &mut kernel.buffers {
            if let Home::Arena(start) = &mut buffer.home {
                *start = 0;
            }
        }
    });
    assert!(told.contains("are in use at the same time and share memory"), "{told}");
    let told = broken(|kernel| kernel.arena = 8);
    assert!(told.contains("ends at byte"), "{told}");
}

#[test]
fn a_loop_goes_forward() {
    let told = broken(|kernel| {
        let nested = first_loop(kernel);
        (nested.step, nested.lanes) = (0, Lanes::Scalar);
    });
    assert!(told.contains("steps by 0"), "{told}");
}
