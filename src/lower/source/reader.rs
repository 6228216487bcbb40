//! A cursor over the tokens, and what can be wrong with them.

use std::collections::{BTreeMap, BTreeSet};

use garble_lang::token::{MetaInfo, Token, TokenEnum};

/// The largest tree that is built, in nodes.
pub(super) const MAX_TREE: u64 = 1 << 20;

/// How many nodes may be copied and thrown away while the tree is built and checked.
const MAX_COPIES: u64 = 1 << 24;

/// Why a text is refused before `garble_lang` parses it.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is no program.
    Syntax { what: String, meta: MetaInfo },
    /// The tree would be deeper than the limit.
    TooDeep,
    /// The tree, or what is copied while it is made, would be too large.
    TooLarge { limit: u64, meta: MetaInfo },
    /// The checker would take too many steps.
    TooMuchWork { limit: u64, meta: MetaInfo },
    /// The checker would fail on it.
    Unsupported { what: &'static str, meta: MetaInfo },
}

/// What the parser will make of some tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tree {
    pub(super) form: Form,
    pub(super) height: usize,
    pub(super) size: u64,
}

/// What the parser asks of an expression that it has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A variable, or a part of one: can be assigned to.
    Place,
    /// A block, `if` or `match`: no comma is needed after it in a clause.
    Braced,
    Other,
}

impl Tree {
    pub(super) const LEAF: Tree = Tree {
        form: Form::Other,
        height: 1,
        size: 1,
    };

    pub(super) fn with(self, form: Form) -> Tree {
        Tree { form, ..self }
    }
}

/// A function of the text.
#[derive(Debug, Default)]
pub(super) struct Function<'a> {
    pub(super) height: usize,
    pub(super) calls: BTreeSet<&'a str>,
}

