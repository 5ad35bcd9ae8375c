//! How are the settings of a client that is there read, written and put into effect on a POSIX host? Pure.

use std::fmt::Write;

use super::platform::step;
use super::posix::Lines;
use crate::model::{Script, Shape, Slot, Step};
use crate::shell::posix::quote;

const HEAD: &str = "LC_ALL=C\nPATH=$PATH:/usr/sbin:/sbin\nexport LC_ALL PATH\nnewline='\n'\n";
const OWNER: &str = include_str!("settings_file/owner.sh");
const MARK: &str = "::jumpfleet:: ";

/// A client on a host, as a look at its settings shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its folder.
    pub directory: String,
    /// The unit that starts it, if there is one.
    pub unit: Option<String>,
    /// Whether a program of its folder runs.
    pub running: bool,
    /// What those programs are connected to, in the kernel's words (`proc_net_tcp`).
    pub connections: Vec<String>,
    /// What is in its `settings.ini`, or why that is not known.
    pub file: Result<Vec<u8>, String>,
}

/// Reads every client's settings and what it is connected to.
pub fn look(shape: &Shape) -> Step {
    let lines = Lines::new().slot_if(shape.install_dir, "install_dir", Slot::InstallDir);
    step("read the clients' settings", 60, lines.body(HEAD).text(include_str!("settings_file/look.sh")))
}

/// What [`look`] printed; the error says that it is no whole answer.
pub fn instances(output: &str) -> Result<Vec<Instance>, String> {
    let mut instances: Vec<Instance> = Vec::new();
    for line in output.lines().filter_map(|line| line.strip_prefix(MARK)) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if word == "end" {
            return Ok(instances);
        }
        if word == "directory" {
            let file = Err("nothing was said of its settings.ini".to_owned());
            let directory = rest.to_owned();
            instances.push(Instance { directory, unit: None, running: false, connections: Vec::new(), file });
            continue;
        }
        let Some(instance) = instances.last_mut() else { continue };
        match word {
            "unit" => instance.unit = Some(rest.to_owned()),
            "running" => instance.running = true,
            "connection" => instance.connections.push(rest.to_owned()),
            "refused" => instance.file = Err(rest.to_owned()),
            "file" => {
                instance.file = bytes(rest).ok_or_else(|| "its settings.ini did not arrive whole".to_owned())
            }
            _ => {}
        }
    }
    Err("the host's answer ends early".to_owned())
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = hexadecimal.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// Puts other settings in the place of those that were read, with a copy of the old ones beside them.
///
/// The new file has its name only when it is whole, with the owner and mode of the old one. Nothing is written when
/// the old one is not what was read.
pub fn write(directory: &str, before: &[u8], after: &[u8]) -> Step {
    let mut content = String::from("content() {\n");
    for part in after.chunks(256) {
        content.push_str("printf %b '");
        for byte in part {
            let _ = write!(content, "\\0{byte:03o}");
        }
        content.push_str("' || return\n");
    }
    // A function must do something.
    content.push_str(":\n}\n");
    let before = before.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let inner = format!(
        "directory={}\nbefore={before}\nsize={}\n{HEAD}{content}{}",
        quote(directory),
        after.len(),
        include_str!("settings_file/write.sh")
    );
    step("write settings.ini", 60, owned(directory, &inner))
}

/// Puts the copy of the old settings back.
pub fn restore(directory: &str) -> Step {
    let inner = format!("directory={}\n{}", quote(directory), include_str!("settings_file/restore.sh"));
    step("put the old settings.ini back", 60, owned(directory, &inner))
}

/// Restarts a client.
pub fn restart(directory: &str, unit: Option<&str>) -> Step {
    let script = Script::new()
        .text(format!("directory={}\nunit={}\n{HEAD}", quote(directory), quote(unit.unwrap_or_default())))
        .text(OWNER)
        .text(include_str!("settings_file/restart.sh"));
    step("restart the client", 120, script)
}

/// A script that runs in the name of the folder's owner.
fn owned(directory: &str, inner: &str) -> Script {
    Script::new()
        .text(format!("directory={}\n{HEAD}{OWNER}as_owner -s <<'END_OF_SETTINGS'\n", quote(directory)))
        .text(inner)
        .text("END_OF_SETTINGS\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_whole_or_not_at_all() {
        let answer = "motd\n::jumpfleet:: directory /opt/a b\n::jumpfleet:: unit a.service\n::jumpfleet:: running\n\
            ::jumpfleet:: connection 0100007F:1F90\n::jumpfleet:: file 5b0a\n::jumpfleet:: directory /opt/c\n\
            ::jumpfleet:: refused no\n::jumpfleet:: end\n";
        let read = instances(answer).unwrap();
        assert_eq!(
            (read.len(), read[0].directory.as_str(), read[0].file.clone()),
            (2, "/opt/a b", Ok(b"[\n".to_vec()))
        );
        assert!(read[0].running && read[0].connections == ["0100007F:1F90"]);
        assert_eq!(read[1].file, Err("no".to_owned()));
        assert!(instances(&answer.replace("::jumpfleet:: end\n", "")).is_err());
        assert!(instances(&answer.replace("5b0a", "5b0")).unwrap()[0].file.is_err());
        assert!(instances(&answer.replace("5b0a", "5bxx")).unwrap()[0].file.is_err());
    }

    /// The scripts themselves, on this machine, in a folder of our own.
    #[test]
    fn settings_are_written_whole_with_a_copy_or_not_at_all() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::Builder::new().prefix("it's a \"folder\" $x").tempdir().unwrap();
        let directory = folder.path().to_str().unwrap();
        let path = folder.path().join("settings.ini");
        let before: Vec<u8> = (1..=255).chain([10, 0, 37, 92]).collect();
        let after: Vec<u8> = before.iter().rev().copied().cycle().take(1000).collect();
        #[expect(clippy::disallowed_methods, reason = "the test looks at what its script wrote")]
        {
            std::fs::write(&path, &before).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
            assert_eq!(run(&write(directory, &before, &after)), Some(0));
            assert_eq!(std::fs::read(&path).unwrap(), after);
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
            assert_eq!(run(&write(directory, &before, b"other")), Some(68));
            assert_eq!(std::fs::read(&path).unwrap(), after);
            assert_eq!(run(&restore(directory)), Some(0));
            assert_eq!(std::fs::read(&path).unwrap(), before);
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    fn run(step: &Step) -> Option<i32> {
        let script = crate::shell::fill(&step.script, |_| None).unwrap();
        let mut child = std::process::Command::new("sh")
            .arg("-s")
            .stdin(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), script.as_bytes()).unwrap();
        child.wait().unwrap().code()
    }
}
