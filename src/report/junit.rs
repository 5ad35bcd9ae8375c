//! What do CI systems read?
//!
//! JUnit XML has no official schema; this is the part that Jenkins, GitLab and Azure agree on. GitLab refuses
//! files of 30 MB, or of more than 250,000 objects.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::causes::NO_CLIENT_RUNS;
use super::clean::{clean, clean_line, defuse, first_characters, last_bytes};
use super::course::Halt;
use super::record::{HostRecord, Report};
use super::timeline;
use crate::model::{GateKind, Outcome, OutcomeKind};

/// The most bytes that are written while there is anything left to leave out.
const MOST_BYTES: u64 = 29_000_000;
/// The most objects (elements, attributes, texts) that are written while there is anything left to leave out.
const MOST_OBJECTS: u64 = 240_000;
/// The most characters of a message.
const MOST_MESSAGE: usize = 500;

/// How much of a report is written.
#[derive(Clone, Copy)]
struct Detail {
    /// The most bytes of a host's output.
    tail: usize,
    /// Whether suites say which run they belong to.
    properties: bool,
    /// Whether cases point into the inventory.
    places: bool,
    /// What was left out, for people.
    left_out: &'static str,
}

/// From everything to the least; the first that fits is written.
const DETAILS: [Detail; 7] = [
    Detail { tail: 4096, properties: true, places: true, left_out: "" },
    Detail { tail: 2048, properties: true, places: true, left_out: "output above 2 KiB a host" },
    Detail { tail: 1024, properties: true, places: true, left_out: "output above 1 KiB a host" },
    Detail { tail: 256, properties: true, places: true, left_out: "output above 256 bytes a host" },
    Detail { tail: 0, properties: true, places: true, left_out: "output of the hosts" },
    Detail { tail: 0, properties: false, places: true, left_out: "output of the hosts, properties" },
    Detail {
        tail: 0,
        properties: false,
        places: false,
        left_out: "output of the hosts, properties, inventory lines",
    },
];

/// Writes one test suite a wave and one test case a host; errors are those of `out`.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for detail in DETAILS {
        let last = detail.left_out == DETAILS[DETAILS.len() - 1].left_out;
        if last || fits(report, detail)? {
            return document(report, detail, out);
        }
    }
    Ok(())
}

/// Whether the document would be small enough, found out by writing it to nowhere.
fn fits(report: &Report, detail: Detail) -> io::Result<bool> {
    if objects(report, detail) > MOST_OBJECTS {
        return Ok(false);
    }
    let mut size = Size(0);
    document(report, detail, &mut size)?;
    Ok(size.0 <= MOST_BYTES)
}

struct Size(u64);

impl Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How many elements, attributes and texts the document has, at most ten a host.
fn objects(report: &Report, detail: Detail) -> u64 {
    let case = if detail.places { 6 } else { 4 };
    let suite = if detail.properties { 60 } else { 16 };
    let ends: u64 = report.hosts.iter().map(|host| end_objects(host, detail)).sum();
    let hosts = report.hosts.len() as u64;
    8 + suite * waves(report).len() as u64 + case * hosts + ends
}

fn end_objects(host: &HostRecord, detail: Detail) -> u64 {
    let notes = 2 * u64::from(!host.outcome.notes().is_empty() || !host.sessions.is_empty());
    notes
        + match &host.outcome {
            Outcome::Installed { .. } | Outcome::Connected { .. } | Outcome::Removed { .. } => 0,
            Outcome::NotConnected { .. } => 3,
            Outcome::AlreadyPresent { .. } | Outcome::AlreadyAbsent { .. } | Outcome::NotStarted { .. } => 2,
            Outcome::Failed { .. } | Outcome::Unreachable { .. } | Outcome::Unknown { .. } => {
                3 + u64::from(detail.tail > 0)
            }
        }
}

type Xml<'a> = Writer<io::BufWriter<&'a mut dyn Write>>;

