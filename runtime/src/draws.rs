//! Draws: named, shaped values of a posterior, by chain.

use nalgebra::DMatrix;
use serde_json::{Value, json};

use crate::output::{Cell, Table, nested};

/// A named array within a draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// Name of the site or tracked value.
    pub name: String,
    /// Extents, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    offset: usize,
}

impl Quantity {
    /// Number of entries.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Where its entries lie in a draw, in row-major order.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.size()
    }

    /// Name of its entry `entry` in row-major order, indices from 0: `tau`, `theta[2]`, `sigma[0,1]`.
    pub fn label(&self, entry: usize) -> String {
        let mut rest = entry;
        let mut indices = Vec::with_capacity(self.shape.len());
        for &extent in self.shape.iter().rev() {
            indices.push((rest % extent).to_string());
            rest /= extent;
        }
        indices.reverse();
        if indices.is_empty() { self.name.clone() } else { format!("{}[{}]", self.name, indices.join(",")) }
    }
}

/// The quantities of a draw and where each lies in its flat row of values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    quantities: Vec<Quantity>,
    length: usize,
}

impl Layout {
    /// Lays out quantities of these names and shapes, one after the other.
    pub fn new(quantities: impl IntoIterator<Item = (String, Vec<usize>)>) -> Layout {
        let mut layout = Layout::default();
        for (name, shape) in quantities {
            let quantity = Quantity { name, shape, offset: layout.length };
            layout.length += quantity.size();
            layout.quantities.push(quantity);
        }
        layout
    }

    /// The quantities, in order.
    pub fn quantities(&self) -> &[Quantity] {
        &self.quantities
    }

    /// The quantity of this name.
    pub fn quantity(&self, name: &str) -> Option<&Quantity> {
        self.quantities.iter().find(|quantity| quantity.name == name)
    }

    /// Number of values in a draw.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Names of the values of a draw, in order.
    pub fn labels(&self) -> impl Iterator<Item = String> + '_ {
        self.quantities.iter().flat_map(|quantity| (0..quantity.size()).map(|entry| quantity.label(entry)))
    }
}

/// Draws of several chains of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    layout: Layout,
    chains: usize,
    length: usize,
    values: Vec<f64>,
}

impl Draws {
    /// Draws from one flat row of values after the other, chain by chain.
    ///
    /// # Panics
    /// If the chains differ in length or do not hold whole draws.
    pub fn new(layout: Layout, chains: Vec<Vec<f64>>) -> Draws {
        let per_chain = chains.first().map_or(0, Vec::len);
        let length = per_chain.checked_div(layout.length()).unwrap_or(0);
        assert!(chains.iter().all(|chain| chain.len() == per_chain), "chains differ in length");
        assert_eq!(length * layout.length(), per_chain, "a chain ends within a draw");
        Draws { chains: chains.len(), length, values: chains.concat(), layout }
    }

    /// Names and shapes of the values in a draw.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Number of chains.
    pub fn chains(&self) -> usize {
        self.chains
    }

    /// Draws in each chain.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.chains * self.length == 0
    }

    /// The values of one draw of one chain, in the order of the layout.
    pub fn draw(&self, chain: usize, draw: usize) -> &[f64] {
        assert!(chain < self.chains && draw < self.length, "draw {draw} of chain {chain} does not exist");
        let start = (chain * self.length + draw) * self.layout.length();
        &self.values[start..start + self.layout.length()]
    }

    /// One value of every draw: a row per draw, a column per chain.
    pub fn component(&self, component: usize) -> DMatrix<f64> {
        DMatrix::from_fn(self.length, self.chains, |draw, chain| self.draw(chain, draw)[component])
    }

    /// The quantity `name` of every draw: a row per draw, chain after chain, and a column per entry.
    pub fn matrix(&self, name: &str) -> Option<DMatrix<f64>> {
        let entries = self.layout.quantity(name)?.range();
        let length = self.length;
        Some(DMatrix::from_fn(self.chains * length, entries.len(), |row, entry| {
            self.draw(row / length, row % length)[entries.start + entry]
        }))
    }
}

impl Draws {
    /// A row per draw: chain and draw from 0, then the values.
    pub fn table(&self) -> Table<'_> {
        let header = ["chain", "draw"].map(str::to_owned).into_iter().chain(self.layout.labels()).collect();
        let draws = (0..self.chains).flat_map(|chain| (0..self.length).map(move |draw| (chain, draw)));
        let rows = draws.map(|(chain, draw)| {
            let place = [chain, draw].map(|number| Cell::Int(number as i64)).into_iter();
            place.chain(self.draw(chain, draw).iter().map(|value| Cell::Real(*value))).collect()
        });
        Table { header, rows: Box::new(rows) }
    }

    /// An object with a nested list per quantity: chains, draws, then its own axes.
    pub fn json(&self) -> Value {
        let quantities = self.layout.quantities().iter().map(|quantity| {
            let entries = (0..self.chains).flat_map(|chain| (0..self.length).map(move |draw| (chain, draw)));
            let entries = entries.flat_map(|(chain, draw)| &self.draw(chain, draw)[quantity.range()]);
            let entries: Vec<Value> = entries.map(|value| json!(value)).collect();
            let shape = [&[self.chains, self.length], quantity.shape.as_slice()].concat();
            (quantity.name.clone(), nested(&entries, &shape))
        });
        Value::Object(quantities.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        Layout::new([("tau".into(), vec![]), ("theta".into(), vec![2, 2])])
    }

    #[test]
    fn labels_count_from_zero_in_row_major_order() {
        let labels: Vec<String> = layout().labels().collect();
        assert_eq!(labels, ["tau", "theta[0,0]", "theta[0,1]", "theta[1,0]", "theta[1,1]"]);
    }

    #[test]
    fn a_quantity_of_no_entries_takes_no_room() {
        let layout = Layout::new([("none".into(), vec![0, 3]), ("x".into(), vec![])]);
        assert_eq!(layout.length(), 1);
        assert_eq!(layout.labels().collect::<Vec<_>>(), ["x"]);
    }

    #[test]
    fn matrices_have_a_row_per_draw_and_components_a_column_per_chain() {
        let chain = |base: f64| (0..10).map(|value| base + f64::from(value)).collect::<Vec<f64>>();
        let draws = Draws::new(layout(), vec![chain(0.0), chain(100.0)]);
        assert_eq!((draws.chains(), draws.length()), (2, 2));
        assert_eq!(draws.component(0), DMatrix::from_row_slice(2, 2, &[0.0, 100.0, 5.0, 105.0]));
        assert_eq!(draws.matrix("theta").map(|theta| theta[(2, 3)]), Some(104.0));
        assert_eq!(draws.matrix("mu"), None);
    }

    #[test]
    #[should_panic(expected = "ends within a draw")]
    fn a_chain_that_ends_within_a_draw_is_refused() {
        Draws::new(layout(), vec![vec![0.0; 7]]);
    }
}
