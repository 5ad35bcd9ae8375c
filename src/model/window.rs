//! When may a host be touched? A time of the week, in a time zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// The words for the days of the week, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A maintenance window, written `sat 22:00-04:00 Europe/Madrid`, `mon-fri 01:00-05:00 UTC` or
/// `daily 20:00-06:00 America/New_York`.
///
/// The time zone's rules decide what the clock shows: a window that the spring change skips begins as much
/// later, and of a time that autumn repeats the first one counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    text: String,
    days: [bool; 7],
    opens: Time,
    closes: Time,
    /// Whether it closes on the day after.
    overnight: bool,
    zone: TimeZone,
}

/// One time at which a window is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// Its first moment.
    pub opens: Timestamp,
    /// The first moment after it.
    pub closes: Timestamp,
}

impl Occurrence {
    /// Whether it is open at this moment.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.opens <= now && now < self.closes
    }
}

impl Window {
    /// The occurrence that is open now, or else the next one; windows that touch are one.
    pub fn occurrence(&self, now: Timestamp) -> Option<Occurrence> {
        let today = self.zone.to_datetime(now).date();
        let mut found: Option<Occurrence> = None;
        for ahead in -1..=15 {
            let Some(next) = today.checked_add(Span::new().days(ahead)).ok().and_then(|day| self.on(day))
            else {
                continue;
            };
            match &mut found {
                _ if next.closes <= now => {}
                None => found = Some(next),
                Some(open) if next.opens <= open.closes => open.closes = open.closes.max(next.closes),
                Some(_) => break,
            }
        }
        found
    }

    /// The occurrence that begins on this day, if one does.
    fn on(&self, day: Date) -> Option<Occurrence> {
        if !self.days[usize::try_from(day.weekday().to_monday_zero_offset()).ok()?] {
            return None;
        }
        let end = if self.overnight { day.tomorrow().ok()? } else { day };
        let at = |day: Date, time: Time| self.zone.to_timestamp(day.to_datetime(time)).ok();
        let (opens, mut closes) = (at(day, self.opens)?, at(end, self.closes)?);
        if closes <= opens {
            // All of it lies in the hour that spring skips: it is as long as ever, and as much later.
            let lasts = end.to_datetime(self.closes).duration_since(day.to_datetime(self.opens));
            closes = opens.checked_add(lasts).ok()?;
        }
        (opens < closes).then_some(Occurrence { opens, closes })
    }
}

impl fmt::Display for Window {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.text)
    }
}

impl FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |what: String| {
            format!("{what}: write days, times and a time zone, such as `sat 22:00-04:00 Europe/Madrid`")
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let [days, times, zone] = words[..] else {
            return Err(wrong(format!("`{text}` is no maintenance window")));
        };
        let days = parse_days(days).map_err(wrong)?;
        let (opens, closes) =
            times.split_once('-').ok_or_else(|| wrong(format!("`{times}` are no two times")))?;
        let opens = parse_time(opens).map_err(wrong)?;
        // Midnight at the end of a day is the day after's first moment.
        let closes = if closes == "24:00" { Time::midnight() } else { parse_time(closes).map_err(wrong)? };
        let zone = TimeZone::get(zone)
            .map_err(|_| wrong(format!("`{zone}` is no time zone of the IANA database")))?;
        Ok(Self { text: words.join(" "), days, opens, closes, overnight: closes <= opens, zone })
    }
}

fn parse_time(text: &str) -> Result<Time, String> {
    let wrong = || format!("`{text}` is no time of the day");
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str| -> Option<i8> {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits)
    };
    let (hour, minute) = number(hour).zip(number(minute)).ok_or_else(wrong)?;
    Time::new(hour, minute, 0, 0).map_err(|_| wrong())
}

fn parse_days(text: &str) -> Result<[bool; 7], String> {
    let mut days = [false; 7];
    if text == "daily" {
        return Ok([true; 7]);
    }
    let day = |word: &str| {
        let lower = word.to_ascii_lowercase();
        DAYS.iter().position(|day| *day == lower).ok_or_else(|| format!("`{word}` is no day of the week"))
    };
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut at, last) = (day(first)?, day(last)?);
        days[at] = true;
        while at != last {
            at = (at + 1) % DAYS.len();
            days[at] = true;
        }
    }
    Ok(days)
}

