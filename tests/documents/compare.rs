//! Is this the output the page shows, but for what differs from one run to the next?

use regex::{Captures, Regex};

/// What differs from run to run, and what stands for it on both sides.
const VARYING: &[(&str, &str)] = &[
    (r"\b\d{8}T\d{6}Z-[0-9a-f]{4}\b", "‹run›"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "‹moment›"),
    (r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\b", "‹moment›"),
    (r"(?m)^\d\d:\d\d:\d\d ", "‹clock› "),
    (r"(‹moment›, )\d+ (ms|s|min)( \d+ s)?", "$1‹time›"),
    (r"[ \d]\d [A-Z][a-z]{2} \d\d:\d\d\b", "‹begun›"),
    (r"\(\d+\.\d s\)", "(‹time›)"),
    (r"(?m)^(‹clock› \[)\d+/", "$1‹n›/"),
    (r"\b\d+\.\d starts a minute, \d+ in", "‹pace› in"),
    (r"\b[0-9a-f]{64}\b", "‹digest›"),
    (r"\b[0-9a-f]{16}\b", "‹digest›"),
    (r"(plan |Plan )[0-9a-f]{12}\b", "$1‹digest›"),
    (r"\b\d+ bytes\b", "‹size› bytes"),
    (r#"("(?:milliseconds|waited|sent|delay|bytes|waited_milliseconds|install_milliseconds)":)\d+"#, "$1‹n›"),
    (r#"time="\d+\.\d{3}""#, "time=\"‹time›\""),
    (r#"("starts_per_minute":)[\d.]+"#, "$1‹n›"),
    (r"\bada@[\w.-]+", "ada@‹machine›"),
    (r#""(kernel|boot_id|login|distribution)":"[^"]*""#, "\"$1\":\"‹fact›\""),
    (r#""(staging_free_kib|install_free_kib|systemd)":"\d+""#, "\"$1\":\"‹fact›\""),
];

/// The text with everything replaced that differs from run to run.
pub fn plain(text: &str) -> String {
    let mut plain = text.to_owned();
    for (pattern, stand_in) in VARYING {
        let regex = Regex::new(pattern).expect("an expression");
        plain = regex.replace_all(&plain, |found: &Captures<'_>| expanded(found, stand_in)).into_owned();
    }
    in_order(&plain)
}

fn expanded(found: &Captures<'_>, stand_in: &str) -> String {
    let mut text = String::new();
    found.expand(stand_in, &mut text);
    text
}

/// Hosts finish in any order: neighbouring progress lines are sorted.
fn in_order(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let is_progress = |line: &&str| line.starts_with("‹clock› [");
    for run in lines.chunk_by_mut(|one, other| is_progress(one) && is_progress(other)) {
        if is_progress(&run[0]) {
            run.sort_unstable();
        }
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Whether the output is what the page shows; `…` stands for any text, alone on its line for any lines.
pub fn fits(shown: &str, printed: &str) -> bool {
    let (shown, printed) = (plain(shown), plain(printed));
    lines_fit(&shown.lines().collect::<Vec<_>>(), &printed.lines().collect::<Vec<_>>())
}

fn lines_fit(shown: &[&str], printed: &[&str]) -> bool {
    match (shown, printed) {
        ([], []) => true,
        ([any, rest @ ..], _) if any.trim() == "…" => {
            (0..=printed.len()).any(|skipped| lines_fit(rest, &printed[skipped..]))
        }
        ([first, shown @ ..], [line, printed @ ..]) => line_fits(first, line) && lines_fit(shown, printed),
        _ => false,
    }
}

fn line_fits(shown: &str, printed: &str) -> bool {
    let parts: Vec<String> = shown.split('…').map(regex::escape).collect();
    Regex::new(&format!("^{}$", parts.join(".*"))).expect("an expression").is_match(printed)
}

/// Whether the comparison still tells right from wrong; a comparison that cannot fail proves nothing.
pub fn is_sharp() -> bool {
    let good = [
        ("a\n…\nd\n", "a\nb\nc\nd\n"),
        (
            "Run 20260101T000000Z-abcd (2 hosts, 0 finished)\n",
            "Run 20270503T123456Z-0f0f (2 hosts, 0 finished)\n",
        ),
        (
            "10:00:00 [1/2] a: installed (1.0 s)\n10:00:00 [2/2] b: installed (1.0 s)\n",
            "11:11:11 [1/2] b: installed (2.5 s)\n11:11:12 [2/2] a: installed (3.5 s)\n",
        ),
        ("value: …, end\n", "value: 12, end\n"),
    ];
    let bad = [
        ("a\nb\n", "a\nb\nc\n"),
        ("installed              2\n", "installed              3\n"),
        ("FAILED: 1 host\n", "FAILED: 2 hosts\n"),
        ("10:00:00 [1/2] a: installed (1.0 s)\n", "10:00:00 [1/2] a: not started: interrupted (1.0 s)\n"),
        ("value: …, end\n", "value: 12, ende\n"),
        ("", "error: something\n"),
    ];
    good.iter().all(|(shown, printed)| fits(shown, printed))
        && !bad.iter().any(|(shown, printed)| fits(shown, printed))
}
