//! What may things be called?

use super::check;
use super::complaint::Flaw;
use super::schema::KNOWN;
use crate::model::Mistake;

/// The flaw with the name of its variable in front.
pub fn named(name: &str, flaw: Flaw) -> Flaw {
    Flaw { what: format!("`{name}`: {}", flaw.what), hint: flaw.hint }
}

/// What is wrong with a variable that begins like ours and is none.
pub fn unknown(name: &str) -> Flaw {
    let flaw = Flaw::new(format!("`{}` is not a variable jumpfleet knows", check::shown(name)));
    let known = || KNOWN.iter().map(|known| known.name).filter(|known| known.starts_with("jc_"));
    match Mistake::nearest(name, known()) {
        Some(near) => flaw.hint(format!("did you mean `{near}`?")),
        None => {
            flaw.hint(format!("names that begin with `jc_` are {}", known().collect::<Vec<_>>().join(", ")))
        }
    }
}

/// Whether a group may be called so.
pub fn group_name(name: &str) -> Result<(), Flaw> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || ":,&!*?[]~@/\\{}'\"".contains(c);
    match name.chars().any(odd) {
        true => Err(Flaw::new(format!("`{}` cannot be the name of a group", check::shown(name)))
            .hint("write letters, digits and `_`")),
        false => Ok(()),
    }
}

/// The names, if hosts may be called so.
pub fn host_names(names: Vec<String>) -> Result<Vec<String>, Flaw> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || ",&!*?~@/\\{}'\"".contains(c);
    for name in &names {
        if name.contains(':') && name.parse::<std::net::Ipv6Addr>().is_err() {
            return Err(Flaw::new(format!("`{}` cannot be the name of a host", check::shown(name)))
                .hint("write a port as `ansible_port` below the host"));
        }
        if name.chars().any(odd) {
            return Err(Flaw::new(format!("`{}` cannot be the name of a host", check::shown(name)))
                .hint("write one name, such as `web01` or `web01.example.org`; a range as `web[01:50]`"));
        }
    }
    Ok(names)
}

/// A host's name and the port behind it, told apart as Ansible does: `web01:22`, `web[1:3]:22`, `[2001:db8::1]:22`.
pub fn without_port(pattern: &str) -> (&str, Option<&str>) {
    let Some((before, port)) = pattern.rsplit_once(':') else { return (pattern, None) };
    let is_address = |name: &str| name.parse::<std::net::Ipv6Addr>().is_ok();
    let inner = before.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let name = match inner {
        Some(inner) if is_address(inner) => inner,
        Some(inner) if is_dns_name(inner) && !inner.contains('[') => inner,
        None if is_dns_name(before) => before,
        _ => return (pattern, None),
    };
    let is_port = !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit());
    if is_port { (name, Some(port)) } else { (pattern, None) }
}

/// Whether this is a host name in which ranges may stand.
fn is_dns_name(name: &str) -> bool {
    let mut plain = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((_, behind)) = after.split_once(']') else { return false };
        plain.push_str(before);
        plain.push('0');
        rest = behind;
    }
    plain.push_str(rest);
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    let label = |label: &str| {
        label.starts_with(letter)
            && !label.ends_with(['-', '_'])
            && label.chars().all(|c| letter(c) || c == '-')
    };
    plain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_told_from_an_address() {
        for (pattern, name, port) in [
            ("web01:2222", "web01", Some("2222")),
            ("web[1:3].x:22", "web[1:3].x", Some("22")),
            ("[web01]:22", "web01", Some("22")),
            ("[2001:db8::1]:22", "2001:db8::1", Some("22")),
            ("2001:db8::1", "2001:db8::1", None),
            ("web[1:3]", "web[1:3]", None),
            ("web01:", "web01:", None),
            ("web01:ssh", "web01:ssh", None),
            ("web-:22", "web-:22", None),
            ("a:b:22", "a:b:22", None),
            ("web01", "web01", None),
        ] {
            assert_eq!(without_port(pattern), (name, port), "{pattern}");
        }
    }
}
