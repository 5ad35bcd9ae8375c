//! What does an answer bring of a file: all of it, or the rest of what somebody has? And how is its end told from a cut?

/// What somebody has of a file, and the word of the site's by which it knows the same file again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// How many bytes; one at least.
    pub bytes: u64,
    /// A strong entity tag, or the time of the last change (RFC 9110, 8.8).
    pub validator: String,
}

/// What an answer brings of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins in the file, in bytes.
    pub from: u64,
    /// How long the whole file is, in bytes; none where only the end of the answer marks the end of the file.
    pub whole: Option<u64>,
    /// By what the same file is known again, where the site gives something.
    pub validator: Option<String>,
}

impl Piece {
    /// What an answer of this status and with these headers brings to somebody who asked for the rest of `begun`.
    ///
    /// The error says why nobody could make a whole file of it.
    pub(super) fn read<'h>(
        status: u16,
        header: impl Fn(&str) -> Option<&'h str>,
        begun: Option<&Begun>,
    ) -> Result<Self, &'static str> {
        let validator = validator(&header);
        if status == 206 {
            let (from, whole) = header("content-range").and_then(range).unwrap_or_default();
            let is_rest = |begun: &&Begun| {
                from == begun.bytes && validator.as_ref().is_none_or(|found| *found == begun.validator)
            };
            return match begun.filter(is_rest) {
                Some(begun) => {
                    Ok(Self { from, whole: Some(whole), validator: Some(begun.validator.clone()) })
                }
                None => Err("it is not the rest that was asked for"),
            };
        }
        let whole = header("content-length").and_then(|length| length.parse().ok());
        let is_chunked = header("transfer-encoding").is_some_and(|how| how.eq_ignore_ascii_case("chunked"));
        match whole.is_some() || is_chunked {
            true => Ok(Self { from: 0, whole, validator }),
            false => Err("it does not tell how long the file is"),
        }
    }
}

/// Where a rest begins, and how long the whole is, for a rest that goes to the end: `bytes 5-9/10` (RFC 9110, 14.4).
fn range(text: &str) -> Option<(u64, u64)> {
    let (range, whole) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (from, last) = range.split_once('-')?;
    let (from, last, whole): (u64, u64, u64) = (from.parse().ok()?, last.parse().ok()?, whole.parse().ok()?);
    (from <= last && last.checked_add(1) == Some(whole)).then_some((from, whole))
}

/// By what the same file is known again: a tag that is not weak, or a time of change that is not this very second's
/// (RFC 9110, 8.8.2.2 and 13.1.5).
fn validator<'h>(header: &impl Fn(&str) -> Option<&'h str>) -> Option<String> {
    if let Some(tag) = header("etag") {
        return (!tag.starts_with("W/")).then(|| tag.to_owned());
    }
    let changed = header("last-modified")?;
    header("date").filter(|now| *now != changed).map(|_| changed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, headers: &[(&str, &'static str)], begun: Option<&Begun>) -> Option<Piece> {
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        Piece::read(status, header, begun).ok()
    }

    const DATE: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    const CHANGED: (&str, &str) = ("last-modified", "Sun, 06 Nov 1994 08:49:36 GMT");

    #[test]
    fn the_end_of_a_file_is_told_from_a_cut() {
        let whole = |headers| read(200, headers, None).map(|piece| (piece.from, piece.whole));
        assert_eq!(whole(&[("content-length", "10")]), Some((0, Some(10))));
        assert_eq!(whole(&[("transfer-encoding", "chunked")]), Some((0, None)));
        assert_eq!(whole(&[]), None);
        assert_eq!(whole(&[("content-length", "x")]), None);
    }

    #[test]
    fn the_same_file_is_known_by_what_changes_with_it() {
        let known_by = |headers: &[(&str, &'static str)]| {
            read(200, &[&[("content-length", "1")], headers].concat(), None).unwrap().validator
        };
        assert_eq!(known_by(&[("etag", "\"a\""), CHANGED, DATE]).as_deref(), Some("\"a\""));
        assert_eq!(known_by(&[CHANGED, DATE]).as_deref(), Some(CHANGED.1));
        for none in
            [&[("etag", "W/\"a\""), CHANGED, DATE][..], &[CHANGED], &[CHANGED, ("date", CHANGED.1)], &[]]
        {
            assert_eq!(known_by(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_rest_is_that_of_the_same_file_from_where_it_broke_off_to_its_end() {
        let begun = Begun { bytes: 5, validator: "\"a\"".into() };
        let rest = |range, tag| read(206, &[("content-range", range), ("etag", tag)], Some(&begun));
        let found = rest("bytes 5-9/10", "\"a\"").unwrap();
        assert_eq!((found.from, found.whole, found.validator.as_deref()), (5, Some(10), Some("\"a\"")));
        for range in [
            "bytes 4-9/10",
            "bytes 0-9/10",
            "bytes 5-8/10",
            "bytes 5-9/*",
            "bytes 5-9/9",
            "bytes 5-4/5",
            "5-9/10",
            "",
        ] {
            assert_eq!(rest(range, "\"a\""), None, "{range}");
        }
        assert_eq!(rest("bytes 5-9/10", "\"b\""), None);
        assert_eq!(read(206, &[("content-range", "bytes 5-9/10")], None), None);
        // The site began anew, for the file is another one.
        let anew = read(200, &[("content-length", "7"), ("etag", "\"b\"")], Some(&begun)).unwrap();
        assert_eq!((anew.from, anew.whole), (0, Some(7)));
    }
}
