//! Does known_hosts mean here what it means to OpenSSH?

use super::*;

fn blob(key_type: &str, body: u8) -> Vec<u8> {
    let mut blob = u32::try_from(key_type.len()).unwrap().to_be_bytes().to_vec();
    blob.extend(key_type.as_bytes());
    blob.extend([0, 0, 0, 1, body]);
    blob
}

fn ed(body: u8) -> Vec<u8> {
    blob("ssh-ed25519", body)
}

fn line(names: &str, key_type: &str, body: u8) -> String {
    format!("{names} {key_type} {} a comment\n", STANDARD.encode(blob(key_type, body)))
}

fn verdict(text: &str, host: &str, port: u16, body: u8) -> Verdict {
    KnownHosts::parse("kh", text).check(host, port, &ed(body), "ssh-ed25519")
}

fn at(number: u32) -> Line {
    Line { file: "kh".into(), number }
}

#[test]
fn plain_names_lists_and_ports() {
    let text = line("web,Web.Example.com,10.0.0.1", "ssh-ed25519", 1)
        + &line("[web]:2222,[fe80::1]:2222", "ssh-ed25519", 2);
    for (host, port, body) in [
        ("web", 22, 1),
        ("WEB.example.COM", 22, 1),
        ("10.0.0.1", 22, 1),
        ("web", 2222, 2),
        ("fe80::1", 2222, 2),
    ] {
        assert_eq!(verdict(&text, host, port, body), Verdict::Known, "{host}:{port}");
    }
    assert_eq!(verdict(&text, "db", 22, 1), Verdict::Unknown);
    assert_eq!(verdict(&text, "10.0.0.1", 2222, 1), Verdict::Unknown);
}

#[test]
fn another_key_of_any_type_is_a_changed_key_and_the_same_type_is_named() {
    let text = line("web", "ecdsa-sha2-nistp256", 9) + &line("web", "ssh-ed25519", 2);
    let Verdict::Changed { line: place, listed } = verdict(&text, "web", 22, 1) else {
        panic!("not changed")
    };
    assert_eq!(place, at(2));
    assert!(listed.starts_with("ssh-ed25519 SHA256:"), "{listed}");
    let text = line("web", "ecdsa-sha2-nistp256", 9);
    assert!(matches!(verdict(&text, "web", 22, 1), Verdict::Changed { line, .. } if line == at(1)));
}

#[test]
fn a_revoked_key_refuses_even_if_it_is_also_listed() {
    let text = line("web", "ssh-ed25519", 1) + "@revoked " + &line("*", "ssh-ed25519", 1);
    assert_eq!(verdict(&text, "web", 22, 1), Verdict::Revoked { line: at(2) });
    assert!(matches!(verdict(&text, "web", 22, 3), Verdict::Changed { .. }), "revoked lines promise nothing");
    assert_eq!(verdict(&text, "db", 22, 3), Verdict::Unknown);
}

#[test]
fn an_authority_alone_is_told_apart() {
    let text = "@cert-authority ".to_owned() + &line("*.example.com", "ssh-ed25519", 7);
    assert_eq!(verdict(&text, "a.example.com", 22, 1), Verdict::OnlyAuthority { line: at(1) });
    assert_eq!(verdict(&text, "a.example.com", 22, 7), Verdict::OnlyAuthority { line: at(1) });
    assert_eq!(verdict(&text, "a.example.org", 22, 1), Verdict::Unknown);
    let both = text + &line("a.example.com", "ssh-ed25519", 1);
    assert_eq!(verdict(&both, "a.example.com", 22, 1), Verdict::Known);
}

#[test]
fn patterns_and_negations() {
    let text = line("10.0.*,!10.0.0.9,web??", "ssh-ed25519", 1) + &line("[*.lan]:2222", "ssh-ed25519", 1);
    for (host, port, known) in [
        ("10.0.0.1", 22, true),
        ("10.0.0.9", 22, false),
        ("10.1.0.1", 22, false),
        ("web01", 22, true),
        ("web1", 22, false),
        ("a.lan", 2222, true),
        ("a.lan", 22, false),
    ] {
        assert_eq!(verdict(&text, host, port, 1) == Verdict::Known, known, "{host}:{port}");
    }
    assert_eq!(verdict(&line("!web", "ssh-ed25519", 1), "db", 22, 1), Verdict::Unknown);
}

#[test]
fn wildcards_backtrack() {
    for (pattern, name, expected) in [
        ("*", "", true),
        ("a*b*c", "axxbxbxc", true),
        ("a*b*c", "axxbxbx", false),
        ("**a", "bba", true),
        ("?", "", false),
        ("a?", "ab", true),
    ] {
        assert_eq!(pattern_matches(pattern, name), expected, "{pattern} {name}");
    }
}

#[test]
fn hashed_names() {
    let salt = [7u8; 20];
    let hash = |name: &str| {
        format!("|1|{}|{}", STANDARD.encode(salt), STANDARD.encode(hash_of(&salt, name).unwrap()))
    };
    let text = line(&hash("web"), "ssh-ed25519", 1) + &line(&hash("[web]:2222"), "ssh-ed25519", 2);
    assert_eq!(verdict(&text, "Web", 22, 1), Verdict::Known);
    assert_eq!(verdict(&text, "web", 2222, 2), Verdict::Known);
    assert_eq!(verdict(&text, "db", 22, 1), Verdict::Unknown);
}

#[test]
fn bad_lines_are_counted_and_count_for_nothing() {
    let text = "# comment\n\n   \nweb\nweb ssh-ed25519 !!!\n@what web ssh-ed25519 AAAA\n|2|x|y ssh-rsa AAAA\n"
        .to_owned()
        + &format!("web ssh-rsa {}\n", STANDARD.encode(ed(1)))
        + &line("|1|*|?", "ssh-ed25519", 1);
    let known = KnownHosts::parse("kh", &text);
    let numbers: Vec<u32> = known.ignored().iter().map(|line| line.number).collect();
    assert_eq!(numbers, [4, 5, 6, 7, 8, 9]);
    assert!(known.is_empty());
}

#[test]
fn types_are_listed_in_file_order_without_markers() {
    let text = line("web", "ecdsa-sha2-nistp256", 1)
        + &line("w*", "ssh-ed25519", 1)
        + &line("web", "ecdsa-sha2-nistp256", 2)
        + "@revoked "
        + &line("web", "ssh-rsa", 1);
    let known = KnownHosts::parse("kh", &text);
    assert_eq!(known.key_types_for("web", 22), ["ecdsa-sha2-nistp256", "ssh-ed25519"]);
    assert!(known.key_types_for("db", 22).is_empty());
}

#[test]
fn a_learned_line_is_known_and_continues_the_numbers() {
    let mut known = KnownHosts::parse("kh", &line("web", "ssh-ed25519", 1));
    known.add("kh", &entry_line("db", 2222, "ssh-ed25519", &ed(2)));
    assert_eq!(known.check("db", 2222, &ed(2), "ssh-ed25519"), Verdict::Known);
    assert!(
        matches!(known.check("db", 2222, &ed(3), "ssh-ed25519"), Verdict::Changed { line, .. } if line == at(2))
    );
}
