//! What a hostile host prints, and what would come of it where nothing keeps it from acting.

/// Texts that act in some console, CI system, browser or renderer.
pub const CORPUS: &[&str] = &[
    "::error file=a.rs,line=1::taken over",
    "  ::set-output name=failed::0",
    "\n::add-mask::e",
    "\r::warning::taken over",
    "::stop-commands::mine\n::mine::\n::error::after",
    "%0A::error::encoded",
    "##[error]old style",
    "x ##[add-path]/tmp",
    "##vso[task.setvariable variable=a]b",
    "##teamcity[buildStatus text='fine']",
    "\u{1b}[2J\u{1b}[1;1Hall good",
    "\u{1b}]0;title\u{7}",
    "\u{9b}31mred",
    "back\u{8}\u{8}\u{8}\u{8}gone\u{0}",
    "\u{202e}reversed\u{2066}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</code></pre></details></main><h1>ALL GOOD</h1>",
    "\" onmouseover=\"alert(1)\" x='",
    "]]><!-- -->",
    "&lt;b&gt; &amp;",
    "```\n# heading\n````\n~~~\n",
    "`code` ``more``",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "@octocat and octo-org/octo-repo#1",
    "| a | b |\n|---|---|\n",
    "---\n# not a heading\n",
    "${{ github.token }} $(id) `id`",
];

/// The commands that GitHub's runner would carry out in a log, each as its whole line.
///
/// As `ActionCommandManager` does: `::name …::` at the beginning of a line, leading blanks ignored, or
/// `##[name …]` anywhere; between `::stop-commands::TOKEN` and `::TOKEN::` there are none.
pub fn commands(log: &str) -> Vec<String> {
    let mut stopped: Option<String> = None;
    let mut commands = Vec::new();
    for line in log.split(['\n', '\r']) {
        if let Some(token) = &stopped {
            if line.trim_start().starts_with(&format!("::{token}::")) {
                stopped = None;
            }
            continue;
        }
        let told = line.trim_start().strip_prefix("::").and_then(|rest| rest.split_once("::"));
        match told {
            Some(("stop-commands", token)) => stopped = Some(token.to_owned()),
            Some(_) => commands.push(line.to_owned()),
            None if old_style(line) => commands.push(line.to_owned()),
            None => {}
        }
    }
    assert_eq!(stopped, None, "the log ends in the middle of a quotation");
    commands
}

fn old_style(line: &str) -> bool {
    line.split("##")
        .skip(1)
        .any(|rest| rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('['))
}

/// Fails when a terminal would do anything but show the text.
#[track_caller]
pub fn assert_plain(text: &str, what: &str) {
    let harmful = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if let Some(at) = text.find(harmful) {
        panic!("{what} holds {:?}", text[at..].chars().take(20).collect::<String>());
    }
}

#[test]
fn the_simulated_runner_obeys_what_it_should() {
    let all = CORPUS.join("\n");
    assert!(commands(&all.replace("::stop-commands::mine\n::mine::", "")).len() >= 9);
    assert_eq!(commands("::stop-commands::a\n::error::x\n##[error]\n::a::\n::error::y"), ["::error::y"]);
    assert_eq!(commands("x ::error::y\n#### title [a]"), Vec::<String>::new());
}