/// Reads tokens in order, and keeps account of what the parser and the checker will do with them.
pub(super) struct Reader<'a> {
    tokens: &'a [Token],
    next: usize,
    /// How deeply what is being read is nested, and how deeply it may be.
    level: usize,
    max_depth: usize,
    size: u64,
    copies: u64,
    /// The parser takes no struct literal in the head of an `if`, `match` or `for`, up to the end of the
    /// first such head inside of it.
    pub(super) struct_literals: bool,
    /// Later definitions of a name replace earlier ones.
    pub(super) functions: BTreeMap<&'a str, Function<'a>>,
    /// The calls of the function that is being read.
    pub(super) calls: BTreeSet<&'a str>,
    /// The first `..` in a struct pattern.
    pub(super) rest: Option<MetaInfo>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(tokens: &'a [Token], max_depth: usize) -> Self {
        Reader {
            tokens,
            next: 0,
            level: 0,
            max_depth,
            size: 0,
            copies: 0,
            struct_literals: true,
            functions: BTreeMap::new(),
            calls: BTreeSet::new(),
            rest: None,
        }
    }

    pub(super) fn peek(&self) -> Option<&'a TokenEnum> {
        self.tokens.get(self.next).map(|Token(token, _)| token)
    }

    pub(super) fn at(&self, token: &TokenEnum) -> bool {
        self.peek() == Some(token)
    }

    pub(super) fn bump(&mut self) {
        self.next += 1;
    }

    pub(super) fn eat(&mut self, token: &TokenEnum) -> bool {
        let found = self.at(token);
        if found {
            self.bump();
        }
        found
    }

    pub(super) fn expect(&mut self, token: &TokenEnum) -> Result<(), Fault> {
        if self.eat(token) {
            return Ok(());
        }
        Err(self.expected(&format!("`{token}`")))
    }

    /// The bracket that was just read, for [`Reader::close`].
    pub(super) fn opened(&self) -> MetaInfo {
        self.place(self.next.wrapping_sub(1))
    }

    /// The bracket that closes another.
    pub(super) fn close(&mut self, token: &TokenEnum, opened: MetaInfo) -> Result<(), Fault> {
        if self.eat(token) {
            return Ok(());
        }
        use TokenEnum::{KeywordEnum, KeywordFn, KeywordPub, KeywordStruct};
        let (line, column) = (opened.start.0 + 1, opened.start.1 + 1);
        Err(match self.peek() {
            None | Some(KeywordEnum | KeywordFn | KeywordPub | KeywordStruct) => self.expected(
                &format!("`{token}` for the bracket that is open since line {line}:{column}"),
            ),
            _ => self.expected(&format!("`{token}`")),
        })
    }

    pub(super) fn name(&mut self) -> Result<&'a str, Fault> {
        match self.peek() {
            Some(TokenEnum::Identifier(name)) => {
                self.bump();
                Ok(name)
            }
            _ => Err(self.expected("a name")),
        }
    }

    /// A list with commas up to a bracket that closes it; a comma may follow the last element.
    pub(super) fn list(
        &mut self,
        end: &TokenEnum,
        mut element: impl FnMut(&mut Self) -> Result<Tree, Fault>,
    ) -> Result<Tree, Fault> {
        let opened = self.opened();
        let mut list = Tree::LEAF;
        while !self.at(end) {
            let tree = element(self)?;
            list = self.join(list, tree)?;
            if !self.eat(&TokenEnum::Comma) {
                break;
            }
        }
        self.close(end, opened)?;
        Ok(list)
    }

    /// The fault that something else was expected here.
    pub(super) fn expected(&self, what: &str) -> Fault {
        let found = match self.peek() {
            None => "the end of the text".to_string(),
            Some(token) => format!("`{token}`"),
        };
        self.wrong(format!("Expected {what}, found {found}"))
    }

    /// A fault at the next token.
    pub(super) fn wrong(&self, what: String) -> Fault {
        let meta = self.place(self.next);
        Fault::Syntax { what, meta }
    }

    /// Where a token is; after the last one, its end.
    fn place(&self, index: usize) -> MetaInfo {
        match (self.tokens.get(index), self.tokens.last()) {
            (Some(Token(_, meta)), _) => *meta,
            (None, Some(Token(_, MetaInfo { end, .. }))) => MetaInfo {
                start: *end,
                end: (end.0, end.1 + 1),
            },
            (None, None) => MetaInfo::default(),
        }
    }

    /// Reads something that may contain its own kind.
    pub(super) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if self.level >= self.max_depth {
            return Err(Fault::TooDeep);
        }
        self.level += 1;
        let result = read(self);
        self.level -= 1;
        result
    }

    /// A node with one child more than the first tree.
    pub(super) fn join(&self, node: Tree, child: Tree) -> Result<Tree, Fault> {
        let tree = Tree {
            form: Form::Other,
            height: node.height.max(child.height + 1),
            size: node.size.saturating_add(child.size),
        };
        if tree.height > self.max_depth {
            return Err(Fault::TooDeep);
        }
        if tree.size > MAX_TREE {
            return Err(self.too_large(MAX_TREE));
        }
        Ok(tree)
    }

    /// A node with these children.
    pub(super) fn node(&self, children: &[Tree]) -> Result<Tree, Fault> {
        let join = |node, child: &Tree| self.join(node, *child);
        children.iter().try_fold(Tree::LEAF, join)
    }

    /// Notes nodes that are copied, then thrown away.
    pub(super) fn copied(&mut self, nodes: u64) -> Result<(), Fault> {
        self.copies = self.copies.saturating_add(nodes);
        if self.copies > MAX_COPIES {
            return Err(self.too_large(MAX_COPIES));
        }
        Ok(())
    }

    /// Notes a definition that is complete.
    pub(super) fn defined(&mut self, tree: Tree) -> Result<(), Fault> {
        self.size = self.size.saturating_add(tree.size);
        if self.size > MAX_TREE {
            return Err(self.too_large(MAX_TREE));
        }
        Ok(())
    }

    fn too_large(&self, limit: u64) -> Fault {
        let meta = self.place(self.next.wrapping_sub(1));
        Fault::TooLarge { limit, meta }
    }
}