fn document(report: &Report, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(io::BufWriter::new(out), b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let tally = Tally::of(report.hosts.iter());
    let mut root = BytesStart::new("testsuites");
    root.push_attribute(("name", "jumpfleet"));
    tally.push(&mut root);
    root.push_attribute(("time", seconds(report.elapsed()).as_str()));
    xml.write_event(Event::Start(root))?;
    for (at, (wave, hosts)) in waves(report).into_iter().enumerate() {
        suite(
            report,
            wave,
            &hosts,
            Detail { left_out: if at == 0 { detail.left_out } else { "" }, ..detail },
            &mut xml,
        )?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    let out = xml.get_mut();
    out.write_all(b"\n")?;
    out.flush()
}

/// The hosts of each wave, in the order of the waves.
fn waves(report: &Report) -> BTreeMap<u32, Vec<&HostRecord>> {
    let mut waves: BTreeMap<u32, Vec<_>> = BTreeMap::new();
    for host in &report.hosts {
        waves.entry(host.wave).or_default().push(host);
    }
    waves
}

/// How many cases there are of each result.
#[derive(Default)]
struct Tally {
    tests: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
    not_started: u64,
}

impl Tally {
    fn of<'a>(hosts: impl Iterator<Item = &'a HostRecord>) -> Self {
        let mut tally = Self::default();
        for host in hosts {
            tally.tests += 1;
            match host.outcome.kind() {
                OutcomeKind::Installed | OutcomeKind::Connected | OutcomeKind::Removed => {}
                OutcomeKind::Failed | OutcomeKind::NotConnected => tally.failures += 1,
                OutcomeKind::Unreachable | OutcomeKind::Unknown => tally.errors += 1,
                OutcomeKind::AlreadyPresent | OutcomeKind::AlreadyAbsent => tally.skipped += 1,
                OutcomeKind::NotStarted => {
                    tally.skipped += 1;
                    tally.not_started += 1;
                }
            }
        }
        tally
    }

    fn push(&self, element: &mut BytesStart<'_>) {
        let counts = [
            ("tests", self.tests),
            ("failures", self.failures),
            ("errors", self.errors),
            ("skipped", self.skipped),
        ];
        for (name, count) in counts {
            element.push_attribute((name, count.to_string().as_str()));
        }
    }
}

fn suite(
    report: &Report,
    wave: u32,
    hosts: &[&HostRecord],
    detail: Detail,
    xml: &mut Xml<'_>,
) -> io::Result<()> {
    let tally = Tally::of(hosts.iter().copied());
    let mut element = BytesStart::new("testsuite");
    let name = report.waves.get(wave as usize).map_or("jumpfleet", String::as_str);
    element.push_attribute(("name", &*clean_line(name)));
    tally.push(&mut element);
    let took = hosts.iter().filter_map(|host| host.took).sum();
    element.push_attribute(("time", seconds(took).as_str()));
    if let Some(started) = hosts.iter().filter_map(|host| host.started).min() {
        element.push_attribute(("timestamp", started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().as_str()));
    }
    xml.write_event(Event::Start(element))?;
    properties(report, wave, &tally, detail, xml)?;
    let class = format!("jumpfleet.{}", clean_line(&report.run.site));
    for host in hosts {
        case(host, &class, detail, xml)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuite")))
}

fn properties(
    report: &Report,
    wave: u32,
    tally: &Tally,
    detail: Detail,
    xml: &mut Xml<'_>,
) -> io::Result<()> {
    let mut properties = Vec::new();
    if detail.properties {
        properties.push(("run", report.run.name.clone().unwrap_or_default()));
        properties.push(("plan_id", report.run.plan_id.clone()));
        properties.push(("tool_version", report.run.tool_version.clone()));
        properties.push(("rate", report.run.rate.to_string()));
        properties.extend(course(report, wave));
    }
    if tally.not_started > 0 {
        properties.push(("not_started", tally.not_started.to_string()));
    }
    if !detail.left_out.is_empty() {
        properties.push(("left_out", format!("{}, to keep the file small", detail.left_out)));
    }
    if properties.is_empty() {
        return Ok(());
    }
    xml.write_event(Event::Start(BytesStart::new("properties")))?;
    for (name, value) in properties {
        let mut property = BytesStart::new("property");
        property.push_attribute(("name", name));
        property.push_attribute(("value", &*clean_line(&value)));
        xml.write_event(Event::Empty(property))?;
    }
    xml.write_event(Event::End(BytesEnd::new("properties")))
}

/// What became of the run around the wave, at most five properties.
fn course(report: &Report, wave: u32) -> Vec<(&'static str, String)> {
    let course = &report.course;
    let mut properties = Vec::new();
    if let Some(known) = course.waves.iter().find(|known| known.wave == wave) {
        properties.push(("wave_started", known.started.to_string()));
        properties.extend(known.ended.map(|ended| ("wave_ended", ended.to_string())));
    }
    let gate = course.gates.iter().rev().find(|gate| gate.wave == wave);
    if let Some(gate) = gate.filter(|gate| gate.kind != GateKind::None) {
        properties.push(("gate", timeline::gate(gate)));
    }
    if report.is_halted() {
        properties.push(("halted", report.run.stop.clone().unwrap_or_default()));
        let budget = course.budgets.last().filter(|_| course.halt == Some(Halt::Budget));
        properties.extend(budget.map(|budget| ("budget", timeline::budget(budget))));
    }
    properties
}

fn case(host: &HostRecord, class: &str, detail: Detail, xml: &mut Xml<'_>) -> io::Result<()> {
    let mut element = BytesStart::new("testcase");
    element.push_attribute(("name", &*clean_line(&host.name)));
    element.push_attribute(("classname", class));
    element.push_attribute(("time", seconds(host.took.unwrap_or_default()).as_str()));
    if detail.places {
        let (file, line) = place(&host.place);
        element.push_attribute(("file", &*clean_line(file)));
        if let Some(line) = line {
            element.push_attribute(("line", line));
        }
    }
    let end = End::of(&host.outcome, detail);
    let notes = notes(host, end.is_none());
    if end.is_none() && notes.is_empty() {
        return xml.write_event(Event::Empty(element));
    }
    xml.write_event(Event::Start(element))?;
    if let Some(end) = end {
        end.write(detail, xml)?;
    }
    if !notes.is_empty() {
        xml.write_event(Event::Start(BytesStart::new("system-out")))?;
        let notes = notes.join("; ");
        xml.write_event(Event::Text(BytesText::from_escaped(partial_escape(&*clean(&notes)))))?;
        xml.write_event(Event::End(BytesEnd::new("system-out")))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

/// What else is worth knowing of a host, as the output of its case: what was noted where all went well, and sessions.
fn notes(host: &HostRecord, passed: bool) -> Vec<String> {
    let notes = host.outcome.notes().iter().filter(|_| passed).map(|note| note.said().to_owned());
    let sessions =
        host.sessions.iter().map(|session| first_characters(&session.said(), MOST_MESSAGE).into_owned());
    notes.chain(sessions).collect()
}

/// The element inside a case that did not simply pass.
struct End<'a> {
    element: &'static str,
    class: Option<&'static str>,
    message: String,
    tail: &'a str,
}

impl<'a> End<'a> {
    fn of(outcome: &'a Outcome, detail: Detail) -> Option<Self> {
        let (element, class, message) = match outcome {
            Outcome::Installed { .. } | Outcome::Connected { .. } | Outcome::Removed { .. } => return None,
            Outcome::NotConnected { detail, .. } => {
                ("failure", Some("not_connected"), format!("installed but not connected: {detail}"))
            }
            Outcome::AlreadyAbsent { why } if why.is_empty() => {
                ("skipped", None, "there was no client to remove".to_owned())
            }
            Outcome::AlreadyAbsent { why } => ("skipped", None, format!("left alone: {why}")),
            Outcome::AlreadyPresent { rule, running, .. } => {
                let idle = if *running { String::new() } else { format!("; {NO_CLIENT_RUNS}") };
                ("skipped", None, format!("already installed (rule: {rule}){idle}"))
            }
            Outcome::Failed { phase, class, detail, .. } => {
                ("failure", Some(class.word()), format!("{phase}: {detail}"))
            }
            Outcome::Unreachable { class, detail } => {
                ("error", Some(class.word()), format!("unreachable: {detail}"))
            }
            Outcome::Unknown { phase, detail } => ("error", Some("unknown"), format!("{phase}: {detail}")),
            Outcome::NotStarted { reason } => ("skipped", None, format!("not started: {reason}")),
        };
        let tail = match outcome {
            Outcome::Failed { tail, .. } => last_bytes(tail, detail.tail),
            _ => "",
        };
        Some(Self { element, class, message, tail })
    }

    fn write(&self, detail: Detail, xml: &mut Xml<'_>) -> io::Result<()> {
        let mut element = BytesStart::new(self.element);
        if let Some(class) = self.class {
            element.push_attribute(("type", class));
        }
        let message = clean_line(&self.message);
        let message = first_characters(&message, MOST_MESSAGE);
        // In a job's log XML is text like any other.
        let message = defuse(&message);
        element.push_attribute(("message", &*message));
        if self.class.is_none() || detail.tail == 0 {
            return xml.write_event(Event::Empty(element));
        }
        // GitLab shows the text alone where there is one, so it repeats the message.
        let tail = clean(self.tail);
        let mut text = message.into_owned();
        for line in tail.split_inclusive('\n') {
            text.push_str(if text.ends_with('\n') { "" } else { "\n" });
            text.push_str(&defuse(line));
        }
        xml.write_event(Event::Start(element))?;
        // Escaping `>` as well keeps `]]>` out of the text.
        xml.write_event(Event::Text(BytesText::from_escaped(partial_escape(text))))?;
        xml.write_event(Event::End(BytesEnd::new(self.element)))
    }
}

/// `file:line` in two; the line is missing when it is not a number.
fn place(place: &str) -> (&str, Option<&str>) {
    match place.rsplit_once(':') {
        Some((file, line)) if line.bytes().all(|byte| byte.is_ascii_digit()) && !line.is_empty() => {
            (file, Some(line))
        }
        _ => (place, None),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_and_a_line() {
        assert_eq!(place("a/b.yml:12"), ("a/b.yml", Some("12")));
        assert_eq!(place("C:\\fleet.ini:3"), ("C:\\fleet.ini", Some("3")));
        assert_eq!(place("a:b"), ("a:b", None));
        assert_eq!(place("a:"), ("a:", None));
    }
}
