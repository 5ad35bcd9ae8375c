//! Is everything that a host or an inventory can say shown as text, and can nothing else run?

use std::collections::BTreeMap;
use std::fs;

use jumpfleet::model::{Class, Event, Gate, GateKind, Happening, Outcome, Phase, Plan, Rate, Rule};
use jumpfleet::report::{Comparison, Report};

use crate::Test;
use crate::browser::Browser;
use crate::fleet::{event, large_plan};

pub const TESTS: &[Test] = &[
    ("whatever_is_said_is_text", corpus),
    ("nothing_but_our_own_script_can_run", policy),
    ("a_script_written_into_the_file_does_not_run", forged),
];

/// Each breaks another parser: HTML's, its attributes' and scripts', JSON's, the template's, a terminal's, an eye's.
const CORPUS: &[&str] = &[
    "<script>window.hacked=1</script>",
    "</script><script>window.hacked=2</script>",
    "</SCRIPT ><img src=x onerror=window.hacked=3>",
    "<!--<script>",
    "--><script>window.hacked=4</script>",
    "]]><svg onload=window.hacked=5>",
    "\" onmouseover=\"window.hacked=6\" x=\"",
    "' autofocus onfocus='window.hacked=7' x='",
    "<iframe srcdoc=\"<script>parent.hacked=8</script>\">",
    "<a href=\"javascript:window.hacked=9\">x</a>",
    "<style>body{display:none}</style>",
    "</style><link rel=stylesheet href=http://192.0.2.1/x.css>",
    "<img src=http://192.0.2.1/x.png>",
    "<meta http-equiv=refresh content=0;url=http://192.0.2.1/>",
    "<base href=http://192.0.2.1/>",
    "</title></textarea></noscript><b>bold</b>",
    "{{ 7 * 7 }}{% for x in y %}${1}#{1}<%= 1 %>",
    "&lt;b&gt;&amp;&#60;b&#62;&nbsp",
    "\u{202e}txt.exe\u{2066}\u{200f}",
    "\u{1b}[31mred\u{1b}]0;title\u{7}",
    "nul\0nul\u{2028}line\u{2029}para\u{feff}",
    "__proto__",
    "constructor",
    "\\u003cscript\\u003e\\\"\\",
    "<!--hosts-->",
    "עברית العربية grüße 🦀",
];

/// The corpus text of a field, marked so that one field cannot stand for another.
fn said(field: &str, at: usize) -> String {
    format!("{field}{at}:{}:{field}", CORPUS[at % CORPUS.len()])
}

/// A plan whose every text is hostile.
fn plan() -> Plan {
    let mut plan = large_plan(CORPUS.len() * 2);
    for (at, host) in plan.hosts.iter_mut().enumerate() {
        host.name = said("name", at).into();
        host.address = said("address", at).into();
        host.place = format!("{}:{at}", said("place", at));
        host.spread = Some((at % CORPUS.len()) as u32);
        host.wave = (at % CORPUS.len()) as u32;
    }
    plan.spreads = (0..CORPUS.len()).map(|at| said("spread", at).into()).collect();
    plan.waves = (0..CORPUS.len()).map(|at| said("wave", at)).collect();
    plan.plan_id = said("plan", 1);
    plan.appliance.site = said("site", 2);
    plan.tool_version = said("version", 3);
    for treatment in &mut plan.treatments {
        treatment.release = said("release", 4);
    }
    plan
}

fn outcome(at: usize) -> Outcome {
    let detail = said("detail", at);
    match at % 7 {
        0 | 1 => Outcome::Failed {
            phase: Phase::Install,
            class: Class::InstallerFailed,
            detail,
            tail: format!("first\n{}\n", said("tail", at)),
        },
        2 => Outcome::Unreachable { class: Class::NoRoute, detail },
        3 => Outcome::Unknown { phase: Phase::Verify, detail },
        4 => Outcome::NotStarted { reason: detail },
        5 => Outcome::AlreadyPresent { rule: Rule::Process, evidence: detail, running: true },
        _ => Outcome::Installed { directory: Some(detail), notes: Vec::new() },
    }
}

fn journal(plan: &Plan) -> Vec<Event> {
    let rate = Rate::per_minute(20);
    let of_run = |what| event(0, None, what);
    let mut events = vec![of_run(Happening::RunStarted {
        format_version: 1,
        tool_version: plan.tool_version.clone(),
        run: said("run", 5),
        plan_id: plan.plan_id.clone(),
        site: plan.appliance.site.clone(),
        task: plan.task,
        undoes: None,
        hosts: plan.hosts.len() as u64,
        rate,
        by: said("by", 6),
    })];
    events.push(of_run(Happening::RunResumed { by: said("resumer", 7), finished: 0 }));
    for wave in 0..CORPUS.len() as u32 {
        let name = plan.waves[wave as usize].clone();
        events.push(of_run(Happening::WaveStarted { wave, name, hosts: 2 }));
        events.push(of_run(Happening::GateReached { wave, gate: Gate { kind: GateKind::Auto, soak: 1 } }));
        events.push(of_run(Happening::GateOpened { wave, why: said("why", wave as usize) }));
    }
    events.push(of_run(Happening::PaceChanged { rate, why: said("pace", 8) }));
    events.push(of_run(Happening::Paused { by: said("orderer", 9) }));
    events.push(of_run(Happening::BudgetReached {
        rule: said("rule", 10),
        limit: said("limit", 11),
        mishaps: 1,
        sample: 2,
        hosts: vec![said("budget", 12).into()],
    }));
    for (at, host) in plan.hosts.iter().enumerate() {
        events.push(event(at as i64, Some(&host.name), Happening::InstallStarted { waited: 1 }));
        let what = Happening::HostFinished { outcome: outcome(at), milliseconds: 1 };
        events.push(event(at as i64 + 1, Some(&host.name), what));
    }
    events.push(of_run(Happening::StopRequested { reason: said("reason", 13) }));
    events
}

