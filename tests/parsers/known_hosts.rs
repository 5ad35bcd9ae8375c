//! The keys that hosts are known by.

use jumpfleet::transport::known_hosts::{KnownHosts, Verdict, entry_line};
use proptest::prelude::*;

use crate::growth::in_proportion;
use crate::trial::{Trial, config};

const WORDS: &[&str] = &[
    "web01",
    ",",
    " ",
    "*",
    "?",
    "!",
    "[web01]:2222",
    "|1|",
    "|",
    "AAAA",
    "=",
    "@revoked ",
    "@cert-authority ",
    "@",
    "ssh-ed25519 ",
    "ssh-rsa ",
    "AAAAC3NzaC1lZDI1NTE5",
    "AAAAC3NzaC1lZDI1NTE5AAAAIA==",
    "#",
    "\n",
    "\t",
];

/// A key of this type in SSH wire form.
fn blob(key_type: &str) -> Vec<u8> {
    let length = u32::try_from(key_type.len()).expect("a short word");
    [&length.to_be_bytes(), key_type.as_bytes(), b"key"].concat()
}

#[test]
fn any_file_answers_for_every_host() {
    let key = blob("ssh-ed25519");
    Trial::of("known_hosts", WORDS).text(|text| {
        let known = KnownHosts::parse("known_hosts", text);
        let lines = text.lines().count();
        assert!(known.len() + known.ignored().len() <= lines);
        assert!(known.ignored().iter().all(|line| (1..=lines).contains(&(line.number as usize))));
        for host in ["web01", "", "192.0.2.1", "WEB01"] {
            for port in [22, 2222] {
                match known.check(host, port, &key, "ssh-ed25519") {
                    Verdict::Changed { line, .. }
                    | Verdict::Revoked { line }
                    | Verdict::OnlyAuthority { line } => {
                        assert!((1..=lines).contains(&(line.number as usize)));
                    }
                    Verdict::Known | Verdict::Unknown => {}
                }
                let _ = known.key_types_for(host, port);
            }
        }
    });
}

#[test]
fn the_work_grows_with_the_file() {
    let ask = |text: &str| {
        let known = KnownHosts::parse("known_hosts", text);
        let _ = known.check("web01", 22, b"x", "ssh-ed25519");
        let _ = known.key_types_for("web01", 22);
    };
    type Piece = fn(usize) -> String;
    let cases: &[(&str, usize, Piece)] = &[
        ("hosts", 500, |n| entry_line(&format!("h{n}"), 22, "ssh-rsa", &blob("ssh-rsa")) + "\n"),
        ("keys of one host", 500, |_| entry_line("web01", 22, "ssh-rsa", &blob("ssh-rsa")) + "\n"),
        ("types of one host", 4000, |n| {
            let key_type = format!("ssh-{n}");
            entry_line("web01", 22, &key_type, &blob(&key_type)) + "\n"
        }),
        ("patterns", 500, |n| entry_line(&format!("*{n}*,!a*"), 22, "ssh-rsa", &blob("ssh-rsa")) + "\n"),
        ("names of one line", 2000, |n| format!("h{n},")),
        ("stars of one line", 2000, |_| "*a".to_owned()),
        ("rubbish", 1000, |_| "@ x\n".to_owned()),
    ];
    for (what, pieces, piece) in cases {
        let key = entry_line("", 22, "ssh-rsa", &blob("ssh-rsa"));
        let text = |count| (0..count).map(piece).collect::<String>() + &key;
        in_proportion(what, *pieces, text, ask);
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_line_that_was_written_is_known(host in "[a-zA-Z0-9.:-]{1,20}", port in 1u16.., key in any::<Vec<u8>>()) {
        let key = [blob("ssh-ed25519"), key].concat();
        let known = KnownHosts::parse("known_hosts", &entry_line(&host, port, "ssh-ed25519", &key));
        prop_assert_eq!(known.check(&host, port, &key, "ssh-ed25519"), Verdict::Known);
    }
}
