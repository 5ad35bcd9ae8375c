//! What did a host print? Lines meant for us begin with a mark; everything else is somebody's greeting.

use std::str::FromStr;

use crate::model::{Observation, Rule, Trace};

/// What every line meant for us begins with; shell profiles print what they like around them.
pub const MARK: &str = "::jumpfleet:: ";

/// The line by which a step says that what it is for has begun.
pub const BEGUN: &str = "::jumpfleet:: begun";

/// The line that ends a look.
const END: &str = "::jumpfleet:: end";

/// The observation in the output of a probe.
///
/// # Errors
/// When the look did not come to its end, or a trace has no known rule: it is not believed by halves.
pub fn read(output: &str) -> Result<Observation, String> {
    let mut seen = Observation::default();
    for words in marked(output) {
        match words.split_once(' ').unwrap_or((words, "")) {
            ("end", "") => return Ok(seen),
            ("fact", rest) => {
                let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
                seen.facts.insert(name.to_owned(), value.to_owned());
            }
            ("trace", rest) => seen.traces.push(trace(rest)?),
            ("mark", line) => seen.facts.extend(marked_fact(line)),
            _ => {}
        }
    }
    Err("the look at the host did not come to its end".to_owned())
}

/// What a look printed behind its end: the log of this run's installer, if it failed.
pub fn log(output: &str) -> &str {
    output.split_once(END).map_or("", |(_, log)| log.trim_start_matches(['\r', '\n']))
}

/// The exit code in the output of an install step; the last one counts, since the log is printed before it.
pub fn status(output: &str) -> Option<i32> {
    last(output, "status ")?.parse().ok()
}

/// The SHA-256 in the output of a digest step, in lower case; none when the file is not there.
pub fn digest(output: &str) -> Option<String> {
    let digest = last(output, "digest ")?.to_ascii_lowercase();
    let is_whole = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_whole.then_some(digest)
}

/// The output without the lines meant for us, for people.
pub fn unmarked(output: &str) -> String {
    let lines: Vec<&str> = output.lines().filter(|line| !line.starts_with(MARK)).collect();
    lines.join("\n").trim().to_owned()
}

/// A line of the marker file as a fact, where it is one that we write.
fn marked_fact(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(": ")?;
    let fact = match name {
        "release" | "product" | "site" | "run" => format!("marker_{name}"),
        "install directory" if value.get(1..2) == Some(":") => "marker_directory".to_owned(),
        "setting" => {
            let (name, value) = value.split_once('=').filter(|(name, _)| name.starts_with("jc_"))?;
            return Some((format!("marker_setting_{name}"), value.to_owned()));
        }
        _ => return None,
    };
    Some((fact, value.to_owned()))
}

fn trace(text: &str) -> Result<Trace, String> {
    let (rule, evidence) = text.split_once(' ').unwrap_or((text, ""));
    Ok(Trace { rule: Rule::from_str(rule)?, evidence: evidence.to_owned() })
}

fn last<'a>(output: &'a str, word: &str) -> Option<&'a str> {
    marked(output).filter_map(|words| words.strip_prefix(word)).last()
}

fn marked(output: &str) -> impl Iterator<Item = &str> {
    output.lines().filter_map(|line| line.strip_prefix(MARK)).map(str::trim_end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn greetings_are_ignored() {
        let output = "Welcome!\r\nfact os Plan9\n::jumpfleet:: fact os Linux\r\n\
            ::jumpfleet:: trace process bomgar-pec\n::jumpfleet:: end\nlogout\n";
        let seen = read(output).expect("a whole look");
        assert_eq!(seen.fact("os"), Some("Linux"));
        assert_eq!(seen.traces, [Trace { rule: Rule::Process, evidence: "bomgar-pec".to_owned() }]);
    }

    #[test]
    fn a_marker_file_becomes_facts() {
        let output = "::jumpfleet:: mark release: spring\r\n::jumpfleet:: mark install directory: C:\\Jump\r\n\
            ::jumpfleet:: mark setting: jc_tag=a: b=c\r\n::jumpfleet:: mark setting: PATH=x\r\n\
            ::jumpfleet:: mark anything else\r\n::jumpfleet:: end\r\n";
        let seen = read(output).expect("a whole look");
        let facts: Vec<(&str, &str)> =
            seen.facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let wanted = [
            ("marker_directory", r"C:\Jump"),
            ("marker_release", "spring"),
            ("marker_setting_jc_tag", "a: b=c"),
        ];
        assert_eq!(facts, wanted);
    }

    #[test]
    fn half_a_look_is_not_believed() {
        assert!(read("").is_err());
        assert!(read("::jumpfleet:: fact os Linux\n").is_err());
        assert!(read("::jumpfleet:: trace horoscope Leo\n::jumpfleet:: end\n").is_err());
        assert!(read("::jumpfleet:: ending\n").is_err());
    }

    #[test]
    fn the_last_status_counts() {
        let output = "::jumpfleet:: status 0\nsorry\n::jumpfleet:: status 3010\r\n";
        assert_eq!(status(output), Some(3010));
        assert_eq!(unmarked(output), "sorry");
        assert_eq!(status("status 0\n"), None);
        assert_eq!(status("::jumpfleet:: status zero\n"), None);
    }

    #[test]
    fn only_a_whole_digest_is_one() {
        let hex = "A".repeat(64);
        assert_eq!(digest(&format!("\n::jumpfleet:: digest {hex}\n")), Some("a".repeat(64)));
        assert_eq!(digest("::jumpfleet:: digest abc\n"), None);
        assert_eq!(digest(""), None);
    }

    proptest! {
        #[test]
        fn nothing_printed_makes_it_stumble(lines in prop::collection::vec(
            prop_oneof![".*", "::jumpfleet:: (fact|trace|end|status|digest)? ?.*"], 0..20)) {
            let output = lines.join("\n");
            let _ = (read(&output), status(&output), digest(&output), unmarked(&output));
        }
    }
}
