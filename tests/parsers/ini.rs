//! Inventories in INI form, and lists of hosts.

use jumpfleet::inventory::{self, Role};
use jumpfleet::model::Mistakes;

use crate::errors::assert_fit;
use crate::growth::{in_proportion, within};
use crate::inventory::source;
use crate::trial::Trial;

const WORDS: &[&str] = &[
    "[web]",
    "[web:vars]",
    "[web:children]",
    "[web:hosts]",
    "[all:vars]",
    "[late:children]",
    "[",
    "]",
    "[web",
    "[a:b:c]",
    "\n",
    "\n\n",
    "web",
    "late",
    "h1",
    "h[1:3]",
    "h[1:99999999]",
    "h1:22",
    "[::1]:22",
    "h:",
    "---",
    " ",
    "\t",
    "=",
    " = ",
    "x=1",
    "x='a b'",
    "x=\"a b",
    "x='",
    "\\",
    "#",
    " # c",
    ";",
    "ansible_port=70000",
    "ansible_port = 22",
    "ansible_password=x",
    "ansible_password=\"{'env': 'A'}\"",
    "ansible_group_priority = 7",
    "ansible_host=192.0.2.1",
    "jc_platform=linux_headless",
    "jc_platfrom = x",
    "jc_user=jc",
    "jc_tag = {{ x }}",
    "{'a': [1, (2,), {3}]}",
    "[1, 2",
    "(",
    ")",
    "{",
    "}",
    ",",
    "b'\\xff'",
    "r'\\'",
    "'''",
    "\\u12",
    "\\N{X}",
    "1_0.5e-3j",
    "+1-2j",
    "0x_f",
    "...",
    "set()",
    "True",
    "\u{b}",
    "\u{1c}",
    "\u{2028}",
];

/// Reads an inventory and everything its hosts come to.
fn read_whole(role: Role, text: &str) -> Result<(), Mistakes> {
    let inventory = inventory::read(vec![source(role, "fleet.ini", text)])?;
    let ids: Vec<_> = inventory.ids().take(100).collect();
    let mut out = Vec::new();
    inventory.write_json(&ids, true, &mut out).expect("a list in memory");
    inventory.resolve(&ids, None).map(|_| ())
}

#[test]
fn any_ini_file_is_read_or_refused_at_its_place() {
    Trial::of("ini", WORDS).text(|text| {
        if let Err(mistakes) = read_whole(Role::Inventory, text) {
            assert_fit(&mistakes, &[("fleet.ini", text)]);
        }
    });
}

#[test]
fn any_list_of_hosts_is_read_or_refused_at_its_place() {
    Trial::of("ini", &["web01", ",", ",,", " ", "h:22", "[::1]:22", "h[1:3]", "\n", "5"]).text(|text| {
        if let Err(mistakes) = read_whole(Role::Hosts, text) {
            assert_fit(&mistakes, &[("fleet.ini", text)]);
        }
    });
}

#[test]
fn the_work_grows_with_the_text() {
    type Piece = fn(usize) -> String;
    let cases: &[(&str, usize, &str, Piece)] = &[
        ("hosts", 500, "[web]\n", |n| format!("h{n} a={n} b='c d'\n")),
        ("groups", 500, "", |n| format!("[g{n}]\nh{n}\n")),
        ("variables of one group", 500, "[web]\nh\n[web:vars]\n", |n| format!("v{n} = {n}\n")),
        ("one variable again and again", 2000, "[web]\nh\n[web:vars]\n", |_| "v = 1\n".to_owned()),
        ("one host again and again", 1000, "[web]\n", |n| format!("h v{n}=1\n")),
        ("variables of one host", 1000, "h ", |n| format!("v{n}=1 ")),
        ("children that are declared late", 500, "[top:children]\n", |n| format!("g{n}\n")),
        ("children and their groups", 300, "", |n| format!("[p{n}:children]\ng{n}\n[g{n}]\n")),
        ("one group that many wait for", 300, "", |n| format!("[p{n}:children]\nlate\n")),
        ("headers that are wrong", 500, "", |n| format!("[g{n} x]\n")),
        ("words without a sign", 500, "h ", |n| format!("w{n} ")),
        ("an open quote", 5000, "h x=\"", |_| "word ".to_owned()),
        ("backslashes", 5000, "h x=", |_| "\\\\".to_owned()),
        ("a long list", 2000, "h\n[all:vars]\nx = [", |_| "1, ".to_owned()),
        ("a long text", 2000, "h\n[all:vars]\nx = ", |_| "'a' ".to_owned()),
        ("a long mapping", 1000, "h\n[all:vars]\nx = {", |n| format!("'k{n}': 1, ")),
        ("brackets in brackets", 100, "h\n[all:vars]\nx = ", |_| "[[[[".to_owned()),
        ("comments", 2000, "h\n", |_| "# word\n".to_owned()),
        ("odd line ends", 2000, "h\n", |_| "\u{b}\u{2028}".to_owned()),
        ("long secrets", 1000, "h\n", |n| format!("h{n} ansible_password=x jc_tga=1\n")),
    ];
    for (what, pieces, before, piece) in cases {
        let text = |count: usize| (*before).to_owned() + &(0..count).map(piece).collect::<String>();
        in_proportion(what, *pieces, text, |text| drop(read_whole(Role::Inventory, text)));
    }
    let hosts = |count: usize| (0..count).map(|n| format!("h{n}:22,")).collect();
    in_proportion("a list of hosts", 1000, hosts, |text| drop(read_whole(Role::Hosts, text)));
}

#[test]
fn crowds_are_refused() {
    let crowd: String = (0..200).map(|n| format!("h{n}[0:500][0:999]\n")).collect();
    within(1 << 30, "a crowd", &crowd, |text| {
        let mistakes = read_whole(Role::Inventory, text).expect_err("a crowd");
        assert_fit(&mistakes, &[("fleet.ini", text)]);
    });
}
