//! Inventory files, and the files of variables beside them.

use jumpfleet::inventory::{self, Inventory, Role, Source};
use jumpfleet::model::Mistakes;

use crate::errors::assert_fit;
use crate::growth::{in_proportion, within};
use crate::trial::Trial;

const WORDS: &[&str] = &[
    "all:",
    "web:",
    "  hosts:",
    "  children:",
    "  vars:",
    "    h1:",
    "    h[1:3]:",
    "    h[1:99999999]:",
    " {",
    "}",
    " [",
    "]",
    ", ",
    ": ",
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "? ",
    "&a ",
    "*a",
    "*b",
    "<<: ",
    "<<: *a",
    "!vault ",
    "!unsafe ",
    "!!str ",
    "!<x> ",
    "|",
    "|2-",
    ">",
    "\n---\n",
    "\n...\n",
    "%YAML 1.1\n",
    "%TAG ! x\n",
    "'",
    "\"",
    "\"\\e[31m\"",
    "\\x",
    "#",
    " # x",
    "~",
    "null",
    "ansible_host: ",
    "ansible_port: 70000",
    "ansible_password: x",
    "ansible_become: maybe",
    "ansible_ssh_common_args: '-J b'",
    "jc_platform: linux_headless",
    "jc_platfrom: x",
    "jc_user: jc",
    "jc_tag: \"{{ x }}\"",
    "jc_jump_group: \"jumpgroup:x\"",
    "jc_install_dir: /o",
    "{{ x }}",
    "ansible_group_priority: 7",
    "plugin: x",
    "@",
    "`",
    "%",
    "12:30:45",
    "0x",
    "-0o7",
    "1_000",
    ".inf",
    "+.e+",
];

pub fn source(role: Role, path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), role, text: text.to_owned() }
}

/// An inventory of one file.
pub fn read(text: &str) -> Result<Inventory, Mistakes> {
    inventory::read(vec![source(Role::Inventory, "fleet.yaml", text)])
}

/// Reads an inventory and everything its hosts come to.
fn read_whole(text: &str) -> Result<(), Mistakes> {
    let inventory = read(text)?;
    let ids: Vec<_> = inventory.ids().take(100).collect();
    inventory.resolve(&ids, None).map(|_| ())
}

