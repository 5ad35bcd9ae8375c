//! Why could a host not be reached, entered or commanded?

use thiserror::Error;

use crate::model::Class;

/// A mishap on the way to a host or on it, ready to become an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{detail}")]
pub struct Failure {
    /// The kind of mishap.
    pub class: Class,
    /// For [`Class::Bastion`]: the kind of mishap on the bastion, for retry rules.
    pub cause: Option<Class>,
    /// What happened: one line, a lower-case fragment, never a secret.
    pub detail: String,
    /// Whether somebody was logged in on the host when it happened.
    pub reached: bool,
    /// Whether the host may have started the script; if not, nothing was changed by it.
    pub started: bool,
}

impl Failure {
    /// A mishap before anybody was logged in.
    pub fn on_the_way(class: Class, detail: impl Into<String>) -> Self {
        Self { class, cause: None, detail: one_line(&detail.into()), reached: false, started: false }
    }

    /// A mishap on a host that was entered.
    pub fn on_the_host(class: Class, detail: impl Into<String>) -> Self {
        Self { reached: true, ..Self::on_the_way(class, detail) }
    }

    /// The same mishap, after the host was given its script.
    #[must_use]
    pub fn after_start(self) -> Self {
        Self { started: true, ..self }
    }

    /// The same mishap as one of the bastion `name`, behind which the host is.
    #[must_use]
    pub fn at_bastion(self, name: &str) -> Self {
        Self {
            class: Class::Bastion,
            cause: Some(self.class),
            detail: format!("bastion `{name}`: {}", self.detail),
            reached: false,
            ..self
        }
    }
}

/// The most characters of what a host printed that a detail repeats.
const LONGEST_QUOTE: usize = 300;

/// The last words of a host, folded into one line and cut from the front.
pub fn quote(text: &str) -> String {
    let line = one_line(text);
    let length = line.chars().count();
    if length <= LONGEST_QUOTE {
        return line;
    }
    let kept: String = line.chars().skip(length - LONGEST_QUOTE).collect();
    format!("…{kept}")
}

/// Folds line ends, tabs and other control characters into single spaces.
fn one_line(text: &str) -> String {
    let printable = text.replace(|c: char| c.is_control(), " ");
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_one_line() {
        let failure = Failure::on_the_way(Class::NoBanner, "said\r\n\u{1b}[31mno\tway\n");
        assert_eq!(failure.to_string(), "said [31mno way");
    }

    #[test]
    fn a_bastion_is_named_and_keeps_the_cause() {
        let failure = Failure::on_the_host(Class::NoBanner, "no greeting").at_bastion("gate");
        assert_eq!(
            (failure.class, failure.cause, failure.reached),
            (Class::Bastion, Some(Class::NoBanner), false)
        );
        assert_eq!(failure.detail, "bastion `gate`: no greeting");
    }

    #[test]
    fn the_end_of_a_long_text_is_quoted() {
        let quoted = quote(&format!("{}end", "x ".repeat(400)));
        assert!(quoted.starts_with('…') && quoted.ends_with("end") && quoted.chars().count() == 301);
    }
}
