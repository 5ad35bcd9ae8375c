//! Inventories in JSON, and what inventory scripts print.

use jumpfleet::inventory::{self, Role, to_be_asked};
use jumpfleet::model::Mistakes;

use crate::errors::assert_fit;
use crate::growth::in_proportion;
use crate::inventory::source;
use crate::trial::Trial;

const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\"web\"",
    "\"hosts\": ",
    "\"children\": ",
    "\"vars\": ",
    "\"_meta\": ",
    "\"hostvars\": ",
    "\"h1\"",
    "\"h[1:3]\"",
    "{}",
    "[]",
    "null",
    "true",
    "nul",
    "1",
    "-0",
    "1e5",
    "1e999",
    "01",
    "1.",
    "NaN",
    "\\u001b",
    "\\ud83d",
    "\\ude00",
    "\\x",
    "\"\\",
    "\n",
    "\t",
    " ",
    "//",
    "\"ansible_password\": \"x\"",
    "\"jc_tga\": 1",
    "\"jc_platform\": \"linux\"",
    "{\"web\": {\"hosts\": {\"a\": {\"x\": ",
    "{\"web\": {\"hosts\": [\"a\", ",
];

const SCRIPT: &str = "hosts.sh --list";

/// Reads what stands in a file, or what a script printed, and everything its hosts come to.
fn read_whole(role: Role, path: &str, text: &str) -> Result<(), Mistakes> {
    let inventory = inventory::read(vec![source(role, path, text)])?;
    let ids: Vec<_> = inventory.ids().take(100).collect();
    inventory.resolve(&ids, None).map(|_| ())
}

#[test]
fn any_json_file_is_read_or_refused_at_its_place() {
    Trial::of("json", WORDS).text(|text| {
        if let Err(mistakes) = read_whole(Role::Inventory, "fleet.json", text) {
            assert_fit(&mistakes, &[("fleet.json", text)]);
        }
    });
}

#[test]
fn any_output_of_a_script_is_read_or_refused_at_its_place() {
    Trial::of("output", WORDS).text(|text| {
        let asked = to_be_asked(text);
        assert!(asked.iter().all(|host| text.contains(&**host) || text.contains('\\')), "{asked:?}");
        if let Err(mistakes) = read_whole(Role::Output, SCRIPT, text) {
            assert_fit(&mistakes, &[(SCRIPT, text)]);
        }
        let list = source(Role::Output, SCRIPT, "{\"web\": [\"h1\"]}");
        let host = source(Role::HostOutput("h1".into()), "hosts.sh --host h1", text);
        if let Err(mistakes) = inventory::read(vec![list, host]) {
            assert_fit(&mistakes, &[(SCRIPT, ""), ("hosts.sh --host h1", text)]);
        }
    });
}

/// JSON is read as `serde_json` reads it, as far as both can hold it.
#[test]
fn json_is_what_another_reader_takes_it_for() {
    Trial::of("json", WORDS).text(|text| {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // What is no mapping is refused before its end.
        if !text.trim_start().starts_with('{') {
            return;
        }
        let theirs: Result<serde_json::Value, _> = serde_json::from_str(text);
        let ours = inventory::read(vec![source(Role::Inventory, "fleet.json", text)]);
        let not_json =
            ours.as_ref().err().map(ToString::to_string).filter(|said| said.contains("is not JSON"));
        match (theirs, not_json) {
            // Numbers beyond all bounds are no mistake here, and depth is judged where values lie.
            (Err(error), None) => {
                assert!(
                    !error.is_syntax() || error.to_string().contains("number out of range"),
                    "{error}: {text}"
                )
            }
            (Ok(_), Some(said)) => panic!("{said}\n{text}"),
            _ => {}
        }
    });
}

#[test]
fn the_work_grows_with_the_text() {
    type Piece = fn(usize) -> String;
    let cases: &[(&str, usize, &str, Piece)] = &[
        ("hosts", 1000, "{\"web\": {\"hosts\": [\"x\"", |n| format!(", \"h{n}\"")),
        ("groups", 500, "{\"web\": []", |n| format!(", \"g{n}\": [\"h{n}\", \"h\"]")),
        ("children", 500, "{\"web\": {\"children\": [\"x\"", |n| format!(", \"g{n}\"")),
        ("variables", 500, "{\"_meta\": {\"hostvars\": {\"x\": {}", |n| {
            format!(", \"h{n}\": {{\"a\": {n}}}")
        }),
        ("a long text", 5000, "{\"web\": {\"vars\": {\"x\": \"", |_| "\\u00e9 word".to_owned()),
        ("brackets", 1000, "{\"web\": {\"vars\": {\"x\": ", |_| "[".to_owned()),
        ("blanks", 5000, "{", |_| "\n ".to_owned()),
        ("wrong hosts", 500, "{\"web\": [\"x\"", |n| format!(", \"h {n}\"")),
    ];
    for (what, pieces, before, piece) in cases {
        let opened = before.chars().filter_map(|c| match c {
            '{' => Some('}'),
            '[' => Some(']'),
            _ => None,
        });
        let close: String = opened.rev().collect();
        for close in ["", &close] {
            let text = |count: usize| format!("{before}{}{close}", (0..count).map(piece).collect::<String>());
            in_proportion(what, *pieces, text, |text| {
                drop(to_be_asked(text));
                drop(read_whole(Role::Output, SCRIPT, text));
            });
        }
    }
}