impl Serialize for Window {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occurrence(window: &str, now: &str) -> (String, String) {
        let window: Window = window.parse().unwrap();
        let found = window.occurrence(now.parse().unwrap()).unwrap();
        (found.opens.to_string(), found.closes.to_string())
    }

    fn pair(opens: &str, closes: &str) -> (String, String) {
        (opens.to_owned(), closes.to_owned())
    }

    #[test]
    fn an_open_window_is_found_and_else_the_next() {
        let saturday = "sat 22:00-04:00 Europe/Madrid";
        let night = pair("2026-11-28T21:00:00Z", "2026-11-29T03:00:00Z");
        // Tuesday before, inside on both days, and just after.
        for now in ["2026-11-24T12:00:00Z", "2026-11-28T21:00:00Z", "2026-11-29T02:59:59Z"] {
            assert_eq!(occurrence(saturday, now), night, "{now}");
        }
        assert_eq!(occurrence(saturday, "2026-11-29T03:00:00Z").0, "2026-12-05T21:00:00Z");
    }

    #[test]
    fn clock_changes_are_the_time_zones() {
        // 2026-03-29: Madrid jumps from 02:00 to 03:00; the night is an hour shorter.
        let night = occurrence("sat 22:00-04:00 Europe/Madrid", "2026-03-28T12:00:00Z");
        assert_eq!(night, pair("2026-03-28T21:00:00Z", "2026-03-29T02:00:00Z"));
        // 2026-10-25: back from 03:00 to 02:00; an hour longer.
        let night = occurrence("sat 22:00-04:00 Europe/Madrid", "2026-10-24T12:00:00Z");
        assert_eq!(night, pair("2026-10-24T20:00:00Z", "2026-10-25T03:00:00Z"));
        // A window within the hour that is skipped begins as much later.
        let skipped = occurrence("sun 02:15-02:45 Europe/Madrid", "2026-03-28T12:00:00Z");
        assert_eq!(skipped, pair("2026-03-29T01:15:00Z", "2026-03-29T01:45:00Z"));
        let all = occurrence("sun 02:00-03:00 Europe/Madrid", "2026-03-28T12:00:00Z");
        assert_eq!(all, pair("2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"));
        // Of the hour that is repeated the first one counts.
        let repeated = occurrence("sun 02:15-02:45 Europe/Madrid", "2026-10-24T12:00:00Z");
        assert_eq!(repeated, pair("2026-10-25T00:15:00Z", "2026-10-25T00:45:00Z"));
    }

    #[test]
    fn windows_that_touch_are_one() {
        let found = occurrence("mon-tue 00:00-24:00 UTC", "2026-11-23T12:00:00Z");
        assert_eq!(found, pair("2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z"));
        let always = occurrence("daily 00:00-24:00 UTC", "2026-11-23T12:00:00Z");
        assert!(always.1.as_str() > "2026-12-07", "{always:?}");
    }

    #[test]
    fn days_wrap_around_the_week() {
        assert_eq!(parse_days("sat-mon").unwrap(), [true, false, false, false, false, true, true]);
        assert_eq!(parse_days("tue,thu").unwrap(), [false, true, false, true, false, false, false]);
    }

    #[test]
    fn what_is_no_window_is_refused_with_an_example() {
        for text in [
            "",
            "sat",
            "sat 22:00-04:00",
            "sat 22-04 UTC",
            "sat 22:00-25:00 UTC",
            "sat 24:00-04:00 UTC",
            "sat 22:60-23:00 UTC",
            "sam 22:00-04:00 UTC",
            "sat 22:00-04:00 Europe/Nowhere",
            "sat 22:00-04:00 UTC now",
            "sat +2:00-04:00 UTC",
        ] {
            let error = text.parse::<Window>().unwrap_err();
            assert!(error.contains("sat 22:00-04:00 Europe/Madrid"), "{error}");
        }
    }

    #[test]
    fn a_window_is_written_as_it_was_read() {
        let window: Window = "  sat   22:00-04:00 Europe/Madrid".parse().unwrap();
        assert_eq!(window.to_string(), "sat 22:00-04:00 Europe/Madrid");
    }
}
