//! Special functions (gamma family, error function, incomplete integrals) as scalar definitions.
