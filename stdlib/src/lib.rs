//! The standard library: embedded text in the language, read file by file.
