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
