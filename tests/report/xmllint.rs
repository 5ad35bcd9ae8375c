//! Is it valid JUnit XML in the eyes of another program?

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Fails unless `xmllint` accepts the document against `junit.xsd`.
pub fn validate(document: &str) {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/report/junit.xsd");
    let child = Command::new("xmllint")
        .args(["--noout", "--nonet", "--huge", "--schema", schema, "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.expect("`xmllint` starts; it is in the package libxml2-utils");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(document.as_bytes()).expect("xmllint reads the document");
    drop(stdin);
    let output = child.wait_with_output().expect("xmllint ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
