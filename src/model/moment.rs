//! When was it, as the site writes it? Documented is RFC 3339 in UTC; other forms that are known are read too, and any
//! other one is a time that nobody knows, which costs no more than the record that has it.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The earliest seconds since 1970 that are taken for a time, those of 2000: smaller numbers are something else, such as
/// a date in digits.
const EARLIEST: i64 = 946_684_800;

/// The most characters that are kept of a time that cannot be understood.
const MOST: usize = 40;

/// A time that the site tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Moment {
    /// It never was: `null`, an empty text, or 0.
    #[default]
    Never,
    /// It was then.
    At(Timestamp),
    /// It is said in a form that nobody knows, so that it proves nothing.
    Unclear(String),
}

impl Moment {
    /// When it was; none also where that is unclear.
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(*at),
            Self::Never | Self::Unclear(_) => None,
        }
    }

    /// Whether it is said in a form that nobody knows.
    pub fn is_unclear(&self) -> bool {
        matches!(self, Self::Unclear(_))
    }

    fn read(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Never;
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text
                .parse()
                .map_or_else(|_| Self::unclear(text), |seconds| Self::since_1970(seconds, text));
        }
        let with_zone = || text.parse::<Timestamp>().ok();
        // The API has times in UTC alone.
        let bare = |form| DateTime::strptime(form, text).ok()?.to_zoned(TimeZone::UTC).ok();
        let bare = || bare("%Y-%m-%d %H:%M:%S%.f").or_else(|| bare("%Y-%m-%dT%H:%M:%S%.f"));
        let at = with_zone().or_else(|| bare().map(|zoned| zoned.timestamp()));
        at.map_or_else(|| Self::unclear(text), Self::At)
    }

    fn since_1970(seconds: i64, text: &str) -> Self {
        match Timestamp::from_second(seconds).ok().filter(|_| seconds >= EARLIEST) {
            Some(at) => Self::At(at),
            None if seconds == 0 => Self::Never,
            None => Self::unclear(text),
        }
    }

    fn unclear(text: &str) -> Self {
        Self::Unclear(text.chars().take(MOST).collect())
    }
}

/// Reads a time that must be known, in any form that a [`Moment`] may have.
pub fn certain<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    match Moment::deserialize(from)? {
        Moment::At(at) => Ok(at),
        Moment::Never => Err(D::Error::custom("a time is missing")),
        Moment::Unclear(text) => Err(D::Error::custom(format!("`{text}` is no time in a known form"))),
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(from)? {
            Value::Null => Self::Never,
            Value::String(text) => Self::read(&text),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(seconds), _) => Self::since_1970(seconds, &number.to_string()),
                (None, Some(seconds)) => {
                    let whole = Self::since_1970(seconds as i64, &number.to_string());
                    let part = SignedDuration::try_from_secs_f64(seconds.fract()).unwrap_or_default();
                    match whole {
                        Self::At(at) => Self::At(at.checked_add(part).unwrap_or(at)),
                        other => other,
                    }
                }
                (None, None) => Self::unclear(&number.to_string()),
            },
            other => Self::unclear(&other.to_string()),
        })
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Never => to.serialize_none(),
            Self::At(at) => at.serialize(to),
            Self::Unclear(text) => to.serialize_str(text),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => out.write_str("never"),
            Self::At(at) => at.fmt(out),
            Self::Unclear(text) => write!(out, "a time that cannot be understood (`{text}`)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Moment {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_time_is_read_in_every_form_that_is_known() {
        let then = Moment::At("2026-11-26T03:40:00Z".parse().unwrap());
        for form in [
            "\"2026-11-26T03:40:00+00:00\"",
            "\"2026-11-26T03:40:00Z\"",
            "\"2026-11-26T03:40:00.000+00:00\"",
            "\"2026-11-26T05:40:00+02:00\"",
            "\"2026-11-26 03:40:00+00:00\"",
            "\"2026-11-26T03:40:00\"",
            "\"2026-11-26T03:40:00.000000\"",
            "\"2026-11-26 03:40:00\"",
            "\" 2026-11-26 03:40:00 \"",
            "1795664400",
            "1795664400.0",
            "\"1795664400\"",
        ] {
            assert_eq!(read(form), then, "{form}");
        }
        let half = Moment::At("2026-11-26T03:40:00.5Z".parse().unwrap());
        for form in ["\"2026-11-26 03:40:00.5\"", "\"2026-11-26T03:40:00.5+00:00\"", "1795664400.5"] {
            assert_eq!(read(form), half, "{form}");
        }
        for form in ["null", "\"\"", "\" \"", "0", "\"0\""] {
            assert_eq!(read(form), Moment::Never, "{form}");
        }
    }

    #[test]
    fn a_time_in_another_form_is_none_that_anybody_knows() {
        for form in [
            "\"26.11.2026 03:40\"",
            "\"11/26/2026 3:40:00 AM\"",
            "\"2026-11-26\"",
            "\"2026-11-26T03\"",
            "\"2026-02-30 03:40:00\"",
            "\"0000-00-00 00:00:00\"",
            "\"2026-11-26 03:40:00 CET\"",
            "\"yesterday\"",
            "\"1795664400000\"",
            "1795664400000",
            "20261126",
            "-1795664400",
            "99999999999999999999",
            "1e300",
            "true",
            "[1]",
            "{\"date\":\"2026-11-26 03:40:00\"}",
        ] {
            let moment = read(form);
            assert!(moment.is_unclear() && moment.at().is_none(), "{form}: {moment:?}");
        }
        let long = read(&format!("\"{}\"", "x".repeat(1000)));
        assert_eq!(long, Moment::Unclear("x".repeat(MOST)));
    }
}
