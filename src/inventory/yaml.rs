//! What does a YAML or JSON file say, in order, and where does each part stand? The door to the YAML parser.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::complaint::Flaw;
use super::json::Json;

mod mapping;

/// A place in the text, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The line.
    pub line: u32,
    /// The column in characters.
    pub column: u32,
}

/// What a tag says about the node behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// There is none, or one that says what the form says anyway.
    None,
    /// `!!str`: text, whatever it looks like.
    Text,
    /// `!!int`: a whole number, whatever it looks like.
    Integer,
    /// `!!float`: a number with a point, whatever it looks like.
    Float,
    /// `!!bool`: yes or no, whatever it looks like.
    Switch,
    /// `!vault`: a value Ansible decrypts.
    Vault,
    /// `!unsafe`: text that is never a template.
    Unsafe,
    /// There is none, in a list or mapping that is tagged `!unsafe`.
    InsideUnsafe,
    /// Any other.
    Other,
}

/// One scalar.
#[derive(Debug, Clone)]
pub struct Scalar<'t> {
    /// Its text after escapes and folding.
    pub text: Cow<'t, str>,
    /// Whether it stands without quotes, so that `5` is a number.
    pub plain: bool,
    /// Its tag.
    pub tag: Tag,
}

impl Scalar<'_> {
    /// Whether it is `null`, `~` or nothing.
    pub fn is_null(&self) -> bool {
        self.plain && self.tag == Tag::None && matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL")
    }
}

/// One part of the file.
#[derive(Debug, Clone)]
pub enum Token<'t> {
    /// A scalar.
    Scalar(Scalar<'t>),
    /// A list begins.
    List,
    /// A mapping begins.
    Map,
    /// The innermost list or mapping ends.
    End,
    /// The document has no more nodes.
    Finish,
}

/// A part with where it begins and the last line it touches.
#[derive(Debug, Clone)]
pub struct Item<'t> {
    /// The part.
    pub token: Token<'t>,
    /// Where it begins.
    pub mark: Mark,
    /// The line it ends on.
    pub last: u32,
}

/// The text of a mapping's key.
pub type Key<'t> = Scalar<'t>;

/// The file cannot be read any further; why is among the reader's flaws.
#[derive(Debug)]
pub struct Stop;

/// How many parts aliases may stand for in one file, besides one for each of its bytes: a bomb stays small.
const ALIAS_LIMIT: usize = 1_000_000;

/// How deep lists and mappings may lie in each other, aliases included.
const DEPTH_LIMIT: usize = 256;

struct Recording<'t> {
    anchor: usize,
    depth: usize,
    items: Vec<Item<'t>>,
}

