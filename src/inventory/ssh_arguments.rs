//! What do Ansible's SSH arguments ask for, as far as jumpfleet can do it?

use super::complaint::Flaw;
use crate::model::{HostKeyPolicy, JumpHost};

/// What was understood; everything else OpenSSH knows is left alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SshArguments {
    /// Bastions in order; an empty list is `ProxyJump=none`.
    pub jump: Option<Vec<JumpHost>>,
    /// What to do about unknown host keys.
    pub host_key_policy: Option<HostKeyPolicy>,
    /// Files with known host keys.
    pub known_hosts: Option<Vec<String>>,
}

impl SshArguments {
    /// Adds what `later` says about things that were not said yet: OpenSSH takes the first value it meets.
    pub fn or(&mut self, later: &Self) {
        if self.jump.is_none() {
            self.jump.clone_from(&later.jump);
        }
        if self.known_hosts.is_none() {
            self.known_hosts.clone_from(&later.known_hosts);
        }
        self.host_key_policy = self.host_key_policy.or(later.host_key_policy);
    }
}

/// OpenSSH's one-letter options that take a value.
const WITH_VALUE: &str = "BbcDEeFIiJLlmOoPpQRSWw";

/// Reads a command line's worth of arguments, such as `-J bastion -o StrictHostKeyChecking=accept-new`.
pub fn read(text: &str) -> Result<SshArguments, Flaw> {
    let mut found = SshArguments::default();
    let mut words = words(text)?.into_iter();
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            return Err(Flaw::new(format!("`{word}` is not an SSH option")).hint(
                "write options such as `-J bastion.example.org` or `-o ProxyJump=bastion.example.org`",
            ));
        };
        let Some(at) = letters.find(|letter| WITH_VALUE.contains(letter)) else { continue };
        let letter = &letters[at..=at];
        let attached = &letters[at + 1..];
        let value = if attached.is_empty() { words.next() } else { Some(attached.to_owned()) };
        let Some(value) = value else {
            return Err(Flaw::new(format!("a value is missing behind `-{letter}`")));
        };
        option(letter, &value, &mut found)?;
    }
    Ok(found)
}

fn option(letter: &str, value: &str, found: &mut SshArguments) -> Result<(), Flaw> {
    let variable = match letter {
        "J" => return setting("proxyjump", value, found),
        "o" => {
            let (key, value) = value.split_once(['=', ' ']).ok_or_else(|| {
                Flaw::new(format!("`-o {value}` has no value")).hint("write `-o Option=value`")
            })?;
            return setting(&key.trim().to_ascii_lowercase(), value.trim(), found);
        }
        "p" => "ansible_port",
        "l" => "ansible_user",
        "i" => "ansible_ssh_private_key_file",
        "F" => {
            return Err(Flaw::new("`-F` names an OpenSSH configuration file, which jumpfleet does not read")
                .hint("write what it says about these hosts as variables"));
        }
        _ => return Ok(()),
    };
    Err(Flaw::new(format!("`-{letter}` is not read from here")).hint(format!("write `{variable}: {value}`")))
}

fn setting(key: &str, value: &str, found: &mut SshArguments) -> Result<(), Flaw> {
    match key {
        "proxyjump" if found.jump.is_none() => found.jump = Some(jump_hosts(value)?),
        "proxycommand" if !value.eq_ignore_ascii_case("none") => {
            return Err(Flaw::new("`ProxyCommand` would run a program on this machine for each host")
                .hint("write `-J bastion.example.org` (or `-o ProxyJump=…`), a chain as `-J first,second`"));
        }
        "stricthostkeychecking" if found.host_key_policy.is_none() => {
            found.host_key_policy = Some(policy(value)?);
        }
        "userknownhostsfile" if found.known_hosts.is_none() => {
            found.known_hosts = Some(known_hosts(value)?);
        }
        _ => {}
    }
    Ok(())
}

fn policy(value: &str) -> Result<HostKeyPolicy, Flaw> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "ask" => Ok(HostKeyPolicy::Strict),
        "accept-new" => Ok(HostKeyPolicy::AcceptNew),
        "no" | "off" | "false" => Err(unchecked(&format!("StrictHostKeyChecking={value}"))),
        _ => Err(Flaw::new(format!("`StrictHostKeyChecking={value}` is not known"))
            .hint("write `yes` or `accept-new`")),
    }
}

/// What is wrong with accepting any host key.
pub fn unchecked(setting: &str) -> Flaw {
    Flaw::new(format!("`{setting}` would accept any host, and an installer key would be sent to it"))
        .hint("write `-o StrictHostKeyChecking=accept-new` to trust unknown keys at the first connection")
}

