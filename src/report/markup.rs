//! How are a stranger's words put into Markdown and HTML so that they stay words?

use std::fmt::Write as _;

use super::clean::{clean, clean_line, defuse, last_bytes};

/// The end of what a host printed, so many bytes of it, between fences that it cannot close.
pub(crate) fn output(host: &str, tail: &str, bytes: usize, block: &mut String) {
    let host = html(&clean_line(host));
    let _ = writeln!(block, "<details><summary>The end of what <code>{host}</code> printed</summary>\n");
    fenced(last_bytes(tail, bytes), block);
    block.push_str("\n</details>\n\n");
}

/// A code span, in which Markdown, HTML, mentions and references mean nothing.
pub(crate) fn code(text: &str) -> String {
    let text = clean_line(text);
    let text = defuse(&text);
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    // Spaces keep backticks apart from the fence; a renderer takes one off each side.
    let space =
        if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Our own words with a stranger's inside: everything that Markdown or GitHub would read is escaped.
pub(crate) fn prose(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // A mention or a reference is found after escapes were read; a joiner nobody sees breaks it.
            '@' | '#' => escaped.extend([c, '\u{2060}']),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '!' => {
                escaped.extend(['\\', c])
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Text of an HTML page or of an attribute's value: nothing in it is markup.
pub(crate) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// The length of the longest run of a character.
fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or(0)
}

/// Lines of text in Markdown, between fences that they cannot close.
pub(crate) fn fenced(text: &str, block: &mut String) {
    let text = clean(text);
    let fence = "`".repeat(longest_run(&text, '`').max(2) + 1);
    let _ = writeln!(block, "{fence}text");
    for line in text.trim_end().lines() {
        let _ = writeln!(block, "{}", defuse(line));
    }
    let _ = writeln!(block, "{fence}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn our_own_words_keep_a_strangers_words_harmless() {
        assert_eq!(prose("HALTED (`x` <b>|*_[a](b)): 1"), "HALTED (\\`x\\` \\<b\\>\\|\\*\\_\\[a\\](b)): 1");
        assert!(!prose("@octocat #12").contains("@o") && !prose("@octocat #12").contains("#1"));
    }

    proptest! {
        #[test]
        fn a_code_span_cannot_be_left(text in "[`a \n<@|]{0,20}") {
            let span = code(&text);
            let fence = span.len() - span.trim_start_matches('`').len();
            let inside = &span[fence..span.len() - fence];
            prop_assert!(span.ends_with(&"`".repeat(fence)) && !inside.contains('\n'));
            prop_assert!(longest_run(inside, '`') < fence && !inside.starts_with('`') && !inside.ends_with('`'));
        }

        #[test]
        fn a_fence_cannot_be_closed(tail in "[`~x\n:#\\[ ]{0,60}") {
            let mut block = String::new();
            output("web1", &tail, 4096, &mut block);
            let lines: Vec<_> = block.lines().skip(2).collect();
            let fence = lines[0].trim_end_matches("text");
            let closing = lines[1..].iter().position(|line| line.trim().starts_with(fence));
            // Behind the only closing fence there are three lines: blank, `</details>`, blank.
            prop_assert_eq!(closing, Some(lines.len() - 5));
        }
    }
}
