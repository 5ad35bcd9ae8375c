//! What does `settings.ini` look like with another proxy in it?

use super::units::Units;
use super::{Proxy, unsayable};

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'l> {
    /// `[Name]`, without the brackets.
    Section(&'l [u16]),
    /// `Name=value`.
    Setting(&'l [u16], &'l [u16]),
    /// Anything else: a comment, an empty line, what is understood by nobody here.
    Other,
}

/// The lines of a file, each with its end.
pub(super) fn lines(units: &[u16]) -> impl Iterator<Item = &[u16]> {
    units.split_inclusive(|unit| *unit == u16::from(b'\n'))
}

/// What a line says.
pub(super) fn kind(line: &[u16]) -> Kind<'_> {
    let line = trimmed(line);
    let is = |unit: Option<&u16>, byte: u8| unit == Some(&u16::from(byte));
    if is(line.first(), b';') || is(line.first(), b'#') {
        return Kind::Other;
    }
    if is(line.first(), b'[') {
        let end = line.iter().position(|unit| *unit == u16::from(b']'));
        return end.map_or(Kind::Other, |end| Kind::Section(trimmed(&line[1..end])));
    }
    match line.iter().position(|unit| *unit == u16::from(b'=')) {
        Some(at) => Kind::Setting(trimmed(&line[..at]), trimmed(&line[at + 1..])),
        None => Kind::Other,
    }
}

fn trimmed(mut units: &[u16]) -> &[u16] {
    let blank = |unit: &u16| matches!(*unit, 9..=13 | 32);
    while let [first, rest @ ..] = units
        && blank(first)
    {
        units = rest;
    }
    while let [rest @ .., last] = units
        && blank(last)
    {
        units = rest;
    }
    units
}

/// Whether units are an ASCII word, in any case.
pub(super) fn is_word(units: &[u16], word: &str) -> bool {
    let lower = |unit: u16| u8::try_from(unit).map(|byte| byte.to_ascii_lowercase());
    units.len() == word.len()
        && units.iter().zip(word.bytes()).all(|(unit, byte)| lower(*unit) == Ok(byte.to_ascii_lowercase()))
}

/// `Proxy` and all below it: what the client found out by itself is void with another proxy.
fn is_proxys(section: &[u16]) -> bool {
    is_word(section, "Proxy") || section.len() > 6 && is_word(&section[..6], "Proxy\\")
}

/// The file with this proxy: the settings of `[Proxy]` and the sections below it are replaced as the vendor's guide
/// says, and every other byte stays. The error says why that cannot be written.
pub fn set(file: &[u8], proxy: &Proxy) -> Result<Vec<u8>, String> {
    let units = Units::of(file)?;
    let (mark, text) = units.all.split_at(units.start());
    let block = block(&units, proxy, line_end(text))?;
    let mut made = mark.to_vec();
    let (mut inside, mut written) = (false, false);
    for line in lines(text) {
        let goes = match kind(line) {
            Kind::Section(name) => {
                inside = is_proxys(name);
                inside
            }
            Kind::Setting(..) => inside,
            Kind::Other => false,
        };
        if goes && !written {
            written = true;
            made.extend(&block);
        }
        if !goes {
            made.extend(line);
        }
    }
    if !written {
        if made.len() > mark.len() && made.last() != Some(&u16::from(b'\n')) {
            made.extend(line_end(text).bytes().map(u16::from));
        }
        made.extend(&block);
    }
    Ok(units.file(&made))
}

/// How the file's first line ends.
fn line_end(text: &[u16]) -> &'static str {
    let first = lines(text).next().unwrap_or_default();
    if first.ends_with(&[13, 10]) { "\r\n" } else { "\n" }
}

