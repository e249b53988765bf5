//! The table of tokens: one row is one token. The build script reads it too, and names the grammar's terminals from it.
//!
//! A row of `signs` is: variant, text, class, what a line break before it does, what one after it does.
//! `Breaks`: a statement may begin with it, so the line break separates. `Joins`: it cannot, so the break means nothing.
//! `Ends`: a statement may end with it. `Continues`: it cannot, so a line break after it means nothing.
//! A row of `patterns` has a regular expression and the name by which the grammar calls it; a row of `made` is never
//! lexed: `layout` and `recover` make it.

macro_rules! for_each_token {
    ($with:ident) => {
        $with! {
            signs {
                Fn "fn" Hard Breaks Continues
                Let "let" Hard Breaks Continues
                Var "var" Hard Breaks Continues
                For "for" Hard Breaks Continues
                In "in" Hard Joins Continues
                While "while" Hard Breaks Continues
                If "if" Hard Breaks Continues
                Else "else" Hard Joins Continues
                Expect "expect" Hard Breaks Continues
                Given "given" Hard Joins Continues
                Under "under" Hard Joins Continues
                Observe "observe" Hard Breaks Continues
                Factor "factor" Hard Breaks Continues
                Print "print" Hard Breaks Continues
                Assert "assert" Hard Breaks Continues
                True "true" Value Breaks Ends
                False "false" Value Breaks Ends

                Data "data" Leading Breaks Ends
                Param "param" Leading Breaks Ends
                Struct "struct" Leading Breaks Ends
                Model "model" Leading Breaks Ends
                Guide "guide" Leading Breaks Ends
                Objective "objective" Leading Breaks Ends
                Ode "ode" Leading Breaks Ends
                Sde "sde" Leading Breaks Ends
                Ctmc "ctmc" Leading Breaks Ends
                Bijector "bijector" Leading Breaks Ends
                Distribution "distribution" Leading Breaks Ends
                Type "type" Leading Breaks Ends
                Use "use" Leading Breaks Ends
                Allow "allow" Leading Breaks Ends
                Track "track" Leading Breaks Ends
                Plot "plot" Leading Breaks Ends

                By "by" Joining Breaks Ends
                With "with" Joining Breaks Ends
                Within "within" Joining Breaks Ends
                Emit "emit" Joining Breaks Ends
                From "from" Joining Breaks Ends
                On "on" Joining Breaks Ends
                As "as" Joining Breaks Ends
                Driven "driven" Joining Breaks Ends

                Se "se" Soft Breaks Ends
                Lower "lower" Soft Breaks Ends
                Upper "upper" Soft Breaks Ends

                ParenOpen "(" Bracket Breaks Continues
                ParenClose ")" Bracket Joins Ends
                BracketOpen "[" Bracket Breaks Continues
                BracketClose "]" Bracket Joins Ends
                BraceOpen "{" Bracket Breaks Continues
                BraceClose "}" Bracket Joins Ends

                Separator ";" Mark Joins Continues
                Comma "," Mark Joins Continues
                Colon ":" Mark Joins Continues
                Dot "." Mark Joins Continues
                DotDot ".." Operator Joins Continues
                Ellipsis "..." Mark Joins Ends
                Assign "=" Mark Joins Continues
                AddAssign "+=" Mark Joins Continues
                Tilde "~" Mark Joins Continues
                Arrow "->" Mark Joins Continues
                Question "?" Mark Joins Ends

                Or "||" Operator Joins Continues
                And "&&" Operator Joins Continues
                Equal "==" Comparison Joins Continues
                NotEqual "!=" Comparison Joins Continues
                Less "<" Comparison Joins Continues
                LessEqual "<=" Comparison Joins Continues
                Greater ">" Comparison Joins Continues
                GreaterEqual ">=" Comparison Joins Continues
                Plus "+" Operator Joins Continues
                Minus "-" Operator Breaks Continues
                Star "*" Operator Joins Continues
                Slash "/" Operator Joins Continues
                Backslash "\\" Operator Joins Continues
                At "@" Operator Joins Continues
                Caret "^" Operator Joins Continues
                Bang "!" Mark Breaks Continues
            }
            patterns {
                Name "name" r"[\p{XID_Start}_]\p{XID_Continue}*" Name Breaks Ends
                Integer "integer" r"[0-9][0-9_]*" Value Breaks Ends
                Decimal "decimal" r"[0-9][0-9_]*(\.[0-9][0-9_]*([eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)" Value Breaks Ends
                Text "text" r#""([^"\\\n]|\\[^\n])*""# Value Breaks Ends
            }
            made {
                RecordOpen "{:" Bracket Breaks Continues
                UnitOpen "<unit" Bracket Joins Continues
                UnitClose "unit>" Bracket Joins Ends
                Fault "fault" Name Breaks Ends
            }
        }
    };
}
