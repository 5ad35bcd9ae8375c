//! Values that shells like to get wrong.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Pieces that mean something to at least one shell.
const NASTY: [&str; 40] = [
    "'", "\"", "\\", "\\\\", "\\\"", " ", "  ", "%", "%%", "%PATH%", "%1", "%~dp0", "^", "^^", "&", "&&",
    "|", "<", ">", "(", ")", "!", "!x!", "$", "$$", "$HOME", "${A}", "$(id)", "`id`", ";", "#", "*", "?",
    "[~]", "~", "{a,b}", "=", ",", "-x", "/q",
];

/// Whole values worth asking for by name.
pub const KNOWN: [&str; 22] = [
    "",
    " ",
    "plain",
    "jumpgroup:it_desk",
    "two words",
    " at both ends ",
    "it's",
    "say \"hi\"",
    "\"",
    "\"\"",
    "'",
    "\\",
    "\\\\",
    "a\\\\\"b",
    "C:\\Program Files (x86)\\Vendor\\",
    "100% of %PATH%",
    "a&b|c<d>e^f(g)!h!",
    "\"a&b|c<d>e^f(g)!h!\" & exit",
    "^\"&calc",
    "; rm -rf / #",
    "{{ key }}",
    "Zürich ‘漢字’ 😀",
];

/// Any text without control characters.
pub fn printable() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => select(&NASTY[..]).prop_map(str::to_owned),
        3 => "[a-zA-Z0-9]{1,4}",
        2 => "[ -~]{1,3}",
        1 => select(&["é", "ß", "漢", "😀", "‘", "’"][..]).prop_map(str::to_owned),
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Any text without NUL.
pub fn anything() -> impl Strategy<Value = String> {
    vec(prop_oneof![4 => printable(), 1 => "[\\x01-\\x1f\\x7f]{1,2}"], 0..3)
        .prop_map(|pieces| pieces.concat())
}
