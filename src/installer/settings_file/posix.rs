//! How are the settings of a client that is there read, written and put into effect on a POSIX host? Pure.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Connection, Instance, MARK};
use crate::installer::platform::step;
use crate::installer::posix::Lines;
use crate::model::{Script, Shape, Slot, Step};
use crate::shell::posix::quote;

const HEAD: &str = "LC_ALL=C\nPATH=$PATH:/usr/sbin:/sbin\nexport LC_ALL PATH\nnewline='\n'\n";
const OWNER: &str = include_str!("posix/owner.sh");
/// Reads every client's settings and what it is connected to.
pub(super) fn look(shape: &Shape) -> Step {
    let lines = Lines::new().slot_if(shape.install_dir, "install_dir", Slot::InstallDir);
    step("read the clients' settings", 60, lines.body(HEAD).text(include_str!("posix/look.sh")))
}

/// What [`look`] printed; the error says that it is no whole answer.
pub(super) fn instances(output: &str) -> Result<Vec<Instance>, String> {
    let mut instances: Vec<Instance> = Vec::new();
    for line in output.lines().filter_map(|line| line.strip_prefix(MARK)) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if word == "end" {
            return Ok(instances);
        }
        if word == "directory" {
            let file = Err("nothing was said of its settings.ini".to_owned());
            let directory = rest.to_owned();
            let (services, connections) = (Vec::new(), Vec::new());
            instances.push(Instance { directory, services, running: false, connections, file, fetch: None });
            continue;
        }
        let Some(instance) = instances.last_mut() else { continue };
        match word {
            "unit" => instance.services.push(rest.to_owned()),
            "running" => instance.running = true,
            "connection" => instance.connections.extend(connection(rest)),
            "refused" => instance.file = Err(rest.to_owned()),
            "file" => {
                instance.file = bytes(rest).ok_or_else(|| "its settings.ini did not arrive whole".to_owned())
            }
            _ => {}
        }
    }
    Err("the host's answer ends early".to_owned())
}

/// A connection in the words of proc_net_tcp(5), such as `0100007F:1F90`: words of four bytes, the lowest first.
fn connection(remote: &str) -> Option<Connection> {
    let (address, port) = remote.rsplit_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words = address.as_bytes().chunks(8).map(|digits| {
        let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() == 8)?;
        u32::from_str_radix(digits, 16).ok().map(u32::to_le_bytes)
    });
    let octets = words.collect::<Option<Vec<_>>>()?.concat();
    let address = match <[u8; 4]>::try_from(octets.as_slice()) {
        Ok(four) => IpAddr::V4(Ipv4Addr::from(four)),
        Err(_) => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(octets.as_slice()).ok()?)),
    };
    Some(Connection { process: None, remote: SocketAddr::new(address, port) })
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
pub(super) fn write(directory: &str, before: &[u8], after: &[u8]) -> Step {
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
        include_str!("posix/write.sh")
    );
    step("write settings.ini", 60, owned(directory, &inner))
}

/// Puts the copy of the old settings back.
pub(super) fn restore(directory: &str) -> Step {
    let inner = format!("directory={}\n{}", quote(directory), include_str!("posix/restore.sh"));
    step("put the old settings.ini back", 60, owned(directory, &inner))
}

/// Restarts a client.
pub(super) fn restart(directory: &str, unit: Option<&str>) -> Step {
    let script = Script::new()
        .text(format!("directory={}\nunit={}\n{HEAD}", quote(directory), quote(unit.unwrap_or_default())))
        .text(OWNER)
        .text(include_str!("posix/restart.sh"));
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
        assert!(read[0].running && read[0].connections.len() == 1);
        assert_eq!(read[1].file, Err("no".to_owned()));
        assert!(instances(&answer.replace("::jumpfleet:: end\n", "")).is_err());
        assert!(instances(&answer.replace("5b0a", "5b0")).unwrap()[0].file.is_err());
        assert!(instances(&answer.replace("5b0a", "5bxx")).unwrap()[0].file.is_err());
    }

    #[test]
    fn the_kernels_words_are_addresses() {
        let remote = |words: &str| connection(words).map(|found| found.remote.to_string());
        assert_eq!(remote("0100007F:1F90").as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(
            remote("0000000000000000FFFF00000100007F:01BB").as_deref(),
            Some("[::ffff:127.0.0.1]:443")
        );
        for odd in ["x", "0100007F", "0100007F:x", "01:1F90", "0100007F0100007F:1F90"] {
            assert_eq!(remote(odd), None, "{odd}");
        }
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
            // Whoever changes it again and again keeps what was there at first.
            let contents: [&[u8]; 4] = [&before, b"one", b"two", b"three"];
            for (old, new) in contents.iter().zip(&contents[1..]) {
                assert_eq!(run(&write(directory, old, new)), Some(0));
            }
            let copy =
                |end: &str| std::fs::read(folder.path().join(format!("settings.ini.jumpfleet-backup{end}")));
            assert_eq!([".1", ".2", ""].map(|end| copy(end).unwrap()), [&before[..], b"one", b"two"]);
            assert_eq!(run(&restore(directory)), Some(0));
            assert_eq!(std::fs::read(&path).unwrap(), b"two");
            assert_eq!(copy(".1").unwrap(), before);
        }
    }

    /// Whose `printf` is a program shows a password to everybody, and has not changed anything either.
    #[test]
    fn a_shell_that_would_show_the_password_writes_nothing() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (directory, shell) = (folder.path().join("client"), folder.path().join("sh"));
        let without = "#!/bin/sh\n{ echo 'alias printf=/usr/bin/printf'; cat; } | exec dash \"$@\"\n";
        #[expect(clippy::disallowed_methods, reason = "the test looks at what its script wrote")]
        {
            std::fs::create_dir(&directory).unwrap();
            std::fs::write(directory.join("settings.ini"), "old").unwrap();
            std::fs::write(&shell, without).unwrap();
            std::fs::set_permissions(&shell, std::fs::Permissions::from_mode(0o755)).unwrap();
            let path = format!("{}:/usr/bin:/bin", folder.path().display());
            let refused = run_in(&write(directory.to_str().unwrap(), b"old", b"new"), &path);
            assert_eq!(refused, Some(69), "{} would say that something is broken", super::super::BROKEN);
            assert_eq!(std::fs::read(directory.join("settings.ini")).unwrap(), b"old");
            assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1);
        }
    }

    fn run(step: &Step) -> Option<i32> {
        run_in(step, "/usr/bin:/bin")
    }

    fn run_in(step: &Step, path: &str) -> Option<i32> {
        let script = crate::shell::fill(&step.script, |_| None).unwrap();
        let mut child = std::process::Command::new("/bin/sh")
            .arg("-s")
            .env("PATH", path)
            .stdin(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), script.as_bytes()).unwrap();
        child.wait().unwrap().code()
    }
}
