//! Does what the real `ansible-vault` sealed open, and nothing else? `tests/vault` holds what it made.

use super::*;

const OPERATOR: &str = include_str!("../../tests/vault/operator.vault");
const LABELLED: &str = include_str!("../../tests/vault/labelled.vault");
const SIXTEEN: &str = include_str!("../../tests/vault/sixteen.vault");

fn keyring(passwords: &[(&str, &str)]) -> Keyring {
    let mut keyring = Keyring::default();
    for (label, password) in passwords {
        keyring.add(label, password.as_bytes());
    }
    keyring
}

fn both() -> Keyring {
    keyring(&[("default", "open-Sesame1"), ("prod", "other-Pass2")])
}

#[test]
fn what_ansible_sealed_opens_with_and_without_a_label() {
    let keyring = both();
    let open = |text: &str| keyring.open(text).map(|secret| secret.reveal().to_owned());
    assert_eq!(open(OPERATOR).as_deref(), Ok("operator-Pass1"));
    assert_eq!(open(LABELLED).as_deref(), Ok("grün 🔑 pass"));
    assert_eq!(open(SIXTEEN).as_deref(), Ok("0123456789abcdef"), "a whole block is padded by another one");
    let indented = OPERATOR.replace('\n', "\r\n      ");
    assert_eq!(open(&indented).as_deref(), Ok("operator-Pass1"));
    assert_eq!((label(OPERATOR), label(LABELLED)), (None, Some("prod")));
}

#[test]
fn a_password_of_another_label_is_tried_too_and_the_named_one_first() {
    let keyring = keyring(&[("dev", "wrong"), ("whatever", "other-Pass2"), ("prod", "wrong too")]);
    assert!(keyring.open(LABELLED).is_ok());
    assert_eq!(keyring.made.lock().unwrap().len(), 3, "the named one, then the others in order");
    let first = super::tests::keyring(&[("dev", "wrong"), ("prod", "other-Pass2")]);
    assert!(first.open(LABELLED).is_ok());
    assert_eq!(first.made.lock().unwrap().len(), 1);
}

#[test]
fn keys_are_made_once_for_a_salt() {
    let keyring = both();
    for _ in 0..200 {
        assert!(keyring.open(OPERATOR).is_ok());
    }
    assert_eq!(keyring.made.lock().unwrap().len(), 1);
}

#[test]
fn what_stays_shut_says_why_and_shows_nothing() {
    let keyring = keyring(&[("default", "wrong"), ("prod", "wrong too")]);
    assert_eq!(keyring.open(OPERATOR).unwrap_err(), Shut::Wrong("default, prod".into()));
    assert_eq!(Keyring::default().open(OPERATOR).unwrap_err(), Shut::NoPassword);
    let header = "$ANSIBLE_VAULT;1.1;AES256\n";
    for text in ["", "x", "$ANSIBLE_VAULT;1.1;AES256", &format!("{header}31323334"), &format!("{header}abc")]
    {
        assert!(matches!(both().open(text), Err(Shut::Malformed(_))), "{text}");
    }
    for text in
        ["$ANSIBLE_VAULT;1.0;AES256\n31", "$ANSIBLE_VAULT;1.1;AES\n31", "$ANSIBLE_VAULT;9;\u{1b}[2J\n31"]
    {
        let shut = both().open(text).unwrap_err();
        assert!(matches!(&shut, Shut::Unknown(what) if !what.contains('\u{1b}')), "{shut:?}");
    }
}

#[test]
fn a_changed_digit_never_opens() {
    let keyring = both();
    let digits: Vec<usize> =
        OPERATOR.char_indices().filter(|(at, c)| *at > 26 && c.is_ascii_digit()).map(|(at, _)| at).collect();
    for at in digits.into_iter().step_by(7) {
        let mut text = OPERATOR.as_bytes().to_vec();
        text[at] = if text[at] == b'3' { b'6' } else { b'3' };
        let text = String::from_utf8(text).unwrap();
        assert!(text == OPERATOR || keyring.open(&text).is_err(), "digit {at}");
    }
}
