//! Tokens to a tree: CEL's operators with CEL's precedence, nothing that loops or assigns.

use crate::fault::{Fault, Span};
use crate::token::{Token, tokens};

/// Deepest nesting, brackets and operators: nobody reads deeper, and the stack is bounded.
const DEPTH_MAX: u8 = 24;

/// Most parts of one condition: what fits a line a person can check.
const PARTS_MAX: usize = 96;

/// A part of a condition and its place in it.
#[derive(Clone, Debug)]
pub(crate) struct Node<'t> {
    pub at: Span,
    pub form: Form<'t>,
}

/// What a part is.
#[derive(Clone, Debug)]
pub(crate) enum Form<'t> {
    /// In thousandths.
    Number(i64),
    Text(&'t str),
    Name(&'t str),
    Call(&'t str, Vec<Node<'t>>),
    Not(Box<Node<'t>>),
    Minus(Box<Node<'t>>),
    Pair(Op, Box<Node<'t>>, Box<Node<'t>>),
    In(Box<Node<'t>>, Vec<Node<'t>>),
}

/// An operator between two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Add,
    Sub,
    Mul,
    Div,
}

impl Op {
    /// As it is written.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
        }
    }
}

/// Operators by how loosely they bind.
const LEVELS: [&[Op]; 5] = [
    &[Op::Or],
    &[Op::And],
    &[Op::Eq, Op::Ne, Op::Le, Op::Ge, Op::Lt, Op::Gt],
    &[Op::Add, Op::Sub],
    &[Op::Mul, Op::Div],
];

/// The level of comparisons, where `in` belongs too, and where `a < b < c` is refused.
const COMPARING: usize = 2;

/// Reads a condition.
pub(crate) fn parse(text: &str) -> Result<Node<'_>, Fault> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0, parts: 0 };
    let node = parser.level(0)?;
    match parser.peek() {
        Token::End => Ok(node),
        Token::Name("and" | "AND") => Err(parser.fault("and is written `&&`", None)),
        Token::Name("or" | "OR") => Err(parser.fault("or is written `||`", None)),
        Token::Sign("(") => Err(parser.fault("a bracket has no place here", None)),
        _ => Err(parser.fault(
            "the condition should have ended here",
            Some("conditions are joined by `&&` (and) or `||` (or)"),
        )),
    }
}

struct Parser<'t> {
    tokens: Vec<(Token<'t>, Span)>,
    next: usize,
    depth: u8,
    parts: usize,
}

type Parsed<'t> = Result<Node<'t>, Fault>;

impl<'t> Parser<'t> {
    fn peek(&self) -> Token<'t> {
        // The last token is `End`, and nothing steps over it.
        self.tokens[self.next].0
    }

    fn place(&self) -> Span {
        self.tokens[self.next].1.clone()
    }

    fn step(&mut self) -> Span {
        let place = self.place();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        place
    }

    fn takes(&mut self, sign: &'static str) -> bool {
        let found = self.peek() == Token::Sign(sign);
        if found {
            self.step();
        }
        found
    }

    fn fault(&self, title: &str, help: Option<&str>) -> Fault {
        Fault { title: title.into(), at: self.place(), help: help.map(str::to_owned) }
    }

    fn node(&mut self, at: Span, form: Form<'t>) -> Parsed<'t> {
        self.parts += 1;
        if self.parts > PARTS_MAX {
            let help = "write two rules, or move what they share into `where`";
            return Err(self.fault("the condition is too long", Some(help)));
        }
        Ok(Node { at, form })
    }

    fn level(&mut self, level: usize) -> Parsed<'t> {
        let Some(operators) = LEVELS.get(level) else { return self.single() };
        let mut left = self.level(level + 1)?;
        loop {
            if level == COMPARING && self.peek() == Token::Name("in") {
                self.step();
                left = self.within(left)?;
                continue;
            }
            let here = self.peek();
            let Some(op) = operators.iter().copied().find(|op| here == Token::Sign(op.sign()))
            else {
                return Ok(left);
            };
            if level == COMPARING && matches!(left.form, Form::Pair(op, ..) if is_comparison(op)) {
                let help = "join two comparisons with `&&`: `200 < co2_ppm && co2_ppm < 800`";
                return Err(self.fault("a comparison of a comparison", Some(help)));
            }
            self.step();
            let right = self.level(level + 1)?;
            let at = left.at.start..right.at.end;
            left = self.node(at, Form::Pair(op, Box::new(left), Box::new(right)))?;
        }
    }

    /// `[…]` behind `in`.
    fn within(&mut self, left: Node<'t>) -> Parsed<'t> {
        if !self.takes("[") {
            let help = "for example `weekday in [\"sat\", \"sun\"]`";
            return Err(self.fault("a list belongs behind `in`", Some(help)));
        }
        let (list, end) = self.list("]")?;
        let at = left.at.start..end;
        self.node(at, Form::In(Box::new(left), list))
    }

    /// Parts with commas between them, up to the closing sign; and where that ends.
    fn list(&mut self, closing: &'static str) -> Result<(Vec<Node<'t>>, usize), Fault> {
        let mut list = Vec::new();
        while self.peek() != Token::Sign(closing) {
            list.push(self.nested(0)?);
            if !self.takes(",") && self.peek() != Token::Sign(closing) {
                let title = format!("`,` or `{closing}` is missing here");
                return Err(self.fault(&title, None));
            }
        }
        Ok((list, self.step().end))
    }

    fn nested(&mut self, level: usize) -> Parsed<'t> {
        if self.depth >= DEPTH_MAX {
            return Err(self.fault("too many brackets in each other", None));
        }
        self.depth += 1;
        let node = self.level(level);
        self.depth -= 1;
        node
    }

    fn single(&mut self) -> Parsed<'t> {
        match self.peek() {
            Token::Number(number) => {
                let at = self.step();
                self.node(at, Form::Number(number))
            }
            Token::Text(text) => {
                let at = self.step();
                self.node(at, Form::Text(text))
            }
            Token::Sign("!") => self.unary(Form::Not),
            Token::Sign("-") => self.unary(Form::Minus),
            Token::Sign("(") => {
                self.step();
                let node = self.nested(0)?;
                match self.takes(")") {
                    true => Ok(node),
                    false => Err(self.fault("`)` is missing here", None)),
                }
            }
            Token::Name("not") => Err(self.fault("not is written `!`", Some("`!occupied`"))),
            Token::Name(name) => {
                let at = self.step();
                if !self.takes("(") {
                    return self.node(at, Form::Name(name));
                }
                let (list, end) = self.list(")")?;
                self.node(at.start..end, Form::Call(name, list))
            }
            Token::End => Err(self.fault("something is missing at the end", None)),
            Token::Sign(_) => Err(self.fault("a value is missing here", None)),
        }
    }

    fn unary(&mut self, make: fn(Box<Node<'t>>) -> Form<'t>) -> Parsed<'t> {
        let start = self.step().start;
        // Behind the tightest level stands only `single`.
        let inner = self.nested(LEVELS.len())?;
        self.node(start..inner.at.end, make(Box::new(inner)))
    }
}

pub(crate) const fn is_comparison(op: Op) -> bool {
    matches!(op, Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge)
}
