//! The embedding API: compile a model, bind its data, sample its posterior.
