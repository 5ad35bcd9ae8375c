//! What does one step of a GitHub job leave behind: its log, annotations, a summary, values for later steps?

use super::github::{Annotation, Token, annotations, outputs, quoted};

/// The most bytes of a step's summary; a larger one is refused as a whole (GitHub's workflow commands, limits).
const MOST_SUMMARY: u64 = 1024 * 1024;

/// Everything a command has to say to GitHub Actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What people read in the log; may hold what hosts printed.
    pub log: String,
    /// The annotations, the most important of each level first.
    pub annotations: Vec<Annotation>,
    /// Where those that have no room are found, such as `the job summary has them all`.
    pub rest: &'static str,
    /// The job summary, Markdown of at most 900 KiB.
    pub summary: String,
    /// A few lines instead of it, where other commands of the step have filled the summary.
    pub brief: String,
    /// Names and values for later steps.
    pub outputs: Vec<(&'static str, String)>,
}

impl Step {
    /// The annotations as commands.
    pub fn commands(&self) -> String {
        annotations(&self.annotations, self.rest)
    }

    /// What goes to standard output: the log, in which nothing is a command, then the annotations.
    pub fn said(&self, token: &Token) -> String {
        quoted(&self.log, token) + &self.commands()
    }

    /// What is added to a summary that has so many bytes already; empty where nothing more has room.
    pub fn summary_after(&self, bytes: u64) -> String {
        let fits = |text: &String| bytes.saturating_add(text.len() as u64) <= MOST_SUMMARY;
        let brief = format!("{}\n… left out: the summary of this step is full.\n", self.brief.trim_end());
        [format!("{}\n", self.summary.trim_end()), brief].into_iter().find(fits).unwrap_or_default()
    }

    /// What is added to the file of outputs.
    pub fn outputs(&self, token: &Token) -> String {
        outputs(self.outputs.iter().map(|(name, value)| (*name, value.clone())), token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_summary_gets_a_few_lines_or_nothing() {
        let step = Step {
            log: "::error::x\n".into(),
            annotations: Vec::new(),
            rest: "",
            summary: "x".repeat(900 * 1024),
            brief: "short".into(),
            outputs: vec![("failed", "1".into())],
        };
        assert_eq!(step.summary_after(0).len(), 900 * 1024 + 1);
        let said = step.summary_after(200 * 1024);
        assert!(said.starts_with("short\n") && said.contains("is full"), "{said}");
        assert_eq!(step.summary_after(MOST_SUMMARY - 10), "");
        let said = step.said(&Token::of([1; 16]));
        assert!(said.starts_with("::stop-commands::") && said.lines().count() == 3, "{said}");
    }
}
