//! What do both Windows platforms have in common? What their hosts show, and what it means; what they hear is in `steps`.

pub mod codes;
mod kind;
pub mod log;
mod service;
mod steps;

use crate::model::{Boot, Class, Note, Observation, Product, Rule, Shape, Trace};

pub(super) use kind::Kind;
pub use steps::OWN;
use steps::invocation;
pub(super) use steps::{AWAIT, ENTRIES, File, JOB, JOB_END, LAY, LOCK};

use super::platform::{End, explain_output, has};

/// Where the marker file is when the host does not say.
pub(super) const MARKER_FILE: &str = r"C:\ProgramData\jumpfleet\PRAJumpClient.txt";
const MIB: u64 = 1024 * 1024;

/// The fact that names the uninstall entry of another site's client.
const OTHER_SITE: &str = "other_site";

/// What its installer's own log is called in the staging folder.
pub(super) const LOG: &str = "install.log";

/// How the uninstall entry's name begins; the site's host name in brackets follows.
pub(super) fn display_product(product: Product) -> &'static str {
    match product {
        Product::BomgarScc => "BeyondTrust Remote Support Jump Client",
        _ => "BeyondTrust Privileged Remote Access Jump Client",
    }
}

/// What a Windows host lacks.
pub(super) fn unfit(seen: &Observation) -> Option<(Class, String)> {
    let os = seen.fact("os").unwrap_or("nothing known");
    let text = if os != "Windows" {
        format!("the host runs {os}, not Windows")
    } else if seen.fact("administrator") == Some("no") {
        let login = seen.fact("login").unwrap_or("the login account");
        format!("`{login}` has no administrator rights")
    } else if seen.fact("digest_tool") == Some("none") {
        "certutil is not there to check the installer file with".to_owned()
    } else {
        return None;
    };
    Some((Class::Unfit, text))
}

/// What a running client shows. Beside a client of another site only the uninstall entry tells that it is ours.
pub(super) fn missing(seen: &Observation) -> Vec<String> {
    let mut missing = Vec::new();
    let mut lacks = |is_there: bool, what: &str| {
        if !is_there {
            missing.push(what.to_owned());
        }
    };
    match seen.fact(OTHER_SITE) {
        Some(_) => lacks(has(seen, Rule::Registry), "no uninstall entry of the site is there"),
        None => lacks(
            has(seen, Rule::Registry) || has(seen, Rule::InstallDirectory),
            "neither an uninstall entry of the site nor a directory of the client is there",
        ),
    }
    lacks(has(seen, Rule::Process), "no process of the client runs");
    lacks(has(seen, Rule::Service), "no service of the client is registered");
    if let Some(service) = service::own(seen) {
        lacks(service.runs, &format!("the client's service `{}` does not run", service.name));
        lacks(
            service.is_automatic,
            &format!("the client's service `{}` would not start at boot", service.name),
        );
    }
    missing
}

/// The traces that are, or may be, of the host's own client.
///
/// Clients of both generations have uninstall entries of one name: where all else that is there is of the other
/// generation, so is the entry.
///
/// Nothing tells whose a process, a service or a vendor's folder is. Where a client of another site is registered
/// and none of ours, they are taken for the other's, for that is no duplicate.
pub(super) fn own(install_dir: Option<&str>, seen: &Observation) -> Vec<Trace> {
    let others = seen.fact(OTHER_SITE).is_some();
    let has_any = |rules: &[Rule]| rules.iter().any(|rule| has(seen, *rule));
    let is_older =
        has(seen, Rule::OtherGeneration) && !has_any(&[Rule::InstallDirectory, Rule::Process, Rule::Service]);
    let kept = |trace: &&Trace| match trace.rule {
        Rule::OtherGeneration | Rule::Site => false,
        Rule::Registry => !is_older,
        Rule::MarkerFile => true,
        Rule::InstallDirectory if others => install_dir.is_some_and(|own| same_place(own, &trace.evidence)),
        Rule::InstallDirectory | Rule::Process | Rule::Service => !others,
    };
    seen.traces.iter().filter(kept).cloned().collect()
}

/// Why a removal leaves clients alone that it cannot tell apart.
pub(super) fn spared(seen: &Observation) -> Option<String> {
    let both = has(seen, Rule::OtherGeneration) && has(seen, Rule::Registry);
    both.then(|| {
        "clients of both generations are there, and their uninstall entries have one name: remove the one that is to go \
         by hand"
            .to_owned()
    })
}

/// The first trace by the order of the rules that shows that a client is there already.
pub(super) fn duplicate(install_dir: Option<&str>, seen: &Observation) -> Option<Trace> {
    let other = seen.traces.iter().filter(|trace| trace.rule == Rule::OtherGeneration);
    own(install_dir, seen).into_iter().chain(other.cloned()).min_by_key(|trace| trace.rule)
}

/// Why the system drive cannot hold what an installer of so many bytes brings: the file itself, Windows Installer's own
/// copy of it, and what is in it.
pub(super) fn lacks_room(bytes: u64, seen: &Observation) -> Option<(Class, String)> {
    let free: u64 = seen.fact("system_free_bytes")?.parse().ok()?;
    let wanted = bytes.saturating_mul(3);
    (free < wanted).then(|| {
        let text = format!(
            "only {} MiB are free on the system drive, and the installer wants {}",
            free / MIB,
            wanted.div_ceil(MIB)
        );
        (Class::DiskFull, text)
    })
}

