//! The small texts of settings and options: rates, words, references.

use std::fmt::Display;
use std::str::FromStr;

use jumpfleet::model::{Class, OutcomeKind, Parameter, Platform, Product, Rate, Rule, Slot};

use crate::errors::assert_readable;
use crate::trial::Trial;

const WORDS: &[&str] = &[
    "60",
    "/",
    "min",
    "s",
    "h",
    "minute",
    " ",
    "0",
    "1",
    "+",
    "-",
    ".",
    "e",
    "%",
    "linux_headless",
    "bomgar-pec",
    "jc_tag",
    "install_dir",
    "process",
    "installed",
    "timeout",
];

/// A text that is taken comes back as the same value; one that is not is refused in a sentence.
fn holds<T: FromStr<Err = String> + Display + PartialEq + std::fmt::Debug>(text: &str) {
    match text.parse::<T>() {
        Ok(value) => assert_eq!(value.to_string().parse().as_ref(), Ok(&value), "{text:?}"),
        Err(why) => assert_readable(&why),
    }
}

#[test]
fn any_word_is_taken_or_refused() {
    Trial::of("words", WORDS).text(|text| {
        for holds in [
            holds::<Rate>,
            holds::<Platform>,
            holds::<Product>,
            holds::<Parameter>,
            holds::<Slot>,
            holds::<Rule>,
            holds::<Class>,
            holds::<OutcomeKind>,
        ] {
            holds(text);
        }
        if let Ok(rate) = text.parse::<Rate>() {
            assert!(rate.interval().as_nanos() > 0 && rate.per_hour() > 0.0, "{text:?}");
        }
    });
}
