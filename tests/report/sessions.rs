//! Are the sessions that a removal met told by every format that tells of hosts?

use jumpfleet::model::{Happening, SessionEnd};
use jumpfleet::report::Report;

use crate::{fleet, xmllint};

#[test]
fn sessions_are_told_in_every_format_that_tells_of_hosts() {
    let (plan, mut events) = (fleet::plan(), fleet::journal());
    let ended = events.iter().position(|event| matches!(event.what, Happening::HostFinished { .. }));
    let at = ended.expect("a host that ended");
    let lsid = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a";
    let met = |end| Happening::SessionMet {
        lsid: lsid.into(),
        users: vec!["eve".into(), "<b>`|=@bob".into()],
        end,
    };
    for end in [SessionEnd::Awaited, SessionEnd::Ended] {
        let mut event = events[at].clone();
        event.what = met(end);
        events.insert(at, event);
    }
    let report = Report::of(&plan, events);
    for format in ["text", "json", "junit", "markdown", "html", "github"] {
        let text = fleet::written(&report, format);
        // An annotation is for what is not as planned.
        if format != "github" {
            assert!(text.contains(lsid) && text.contains("eve"), "{format}: {text}");
        }
        let is_markup = ["junit", "html"].contains(&format);
        assert!(!is_markup || !text.contains("<b>"), "{format}");
    }
    let junit = fleet::written(&report, "junit");
    xmllint::validate(&junit);
    assert!(junit.contains("<system-out>"), "{junit}");
    let html = fleet::written(&report, "html");
    assert_eq!(html.matches(lsid).count(), 2, "in the audit trail, and at its host");
}