fn hostile() -> Report {
    let plan = plan();
    let mut report = Report::of(&plan, journal(&plan));
    let mut earlier = large_plan(CORPUS.len());
    for (at, host) in earlier.hosts.iter_mut().enumerate() {
        host.name = said("gone", at).into();
    }
    report.since = Some(Comparison::between(&Report::of(&earlier, [] as [Event; 0]), &report));
    report
}

/// What is left of a text when it is cleaned for people.
fn cleaned(text: &str) -> String {
    jumpfleet::report::clean_line(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn corpus(browser: &Browser) {
    let report = hostile();
    browser.show(&report);
    browser.run(
        "const size = document.querySelector('.pages select'); size.value = '100'; size.dispatchEvent(new Event('change'));
         document.querySelectorAll('.open').forEach(each => each.click());
         document.querySelectorAll('details').forEach(each => { each.open = true; });",
    );
    assert_eq!(browser.get("window.hacked === undefined"), true);
    let foreign = "document.querySelectorAll('img, iframe, object, embed, base, link, form, b, textarea, [onerror], [onload], \
                   [onmouseover], [onfocus], [autofocus], meta[http-equiv=refresh], a[href^=\"javascript\"]').length";
    assert_eq!(browser.number(foreign), 0.0);
    let known =
        BTreeMap::from([("script", 2.0), ("style", 1.0), ("title", 1.0), ("svg style", 0.0), ("body", 1.0)]);
    for (selector, count) in known {
        let own = format!(
            "[...document.querySelectorAll('{selector}')].filter(each => !each.closest('svg')).length"
        );
        assert_eq!(browser.number(&own), count, "{selector}");
    }
    let shown = browser.text(
        "document.body.innerText + [...document.querySelectorAll('svg title')].map(each => each.textContent)",
    );
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let hosts = CORPUS.len() * 2;
    let each = ["name", "address", "place", "detail"].map(|field| (field, 0..hosts));
    let waves = ["wave", "spread", "why", "gone"].map(|field| (field, 0..CORPUS.len()));
    let single = [
        "plan", "site", "version", "release", "run", "by", "resumer", "pace", "orderer", "rule", "limit",
        "budget", "reason",
    ];
    let single = single.into_iter().zip(1..).map(|(field, at)| (field, at..at + 1));
    for (field, numbers) in each.into_iter().chain(waves).chain(single) {
        for at in numbers {
            let wanted = cleaned(&said(field, at));
            assert!(shown.contains(&wanted), "{wanted:?} is not shown");
        }
    }
    for at in (0..hosts).filter(|at| at % 7 < 2) {
        assert!(shown.contains(&cleaned(&said("tail", at))), "{at}");
    }
    assert!(!shown.contains(['\u{1b}', '\0', '\u{202e}', '\u{2066}', '\u{200f}']));
}

fn policy(browser: &Browser) {
    browser.show(&hostile());
    browser.run(
        "window.refused = [];
         document.addEventListener('securitypolicyviolation', event => refused.push(event.effectiveDirective));
         const script = document.createElement('script'); script.textContent = 'window.hacked = 1'; document.body.append(script);
         document.body.insertAdjacentHTML('beforeend', '<p id=\"probe\" onclick=\"window.hacked = 2\" style=\"color: red\">x</p>');
         document.getElementById('probe').click();
         document.body.insertAdjacentHTML('beforeend', '<img src=\"http://127.0.0.1:9/x.png\"><iframe src=\"http://127.0.0.1:9/\"></iframe>');
         const style = document.createElement('style'); style.textContent = 'body{display:none}'; document.body.append(style);
         fetch('http://127.0.0.1:9/').catch(() => {});",
    );
    browser.until("refused.length >= 7");
    let refused = browser.text("[...new Set(refused)].sort().join(' ')");
    let wanted =
        "connect-src frame-src img-src script-src-attr script-src-elem style-src-attr style-src-elem";
    assert_eq!(refused, wanted);
    assert_eq!(browser.get("window.hacked === undefined"), true);
    assert_ne!(browser.text("getComputedStyle(document.body).display"), "none");
    let failed = |entry: &serde_json::Value| {
        entry["message"].as_str().is_some_and(|text| text.contains("127.0.0.1:9"))
    };
    let asked = browser.log("performance").into_iter().filter(failed).count();
    assert!(asked > 0, "the log shows what is refused");
    let complaints = browser.log("browser");
    assert!(
        complaints
            .iter()
            .all(|entry| entry["message"].as_str().is_some_and(|text| text.contains("Content Security")))
    );
}

fn forged(browser: &Browser) {
    let path = browser.file(&hostile());
    let page = fs::read_to_string(&path).expect("the page");
    let forged =
        page.replace("<main>", "<script>window.hacked = 1</script><main onclick=\"window.hacked = 2\">");
    assert_ne!(page, forged);
    browser.show_file(&browser.write(&forged));
    browser.until("document.documentElement.dataset.ready === 'yes'");
    browser.run("document.querySelector('main').click();");
    assert_eq!(browser.get("window.hacked === undefined"), true);
    assert!(!browser.log("browser").is_empty(), "the console says what was refused");
}
