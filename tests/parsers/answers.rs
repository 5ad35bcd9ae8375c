//! The marked lines in what a host prints.

use jumpfleet::installer::observe::{self, MARK};

use crate::errors::assert_readable;
use crate::growth::in_proportion;
use crate::trial::Trial;

const WORDS: &[&str] = &[
    MARK,
    "::jumpfleet::",
    "fact ",
    "os Linux",
    "trace ",
    "process ",
    "install_directory /opt/x",
    "end",
    "status ",
    "digest ",
    "0",
    "3010",
    "-2147483649",
    "\n",
    "\r\n",
    " ",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

#[test]
fn any_output_is_understood_or_refused() {
    Trial::of("answers", WORDS).text(|output| {
        match observe::read(output) {
            Ok(seen) => assert!(seen.facts.len() + seen.traces.len() <= output.lines().count()),
            Err(why) => assert_readable(&why),
        }
        let _ = observe::status(output);
        assert!(observe::digest(output).is_none_or(|digest| digest.len() == 64));
        assert!(observe::log(output).len() <= output.len());
        let left = observe::unmarked(output);
        assert!(left.len() <= output.len() && !left.contains(&format!("\n{MARK}")));
    });
}

#[test]
fn the_work_grows_with_the_output() {
    let read = |output: &str| {
        drop((
            observe::read(output),
            observe::status(output),
            observe::digest(output),
            observe::unmarked(output),
        ));
        let _ = observe::log(output);
    };
    for (what, piece) in [
        ("facts", "::jumpfleet:: fact a b\n"),
        ("traces", "::jumpfleet:: trace process x\n"),
        ("marks in one line", "::jumpfleet:: "),
        ("blanks", "     "),
        ("greetings", "welcome\r\n"),
        ("endings", "::jumpfleet:: end \n"),
        ("digests", "::jumpfleet:: digest e3b0\n"),
    ] {
        in_proportion(what, 2000, |count| piece.repeat(count), read);
    }
}
