//! What makes a pipeline fail?

use std::fmt;
use std::str::FromStr;

use super::record::Report;
use super::verdict::kind_words;
use crate::model::OutcomeKind;

/// What `--fail-on` takes, for messages.
const TAKES: &str = "write failed, not_connected, unreachable, unknown, not_started, any or new-failures, all but `any` with a limit if \
                     wanted, such as failed>2% or unreachable>=5; several with commas between";

/// A condition under which a report is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Criterion {
    what: What,
    limit: Limit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// Whatever makes the rollout itself return another code than 0.
    Any,
    Kind(OutcomeKind),
    NewFailures,
}

/// The least that is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit {
    /// Whether the number itself is allowed still.
    above: bool,
    /// Thousandths of a host, or of a percent.
    thousandths: u64,
    percent: bool,
}

impl Limit {
    const NONE: Self = Self { above: true, thousandths: 0, percent: false };

    fn is_reached(self, count: u64, total: u64) -> bool {
        let (count, total) = (u128::from(count), u128::from(total));
        let (value, limit) = if self.percent {
            (count * 100_000, u128::from(self.thousandths) * total)
        } else {
            (count * 1000, u128::from(self.thousandths))
        };
        // A limit of 0 that may be reached would always be.
        count > 0 && (value > limit || (!self.above && value == limit))
    }
}

impl Criterion {
    /// Whether it speaks of another run to compare with.
    pub fn needs_comparison(self) -> bool {
        self.what == What::NewFailures
    }

    fn count(self, report: &Report) -> u64 {
        match self.what {
            What::Any => u64::from(report.exit_code() != 0),
            What::Kind(kind) => report.count(kind),
            What::NewFailures => report.since.as_ref().map_or(0, |since| since.newly_failing.len() as u64),
        }
    }

    fn is_met(self, report: &Report) -> bool {
        self.limit.is_reached(self.count(report), report.hosts.len() as u64)
    }

    fn exit_code(self, report: &Report) -> u8 {
        match self.what {
            What::Any => report.exit_code(),
            What::Kind(OutcomeKind::Unreachable) => 4,
            What::Kind(OutcomeKind::NotStarted) if report.is_halted() => 5,
            What::Kind(OutcomeKind::NotStarted) => 7,
            What::Kind(_) | What::NewFailures => 3,
        }
    }

    fn said(self, report: &Report) -> String {
        let (count, total) = (self.count(report), report.hosts.len() as u64);
        match self.what {
            What::Any => format!("{self}: the run itself ended with exit code {}", report.exit_code()),
            What::Kind(kind) => format!("{self}: {count} of {total} hosts {}", kind_words(kind)),
            What::NewFailures => format!("{self}: {count} of {total} hosts"),
        }
    }
}

/// What a report fails by: the exit code, and a sentence for each condition that is met.
///
/// The codes are those of a rollout, and of several the one that it would return: 5 and 7 before 3, 3 before 4.
pub fn judge(report: &Report, criteria: &[Criterion]) -> Option<(u8, Vec<String>)> {
    let met: Vec<_> = criteria.iter().filter(|criterion| criterion.is_met(report)).collect();
    let order = |code: &u8| [5, 7, 3, 4].iter().position(|known| known == code);
    let code = met.iter().map(|criterion| criterion.exit_code(report)).min_by_key(order)?;
    Some((code, met.iter().map(|criterion| criterion.said(report)).collect()))
}

impl fmt::Display for Criterion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::Any => out.write_str("any")?,
            What::Kind(kind) => out.write_str(kind.word())?,
            What::NewFailures => out.write_str("new-failures")?,
        }
        let Limit { above, thousandths, percent } = self.limit;
        if self.limit == Limit::NONE {
            return Ok(());
        }
        let number = thousandths as f64 / 1000.0;
        write!(out, "{}{number}{}", if above { ">" } else { ">=" }, if percent { "%" } else { "" })
    }
}

impl FromStr for Criterion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (word, limit) = text.split_at(text.find('>').unwrap_or(text.len()));
        let what = match word.trim_end() {
            "any" => What::Any,
            "new-failures" => What::NewFailures,
            "failed" => What::Kind(OutcomeKind::Failed),
            "not_connected" => What::Kind(OutcomeKind::NotConnected),
            "unreachable" => What::Kind(OutcomeKind::Unreachable),
            "unknown" => What::Kind(OutcomeKind::Unknown),
            "not_started" => What::Kind(OutcomeKind::NotStarted),
            "" => {
                return Err(format!(
                    "a condition is missing, as between two commas or after the last: {TAKES}"
                ));
            }
            other => return Err(format!("nothing fails on `{other}`: {TAKES}")),
        };
        if limit.is_empty() {
            return Ok(Self { what, limit: Limit::NONE });
        }
        match (what, self::limit(limit)) {
            (What::Any, _) => Err(format!("`any` takes no limit: {TAKES}")),
            (_, Some(limit)) => Ok(Self { what, limit }),
            (_, None) => Err(format!("`{limit}` is no limit: {TAKES}")),
        }
    }
}

fn limit(text: &str) -> Option<Limit> {
    let text = text.strip_prefix('>')?;
    let (text, above) = text.strip_prefix('=').map_or((text, true), |rest| (rest, false));
    let text = text.trim();
    let (number, percent) = text.strip_suffix('%').map_or((text, false), |number| (number.trim_end(), true));
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.len() <= 9 && text.bytes().all(|c| c.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 3 || (part.bytes().any(|c| c != b'0') && !percent) {
        return None;
    }
    let thousandths = whole.parse::<u64>().ok()? * 1000 + format!("{part:0<3}").parse::<u64>().ok()?;
    let within = if percent { thousandths <= 100_000 } else { true };
    (within && (above || thousandths > 0)).then_some(Limit { above, thousandths, percent })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_kept_to_the_last_host() {
        for (text, reached) in [
            ("failed", [false, true, true]),
            ("failed>0", [false, true, true]),
            ("failed>1", [false, false, true]),
            ("failed>=2", [false, false, true]),
            ("failed > 1%", [false, false, true]),
            ("failed>=1%", [false, true, true]),
            ("failed>1.5%", [false, false, true]),
            ("failed>2%", [false, false, false]),
        ] {
            let criterion: Criterion = text.parse().unwrap();
            assert_eq!([0, 1, 2].map(|count| criterion.limit.is_reached(count, 100)), reached, "{text}");
            assert_eq!(criterion.to_string().parse(), Ok(criterion), "{text}");
        }
        assert_eq!("not_started>=12.5%".parse::<Criterion>().unwrap().to_string(), "not_started>=12.5%");
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_is_possible() {
        for text in [
            "",
            "faild",
            "failed<2",
            "failed>",
            "failed>2x",
            "failed>1.5",
            "failed>=0",
            "failed>101%",
            "any>3",
        ] {
            let error = text.parse::<Criterion>().unwrap_err();
            assert!(
                error.contains("failed, not_connected, unreachable, unknown, not_started, any"),
                "{text}: {error}"
            );
            assert!(!error.contains("``"), "{error}");
        }
    }
}
