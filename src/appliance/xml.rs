//! What does an answer in XML say? Elements by their local names, as they come: namespaces differ between versions.

use std::io::{self, BufRead, ErrorKind};

use quick_xml::Reader;
use quick_xml::XmlVersion::Explicit1_0;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// The deepest that elements lie in one another.
const DEEPEST: usize = 100;

/// What is met on the way through a document.
pub(super) enum Met<'x> {
    /// An element begins, with its attributes.
    Begin(&'x [(String, String)]),
    /// An element ends; what text it had itself.
    End(&'x str),
}

/// Where an element lies: its name behind those that it lies in.
pub(super) struct Path(Vec<String>);

impl Path {
    /// Whether it is so many elements deep and ends with these names.
    pub(super) fn is(&self, deep: usize, names: &[&str]) -> bool {
        self.0.len() == deep && self.0.iter().rev().zip(names.iter().rev()).all(|(own, name)| own == name)
    }

    /// Whether it is what tells of a failure: an error alone, or one in the place of what was asked for.
    pub(super) fn is_error(&self) -> bool {
        self.is(1, &["error"]) || self.is(2, &["error"])
    }
}

/// Goes through a document and shows each element where it begins and where it ends.
///
/// The error is [`ErrorKind::InvalidData`] where the document makes no sense, and another one where it did not come whole.
pub(super) fn walk(document: impl BufRead, visit: &mut dyn FnMut(&Path, Met<'_>)) -> io::Result<()> {
    let mut reader = Reader::from_reader(document);
    reader.config_mut().expand_empty_elements = true;
    let (mut path, mut texts, mut buffer) = (Path(Vec::new()), Vec::<String>::new(), Vec::new());
    let mut has_root = false;
    loop {
        let event = reader.read_event_into(&mut buffer).map_err(unread)?;
        match event {
            Event::Start(start) => {
                has_root = true;
                path.0.push(start.local_name().as_ref().to_owned());
                texts.push(String::new());
                if path.0.len() > DEEPEST {
                    return Err(wrong("its elements lie too deep"));
                }
                visit(&path, Met::Begin(&attributes(&start)?));
            }
            Event::End(_) => {
                let text = texts.pop().unwrap_or_default();
                visit(&path, Met::End(text.trim()));
                path.0.pop();
            }
            Event::Text(text) => add(&mut texts, &text.xml10_content()),
            Event::CData(text) => add(&mut texts, &text.xml10_content()),
            Event::GeneralRef(named) => add(&mut texts, &character(&named)?),
            Event::Eof if has_root && path.0.is_empty() => return Ok(()),
            Event::Eof if has_root => return Err(ErrorKind::UnexpectedEof.into()),
            Event::Eof => return Err(wrong("it is no XML")),
            _ => {}
        }
        buffer.clear();
    }
}

fn wrong(what: impl ToString) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what.to_string())
}

fn unread(error: quick_xml::Error) -> io::Error {
    match error {
        quick_xml::Error::Io(error) => io::Error::new(error.kind(), error),
        error => wrong(error),
    }
}

fn add(texts: &mut [String], text: &str) {
    if let Some(last) = texts.last_mut() {
        last.push_str(text);
    }
}

/// What stands for a character; documents define none of their own.
fn character(named: &BytesRef<'_>) -> io::Result<String> {
    match named.resolve_char_ref().map_err(wrong)? {
        Some(character) => Ok(character.to_string()),
        None => resolve_xml_entity(named)
            .map(str::to_owned)
            .ok_or_else(|| wrong(format!("nobody knows `&{};`", &**named))),
    }
}

fn attributes(start: &BytesStart<'_>) -> io::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(wrong)?;
        let value = attribute.normalized_value(Explicit1_0).map_err(wrong)?;
        found.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(document: &str) -> io::Result<Vec<String>> {
        let mut seen = Vec::new();
        walk(document.as_bytes(), &mut |path, met| {
            seen.push(match met {
                Met::Begin(attributes) => format!("+{}{attributes:?}", path.0.join("/")),
                Met::End(text) => format!("-{}={text}", path.0.join("/")),
            });
        })?;
        Ok(seen)
    }

    #[test]
    fn elements_are_known_by_their_local_names() {
        let text = "<?xml version=\"1.0\"?><a:x xmlns:a='u'><y z=\"1 &amp; 2\"/> <b:y>p &lt;&#65;<![CDATA[&]]></b:y></a:x>";
        let seen = met(text).unwrap();
        assert_eq!(seen[1..5], ["+x/y[(\"z\", \"1 & 2\")]", "-x/y=", "+x/y[]", "-x/y=p <A&"]);
    }

    #[test]
    fn what_is_no_document_is_told() {
        for text in ["", "<x>", "<x></y>", "<x>&nobody;</x>", "plain", &"<x>".repeat(200)] {
            assert!(met(text).is_err(), "{text}");
        }
    }
}
