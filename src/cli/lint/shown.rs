//! How are findings shown: to people, programs and CI systems?

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::LintFormat;
use super::checks::Checked;
use super::rules::RULES;
use crate::ci::{self, Annotation, CheckResult, Issue, Level, Severity, Sources, Spot};
use crate::cli::{VERSION, actions, output};
use crate::model::{FindingLevel, Remark, counted};

/// The version of the JSON format; it grows when a field changes its meaning or goes away.
const FORMAT: u32 = 1;

/// The findings for programs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document {
    /// The version of the format.
    #[schemars(extend("const" = FORMAT))]
    format_version: u32,
    /// The version of jumpfleet that looked.
    tool_version: String,
    /// How many errors there are.
    errors: usize,
    /// How many warnings.
    warnings: usize,
    /// How many notes.
    notes: usize,
    /// All of them, in the order of the files.
    findings: Vec<Line>,
}

/// One finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Found")]
struct Line {
    /// How serious.
    level: FindingLevel,
    /// The word for its kind.
    code: String,
    /// What there is to say.
    message: String,
    /// What to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// The file, as it was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// The column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    /// How many characters it covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
}

/// Writes what was found; errors are those of `out`.
pub fn write(checked: &Checked, format: LintFormat, out: &mut dyn Write) -> io::Result<()> {
    match format {
        LintFormat::Text => text(&checked.remarks, out),
        LintFormat::Json => output::json(out, &document(&checked.remarks)),
        LintFormat::Github => out.write_all(github(checked).as_bytes()),
        LintFormat::Sarif => ci::sarif(VERSION, RULES, &results(checked), out),
        LintFormat::GitlabCodequality => ci::code_quality(&issues(checked), out),
    }
}

/// `2 errors, 1 warning`, or that nothing was found.
pub fn summary(remarks: &[Remark]) -> String {
    let levels =
        [(FindingLevel::Error, "error"), (FindingLevel::Warning, "warning"), (FindingLevel::Note, "note")];
    let levels = levels.map(|(level, word)| (count(remarks, level), word));
    let counts = levels.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| counted(count, word));
    let counts: Vec<String> = counts.collect();
    if counts.is_empty() { "nothing to say".to_owned() } else { counts.join(", ") }
}

fn count(remarks: &[Remark], level: FindingLevel) -> usize {
    remarks.iter().filter(|remark| remark.level == level).count()
}

fn text(remarks: &[Remark], out: &mut dyn Write) -> io::Result<()> {
    for remark in remarks {
        let mut about = remark.about.clone();
        about.what = format!("{} [{}]", about.what, remark.code);
        writeln!(out, "{}: {about}\n", remark.level)?;
    }
    writeln!(out, "{}", summary(remarks))
}

fn document(remarks: &[Remark]) -> Document {
    let line = |remark: &Remark| {
        let place = remark.about.place.as_ref();
        Line {
            level: remark.level,
            code: remark.code.to_owned(),
            message: remark.about.what.clone(),
            hint: remark.about.hint.clone(),
            file: place.map(|place| place.file.to_string()),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            width: place.map(|_| remark.about.width),
        }
    };
    Document {
        format_version: FORMAT,
        tool_version: VERSION.to_owned(),
        errors: count(remarks, FindingLevel::Error),
        warnings: count(remarks, FindingLevel::Warning),
        notes: count(remarks, FindingLevel::Note),
        findings: remarks.iter().map(line).collect(),
    }
}

/// The files as the CI system names them.
fn sources(checked: &Checked) -> Sources {
    let mut sources = Sources::of(checked.files.iter().map(String::as_str));
    actions::settle(&mut sources);
    sources
}

fn said(remark: &Remark) -> String {
    match &remark.about.hint {
        Some(hint) => format!("{}: {hint}", remark.about.what),
        None => remark.about.what.clone(),
    }
}

fn github(checked: &Checked) -> String {
    let sources = sources(checked);
    let annotation = |remark: &Remark| Annotation {
        level: match remark.level {
            FindingLevel::Error => Level::Error,
            FindingLevel::Warning => Level::Warning,
            FindingLevel::Note => Level::Notice,
        },
        title: remark.code.replace('_', " "),
        message: said(remark),
        spot: remark.about.place.as_ref().map(|place| sources.spot_of(place)),
    };
    let all: Vec<_> = checked.remarks.iter().map(annotation).collect();
    ci::annotations(&all, "`jumpfleet lint` shows them all")
}

/// The place of a remark; what stands nowhere is shown at the head of the settings.
fn spot(remark: &Remark, sources: &Sources, checked: &Checked) -> Spot {
    match &remark.about.place {
        Some(place) => sources.spot_of(place),
        None => Spot { path: sources.path(&checked.settings), line: 1, column: None },
    }
}

fn results(checked: &Checked) -> Vec<CheckResult> {
    let sources = sources(checked);
    let result = |remark: &Remark| CheckResult {
        rule: remark.code,
        level: remark.level,
        message: said(remark),
        spot: spot(remark, &sources, checked),
        width: remark.about.width,
    };
    checked.remarks.iter().map(result).collect()
}

fn issues(checked: &Checked) -> Vec<Issue> {
    let sources = sources(checked);
    let mut seen = std::collections::HashMap::new();
    let mut issue = |remark: &Remark| {
        let spot = spot(remark, &sources, checked);
        let description = said(remark);
        // GitLab takes two of one fingerprint for one: the second of its kind is told by its turn.
        let turn = seen.entry((remark.code, spot.path.clone(), description.clone())).or_insert(0);
        *turn += 1;
        let fingerprint = ci::fingerprint(&[remark.code, &spot.path, &description, &turn.to_string()]);
        let severity = match remark.level {
            FindingLevel::Error => Severity::Critical,
            FindingLevel::Warning => Severity::Minor,
            FindingLevel::Note => Severity::Info,
        };
        Issue { description, check_name: remark.code.to_owned(), fingerprint, severity, spot }
    };
    checked.remarks.iter().map(&mut issue).collect()
}
