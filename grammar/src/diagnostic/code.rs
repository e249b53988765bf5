//! The table of message codes. One row is one code; a code that was published keeps its number and meaning.
//!
//! A row's page, with an example of wrong and right, stands in `explained/`.
//!
//! A00xx syntax, A01xx names, A02xx types, A03xx shapes, A04xx models, A05xx data, A06xx run time.

use std::fmt;

/// A row of the table: prints as `A0001`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

impl Code {
    /// The code that prints as `text`, if there is one.
    pub fn from_text(text: &str) -> Option<Self> {
        TABLE.iter().map(|row| row.0).find(|code| code.0 == text)
    }

    /// Every code, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// What the code stands for, in general.
    pub fn title(self) -> &'static str {
        TABLE.iter().find(|row| row.0 == self).expect("every code is in the table").1
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

macro_rules! table {
    ($($code:ident $name:ident $title:literal)*) => {
        /// All codes, by name.
        pub mod codes {
            use super::Code;
            $(#[doc = $title] pub const $name: Code = Code(stringify!($code));)*
        }

        const TABLE: &[(Code, &str)] = &[$((Code(stringify!($code)), $title)),*];
    };
}

table! {
    A0001 UNKNOWN_CHARACTER "a character that begins no word or sign"
    A0002 UNEXPECTED_TOKEN "a word or sign that cannot stand here"
    A0003 STRAY_BRACKET "a closing bracket that closes nothing"
    A0004 UNCLOSED_BRACKET "a bracket that is never closed"
    A0005 TOO_DEEP "nested too deeply"
    A0006 BAD_NUMBER "a number that cannot be read or kept"
    A0007 BAD_TEXT "a text that is not closed, or has an unknown escape"
    A0008 NOT_A_PLACE "something that cannot be named, drawn or assigned"
    A0009 FOREIGN_SIGN "a sign of another language"
    A0010 CHAINED_COMPARISON "a comparison of a comparison"
    A0011 NOT_A_RECORD "a record whose entries are not `name: value`"
    A0012 STRUCT_IN_BRACES "braces after a struct's name"
    A0013 NOT_AN_EQUATION "dynamics that are not given as equations"
    A0014 BRACE_ON_NEXT_LINE "an opening brace on the line after its header"
    A0015 TWO_VALUES "two values with nothing between them"
    A0016 IF_WITHOUT_ELSE "a value that is missing when the condition is false"
    A0017 WORD_AS_NAME "a word of the language used as a name"
    A0018 NESTED_DECLARATION "a declaration inside a block"
    A0019 ASSIGNMENT_AS_TEST "`=` where `==` is meant"
    A0020 COMMENT_AS_DIVISION "a comment that looks like a division"
    A0021 STRAY_TRANSITION "`z -> w` outside `rate(z -> w) = e`"
    A0022 TOO_LONG "a file that is too long"
    A0101 UNKNOWN_NAME "a name that nothing declares"
    A0102 DECLARED_TWICE "a name that is declared twice"
    A0103 NOT_YET_DECLARED "a name that is used above its declaration"
    A0104 UNKNOWN_ARGUMENT "an argument that nothing takes"
    A0105 UNKNOWN_FIELD "a field that a record does not have"
    A0106 NOT_A_TYPE "a type that does not exist or is not complete"
    A0107 NOT_CHANGEABLE "an assignment to what is not a `var`"
    A0108 BAD_IMPORT "a file or module that cannot be used"
    A0201 TYPE_MISMATCH "a value of another type than must stand here"
    A0202 MISSING_ARGUMENT "a parameter without an argument"
    A0203 TOO_MANY_ARGUMENTS "more arguments than parameters"
    A0204 AMBIGUOUS_PARAMETERS "rival parametrisations that the arguments do not tell apart"
    A0205 OUTSIDE_RANGE "a value that lies, or may lie, where it must not"
    A0206 UNUSED_VALUE "a value that is not used"
    A0207 NOT_CALLABLE "a call of what is not a function"
    A0208 NOT_SUPPORTED "a part of the language that this version cannot compile yet"
    A0209 RECURSION "a definition that needs itself"
    A0301 SHAPE_MISMATCH "arrays of different shapes"
    A0302 INNER_DIMENSIONS "a matrix product whose inner dimensions differ"
    A0303 TOO_MANY_INDICES "more indices than axes"
    A0304 INDEX_OUTSIDE "an index that lies outside its array"
    A0305 NOT_A_SIZE "a value that is not a size where one must stand"
    A0306 SIZE_NOT_INFERRED "a size that does not follow from the arguments"
    A0401 NOT_A_MEASURE "something drawn from what is not a measure"
    A0402 SITE_TWICE "a site that is declared twice, or in two ways"
    A0403 UNKNOWN_SITE "a condition on what is not a site"
    A0404 NOT_IN_A_MODEL "a statement of models outside a model"
    A0405 RUNTIME_IN_KERNEL "inference inside what is compiled"
    A0406 SITE_EXTENT "a site whose extent does not follow"
    A0407 DATA_NOT_GIVEN "data with a site's name that are not conditioned on"
    A0408 DISCRETE_SITE "a discrete site where derivatives are needed"
    A0409 DRAW_IN_VALUE "a draw where a value must stand that does not change"
    A0410 UNNORMALISED "a model that cannot be simulated"
    A0411 SITE_IN_ONE_BRANCH "a site that only one branch draws"
    A0412 HOLES "entries of a site that nothing declares"
    A0413 NO_DENSITY "a density that nothing states"
    A0414 GUIDE_MISMATCH "a guide whose draws are not the latent sites of a model"
    A0415 BIASED "a gradient estimator that would be biased"
    A0416 NOT_EXACT "an expectation or a bound where a value must stand"
    A0417 NO_STRATEGY "a gradient strategy that a draw does not permit"
    A0420 NOT_SUMMED "a site that cannot be summed out"
    A0501 BAD_JSON "a data file that cannot be read"
    A0502 MISSING_DATA "data that are declared and not given"
    A0503 UNKNOWN_SETTING "a setting of data that are not declared"
    A0504 BAD_SIZE "a size that is not a whole number"
    A0505 WRONG_SHAPE "data of another shape than declared"
    A0506 WRONG_CELL "a cell of the wrong type"
    A0507 NOT_FINITE "NaN or infinity in the data"
    A0508 OUTSIDE_SUPPORT "data outside their declared support"
    A0601 NOT_SAMPLED "a posterior that could not be sampled"
    A0602 NOT_SAVED "a file that could not be written"
    A0603 BAD_OPTION "an option of inference outside its range"
    A0604 NOT_BUILT "a posterior for which no code could be made"
    A0605 NOT_COMPUTED "a value of the script that could not be computed"
    A0606 ASSERTION_FAILED "an assertion that does not hold"
    A0607 TOO_LARGE "draws that need more memory than is allowed"
    A0608 NOT_LOADED "a file of an earlier run that could not be loaded"
    A0610 ARRAY_TOO_LARGE "arrays that need more memory than is allowed"
    A0701 NOT_A_DIFFERENTIAL "an equation of motion that is no sum of differentials"
    A0702 MISSING_EQUATION "states of motion that do not have one equation each"
    A0703 LOST_ORDER "a method that would lose its order on the noise"
    A0704 NO_SOLUTION "equations of motion that could not be solved"
    A0705 NO_RATIO "paths without a density ratio"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_are_found_by_their_text() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (code, title) in TABLE {
            assert_eq!(Code::from_text(&code.to_string()), Some(*code));
            assert_eq!(code.title(), *title);
        }
        assert_eq!(Code::from_text("A9999"), None);
    }
}