fn block(units: &Units, proxy: &Proxy, end: &str) -> Result<Vec<u16>, String> {
    let mut lines: Vec<(&str, &str)> = vec![("version", "1")];
    if let Some(login) = &proxy.login {
        lines.extend([("ProxyUser", login.user.as_str()), ("ProxyPass", login.password.reveal())]);
    }
    let (method, port) =
        (proxy.method.number().to_string(), proxy.server.as_ref().map(|(_, port)| port.to_string()));
    let mut manual: Vec<(&str, &str)> = vec![("ProxyMethod", &method)];
    if let (Some((host, _)), Some(port)) = (&proxy.server, &port) {
        manual.extend([("ProxyHost", host.as_str()), ("ProxyPort", port)]);
    }
    let mut block = Vec::new();
    for (section, lines) in [("Proxy", lines), ("Proxy\\Manual", manual)] {
        block.extend(units.say(&format!("[{section}]{end}"))?);
        for (name, value) in lines {
            if let Some(why) = unsayable(value) {
                return Err(format!("the value of `{name}` {why}"));
            }
            for part in [name, "=", value, end] {
                block.extend(units.say(part)?);
            }
        }
    }
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::super::{Fit, Login, Method, read};
    use super::*;
    use crate::model::Secret;
    use proptest::prelude::*;

    fn proxy() -> Proxy {
        let login = Login { user: r"myDomain\proxyUser".into(), password: Secret::new("MyPassword") };
        let server = Some(("myproxyserver.example.com".to_owned(), 8443));
        Proxy { method: Method::Socks4, server, login: Some(login) }
    }

    const GUIDES: &str = "[Proxy]\nversion=1\nProxyUser=myDomain\\proxyUser\nProxyPass=MyPassword\n\
        [Proxy\\Manual]\nProxyMethod=200\nProxyHost=myproxyserver.example.com\nProxyPort=8443\n";

    fn text(file: &str) -> String {
        String::from_utf8(set(file.as_bytes(), &proxy()).unwrap()).unwrap()
    }

    /// The guide's own example, before and after.
    #[test]
    fn the_guides_section_becomes_the_guides_section() {
        let before = "[Proxy]\nversion=2\ndetect_failed=0\n[Proxy\\access.example.com:443\\LastGood]\nProxy=DIRECT\n\
            [Proxy\\access.example.com:443\\Detected\\1]\nProxy=DIRECT\n";
        assert_eq!(text(before), GUIDES);
        assert_eq!(text(GUIDES), GUIDES);
        assert_eq!(text(""), GUIDES);
    }

    #[test]
    fn the_rest_stays_where_it_is() {
        let crlf = GUIDES.replace('\n', "\r\n");
        let table = [
            ("a=1", format!("a=1\n{GUIDES}")),
            ("[A]\r\nb=2\r\n[Proxy]\r\nversion=2", format!("[A]\r\nb=2\r\n{crlf}")),
            ("; x\n[PROXY]\n# y\nq=1\n\n[Z]\nProxy=1\n", format!("; x\n{GUIDES}# y\n\n[Z]\nProxy=1\n")),
            (
                "[Proxy]\n[A]\nc=1\n[A]\nc=2\n[ proxy\\manual ]\nProxyMethod=0\n",
                format!("{GUIDES}[A]\nc=1\n[A]\nc=2\n"),
            ),
            ("[Proxyish]\nversion=2", format!("[Proxyish]\nversion=2\n{GUIDES}")),
        ];
        for (before, after) in table {
            assert_eq!(text(before), after, "{before:?}");
        }
    }

    #[test]
    fn each_form_is_kept() {
        let utf16 = |text: &str| -> Vec<u8> {
            [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
        };
        let before = "[Ä]\r\nx=漢😀\r\n";
        let after = format!("{before}{}", GUIDES.replace('\n', "\r\n"));
        assert_eq!(set(&utf16(before), &proxy()).unwrap(), utf16(&after));
        let marked = format!("\u{feff}{before}");
        assert_eq!(set(marked.as_bytes(), &proxy()).unwrap(), format!("\u{feff}{after}").as_bytes());
        assert_eq!(
            set("\u{feff}[Proxy]\n".as_bytes(), &proxy()).unwrap(),
            format!("\u{feff}{GUIDES}").as_bytes()
        );
        let ansi = b"[\xc4]\nx=\xe9\n";
        assert_eq!(set(ansi, &proxy()).unwrap(), [ansi, GUIDES.as_bytes()].concat());
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let mut odd = proxy();
        odd.login = Some(Login { user: "jürgen".into(), password: Secret::new("x") });
        assert!(set(b"[\xc4]\n", &odd).unwrap_err().contains("code page"));
        assert!(set(b"[A]\n", &odd).unwrap_err().contains("code page"));
        assert!(set("[Ä]\n".as_bytes(), &odd).is_ok());
        odd.login = Some(Login { user: "u".into(), password: Secret::new("a\nProxyMethod=0") });
        let why = set(b"", &odd).unwrap_err();
        assert!(why.contains("ProxyPass") && !why.contains("ProxyMethod"), "{why}");
        for file in [&b"\xff\xfea"[..], b"\xfe\xff\0a", b"a\0b"] {
            assert!(set(file, &proxy()).is_err(), "{file:?}");
        }
    }

    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            3 => "[ -~é漢]{0,12}",
            2 => "[a-zA-Z]{1,5}=[ -~]{0,8}",
            1 => r"\[(Proxy|proxy\\Manual|Proxy\\a:443\\LastGood|A|Proxyish| Proxy )\]",
        ]
    }

    proptest! {
        /// Lines that are no settings of the proxy come through, each byte of them and in their order.
        #[test]
        fn nothing_else_is_touched(lines in prop::collection::vec((line(), prop::bool::ANY), 0..20), ended in prop::bool::ANY, wide in prop::bool::ANY) {
            let mut before: String = lines.iter().map(|(line, crlf)| format!("{line}{}", if *crlf { "\r\n" } else { "\n" })).collect();
            if !ended { before.truncate(before.trim_end_matches(['\r', '\n']).len()); }
            let encode = |text: &str| -> Vec<u8> {
                if !wide { return text.into() }
                [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
            };
            let after = set(&encode(&before), &proxy()).unwrap();
            // Found again by other means: as text, line by line.
            let (mut kept, mut inside) = (String::new(), false);
            for line in before.split_inclusive('\n') {
                let name = line.trim().strip_prefix('[').and_then(|rest| rest.split_once(']'));
                if let Some((name, _)) = name {
                    let name = name.trim().to_ascii_lowercase();
                    inside = name == "proxy" || name.starts_with("proxy\\");
                    if inside { continue }
                }
                let comment = line.trim_start().starts_with([';', '#', '[']);
                if inside && name.is_none() && !comment && line.contains('=') { continue }
                kept.push_str(line);
            }
            let decoded = if wide {
                let units: Vec<u16> = after[2..].chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
                String::from_utf16(&units).unwrap()
            } else {
                String::from_utf8(after.clone()).unwrap()
            };
            let ends = [GUIDES.to_owned(), GUIDES.replace('\n', "\r\n")];
            let whole = ends.iter().find(|block| decoded.contains(block.as_str())).expect("the block");
            let rest = decoded.replacen(whole.as_str(), "", 1);
            prop_assert!(rest == kept || rest == format!("{kept}\n") || rest == format!("{kept}\r\n"), "{before:?} {decoded:?}");
            prop_assert_eq!(set(&after, &proxy()).unwrap(), after.clone());
            prop_assert_eq!(read(&after).unwrap().fit(&proxy()), Fit::Yes);
        }

        #[test]
        fn no_bytes_make_it_panic(file in prop::collection::vec(prop::num::u8::ANY, 0..80)) {
            let _ = set(&file, &proxy());
            let _ = read(&file);
        }
    }
}