/// The folders of a try that failed: nothing else of a client is there.
pub(super) fn left_over(seen: &Observation) -> Option<String> {
    let first = seen.traces.first()?;
    let alone = seen.traces.iter().all(|trace| trace.rule == Rule::InstallDirectory);
    // Only where the processes were listed is it known that none runs.
    let known = alone && seen.fact("processes") == Some("all") && seen.fact(OTHER_SITE).is_none();
    known.then(|| first.evidence.clone())
}

/// Whether a whole path is a folder that Windows or its users have, and no client may have for itself: a removal would
/// take what else is in it.
pub(super) fn is_systems(path: &str) -> bool {
    let plain = path.replace('/', "\\").to_lowercase();
    let parts: Vec<&str> =
        plain.split('\\').skip(1).filter(|part| !part.is_empty() && *part != ".").collect();
    match parts[..] {
        [] => true,
        ["windows" | "users" | "documents and settings", ..] => true,
        [only] => matches!(only, "program files" | "program files (x86)" | "programdata" | "recovery"),
        ["program files" | "program files (x86)", below] => below == "common files",
        _ => parts.contains(&".."),
    }
}

/// Windows takes upper and lower case, and both slashes, for the same.
pub(super) fn same_place(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// A path in the one form in which two of the same place are alike.
fn plain(path: &str) -> String {
    path.replace('/', "\\").trim_end_matches('\\').to_lowercase()
}

/// What is worth knowing of a host whose client was installed or removed.
pub(super) fn notes(status: Option<i32>, seen: &Observation) -> Vec<Note> {
    let restart = status.is_some_and(codes::wants_restart) || seen.fact("restart_pending").is_some();
    let found = [(restart, Note::RestartPending), (seen.fact(OTHER_SITE).is_some(), Note::OtherSite)];
    found.into_iter().filter(|(is_so, _)| *is_so).map(|(_, note)| note).collect()
}

/// What becomes of a host whose installer ended with this code.
pub(super) fn ended(status: i32) -> End {
    codes::find(status).map_or(End::Fails(Class::InstallerFailed), |code| code.end)
}

/// What Windows Installer's codes mean, then what the words say.
pub(super) fn explain(status: i32, output: &str) -> Class {
    match codes::find(status).map(|code| code.end) {
        Some(End::Fails(class)) if class != Class::InstallerFailed => class,
        _ => explain_output(output),
    }
}

/// Why a host of this shape cannot be installed, whichever of the two installers it gets.
pub(super) fn refusals(shape: &Shape) -> Vec<String> {
    let mut refusals = Vec::new();
    if shape.user {
        refusals.push("`jc_user` is for headless Linux clients: leave it out on Windows".to_owned());
    }
    if shape.boot != Boot::Systemd {
        refusals.push("`jc_boot` is for headless Linux clients: leave it out on Windows".to_owned());
    }
    refusals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(traces: &[(Rule, &str)], facts: &[(&str, &str)]) -> Observation {
        let trace = |(rule, evidence): &(Rule, &str)| Trace { rule: *rule, evidence: (*evidence).to_owned() };
        let fact = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Observation { facts: facts.iter().map(fact).collect(), traces: traces.iter().map(trace).collect() }
    }

    #[test]
    fn an_entry_of_both_generations_name_is_that_ones_which_is_there() {
        let (entry, service) = ((Rule::Registry, "Jump Client [x]"), (Rule::Service, "sra-pin-1"));
        let older = (Rule::OtherGeneration, "bomgar-pec");
        assert_eq!(own(None, &seen(&[entry, older], &[])), []);
        assert_eq!(own(None, &seen(&[entry], &[])).len(), 1);
        assert_eq!(own(None, &seen(&[entry, service], &[])).len(), 2);
        assert_eq!(spared(&seen(&[entry, service], &[])), None);
        assert!(spared(&seen(&[entry, service, older], &[])).is_some());
    }

    #[test]
    fn an_installer_wants_room_on_the_system_drive() {
        let with = |free: &str| lacks_room(100 * MIB, &seen(&[], &[("system_free_bytes", free)]));
        assert_eq!(with("314572800"), None);
        let (class, text) = with("314572799").unwrap();
        assert_eq!(class, Class::DiskFull);
        assert_eq!(text, "only 299 MiB are free on the system drive, and the installer wants 300");
        assert_eq!((with("many"), lacks_room(1, &seen(&[], &[]))), (None, None));
    }

    #[test]
    fn windows_takes_upper_and_lower_case_for_the_same() {
        assert!(same_place(r"C:\Tools\Jump", r"c:/tools/JUMP\"));
        assert!(!same_place(r"C:\Tools\Jump", r"C:\Tools\Jump2"));
    }

    #[test]
    fn folders_of_windows_are_no_clients() {
        for path in [
            r"C:\",
            r"c:/",
            r"C:\Users",
            r"C:\Users\bob\Desktop",
            r"C:\WINDOWS\Temp",
            r"C:\Program Files",
            r"C:\Program Files (x86)\",
            r"C:\ProgramData\.",
            r"C:\Program Files\Common Files",
            r"C:\Tools\..\Users",
        ] {
            assert!(is_systems(path), "{path}");
        }
        for path in [r"C:\Jump", r"C:\Program Files\Jump Client", r"D:\ProgramData\jump", r"C:\Users2"] {
            assert!(!is_systems(path), "{path}");
        }
    }
}
