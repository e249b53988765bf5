//! Laws over the tables, over random programs and over estimators. Each has a negative control that must fail.

mod designs;
mod estimators;
mod generated;
mod oracle;
mod table;
