//! Which of a host's services is the client's own?

use crate::model::Observation;

/// How facts of services begin; the service's name follows. The value is `running` or `stopped`, `automatic` or
/// `manual`, and the command line of its program.
const SERVICE: &str = "service.";

/// A service of the client's generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Service<'o> {
    pub(super) name: &'o str,
    pub(super) runs: bool,
    pub(super) is_automatic: bool,
    program: &'o str,
}

impl<'o> Service<'o> {
    fn read(name: &'o str, value: &'o str) -> Self {
        let mut words = value.splitn(3, ' ');
        let (runs, is_automatic) = (words.next() == Some("running"), words.next() == Some("automatic"));
        Self { name, runs, is_automatic, program: words.next().unwrap_or_default() }
    }

    fn lies_in(&self, folder: &str) -> bool {
        let program = super::plain(self.program.trim_start_matches('"'));
        program.strip_prefix(&super::plain(folder)).is_some_and(|rest| rest.starts_with('\\'))
    }
}

/// The service whose program lies in the client's folder.
///
/// Where none does, or nobody knows the folder, those of clients that are known for another site's are left out, and of
/// several that remain the one that is worst off counts: it may be the client's own.
pub(super) fn own(seen: &Observation) -> Option<Service<'_>> {
    let named = seen.facts.iter().filter_map(|(name, value)| Some((name.strip_prefix(SERVICE)?, value)));
    let all: Vec<Service<'_>> = named.map(|(name, value)| Service::read(name, value)).collect();
    let folder = |fact: &str| seen.fact(fact).map(folder_of);
    let known = [seen.fact("own_directory").map(str::to_owned), folder("own_uninstall")];
    let in_own = |service: &&Service<'_>| known.iter().flatten().any(|folder| service.lies_in(folder));
    if let Some(service) = all.iter().find(in_own) {
        return Some(*service);
    }
    let others = folder("other_uninstall");
    let may_be = |service: &&Service<'_>| !others.as_ref().is_some_and(|folder| service.lies_in(folder));
    all.iter().filter(may_be).min_by_key(|service| (service.runs, service.is_automatic)).copied()
}

/// The folder of the program that an uninstall entry names: `"C:\dir\client.exe" -uninstall`.
fn folder_of(said: &str) -> String {
    let lower = said.trim_start_matches('"');
    let program = lower.to_ascii_lowercase().find(".exe").map_or(lower, |end| &lower[..end]);
    program.rsplit_once('\\').map_or(String::new(), |(folder, _)| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(facts: &[(&str, &str)]) -> Observation {
        let fact = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Observation { facts: facts.iter().map(fact).collect(), ..Observation::default() }
    }

    const OURS: (&str, &str) =
        ("service.bomgar-ps-b", r#"running automatic "C:\Tools\Jump & Client\bomgar-pec.exe" -service x"#);
    const OTHER: (&str, &str) = (
        "service.bomgar-ps-a",
        r#"stopped manual "C:\ProgramData\bomgar-pec-0x1\bomgar-pec.exe" -service y"#,
    );

    fn name(facts: &[(&str, &str)]) -> Option<String> {
        own(&seen(facts)).map(|service| service.name.to_owned())
    }

    #[test]
    fn the_service_of_the_clients_folder_is_the_clients() {
        let (ours, other) = (Some("bomgar-ps-b"), Some("bomgar-ps-a"));
        for (facts, wanted) in [
            (&[OURS, OTHER, ("own_directory", r"c:\tools\jump & client")][..], ours),
            (&[OURS, OTHER, ("own_directory", r"C:\Tools\Jump")], other),
            (
                &[
                    OURS,
                    OTHER,
                    ("own_uninstall", r#""C:\Tools\Jump & Client\bomgar-pec.exe" -uninstall prompt"#),
                ],
                ours,
            ),
            (
                &[
                    OURS,
                    OTHER,
                    ("other_uninstall", r#""C:\ProgramData\bomgar-pec-0x1\bomgar-pec.exe" -uninstall"#),
                ],
                ours,
            ),
            // Nobody knows: that one must run too.
            (&[OURS, OTHER], other),
            (&[OURS, ("own_directory", r"C:\Elsewhere")], ours),
            (&[("other_uninstall", "MsiExec.exe /X{1}"), OTHER], other),
            (&[], None),
        ] {
            assert_eq!(name(facts).as_deref(), wanted, "{facts:?}");
        }
    }

    #[test]
    fn what_is_said_of_a_service_is_read() {
        let seen = seen(&[OURS, ("service.bomgar-ps-c", "running manual")]);
        let found = own(&seen).unwrap();
        assert_eq!((found.name, found.runs, found.is_automatic), ("bomgar-ps-c", true, false));
    }
}
