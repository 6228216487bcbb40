//! The grammar of statements and expressions.

use garble_lang::token::{
    TokenEnum::{self, *},
    UnsignedNumType,
};

use super::{
    items::rank,
    reader::{Fault, Form, Reader, Tree},
};

impl Reader<'_> {
    /// Statements up to the brace that closes the block; the one that opens it was read.
    pub(super) fn block(&mut self) -> Result<Tree, Fault> {
        Ok(self.statements()?.0.with(Form::Braced))
    }

    /// The block of an `if`. The parser copies what is in it if that is a single expression.
    fn branch(&mut self) -> Result<Tree, Fault> {
        let (block, count) = self.statements()?;
        if count == 1 {
            self.copied(block.size)?;
        }
        Ok(block)
    }

    fn statements(&mut self) -> Result<(Tree, usize), Fault> {
        let opened = self.opened();
        let (mut block, mut count) = (Tree::LEAF, 0);
        loop {
            match self.peek() {
                None | Some(RightBrace | KeywordPub | KeywordFn | KeywordStruct | KeywordEnum) => {
                    self.close(&RightBrace, opened)?;
                    return Ok((block, count));
                }
                _ => {
                    let statement = self.statement()?;
                    block = self.join(block, statement)?;
                    count += 1;
                }
            }
        }
    }

    /// A statement; of the form `Braced` only if it is an expression of that form.
    fn statement(&mut self) -> Result<Tree, Fault> {
        if self.eat(&KeywordLet) {
            let mut parts = vec![];
            if self.eat(&KeywordMut) {
                self.name()?;
            } else {
                parts.push(self.pattern()?);
            }
            if self.eat(&Colon) {
                parts.push(self.ty()?);
            }
            self.expect(&Eq)?;
            parts.push(self.expr()?);
            self.expect(&Semicolon)?;
            return self.node(&parts);
        }
        if self.eat(&KeywordFor) {
            let pattern = self.pattern()?;
            self.expect(&KeywordIn)?;
            let binding = self.head()?;
            let body = self.block()?;
            return self.node(&[pattern, binding, body]);
        }
        let ends_itself = matches!(self.peek(), Some(KeywordIf | KeywordMatch | LeftBrace));
        let expr = self.expr()?;
        let mut statement = expr;
        if expr.form == Form::Place {
            // The parser copies the indices of anything that could be assigned to.
            self.copied(expr.size)?;
            let copies = self.peek().is_some_and(is_assignment);
            if copies || self.at(&Eq) {
                self.bump();
                let value = self.expr()?;
                statement = self.node(&[expr, value])?;
            }
            if copies {
                statement = self.node(&[statement, expr])?;
            }
        }
        if !ends_itself && !self.at(&RightBrace) && !self.at(&Comma) {
            self.expect(&Semicolon)?;
        }
        let form = statement.form;
        Ok(self.node(&[statement])?.with(form))
    }

    /// What stands between `if`, `match` or `in` and the brace, and the brace.
    fn head(&mut self) -> Result<Tree, Fault> {
        self.struct_literals = false;
        let head = self.expr()?;
        self.struct_literals = true;
        self.expect(&LeftBrace)?;
        Ok(head)
    }

    pub(super) fn expr(&mut self) -> Result<Tree, Fault> {
        self.nested(|reader| {
            if reader.eat(&LeftBrace) {
                reader.block()
            } else {
                reader.operation(0)
            }
        })
    }

    /// Operands and operators that bind at least as tightly as `min`.
    fn operation(&mut self, min: u8) -> Result<Tree, Fault> {
        let mut left = self.operand()?;
        while let Some(token) = self.peek()
            && let Some(rank) = rank(token)
            && rank >= min
        {
            self.bump();
            let right = self.operation(rank + 1)?;
            let plain = self.node(&[left, right])?;
            left = match token {
                // `a <= b` becomes `a < b | a == b`.
                LessThanEquals | GreaterThanEquals => self.node(&[plain, plain])?,
                DoubleLessThan | DoubleGreaterThan => {
                    self.copied(left.size)?;
                    plain
                }
                _ => plain,
            };
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<Tree, Fault> {
        let mut operand = match self.peek() {
            Some(KeywordIf) => self.conditional()?,
            Some(KeywordMatch) => self.matching()?,
            _ => self.unary()?,
        };
        while self.eat(&KeywordAs) {
            let ty = self.ty()?;
            operand = self.node(&[operand, ty])?;
        }
        Ok(operand)
    }

    fn conditional(&mut self) -> Result<Tree, Fault> {
        self.bump();
        let mut parts = vec![self.head()?, self.branch()?];
        if self.eat(&KeywordElse) {
            if self.at(&KeywordIf) {
                parts.push(self.expr()?);
            } else {
                self.expect(&LeftBrace)?;
                parts.push(self.branch()?);
            }
        }
        Ok(self.node(&parts)?.with(Form::Braced))
    }

    fn matching(&mut self) -> Result<Tree, Fault> {
        self.bump();
        let mut tree = self.head()?;
        tree = self.node(&[tree])?;
        let opened = self.opened();
        loop {
            let pattern = self.pattern()?;
            self.expect(&FatArrow)?;
            let body = self.statement()?;
            let clause = self.node(&[pattern, body])?;
            tree = self.join(tree, clause)?;
            let goes_on = self.eat(&Comma) || body.form == Form::Braced;
            if !goes_on || self.at(&RightBrace) {
                break;
            }
        }
        if !self.at(&RightBrace) && self.peek().is_some() {
            return Err(self.expected("`,` or `}` after the clause"));
        }
        self.close(&RightBrace, opened)?;
        Ok(tree.with(Form::Braced))
    }

    fn unary(&mut self) -> Result<Tree, Fault> {
        if self.eat(&Bang) || self.eat(&Minus) {
            let operand = self.nested(Self::unary)?;
            return self.node(&[operand]);
        }
        let mut tree = self.primary()?;
        loop {
            if self.eat(&LeftBracket) {
                let index = self.index()?;
                tree = self.node(&[tree, index])?.with(tree.form);
            } else if self.eat(&Dot) {
                match self.peek() {
                    Some(Identifier(_) | UnsignedNum(_, UnsignedNumType::Unspecified)) => {
                        self.bump();
                    }
                    _ => return Err(self.expected("the name or the number of a field")),
                }
                tree = self.node(&[tree])?.with(tree.form);
            } else {
                return Ok(tree);
            }
            if tree.form == Form::Braced {
                tree.form = Form::Other;
            }
        }
    }

    /// An index and the bracket after it.
    fn index(&mut self) -> Result<Tree, Fault> {
        let opened = self.opened();
        if !matches!(
            self.peek(),
            Some(UnsignedNum(_, UnsignedNumType::Unspecified))
        ) {
            let index = self.expr()?;
            self.close(&RightBracket, opened)?;
            return Ok(index);
        }
        self.bump();
        if self.peek().is_some_and(|token| rank(token).is_some()) {
            let hint = "`]`; an index that is computed cannot begin with a number \
                        without a type (write `1usize + i`)";
            return Err(self.expected(hint));
        }
        self.close(&RightBracket, opened)?;
        Ok(Tree::LEAF)
    }

    fn primary(&mut self) -> Result<Tree, Fault> {
        match self.peek() {
            Some(Identifier(name)) => {
                self.bump();
                if matches!(name.as_str(), "true" | "false") {
                    return Ok(Tree::LEAF);
                }
                match self.peek() {
                    Some(DoubleColon) => {
                        self.bump();
                        self.name()?;
                        if self.eat(&LeftParen) {
                            return self.list(&RightParen, Self::expr);
                        }
                        Ok(Tree::LEAF)
                    }
                    Some(LeftParen) => {
                        self.bump();
                        self.calls.insert(name);
                        self.list(&RightParen, Self::expr)
                    }
                    Some(LeftBrace) if self.struct_literals => {
                        self.bump();
                        self.list(&RightBrace, |reader| {
                            reader.field(|reader| reader.expr(), false)
                        })
                    }
                    _ => Ok(Tree::LEAF.with(Form::Place)),
                }
            }
            Some(SignedNum(..)) => {
                self.bump();
                Ok(Tree::LEAF)
            }
            Some(UnsignedNum(_, start)) => {
                self.bump();
                if self.eat(&DoubleDot) {
                    self.range_end(*start)?;
                }
                Ok(Tree::LEAF)
            }
            Some(LeftParen) => {
                self.bump();
                self.parenthesized()
            }
            Some(LeftBracket) => {
                self.bump();
                self.array()
            }
            _ => Err(self.expected("an expression")),
        }
    }

    /// The end of a range whose start has this type.
    fn range_end(&mut self, start: UnsignedNumType) -> Result<(), Fault> {
        let Some(UnsignedNum(_, end)) = self.peek() else {
            return Err(self.expected("the end of the range (a number)"));
        };
        let free = UnsignedNumType::Unspecified;
        if start != *end && start != free && *end != free {
            let what = format!("The range begins with a {start} and ends with a {end}");
            return Err(self.wrong(what));
        }
        self.bump();
        Ok(())
    }

    fn parenthesized(&mut self) -> Result<Tree, Fault> {
        let opened = self.opened();
        if self.at(&RightParen) {
            let what = "`()` cannot be written as an expression, but `({})` can";
            return Err(self.wrong(what.to_string()));
        }
        let first = self.expr()?;
        if !self.at(&Comma) {
            self.close(&RightParen, opened)?;
            return Ok(first);
        }
        let mut tuple = self.node(&[first])?;
        while self.eat(&Comma) && !self.at(&RightParen) {
            let field = self.expr()?;
            tuple = self.join(tuple, field)?;
        }
        self.close(&RightParen, opened)?;
        Ok(tuple)
    }

    fn array(&mut self) -> Result<Tree, Fault> {
        let opened = self.opened();
        let first = self.expr()?;
        let mut array = self.node(&[first])?;
        if self.eat(&Semicolon) {
            self.array_size()?;
        } else {
            while self.eat(&Comma) && !self.at(&RightBracket) {
                let elem = self.expr()?;
                array = self.join(array, elem)?;
            }
        }
        self.close(&RightBracket, opened)?;
        Ok(array)
    }

    /// A field of a struct literal or pattern: `a`, or `a: ` and its value.
    pub(super) fn field(
        &mut self,
        value: impl FnOnce(&mut Self) -> Result<Tree, Fault>,
        is_pattern: bool,
    ) -> Result<Tree, Fault> {
        self.name()?;
        if self.at(&Comma) || self.at(&RightBrace) {
            let form = if is_pattern { Form::Other } else { Form::Place };
            return Ok(Tree::LEAF.with(form));
        }
        self.expect(&Colon)?;
        value(self)
    }
}

fn is_assignment(token: &TokenEnum) -> bool {
    matches!(
        token,
        AddAssign
            | SubAssign
            | MulAssign
            | DivAssign
            | RemAssign
            | BitXorAssign
            | BitAndAssign
            | BitOrAssign
            | ShrAssign
            | ShlAssign
    )
}