/// Reads one file part by part, with aliases and merge keys already replaced by what they stand for.
pub struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// What is read instead of YAML.
    json: Option<Json<'t>>,
    /// What is wrong so far.
    pub flaws: Vec<(Mark, Flaw)>,
    anchors: HashMap<usize, Rc<[Item<'t>]>>,
    recordings: Vec<Recording<'t>>,
    replays: Vec<(Rc<[Item<'t>]>, usize)>,
    replayed: usize,
    limit: usize,
    depth: usize,
    /// How deep the parser itself is, and where a list or mapping tagged `!unsafe` began.
    open: usize,
    unsafe_from: Option<usize>,
    documents: usize,
    last: u32,
    peeked: Option<Item<'t>>,
}

impl<'t> Reader<'t> {
    /// A reader at the beginning of a JSON text.
    pub fn json(text: &'t str) -> Self {
        Self { json: Some(Json::new(text)), ..Self::new("") }
    }

    /// A reader at the beginning of a YAML text.
    pub fn new(text: &'t str) -> Self {
        let mut options = Options::default();
        options.emit_unresolved_aliases = true;
        options.set_emit_comments(false);
        options.block_nesting_limit = DEPTH_LIMIT;
        options.flow_nesting_limit = DEPTH_LIMIT;
        Self {
            parser: Parser::new_from_str_with_options(text, options),
            json: None,
            flaws: Vec::new(),
            anchors: HashMap::new(),
            recordings: Vec::new(),
            replays: Vec::new(),
            replayed: 0,
            limit: ALIAS_LIMIT + text.len(),
            depth: 0,
            open: 0,
            unsafe_from: None,
            documents: 0,
            last: 1,
            peeked: None,
        }
    }

    /// Notes that something is wrong at a place.
    pub fn wrong(&mut self, mark: Mark, flaw: Flaw) {
        self.flaws.push((mark, flaw));
    }

    /// The next part.
    pub fn next_item(&mut self) -> Result<Item<'t>, Stop> {
        if let Some(item) = self.peeked.take() {
            return Ok(item);
        }
        let item = match self.replay()? {
            Some(item) => item,
            None => match self.json.as_mut().map(Json::next) {
                Some(Ok(item)) => item,
                Some(Err((mark, flaw))) => return self.stop(mark, flaw),
                None => self.parse()?,
            },
        };
        match item.token {
            Token::List | Token::Map => self.depth += 1,
            Token::End => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.last = item.last;
        if self.depth > DEPTH_LIMIT {
            let flaw =
                Flaw::new(format!("lists and mappings lie more than {DEPTH_LIMIT} deep in each other"));
            return self.stop(item.mark, flaw);
        }
        Ok(item)
    }

    /// The line the latest part ended on.
    pub fn last_line(&self) -> u32 {
        self.last
    }

    /// The next part, which stays the next one.
    pub fn peek(&mut self) -> Result<&Item<'t>, Stop> {
        let item = self.next_item()?;
        Ok(self.peeked.insert(item))
    }

    /// Makes `null` the next part, for a name that stands where `name:` is meant.
    pub fn put_null(&mut self, mark: Mark) {
        self.peeked = Some(Item { token: scalar(Cow::Borrowed(""), true, Tag::None), mark, last: mark.line });
    }

    /// Passes over one whole node.
    pub fn skip(&mut self) -> Result<(), Stop> {
        let mut open = 0usize;
        loop {
            match self.next_item()?.token {
                Token::List | Token::Map => open += 1,
                Token::End => open = open.saturating_sub(1),
                _ => {}
            }
            if open == 0 {
                return Ok(());
            }
        }
    }

    /// Puts a node back in front of the stream.
    fn play(&mut self, items: Rc<[Item<'t>]>) {
        self.replays.push((items, 0));
    }

    fn replay(&mut self) -> Result<Option<Item<'t>>, Stop> {
        while let Some((items, at)) = self.replays.last_mut() {
            let Some(item) = items.get(*at).cloned() else {
                self.replays.pop();
                continue;
            };
            *at += 1;
            self.replayed += 1;
            if self.replayed > self.limit {
                let flaw =
                    Flaw::new(format!("the aliases of this file stand for more than {} values", self.limit));
                return self.stop(item.mark, flaw);
            }
            return Ok(Some(item));
        }
        Ok(None)
    }

    /// The next part from the parser itself.
    fn parse(&mut self) -> Result<Item<'t>, Stop> {
        loop {
            let (event, span) = match self.parser.next_event() {
                None => return Ok(Item { token: Token::Finish, mark: Mark { line: 1, column: 1 }, last: 1 }),
                Some(Ok(parsed)) => parsed,
                Some(Err(error)) => return self.syntax(&error),
            };
            let mark = Mark { line: span.start.line() as u32, column: span.start.col() as u32 + 1 };
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) => {
                    self.documents += 1;
                    if self.documents > 1 {
                        let flaw = Flaw::new("a second document begins here");
                        return self
                            .stop(mark, flaw.hint("write one document a file: take the `---` line out"));
                    }
                }
                Event::Alias(anchor) => return self.alias(anchor, mark),
                Event::UnresolvedAlias(name) => {
                    let flaw = Flaw::new(format!("no `&{name}` stands before this `*{name}`"));
                    self.wrong(mark, flaw.hint("a value that begins with `*` needs quotes"));
                    return Ok(self.emit(scalar(Cow::Borrowed(""), true, Tag::None), mark, &span, 0));
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let nothing = tag.as_deref().is_some_and(|tag| tag.is_yaml_core_schema_tag("null"));
                    let plain = style == ScalarStyle::Plain || nothing;
                    let text = if nothing { Cow::Borrowed("~") } else { text };
                    let tag = match tag.as_deref().map_or(Tag::None, meaning) {
                        Tag::None if self.unsafe_from.is_some() => Tag::InsideUnsafe,
                        tag => tag,
                    };
                    let token = scalar(text, plain, tag);
                    let mut item = self.emit(token, mark, &span, anchor);
                    // A block ends where the next line begins.
                    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                    item.last = item.last.saturating_sub(u32::from(block)).max(mark.line);
                    return Ok(item);
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.enter(tag.as_deref());
                    return Ok(self.emit(Token::List, mark, &span, anchor));
                }
                Event::MappingStart(_, anchor, tag) => {
                    self.enter(tag.as_deref());
                    return Ok(self.emit(Token::Map, mark, &span, anchor));
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    self.open = self.open.saturating_sub(1);
                    self.unsafe_from = self.unsafe_from.filter(|from| *from < self.open);
                    return Ok(self.emit(Token::End, mark, &span, 0));
                }
                Event::StreamEnd => return Ok(Item { token: Token::Finish, mark, last: mark.line }),
                _ => {}
            }
        }
    }

    /// What is in a list or mapping tagged `!unsafe` is as if it were tagged itself.
    fn enter(&mut self, tag: Option<&granit_parser::Tag>) {
        if tag.map(meaning) == Some(Tag::Unsafe) {
            self.unsafe_from = self.unsafe_from.or(Some(self.open));
        }
        self.open += 1;
    }

    /// Gives a part out, and writes it down where an anchor is open.
    fn emit(&mut self, token: Token<'t>, mark: Mark, span: &Span, anchor: usize) -> Item<'t> {
        let item = Item { token, mark, last: span.end.line() as u32 };
        if anchor != 0 {
            self.recordings.push(Recording { anchor, depth: 0, items: Vec::new() });
        }
        if !self.recordings.is_empty() {
            self.record(&item);
        }
        item
    }

    fn record(&mut self, item: &Item<'t>) {
        for recording in &mut self.recordings {
            recording.items.push(item.clone());
            match item.token {
                Token::List | Token::Map => recording.depth += 1,
                Token::End => recording.depth = recording.depth.saturating_sub(1),
                _ => {}
            }
        }
        self.replayed += self.recordings.len();
        let anchors = &mut self.anchors;
        self.recordings.retain_mut(|recording| {
            if recording.depth == 0 {
                anchors.insert(recording.anchor, std::mem::take(&mut recording.items).into());
            }
            recording.depth > 0
        });
    }

    fn alias(&mut self, anchor: usize, mark: Mark) -> Result<Item<'t>, Stop> {
        let Some(items) = self.anchors.get(&anchor).cloned() else {
            return self.stop(mark, Flaw::new("this alias stands inside the value it is an alias of"));
        };
        if !self.recordings.is_empty() {
            for item in items.iter() {
                self.record(item);
                if self.replayed > self.limit {
                    break;
                }
            }
        }
        self.play(items);
        match self.replay()? {
            Some(item) => Ok(item),
            None => self.stop(mark, Flaw::new("this alias stands for nothing")),
        }
    }

    fn syntax<T>(&mut self, error: &ScanError) -> Result<T, Stop> {
        let mark = error.marker();
        let place = Mark { line: mark.line().max(1) as u32, column: mark.col() as u32 + 1 };
        let what = error.info();
        let what = what.lines().next().unwrap_or_default();
        self.stop(place, Flaw::new(format!("this is not YAML: {what}")))
    }

    fn stop<T>(&mut self, mark: Mark, flaw: Flaw) -> Result<T, Stop> {
        self.wrong(mark, flaw);
        Err(Stop)
    }
}

fn scalar(text: Cow<'_, str>, plain: bool, tag: Tag) -> Token<'_> {
    Token::Scalar(Scalar { text, plain, tag })
}

fn meaning(tag: &granit_parser::Tag) -> Tag {
    let core = [("str", Tag::Text), ("int", Tag::Integer), ("float", Tag::Float), ("bool", Tag::Switch)];
    if let Some((_, tag)) = core.iter().find(|(name, _)| tag.is_yaml_core_schema_tag(name)) {
        return *tag;
    }
    if tag.is_yaml_core_schema() {
        return Tag::None;
    }
    match tag.suffix() {
        "vault" | "vault-encrypted" => Tag::Vault,
        "unsafe" => Tag::Unsafe,
        _ => Tag::Other,
    }
}
