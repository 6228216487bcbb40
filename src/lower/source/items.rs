//! The grammar of definitions, types and constant expressions.

use std::mem;

use garble_lang::token::{
    TokenEnum::{self, *},
    UnsignedNumType,
};

use super::reader::{Fault, Function, Reader, Tree};

impl<'a> Reader<'a> {
    /// A whole program.
    pub(super) fn program(&mut self) -> Result<(), Fault> {
        while self.peek().is_some() {
            let is_pub = self.eat(&KeywordPub);
            let tree = match self.peek() {
                Some(KeywordConst) => self.constant()?,
                Some(KeywordStruct) => self.structure()?,
                Some(KeywordEnum) => self.enumeration()?,
                Some(KeywordFn) => self.function()?,
                None if is_pub => break,
                _ => return Err(self.expected("`const`, `struct`, `enum`, `fn` or `pub`")),
            };
            self.defined(tree)?;
        }
        Ok(())
    }

    /// `const N: usize = PARTY_0::N;`
    fn constant(&mut self) -> Result<Tree, Fault> {
        self.bump();
        self.name()?;
        self.expect(&Colon)?;
        let ty = self.ty()?;
        self.expect(&Eq)?;
        let value = self.const_expr()?;
        self.expect(&Semicolon)?;
        self.node(&[ty, value])
    }

    /// `struct S { a: u8, b: [bool; 3] }`
    fn structure(&mut self) -> Result<Tree, Fault> {
        self.bump();
        self.name()?;
        self.expect(&LeftBrace)?;
        self.list(&RightBrace, |reader| {
            reader.name()?;
            reader.expect(&Colon)?;
            reader.ty()
        })
    }

    /// `enum E { A, B(u8, bool) }`
    fn enumeration(&mut self) -> Result<Tree, Fault> {
        self.bump();
        self.name()?;
        self.expect(&LeftBrace)?;
        if self.at(&RightBrace) {
            return Err(self.expected("a name"));
        }
        self.list(&RightBrace, |reader| {
            reader.name()?;
            if reader.eat(&LeftParen) {
                reader.variant_fields()
            } else {
                Ok(Tree::LEAF)
            }
        })
    }

    /// The parser reads the first field only if it begins with a name.
    fn variant_fields(&mut self) -> Result<Tree, Fault> {
        let opened = self.opened();
        let mut fields = Tree::LEAF;
        match self.peek() {
            Some(Identifier(_)) => {
                let ty = self.ty()?;
                fields = self.join(fields, ty)?;
            }
            Some(Comma | RightParen) => {}
            Some(LeftParen | LeftBracket) => {
                let what = "The first field of a variant can be neither an array nor a tuple; \
                            put it into a struct";
                return Err(self.wrong(what.to_string()));
            }
            _ => return Err(self.expected("a type")),
        }
        while self.eat(&Comma) && !self.at(&RightParen) {
            let ty = self.ty()?;
            fields = self.join(fields, ty)?;
        }
        self.close(&RightParen, opened)?;
        Ok(fields)
    }

    /// `fn f(a: u8, mut b: bool) -> u8 { .. }`
    fn function(&mut self) -> Result<Tree, Fault> {
        self.bump();
        let name = self.name()?;
        self.expect(&LeftParen)?;
        let params = self.list(&RightParen, |reader| {
            reader.eat(&KeywordMut);
            reader.name()?;
            reader.expect(&Colon)?;
            reader.ty()
        })?;
        self.expect(&Arrow)?;
        let ty = self.ty()?;
        self.expect(&LeftBrace)?;
        let body = self.block()?;
        let tree = self.node(&[params, ty, body])?;
        let function = Function {
            height: tree.height,
            calls: mem::take(&mut self.calls),
        };
        self.functions.insert(name, function);
        Ok(tree)
    }

    /// `u8`, `S`, `(u8, bool)`, `[u8; 3]`, `[u8; N]` or `[u8; const { N + 1usize }]`
    pub(super) fn ty(&mut self) -> Result<Tree, Fault> {
        self.nested(|reader| match reader.peek() {
            Some(LeftParen) => {
                reader.bump();
                let opened = reader.opened();
                let mut fields = Tree::LEAF;
                if !reader.at(&RightParen) {
                    let ty = reader.ty()?;
                    fields = reader.join(fields, ty)?;
                    while reader.eat(&Comma) {
                        let ty = reader.ty()?;
                        fields = reader.join(fields, ty)?;
                    }
                }
                reader.close(&RightParen, opened)?;
                Ok(fields)
            }
            Some(LeftBracket) => {
                reader.bump();
                let opened = reader.opened();
                let elem = reader.ty()?;
                reader.expect(&Semicolon)?;
                let mut parts = vec![elem];
                if reader.eat(&KeywordConst) {
                    reader.expect(&LeftBrace)?;
                    let opened = reader.opened();
                    parts.push(reader.const_expr()?);
                    reader.close(&RightBrace, opened)?;
                } else {
                    reader.array_size()?;
                }
                reader.close(&RightBracket, opened)?;
                reader.node(&parts)
            }
            Some(Identifier(_)) => {
                reader.bump();
                Ok(Tree::LEAF)
            }
            _ => Err(reader.expected("a type")),
        })
    }

    /// The size of an array: a number without a type or a `usize`, or the name of a constant.
    pub(super) fn array_size(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some(
                Identifier(_)
                | UnsignedNum(_, UnsignedNumType::Unspecified | UnsignedNumType::Usize),
            ) => {
                self.bump();
                Ok(())
            }
            _ => Err(self.expected("the size of the array (a usize number or a constant)")),
        }
    }

    /// `max(A, B - 1usize) + (C + 2usize)`
    fn const_expr(&mut self) -> Result<Tree, Fault> {
        let mut left = self.const_operand()?;
        while self.eat(&Plus) || self.eat(&Minus) {
            let right = self.const_operand()?;
            left = self.node(&[left, right])?;
        }
        Ok(left)
    }

    fn const_operand(&mut self) -> Result<Tree, Fault> {
        const WHAT: &str = "a constant expression (a number, bool, constant, PARTY::NAME, \
                            `+`, `-`, `max(..)` or `min(..)`)";
        match self.peek() {
            Some(UnsignedNum(..) | SignedNum(..)) => {
                self.bump();
                Ok(Tree::LEAF)
            }
            Some(LeftParen) => {
                self.bump();
                let opened = self.opened();
                let inner = self.nested(Self::const_expr)?;
                self.close(&RightParen, opened)?;
                Ok(inner)
            }
            Some(Identifier(name)) => {
                self.bump();
                let is_bool = matches!(name.as_str(), "true" | "false");
                let is_function = matches!(name.as_str(), "max" | "min");
                if !is_bool && self.eat(&DoubleColon) {
                    self.name()?;
                } else if is_function && self.eat(&LeftParen) {
                    return self.nested(|reader| reader.list(&RightParen, Self::const_expr));
                }
                Ok(Tree::LEAF)
            }
            _ => Err(self.expected(WHAT)),
        }
    }
}

/// How tightly an operator binds; all of them group to the left.
pub(super) fn rank(token: &TokenEnum) -> Option<u8> {
    Some(match token {
        DoubleBar => 0,
        DoubleAmpersand => 1,
        DoubleEq | BangEq => 2,
        LessThan | GreaterThan | LessThanEquals | GreaterThanEquals => 3,
        Bar => 4,
        Caret => 5,
        Ampersand => 6,
        DoubleLessThan | DoubleGreaterThan => 7,
        Plus | Minus => 8,
        Star | Slash | Percent => 9,
        _ => return None,
    })
}