fn known_hosts(value: &str) -> Result<Vec<String>, Flaw> {
    let files = words(value)?;
    match files.iter().any(|file| file == "/dev/null") {
        true => Err(unchecked("UserKnownHostsFile=/dev/null")),
        false => Ok(files.into_iter().filter(|file| file != "none").collect()),
    }
}

/// The bastions of `[user@]host[:port]` parts separated by commas; `none` means none.
fn jump_hosts(value: &str) -> Result<Vec<JumpHost>, Flaw> {
    if value.eq_ignore_ascii_case("none") {
        return Ok(Vec::new());
    }
    value.split(',').map(|part| jump_host(part.trim())).collect()
}

fn jump_host(part: &str) -> Result<JumpHost, Flaw> {
    let wrong = || {
        Flaw::new(format!("`{part}` is not a jump host"))
            .hint("write `[user@]host[:port]`, an IPv6 address in brackets")
    };
    let part = part.strip_prefix("ssh://").unwrap_or(part);
    let (user, rest) = match part.rsplit_once('@') {
        Some((user, rest)) if !user.is_empty() => (Some(user.to_owned()), rest),
        Some(_) => return Err(wrong()),
        None => (None, part),
    };
    let (host, port) = if let Some((address, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']'))
    {
        (address, after.strip_prefix(':').or_else(|| after.is_empty().then_some("22")).ok_or_else(wrong)?)
    } else {
        match rest.split_once(':') {
            Some((_, port)) if port.contains(':') => (rest, "22"),
            Some((host, port)) => (host, port),
            None => (rest, "22"),
        }
    };
    let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?;
    let sane = |c: char| !c.is_whitespace() && !c.is_control() && !"/@[]%`$".contains(c);
    if host.is_empty() || host.starts_with('-') || !host.chars().all(sane) {
        return Err(wrong());
    }
    Ok(JumpHost { user, host: host.to_owned(), port })
}

/// Splits at blanks as a shell does, with `'…'`, `"…"` and `\`.
fn words(text: &str) -> Result<Vec<String>, Flaw> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('\''), _) => word.get_or_insert_default().push(c),
            (_, '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    match quote {
        Some(open) => Err(Flaw::new(format!("a closing `{open}` is missing"))),
        None => {
            words.extend(word);
            Ok(words)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jump(text: &str) -> Vec<String> {
        let jump = read(text).unwrap().jump.unwrap_or_default();
        let show = |j: JumpHost| format!("{}@{}:{}", j.user.unwrap_or_default(), j.host, j.port);
        jump.into_iter().map(show).collect()
    }

    #[test]
    fn bastions_are_found_in_every_spelling() {
        for text in [
            "-J ops@bastion:2222,inner",
            "-Jops@bastion:2222,inner",
            "-C -o ProxyJump=ops@bastion:2222,inner",
            "-oProxyJump='ops@bastion:2222,inner'",
            "-4qJ ops@bastion:2222,inner -J other",
            "-o \"ProxyJump ops@bastion:2222,inner\"",
        ] {
            assert_eq!(jump(text), ["ops@bastion:2222", "@inner:22"], "{text}");
        }
        assert_eq!(jump("-J [2001:db8::1]:2200"), ["@2001:db8::1:2200"]);
        assert_eq!(read("-o ProxyJump=none").unwrap().jump, Some(Vec::new()));
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        for (text, says) in [
            ("-o ProxyCommand='ssh -W %h:%p b'", "ProxyCommand"),
            ("-o StrictHostKeyChecking=no", "accept any host"),
            ("-o UserKnownHostsFile=/dev/null", "accept any host"),
            ("-F other", "configuration file"),
            ("-p 2222", "not read from here"),
            ("-J a:b", "not a jump host"),
            ("-J", "missing"),
            ("bastion", "not an SSH option"),
            ("-o 'x", "closing"),
        ] {
            assert!(read(text).unwrap_err().what.contains(says), "{text}: {:?}", read(text));
        }
        assert!(read("-o ControlMaster=auto -o ConnectTimeout=5 -vv -L 1:2:3").is_ok());
    }

    #[test]
    fn the_first_value_counts() {
        let mut first = read("-o StrictHostKeyChecking=accept-new").unwrap();
        first.or(&read("-o StrictHostKeyChecking=yes -o UserKnownHostsFile='a b'").unwrap());
        assert_eq!(first.host_key_policy, Some(HostKeyPolicy::AcceptNew));
        assert_eq!(first.known_hosts, Some(vec!["a".to_owned(), "b".to_owned()]));
    }
}
