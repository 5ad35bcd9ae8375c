//! Which clients does a look at a Windows host show, and which of them are ours? Pure.

use std::net::SocketAddr;

use crate::installer::settings_file::{Connection, Instance, MARK};
use crate::installer::uninstall_name;
use crate::installer::windows::same_place;
use crate::model::Product;

/// What a connection that is there is called where the host's own word is not known.
const ESTABLISHED: &str = "ESTABLISHED";

/// Everything a look told.
#[derive(Debug, Default)]
struct Told<'o> {
    install_dir: Option<&'o str>,
    folders: Vec<&'o str>,
    services: Vec<Service<'o>>,
    entries: Vec<Entry<'o>>,
    established: Option<&'o str>,
    /// Process, remote address, state.
    connections: Vec<(&'o str, &'o str, &'o str)>,
}

/// A registered service with a name of the vendor's.
#[derive(Debug)]
struct Service<'o> {
    name: &'o str,
    image: &'o str,
    running: bool,
}

/// An uninstall entry of a client, and the folders it names.
#[derive(Debug)]
struct Entry<'o> {
    name: &'o str,
    folders: Vec<&'o str>,
}

/// Whose a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Ours,
    Anothers,
    Unknown,
}

/// What a look printed, for the product and the site that are ours; the error says that it is no whole answer.
pub(in crate::installer::settings_file) fn instances(
    product: Product,
    site: &str,
    output: &str,
) -> Result<Vec<Instance>, String> {
    let told = told(output)?;
    let own = uninstall_name(product, site);
    let found = told.directories().into_iter().filter_map(|directory| match told.whose(directory, &own) {
        Whose::Anothers => None,
        whose => Some(told.instance(directory, whose)),
    });
    Ok(found.collect())
}

fn told(output: &str) -> Result<Told<'_>, String> {
    let mut told = Told::default();
    for line in output.lines().filter_map(|line| line.strip_prefix(MARK)) {
        let line = line.trim_end();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "end" => return Ok(told),
            "install_dir" => told.install_dir = Some(rest),
            "folder" => told.folders.push(rest),
            "service" => told.services.push(Service { name: rest, image: "", running: false }),
            "image" => told.services.last_mut().into_iter().for_each(|service| service.image = rest),
            "running" => told.services.last_mut().into_iter().for_each(|service| service.running = true),
            "established" => told.established = Some(rest),
            "connection" => {
                let mut words = rest.splitn(3, ' ');
                let row = (words.next(), words.next(), words.next());
                if let (Some(process), Some(remote), Some(state)) = row {
                    told.connections.push((process, remote, state));
                }
            }
            "entry" => told.entries.push(Entry { name: rest, folders: Vec::new() }),
            "program" => {
                told.entries.last_mut().into_iter().for_each(|entry| entry.folders.extend(folder_of(rest)))
            }
            "location" if is_whole(rest) => {
                told.entries.last_mut().into_iter().for_each(|entry| entry.folders.push(rest))
            }
            _ => {}
        }
    }
    Err("the host's answer ends early".to_owned())
}

impl<'o> Told<'o> {
    /// Every folder of a client, each once: what a service starts comes first.
    fn directories(&self) -> Vec<&'o str> {
        let started = self.services.iter().filter_map(|service| folder_of(service.image));
        let mut all: Vec<&str> = Vec::new();
        for folder in started.chain(self.install_dir).chain(self.folders.iter().copied()) {
            if !all.iter().any(|known| is_same(known, folder)) {
                all.push(folder);
            }
        }
        all
    }

    /// An entry of our site, or the inventory, may name the folder; else it is ours unless it may be another site's.
    fn whose(&self, directory: &str, own: &str) -> Whose {
        let names = |entry: &Entry<'_>| entry.folders.iter().any(|folder| is_same(folder, directory));
        let is_own = |entry: &&Entry<'_>| entry.name.eq_ignore_ascii_case(own);
        let (ours, others): (Vec<_>, Vec<_>) = self.entries.iter().partition(is_own);
        if ours.into_iter().any(names) || self.install_dir.is_some_and(|own| is_same(own, directory)) {
            Whose::Ours
        } else if others.iter().any(|entry| names(entry)) {
            Whose::Anothers
        } else if others.iter().any(|entry| entry.folders.is_empty()) {
            Whose::Unknown
        } else {
            Whose::Ours
        }
    }

    fn instance(&self, directory: &str, whose: Whose) -> Instance {
        let starts = |service: &&Service<'_>| {
            folder_of(service.image).is_some_and(|folder| is_same(folder, directory))
        };
        let services: Vec<&Service<'_>> = self.services.iter().filter(starts).collect();
        let refused = refusal(directory, &services, whose);
        Instance {
            directory: directory.to_owned(),
            services: services.iter().map(|service| service.name.to_owned()).collect(),
            running: !services.is_empty() && services.iter().all(|service| service.running),
            connections: self.connections(),
            fetch: refused.is_none().then(|| format!(r"{directory}\settings.ini")),
            file: Err(refused.unwrap_or_else(|| "its settings.ini was not fetched".to_owned())),
        }
    }

    fn connections(&self) -> Vec<Connection> {
        let word = self.established.unwrap_or(ESTABLISHED);
        let established = self.connections.iter().filter(|(.., state)| *state == word);
        let read = |(process, remote, _): &(&str, &str, &str)| {
            Some(Connection {
                process: Some(process.parse().ok()?),
                remote: remote.parse::<SocketAddr>().ok()?,
            })
        };
        established.filter_map(read).collect()
    }
}

