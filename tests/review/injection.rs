//! Can anything that a host printed, or an inventory holds, act in a console, a CI system, a browser or a page?

use jumpfleet::model::{Class, Outcome, Phase, Rule};
use jumpfleet::report::{Report, exporter_names, step};

use crate::corpus::{CORPUS, assert_plain, commands};
use crate::fleet::{large_journal, large_plan, written};
use crate::scene::Scene;

/// A run on which every text of the corpus stands wherever hosts can put one.
fn hostile() -> Report {
    let plan = large_plan(CORPUS.len() * 4);
    let journal = large_journal(&plan, |at| {
        let (text, next) = (CORPUS[at / 4], CORPUS[(at / 4 + 1) % CORPUS.len()]);
        match at % 4 {
            0 => Outcome::Failed {
                phase: Phase::Install,
                class: Class::InstallerFailed,
                detail: text.to_owned(),
                tail: format!("{text}\n{next}\n"),
            },
            1 => Outcome::Unreachable { class: Class::NoBanner, detail: text.to_owned() },
            2 => Outcome::Unknown { phase: Phase::Verify, detail: text.to_owned() },
            _ => Outcome::AlreadyPresent { rule: Rule::Process, evidence: text.to_owned(), running: false },
        }
    });
    Report::of(&plan, journal)
}

#[test]
fn no_report_lets_a_host_act_in_a_terminal_or_a_log() {
    let report = hostile();
    for format in exporter_names() {
        let text = written(&report, format);
        assert_plain(&text, format);
        if format != "github" {
            assert_eq!(commands(&text), Vec::<String>::new(), "{format}");
        }
    }
}

#[test]
fn github_hears_our_annotations_and_no_others() {
    let report = hostile();
    let step = step(&report).expect("memory takes it");
    let token = jumpfleet::ci::Token::of([3; 16]);
    let log = step.said(&token);
    assert_plain(&log, "the log");
    let heard = commands(&log);
    assert!(heard.len() > 10, "{log}");
    for command in &heard {
        let ours = ["::error ", "::warning ", "::notice "].iter().any(|begin| command.starts_with(begin));
        assert!(ours && command.contains("title="), "{command}");
        let properties = command.trim_start_matches("::").split("::").next().unwrap_or_default();
        assert!(!properties.contains("file=a.rs"), "{command}");
    }
    for level in ["::error ", "::warning "] {
        assert!(heard.iter().filter(|command| command.starts_with(level)).count() <= 10, "{level}");
    }
    assert_plain(&step.summary, "the summary");
    assert!(step.summary.len() <= 900 * 1024);
    for (name, value) in &step.outputs {
        assert_plain(value, name);
    }
}

/// What of a Markdown page is neither in a fence nor in a code span.
fn outside_of_code(page: &str) -> String {
    let mut fence: Option<&str> = None;
    let mut outside = String::new();
    for line in page.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line.trim_end() == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => outside.push_str(&without_spans(line)),
        }
        outside.push('\n');
    }
    assert_eq!(fence, None, "a fence is left open");
    outside
}

/// A line without its code spans: as many backticks close one as have opened it.
fn without_spans(line: &str) -> String {
    let mut rest = line;
    let mut outside = String::new();
    while let Some(at) = rest.find('`') {
        if rest[..at].ends_with('\\') {
            outside.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        }
        outside.push_str(&rest[..at]);
        let count = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let inside = &rest[at + count..];
        let mut from = 0;
        let close = loop {
            let Some(found) = inside[from..].find('`') else { break None };
            let begin = from + found;
            let run = inside[begin..].len() - inside[begin..].trim_start_matches('`').len();
            if run == count {
                break Some(begin + run);
            }
            from = begin + run;
        };
        match close {
            Some(end) => rest = &inside[end..],
            None => panic!("a code span is left open: {line}"),
        }
    }
    outside + rest
}

/// Fails when something outside of code would be more than words.
#[track_caller]
fn assert_only_words(page: &str) {
    let outside = outside_of_code(page);
    let mut bare = outside.clone();
    for known in ["<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"] {
        bare = bare.replace(known, "");
    }
    for (at, c) in bare.char_indices().filter(|(_, c)| matches!(c, '<' | '[' | '*' | '`')) {
        let bold = c == '*' && (bare[at..].starts_with("**") || bare[..at].ends_with('*'));
        assert!(
            bold || bare[..at].ends_with('\\'),
            "{c} at {:?}",
            &bare[at..].chars().take(40).collect::<String>()
        );
    }
    assert!(!bare.contains("@octocat") && !bare.contains("repo#1"), "somebody is called");
}

#[test]
fn no_markdown_page_shows_more_than_words() {
    assert_only_words(&written(&hostile(), "markdown"));
    let scene = hostile_plan();
    assert_only_words(&scene.show("plan.json", "markdown"));
    let diff = scene.run(&["plan", "diff", "tame.json", "plan.json", "--format", "markdown"]).expect(0);
    assert_only_words(&diff.stdout);
}

/// A text as a value that an inventory may hold: on one line, without control characters.
fn value(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    text.replace('\'', "''")
}

fn fleet(comment: impl Fn(&str) -> String) -> String {
    let host = |(at, text): (usize, &&str)| {
        let comment = comment(text).replace("{{", "{ {");
        format!("    h{at}: {{ansible_host: h{at}.example.org, jc_comments: 'x {comment}'}}\n")
    };
    let hosts: String = CORPUS.iter().enumerate().map(host).collect();
    format!("web:\n  hosts:\n{hosts}")
}

/// A plan whose hosts have comments from the corpus, and one whose hosts have harmless ones.
fn hostile_plan() -> Scene {
    let scene = Scene::new(&fleet(|_| "harmless".to_owned()));
    scene.plan("tame.json", &[]);
    scene.write("fleet.yaml", &format!("{}{}", fleet(value), crate::scene::VARS));
    scene.plan("plan.json", &[]);
    scene
}

#[test]
fn no_plan_lets_an_inventory_act() {
    let scene = hostile_plan();
    for format in jumpfleet::planner::format_names() {
        let text = scene.show("plan.json", format);
        assert_plain(&text, format);
        for command in commands(&text) {
            assert!(format == "github" && command.contains("title=Plan%3A "), "{format}: {command}");
        }
    }
    for format in jumpfleet::planner::diff_format_names() {
        let text =
            scene.run(&["plan", "diff", "tame.json", "plan.json", "--format", format]).expect(0).stdout;
        for command in commands(&text) {
            assert!(format == "github" && command.contains("title="), "{format}: {command}");
        }
        assert_plain(&text, format);
    }
}

/// The tags of a page, in order.
fn tags(page: &str) -> Vec<String> {
    let body = page.split_once("</style>").expect("a style").1;
    body.split('<').skip(1).map(|tag| tag.split('>').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn no_word_of_an_inventory_is_a_tag_of_the_page() {
    let hosts = fleet(value);
    let scene = Scene::new(&hosts);
    scene.plan("plan.json", &[]);
    let hostile = tags(&scene.show("plan.json", "html"));
    // The same structure with other words: so many different comments, none of which means anything.
    let calm =
        |text: &str| format!("calm {}", CORPUS.iter().position(|known| *known == text).expect("a text"));
    scene.write("fleet.yaml", &format!("{}{}", fleet(calm), crate::scene::VARS));
    scene.plan("plan.json", &[]);
    assert_eq!(hostile, tags(&scene.show("plan.json", "html")));
}