#[test]
fn any_inventory_is_read_or_refused_at_its_place() {
    let examples = ["linux_headless", "windows_msi", "mixed/mixed"];
    let mut trial = Trial::of("inventory", WORDS);
    for name in examples {
        let path = format!("{}/inventories/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        trial = trial.and(std::fs::read(path).expect("an example"));
    }
    trial.text(|text| {
        if let Err(mistakes) = read_whole(text) {
            assert_fit(&mistakes, &[("fleet.yaml", text)]);
        }
    });
}

#[test]
fn any_file_of_variables_is_read_or_refused_at_its_place() {
    const FLEET: &str = "web:\n  hosts:\n    h1: {ansible_host: 192.0.2.1, jc_platform: linux_headless}\n";
    Trial::of("variables", WORDS).text(|text| {
        let sources = vec![
            source(Role::Inventory, "fleet.yaml", FLEET),
            source(Role::GroupVars("web".into()), "group_vars/web", text),
            source(Role::HostVars("h1".into()), "host_vars/h1", text),
            source(Role::HostVars("h2".into()), "host_vars/h2", text),
        ];
        let files =
            [("fleet.yaml", FLEET), ("group_vars/web", text), ("host_vars/h1", text), ("host_vars/h2", text)];
        match inventory::read(sources) {
            Ok(_) => panic!("there is no `h2`"),
            Err(mistakes) => assert_fit(&mistakes, &files),
        }
    });
}

#[test]
fn the_work_grows_with_the_text() {
    let many = |before: &str, piece: &dyn Fn(usize) -> String, count: usize| -> String {
        before.to_owned() + &(0..count).map(piece).collect::<String>()
    };
    type Piece = fn(usize) -> String;
    let cases: &[(&str, usize, &str, Piece)] = &[
        ("hosts", 500, "web:\n  hosts:\n", |n| format!("    h{n}:\n")),
        ("groups", 500, "", |n| format!("g{n}:\n  hosts:\n    h{n}:\n")),
        ("one host in all groups", 4000, "", |n| format!("g{n}: {{hosts: {{h: }}}}\n")),
        ("variables of one group", 500, "web:\n  hosts: {h: }\n  vars:\n", |n| format!("    v{n}: {n}\n")),
        ("a group that comes again", 500, "", |n| {
            format!("web: {{vars: {{v{n}: 1}}}}\n{}", if n == 0 { "db: {hosts: {h: }}\n" } else { "" })
        }),
        ("keys that stand twice", 500, "web:\n  vars:\n", |_| "    a: 1\n".to_owned()),
        ("keys that stand twice in one line", 2000, "web: {vars: {", |_| "a: 1, ".to_owned()),
        ("unknown sections in one line", 2000, "web: {", |n| format!("hots{n}: 1, ")),
        ("undefined groups", 300, "all:\n  children:\n", |n| {
            if n % 2 == 0 { format!("    gone{n}:\n") } else { format!("    here{n}: {{hosts: }}\n") }
        }),
        ("rings", 300, "", |n| format!("g{n}: {{children: {{g{}: {{}}, g0: {{}}}}}}\n", n + 1)),
        ("anchors", 500, "web:\n  vars:\n", |n| format!("    v{n}: &a{n} [1, 2]\n")),
        ("aliases", 500, "web:\n  vars:\n    a: &a [1, 2, 3]\n", |n| format!("    v{n}: *a\n")),
        ("unknown aliases", 500, "web:\n  vars:\n", |n| format!("    v{n}: *a{n}\n")),
        ("merges", 500, "x: &x {hosts: }\n", |n| format!("g{n}: {{<<: *x, vars: {{a: 1}}}}\n")),
        ("plain lines of one text", 2000, "web:\n  vars:\n    a: b\n", |_| "      word word\n".to_owned()),
        ("quoted lines of one text", 2000, "web: {vars: {a: \"", |_| "word\\n\n word".to_owned()),
        ("a block", 2000, "web:\n  vars:\n    a: |\n", |_| "      word\n\n".to_owned()),
        ("comments", 2000, "", |_| "# word\n".to_owned()),
        ("blank lines", 2000, "", |_| "   \n".to_owned()),
        ("a long flow list", 2000, "web: {vars: {a: [", |_| "b, ".to_owned()),
        ("flow keys without a value", 2000, "web: {vars: {", |n| format!("b{n}, ")),
        ("question marks", 1000, "", |_| "? ".to_owned()),
        ("dashes", 100, "", |_| "- ".to_owned()),
        ("colons", 2000, "a", |_| ":a".to_owned()),
        ("tags", 1000, "web: {vars: {a: [", |_| "!x y, ".to_owned()),
        ("a long secret", 2000, "web:\n  vars:\n    ansible_password: \"x\n", |_| "  : |'\"\n".to_owned()),
        (
            "ssh arguments",
            1000,
            "web: {hosts: {h: }, vars: {jc_platform: linux_headless, ansible_ssh_args: '",
            |_| "-o A=b ".to_owned(),
        ),
    ];
    for (what, pieces, before, piece) in cases {
        let end = if *what == "ssh arguments" { "'}}\n" } else { "" };
        in_proportion(what, *pieces, |count| many(before, piece, count) + end, |text| drop(read_whole(text)));
    }
}

#[test]
fn many_files_of_variables_grow_with_their_number() {
    in_proportion(
        "files of unknown groups",
        200,
        |count| (0..count).map(|n| format!("g{n}:\n  hosts:\n    h{n}:\n")).collect(),
        |text| {
            let mut sources = vec![source(Role::Inventory, "fleet.yaml", text)];
            let groups =
                text.lines().filter_map(|line| line.strip_suffix(':')).filter(|name| name.starts_with('g'));
            sources.extend(groups.map(|name| source(Role::GroupVars(format!("x{name}")), "x", "a: 1")));
            drop(inventory::read(sources));
        },
    );
}

/// What the groups of a host say is kept once for all hosts of the same groups: here none have the same.
#[test]
fn a_chain_of_groups_stays_small() {
    let chain = |n| format!("g{n}: {{hosts: {{h{n}: }}, children: {{g{}: {{}}}}}}\n", n + 1);
    let text: String = (0..1000).map(chain).collect();
    within(1 << 25, "a chain of groups", &text, |text| drop(read_whole(text)));
}

#[test]
fn deep_pits_and_bombs_are_refused() {
    let nested: String = (0..100_000).map(|n| " ".repeat(n % 400) + "a:\n").collect();
    let steps: String = (0..3000).map(|n| " ".repeat(n) + "a:\n").collect();
    let laughs: String =
        (1..30).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", "))).collect();
    let laughs = format!("web:\n  vars:\n    x: 1\na0: &a0 [x]\n{laughs}");
    let crowd: String =
        (0..200).map(|n| format!("g{n}: {{hosts: {{\"h{n}[0:500][0:999]\": }}}}\n")).collect();
    for (what, text) in [
        ("lists", "[".repeat(100_000)),
        ("mappings", "{".repeat(100_000)),
        ("mappings of keys", "{a: ".repeat(100_000)),
        ("block lists", "- ".repeat(100_000)),
        ("complex keys", "? ".repeat(100_000)),
        ("indents", nested),
        ("steps", steps),
        ("groups", "web: {children: {".repeat(100_000)),
        ("laughs", laughs),
        ("a crowd", crowd),
    ] {
        within(1 << 30, what, &text, |text| {
            let mistakes = read_whole(text).expect_err(what);
            assert_fit(&mistakes, &[("fleet.yaml", text)]);
        });
    }
}
