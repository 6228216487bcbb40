//! The grammar of patterns.

use garble_lang::token::TokenEnum::*;

use super::reader::{Fault, Reader, Tree};

impl Reader<'_> {
    pub(super) fn pattern(&mut self) -> Result<Tree, Fault> {
        self.nested(|reader| match reader.peek() {
            Some(Identifier(name)) => {
                reader.bump();
                if matches!(name.as_str(), "true" | "false") {
                    return Ok(Tree::LEAF);
                }
                if reader.eat(&DoubleColon) {
                    reader.name()?;
                    if reader.eat(&LeftParen) {
                        return reader.list(&RightParen, Self::pattern);
                    }
                } else if reader.eat(&LeftBrace) {
                    return reader.struct_pattern();
                }
                Ok(Tree::LEAF)
            }
            Some(LeftParen) => {
                reader.bump();
                reader.list(&RightParen, Self::pattern)
            }
            Some(UnsignedNum(..) | SignedNum(..)) => {
                reader.number_pattern()?;
                Ok(Tree::LEAF)
            }
            _ => Err(reader.expected("a pattern")),
        })
    }

    fn struct_pattern(&mut self) -> Result<Tree, Fault> {
        let opened = self.opened();
        let mut fields = Tree::LEAF;
        if !self.at(&RightBrace) {
            loop {
                let field = self.field(Self::pattern, true)?;
                fields = self.join(fields, field)?;
                if !self.eat(&Comma) || self.at(&RightBrace) {
                    break;
                }
                if self.eat(&DoubleDot) {
                    let meta = self.opened();
                    self.rest.get_or_insert(meta);
                    break;
                }
            }
        }
        self.close(&RightBrace, opened)?;
        Ok(fields)
    }

    /// A number or a range. The parser subtracts one from an end that does not belong to the range.
    fn number_pattern(&mut self) -> Result<(), Fault> {
        let start = self.peek();
        self.bump();
        let is_inclusive = self.at(&DoubleDotEquals);
        if !is_inclusive && !self.at(&DoubleDot) {
            return Ok(());
        }
        self.bump();
        let same_type = match (start, self.peek()) {
            (Some(UnsignedNum(_, start)), Some(UnsignedNum(_, end))) => start == end,
            (Some(SignedNum(_, start)), Some(SignedNum(_, end))) => start == end,
            _ => false,
        };
        if !same_type {
            let what = "the end of the range (a number of the same type as its start)";
            return Err(self.expected(what));
        }
        let is_lowest = matches!(
            self.peek(),
            Some(UnsignedNum(0, _) | SignedNum(i64::MIN, _))
        );
        if is_lowest && !is_inclusive {
            return Err(self.wrong("There is no number in this range".to_string()));
        }
        self.bump();
        Ok(())
    }
}
