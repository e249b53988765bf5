//! Tokens, generated from their table: the lexer, the newline rule, soft words, highlighting and the messages' words.

#[macro_use]
mod table;

use logos::Logos;

/// What a token is to a reader: decides its colour, and whether it may be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A word that is never a name.
    Hard,
    /// A word that begins a declaration or statement where a name follows, and is a name anywhere else.
    Leading,
    /// A word that continues a statement, and is a name anywhere else.
    Joining,
    /// A word with a meaning in one place, and a name anywhere else.
    Soft,
    /// A name.
    Name,
    /// A literal.
    Value,
    /// `==` and its like.
    Comparison,
    /// Any other operator.
    Operator,
    /// A bracket.
    Bracket,
    /// Any other sign.
    Mark,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Breaks,
    Joins,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Ends,
    Continues,
}

struct Row {
    token: Token,
    name: &'static str,
    class: Class,
    before: Before,
    after: After,
}

impl Row {
    const fn new(token: Token, name: &'static str, class: Class, (before, after): (Before, After)) -> Self {
        Self { token, name, class, before, after }
    }
}

/// The row of what the grammar never sees.
const OTHER: Row = Row::new(Token::Skipped, "", Class::Mark, (Before::Joins, After::Continues));

macro_rules! define {
    (
        signs { $($sign:ident $text:tt $sign_class:ident $sign_before:ident $sign_after:ident)* }
        patterns { $($pattern:ident $name:literal $regex:tt $class:ident $before:ident $after:ident)* }
        made { $($made:ident $made_name:literal $made_class:ident $made_before:ident $made_after:ident)* }
    ) => {
        /// A token, without its text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Logos)]
        #[logos(skip r"[ \t\r\x0C\u{feff}]+")]
        pub enum Token {
            $(#[doc = $text] #[token($text)] $sign,)*
            $(#[doc = $name] #[regex($regex)] $pattern,)*
            $(#[doc = $made_name] $made,)*
            /// The end of a line; the layout drops it or makes it a separator.
            #[token("\n")]
            Newline,
            /// Two slashes and the rest of the line.
            #[regex(r"//[^\n]*", allow_greedy = true)]
            Comment,
            /// A text that its line does not close.
            #[regex(r#""([^"\\\n]|\\[^\n])*"#)]
            OpenText,
            /// A sign of other languages: see the lexer.
            #[token("%")] #[token("**")] #[token("-=")] #[token("*=")] #[token("/=")] #[token(":=")] #[token("=>")]
            #[token("&")] #[token("|")] #[token("++")]
            Foreign,
            /// What recovery has taken out.
            Skipped,
        }

        const TABLE: &[Row] = &[
            $(Row::new(Token::$sign, $text, Class::$sign_class, (Before::$sign_before, After::$sign_after)),)*
            $(Row::new(Token::$pattern, $name, Class::$class, (Before::$before, After::$after)),)*
            $(Row::new(Token::$made, $made_name, Class::$made_class, (Before::$made_before, After::$made_after)),)*
        ];
    };
}

for_each_token!(define);

impl Token {
    fn row(self) -> &'static Row {
        TABLE.get(self as usize).unwrap_or(&OTHER)
    }

    /// The text of a word or sign; `name`, `integer`, .. for what varies.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The token that has this name.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name).map(|row| row.token)
    }

    /// What it is to a reader.
    pub fn class(self) -> Class {
        self.row().class
    }

    /// Whether a statement may end with it.
    pub fn may_end(self) -> bool {
        self.row().after == After::Ends
    }

    /// Whether a statement may begin with it.
    pub fn may_begin(self) -> bool {
        self.row().before == Before::Breaks
    }

    /// Whether it may be a name: names and all soft words.
    pub fn is_name(self) -> bool {
        self != Self::Fault
            && matches!(self.class(), Class::Name | Class::Leading | Class::Joining | Class::Soft)
    }

    /// Whether it is a number.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal)
    }

    /// Whether it opens a bracket.
    pub fn opens(self) -> bool {
        matches!(self, Self::ParenOpen | Self::BracketOpen | Self::BraceOpen | Self::RecordOpen)
    }

    /// The bracket that closes this one.
    pub fn closer(self) -> Option<Self> {
        match self {
            Self::ParenOpen => Some(Self::ParenClose),
            Self::BracketOpen => Some(Self::BracketClose),
            Self::BraceOpen | Self::RecordOpen => Some(Self::BraceClose),
            _ => None,
        }
    }

    /// Whether it closes a bracket.
    pub fn closes(self) -> bool {
        matches!(self, Self::ParenClose | Self::BracketClose | Self::BraceClose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use crate::span::SourceId;

    fn faults(text: &str) -> usize {
        parse(SourceId(0), text).diagnostics.len()
    }

    #[test]
    fn soft_words_are_names_and_hard_words_are_not() {
        let words = TABLE.iter().filter(|row| row.name.starts_with(|first: char| first.is_alphabetic()));
        let mut soft = 0;
        for row in words
            .filter(|row| row.class != Class::Name && Token::lexer(row.name).next() == Some(Ok(row.token)))
        {
            let word = row.name;
            let uses = format!(
                "let {word} = f({word} = 1, {word})\n{word} += {word}.{word}\n{word} ~ d by {word}\n"
            );
            assert_eq!(faults(&uses) == 0, row.token.is_name(), "{word}");
            soft += usize::from(row.token.is_name());
        }
        assert!(soft > 20);
    }

    #[test]
    fn names_find_their_tokens() {
        for row in TABLE {
            assert_eq!(Token::from_name(row.name), Some(row.token));
            assert_eq!(row.token.name(), row.name);
        }
        assert_eq!(Token::from_name("no token"), None);
        assert_eq!(Token::Newline.name(), "");
    }
}
