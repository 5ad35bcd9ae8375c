//! What do code scanning tools read? Findings as SARIF 2.1.0, OASIS's "Static Analysis Results Interchange Format".

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;

use super::Spot;
use super::gitlab::fingerprint;
use crate::model::{FindingLevel, visible};

/// The most results of a run that GitHub takes ("SARIF support for code scanning", limits).
const MOST_RESULTS: usize = 25_000;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// A kind of finding, as a tool's catalogue lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckRule {
    /// The stable word for it.
    pub id: &'static str,
    /// How serious it usually is.
    pub level: FindingLevel,
    /// What it says, one sentence.
    pub about: &'static str,
}

/// A finding at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    /// The rule's word.
    pub rule: &'static str,
    /// How serious this one is.
    pub level: FindingLevel,
    /// What there is to say.
    pub message: String,
    /// Where.
    pub spot: Spot,
    /// How many characters it covers.
    pub width: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    column_kind: &'static str,
    results: Vec<Written<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'a str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text<'static>,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text<'a> {
    text: std::borrow::Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text<'a>,
    locations: [Location; 1],
    partial_fingerprints: HashMap<&'static str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
}

/// Writes one run of this version of the tool with all its rules; errors are those of `out`.
///
/// Of more results than GitHub takes the first are written, with how many more there are.
pub fn sarif(
    version: &str,
    rules: &[CheckRule],
    results: &[CheckResult],
    out: &mut dyn Write,
) -> io::Result<()> {
    let described = rules.iter().map(|rule| Rule {
        id: rule.id,
        short_description: text(rule.about),
        default_configuration: Configuration { level: word(rule.level) },
    });
    let more = results.len().saturating_sub(MOST_RESULTS);
    let mut seen = HashMap::new();
    let kept = if more > 0 { MOST_RESULTS - 1 } else { results.len() };
    let mut written: Vec<_> = results[..kept].iter().map(|result| result.written(rules, &mut seen)).collect();
    let last = results.get(kept).map(|first| CheckResult {
        level: FindingLevel::Note,
        message: format!("and {} more, which have no room here", more + 1),
        ..first.clone()
    });
    written.extend(last.iter().map(|last| last.written(rules, &mut seen)));
    let driver = Driver { name: "jumpfleet", semantic_version: version, rules: described.collect() };
    let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results: written };
    serde_json::to_writer_pretty(&mut *out, &Log { schema: SCHEMA, version: "2.1.0", runs: [run] })?;
    writeln!(out)
}

impl CheckResult {
    fn written<'a>(
        &'a self,
        rules: &[CheckRule],
        seen: &mut HashMap<(&'static str, &'a str, &'a str), u32>,
    ) -> Written<'a> {
        // Of two that say the same in one file, the second is told from the first by its turn.
        let turn = seen.entry((self.rule, self.spot.path.as_str(), self.message.as_str())).or_default();
        *turn += 1;
        let print = fingerprint(&[self.rule, &self.spot.path, &self.message, &turn.to_string()]);
        Written {
            rule_id: self.rule,
            rule_index: rules.iter().position(|rule| rule.id == self.rule),
            level: word(self.level),
            message: text(&self.message),
            locations: [Location {
                physical_location: Physical {
                    artifact_location: Artifact { uri: uri(&self.spot.path) },
                    region: Region {
                        start_line: self.spot.line.max(1),
                        start_column: self.spot.column,
                        end_column: self.spot.column.map(|column| column + self.width.max(1)),
                    },
                },
            }],
            partial_fingerprints: HashMap::from([("jumpfleet/v1", print)]),
        }
    }
}

fn text(text: &str) -> Text<'_> {
    Text { text: visible(text) }
}

fn word(level: FindingLevel) -> &'static str {
    match level {
        FindingLevel::Error => "error",
        FindingLevel::Warning => "warning",
        FindingLevel::Note => "note",
    }
}

/// A path as a URI reference: what is not plain is percent-encoded.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let encoded = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let path: String = path.bytes().map(encoded).collect();
    if path.starts_with('/') { format!("file://{path}") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &[CheckRule] = &[CheckRule { id: "a", level: FindingLevel::Warning, about: "Says a." }];

    fn result(message: &str) -> CheckResult {
        let spot = Spot { path: "inv/a b.yaml".into(), line: 3, column: Some(7) };
        CheckResult { rule: "a", level: FindingLevel::Error, message: message.into(), spot, width: 4 }
    }

    fn written(results: &[CheckResult]) -> serde_json::Value {
        let mut out = Vec::new();
        sarif("1.2.3", RULES, results, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn a_result_points_at_its_characters_and_its_rule() {
        let log = written(&[result("x\u{1b}[31m"), result("x\u{1b}[31m")]);
        let results = &log["runs"][0]["results"];
        let first = &results[0];
        assert_eq!(first["message"]["text"], "x␛[31m");
        let place = &first["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "inv/a%20b.yaml");
        let region = serde_json::json!({"startLine": 3, "startColumn": 7, "endColumn": 11});
        assert_eq!(place["region"], region);
        assert_eq!(first["ruleIndex"], 0);
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][0]["defaultConfiguration"]["level"], "warning");
        assert_ne!(first["partialFingerprints"], results[1]["partialFingerprints"]);
        assert_eq!(uri("/etc/x:y"), "file:///etc/x%3Ay");
    }

    #[test]
    fn too_many_results_are_counted() {
        let all: Vec<_> = (0..MOST_RESULTS + 2).map(|at| result(&at.to_string())).collect();
        let log = written(&all);
        let results = log["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), MOST_RESULTS);
        assert_eq!(results[MOST_RESULTS - 1]["message"]["text"], "and 3 more, which have no room here");
        assert_eq!(
            written(&all[..MOST_RESULTS])["runs"][0]["results"].as_array().unwrap().len(),
            MOST_RESULTS
        );
    }
}