/// Why nothing is read or changed there.
fn refusal(directory: &str, services: &[&Service<'_>], whose: Whose) -> Option<String> {
    let is_plain =
        |name: &str| name.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_. ".contains(sign));
    let is_odd = |sign: char| sign.is_control() || "%\"\u{fffd}".contains(sign);
    let why = if whose == Whose::Unknown {
        "a client of another site is registered on the host, and nothing tells whose this one is"
    } else if services.is_empty() {
        "no service starts a program of its folder"
    } else if directory.contains(is_odd) || !services.iter().all(|service| is_plain(service.name)) {
        "its folder or its service has a character in its name that no batch file can say"
    } else {
        return None;
    };
    Some(why.to_owned())
}

/// The folder of the program that a command line starts; none where it names none.
fn folder_of(command: &str) -> Option<&str> {
    let command = command.trim();
    let program = match command.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => {
            let end = command.to_ascii_lowercase().find(".exe")? + ".exe".len();
            command.get(..end)?
        }
    };
    let folder = program.rsplit_once(['\\', '/'])?.0;
    is_whole(folder).then_some(folder)
}

fn is_whole(path: &str) -> bool {
    let mut signs = path.chars();
    signs.next().is_some_and(|drive| drive.is_ascii_alphabetic()) && signs.as_str().starts_with(":\\")
}

fn is_same(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|path| path.trim_end_matches(['\\', '/']));
    same_place(one, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEC: &str = "BeyondTrust Privileged Remote Access Jump Client";

    /// What a look at a host with these lines shows of each client: its folder, and why it is refused.
    fn seen(lines: &str) -> Vec<(String, Option<String>)> {
        let output: String = lines.lines().map(|line| format!("{MARK}{}\n", line.trim())).collect();
        let found = instances(Product::BomgarPec, "pra.example.org", &format!("motd\n{output}{MARK}end\r\n"));
        let shown =
            |client: Instance| (client.directory, client.fetch.is_none().then(|| client.file.unwrap_err()));
        found.unwrap().into_iter().map(shown).collect()
    }

    fn own(folder: &str) -> (String, Option<String>) {
        (folder.to_owned(), None)
    }

    #[test]
    fn a_client_is_what_a_service_starts() {
        let lines = r#"folder C:\ProgramData\bomgar-pec-0x1
            folder C:\ProgramData\bomgar-pec-0x2
            service bomgar-ps-1
            image "C:\programdata\bomgar-pec-0x1\bomgar-pec.exe" -service:run
            running
            service sra-pin-2
            image C:\Tools & more\sra-pin.EXE -x"#;
        let none = Some("no service starts a program of its folder".to_owned());
        let wanted = [
            own(r"C:\programdata\bomgar-pec-0x1"),
            own(r"C:\Tools & more"),
            (r"C:\ProgramData\bomgar-pec-0x2".to_owned(), none),
        ];
        assert_eq!(seen(lines), wanted);
        assert!(instances(Product::BomgarPec, "x", "::jumpfleet:: service a").is_err());
    }

    #[test]
    fn clients_of_another_site_are_left_out() {
        let services = "service bomgar-ps-1\nimage \"C:\\a\\bomgar-pec.exe\"\nservice bomgar-ps-2\n\
            image \"C:\\b\\bomgar-pec.exe\"\n";
        let with = |entries: String| seen(&format!("{services}{entries}"));
        let ours = |more: &str| format!("entry {PEC} [PRA.example.org]\n{more}\n");
        let others = |more: &str| format!("entry {PEC} [other.example.org]\n{more}\n");
        let program = "program \"C:\\b\\bomgar-pec.exe\" -uninstall prompt";
        let both = vec![own(r"C:\a"), own(r"C:\b")];
        assert_eq!(with(String::new()), both);
        assert_eq!(with(ours("program MsiExec.exe /X{0}")), both);
        assert_eq!(with(ours("") + &others(program)), both[..1]);
        assert_eq!(with(others("location C:\\B\\")), both[..1]);
        let unknown = with(ours(program) + &others("program MsiExec.exe /X{0}"));
        assert!(unknown[0].1.as_ref().is_some_and(|why| why.contains("whose this one is")), "{unknown:?}");
        assert_eq!(unknown[1], both[1]);
        // The inventory's own folder is ours whatever is registered.
        let named = with(others("program MsiExec.exe /X{0}") + "install_dir c:\\A\\");
        assert_eq!((named[0].clone(), named[1].1.is_some()), (both[0].clone(), true));
    }

    #[test]
    fn the_hosts_own_word_says_what_is_established() {
        let connections = |word: &str| {
            let output = format!(
                "{MARK}service sra-pin-1\n{MARK}image C:\\a\\sra-pin.exe\n{MARK}connection 7 10.0.0.1:3128 HERGESTELLT\n\
                 {MARK}connection 7 10.0.0.2:443 SYN_GESENDET\n{MARK}connection 8 [2001:db8::1]:443 HERGESTELLT\n{word}\
                 {MARK}end"
            );
            let seen = instances(Product::SraPin, "x", &output).unwrap();
            let shown = |found: &Connection| format!("{} {}", found.process.unwrap(), found.remote);
            seen[0].connections.iter().map(shown).collect::<Vec<_>>()
        };
        let both = ["7 10.0.0.1:3128", "8 [2001:db8::1]:443"];
        assert_eq!(connections(&format!("{MARK}established HERGESTELLT\n")), both);
        assert!(connections("").is_empty());
    }

    #[test]
    fn what_no_batch_file_can_say_is_refused() {
        for (service, folder) in [("bomgar-ps-1", r"C:\50% off"), ("bomgar-ps-1&x", r"C:\a")] {
            let shown = seen(&format!("service {service}\nimage \"{folder}\\bomgar-pec.exe\""));
            assert!(shown[0].1.as_ref().is_some_and(|why| why.contains("batch file")), "{shown:?}");
        }
    }
}
