//! Which variables does jumpfleet understand, and what does each take?

use std::sync::Arc;

use super::check::{address, code_name, jump_group, limited, number, path, secret, switch, text};
use super::complaint::Flaw;
use super::draft::Draft;
use super::looks::{ADDRESS, ARGUMENTS, CODE_NAME, JUMP_GROUP, PATH, TEXT, WINDOW, boots, platforms};
pub use super::looks::{Form, Like};
use super::ssh_arguments::{self, unchecked};
use crate::model::{Parameter, Value};

/// One variable of the inventory that means something to jumpfleet.
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// What it looks like.
    pub form: Form,
    /// What may be written behind it.
    pub takes: &'static str,
    /// What it is for, as one sentence.
    pub about: &'static str,
    /// Whether a plain value would be a secret.
    pub secret: bool,
    set: fn(&mut Draft, &Value) -> Result<(), Flaw>,
}

impl Known {
    /// Checks a value and puts it where it belongs.
    pub fn set(&self, draft: &mut Draft, value: &Value) -> Result<(), Flaw> {
        (self.set)(draft, value)
    }

    /// Checks a value that needs no other to be judged.
    pub fn check(&self, value: &Value) -> Result<(), Flaw> {
        self.set(&mut Draft::default(), value)
    }
}

macro_rules! known {
    ($name:literal, $form:expr, $takes:literal, $about:literal, $set:expr) => {
        Known { name: $name, form: $form, takes: $takes, about: $about, secret: false, set: $set }
    };
    (secret $name:literal, $about:literal, $set:expr) => {
        Known {
            name: $name,
            form: Form::Secret,
            takes: "`{env: NAME}`, `{file: PATH}`, `{keyring: NAME}` or `!vault`",
            about: $about,
            secret: true,
            set: $set,
        }
    };
}

/// All of them; where two set the same thing, the later one counts, as it does for Ansible.
pub const KNOWN: &[Known] = &[
    known!(
        "jc_platform",
        Form::Word(platforms),
        "a platform",
        "Which installer the host takes.",
        |draft, value| {
            draft.platform = word(value)?;
            Ok(())
        }
    ),
    known!("jc_release", TEXT, "text", "Which release of the settings the host gets.", |draft, value| {
        put(&mut draft.release, text(value)?)
    }),
    known!(
        "jc_name",
        Form::Text(Some(128)),
        "text of at most 128 characters",
        "The client's name in the console.",
        |draft, value| { draft.parameter(Parameter::Name, limited(value, 128)?) }
    ),
    known!(
        "jc_jump_group",
        Form::Like(JUMP_GROUP),
        "`jumpgroup:<code name>` or `user:<name>`",
        "The Jump Group the client belongs to.",
        |draft, value| { draft.parameter(Parameter::JumpGroup, jump_group(value)?) }
    ),
    known!(
        "jc_jump_policy",
        Form::Like(CODE_NAME),
        "a code name",
        "The Jump Policy of the client.",
        |draft, value| { draft.parameter(Parameter::JumpPolicy, code_name(value)?) }
    ),
    known!(
        "jc_session_policy",
        Form::Like(CODE_NAME),
        "a code name",
        "The session policy of the client.",
        |draft, value| { draft.parameter(Parameter::SessionPolicy, code_name(value)?) }
    ),
    known!(
        "jc_tag",
        Form::Text(Some(64)),
        "text of at most 64 characters",
        "The client's tag.",
        |draft, value| { draft.parameter(Parameter::Tag, limited(value, 64)?) }
    ),
    known!(
        "jc_comments",
        Form::Text(Some(1024)),
        "text of at most 1024 characters",
        "The client's comments.",
        |draft, value| { draft.parameter(Parameter::Comments, limited(value, 1024)?) }
    ),
    known!(
        "jc_max_offline_minutes",
        Form::Number(0, 525_600),
        "a whole number from 0 to 525600",
        "Minutes offline before the site deletes the client; 0 follows the site's setting.",
        |draft, value| {
            let minutes = number(value, 0, 525_600)?.map(|minutes| Arc::from(minutes.to_string()));
            draft.parameter(Parameter::MaxOfflineMinutes, minutes)
        }
    ),
    known!(
        "jc_ephemeral",
        Form::Switch,
        "true or false",
        "Whether five minutes offline delete the client.",
        |draft, value| {
            draft.parameter(Parameter::Ephemeral, switch(value)?.filter(|on| *on).map(|_| Arc::from("true")))
        }
    ),
    known!(
        "jc_install_dir",
        Form::Like(PATH),
        "an absolute path",
        "Where the client goes.",
        |draft, value| {
            let path = path(value)?;
            draft.write(|draft| &mut draft.install_dir, path)
        }
    ),
    known!("jc_user", TEXT, "an account", "The account a headless client runs as.", |draft, value| {
        let account = text(value)?;
        draft.write(|draft| &mut draft.user, account)
    }),
    known!(
        "jc_boot",
        Form::Word(boots),
        "systemd, init or none",
        "How a headless client comes back after a reboot.",
        |draft, value| {
            draft.boot = word(value)?;
            Ok(())
        }
    ),
    known!("jc_wave", TEXT, "text", "The wave of the rollout the host belongs to.", |draft, value| {
        put(&mut draft.wave, text(value)?)
    }),
    known!(
        "jc_window",
        Form::Like(WINDOW),
        "days, times and a time zone, such as `sat 22:00-04:00 Europe/Madrid`",
        "When the host may be started.",
        |draft, value| {
            draft.window = word(value)?;
            Ok(())
        }
    ),
    known!(
        "jc_staging_dir",
        Form::Like(PATH),
        "an absolute path",
        "Folder on the host for staged files.",
        |draft, value| {
            let path = path(value)?;
            draft.write(|draft| &mut draft.staging_dir, path)
        }
    ),
    known!(
        "jc_marker_file",
        Form::Like(PATH),
        "an absolute path",
        "A file whose presence says a client is there.",
        |draft, value| {
            let path = path(value)?;
            draft.write(|draft| &mut draft.marker_file, path)
        }
    ),
    known!(secret "jc_key_passphrase", "Where the passphrase of the private key is.", key_passphrase),
    known!(
        "ansible_host",
        Form::Like(ADDRESS),
        "a name or address",
        "What to connect to; the host's own name if not set.",
        host
    ),
    known!(
        "ansible_ssh_host",
        Form::Like(ADDRESS),
        "a name or address",
        "Another spelling of `ansible_host`.",
        host
    ),
    known!(
        "ansible_port",
        Form::Number(1, 65_535),
        "a whole number from 1 to 65535",
        "The port of the SSH server, 22 if not set.",
        port
    ),
    known!(
        "ansible_ssh_port",
        Form::Number(1, 65_535),
        "a whole number from 1 to 65535",
        "Another spelling of `ansible_port`.",
        port
    ),
    known!("ansible_user", TEXT, "text", "The login name.", user),
    known!("ansible_ssh_user", TEXT, "text", "Another spelling of `ansible_user`.", user),
    known!("ansible_private_key_file", TEXT, "a path", "The private key to log in with.", key_file),
    known!("ansible_ssh_private_key_file", TEXT, "a path", "Another spelling of it.", key_file),
    known!(secret "ansible_private_key_passphrase", "Another spelling of `jc_key_passphrase`.", key_passphrase),
    known!(secret "ansible_ssh_private_key_passphrase", "Another spelling of it.", key_passphrase),
    known!(secret "ansible_password", "Where the login password is.", password),
    known!(secret "ansible_ssh_pass", "Another spelling of `ansible_password`.", password),
    known!(secret "ansible_ssh_password", "Another spelling of `ansible_password`.", password),
    known!("ansible_sudo", Form::Switch, "true or false", "An old name of `ansible_become`.", elevate),
    known!("ansible_become", Form::Switch, "true or false", "Whether to become root through sudo.", elevate),
    known!("ansible_become_method", TEXT, "sudo", "How to become root; only sudo.", |draft, value| {
        let method = text(value)?;
        draft.write(|draft| &mut draft.elevate_method, method)
    }),
    known!("ansible_become_user", TEXT, "root", "Who to become; only root.", elevate_user),
    known!("ansible_sudo_user", TEXT, "root", "Another spelling of `ansible_become_user`.", elevate_user),
    known!(secret "ansible_become_password", "Where the sudo password is.", sudo_password),
    known!(secret "ansible_become_pass", "Another spelling of `ansible_become_password`.", sudo_password),
    known!(secret "ansible_sudo_pass", "Another spelling of `ansible_become_password`.", sudo_password),
    known!(
        "ansible_connection",
        TEXT,
        "ssh, paramiko or smart",
        "How to connect; only SSH.",
        |draft, value| {
            let connection = text(value)?;
            draft.write(|draft| &mut draft.connection, connection)
        }
    ),
    known!(
        "ansible_host_key_checking",
        Form::True,
        "true",
        "Whether host keys are checked; they always are.",
        host_keys
    ),
    known!("ansible_ssh_host_key_checking", Form::True, "true", "Another spelling of it.", host_keys),
    known!(
        "ansible_ssh_args",
        Form::Like(ARGUMENTS),
        "SSH options",
        "Options such as `-J`, read first.",
        |draft, value| { arguments(draft, 0, value) }
    ),
    known!(
        "ansible_ssh_common_args",
        Form::Like(ARGUMENTS),
        "SSH options",
        "Options such as `-J bastion`.",
        |draft, value| { arguments(draft, 1, value) }
    ),
    known!(
        "ansible_ssh_extra_args",
        Form::Like(ARGUMENTS),
        "SSH options",
        "Options such as `-J`, read last.",
        |draft, value| { arguments(draft, 2, value) }
    ),
];

/// The position in [`KNOWN`] of a variable, if jumpfleet understands it.
pub fn find(name: &str) -> Option<usize> {
    match name.starts_with("jc_") || name.starts_with("ansible_") {
        true => KNOWN.iter().position(|known| known.name == name),
        false => None,
    }
}

fn put<T>(field: &mut Option<T>, value: Option<T>) -> Result<(), Flaw> {
    if value.is_some() {
        *field = value;
    }
    Ok(())
}

fn word<T: std::str::FromStr<Err = String>>(value: &Value) -> Result<Option<T>, Flaw> {
    let Some(text) = text(value)? else { return Ok(None) };
    text.parse().map(Some).map_err(|wrong: String| match wrong.split_once(": ") {
        Some((what, hint)) => Flaw::new(what).hint(hint),
        None => Flaw::new(wrong),
    })
}

fn host(draft: &mut Draft, value: &Value) -> Result<(), Flaw> {
    let address = address(value)?;
    draft.write(|draft| &mut draft.address, address)
}

fn port(draft: &mut Draft, value: &Value) -> Result<(), Flaw> {
    put(&mut draft.port, number(value, 1, 65_535)?.and_then(|port| u16::try_from(port).ok()))
}

fn user(draft: &mut Draft, value: &Value) -> Result<(), Flaw> {
    put(&mut draft.login, text(value)?)
}

fn key_file(draft: &mut Draft, value: &Value) -> Result<(), Flaw> {
    put(&mut draft.key_file, text(value)?)
}

fn password(draft: &mut Draft, value: &Value) -> Result<(), Flaw> {
    let found = secret(value, draft.sealed.as_ref())?;
    put(&mut draft.password, found)
}

fn key_passphrase(draft: &mut Draft, value: &Value) -> Result<(), Flaw> {
    let found = secret(value, draft.sealed.as_ref())?;
    put(&mut draft.key_passphrase, found)
}

fn elevate(draft: &mut Draft, value: &Value) -> Result<(), Flaw> {
    put(&mut draft.elevate, switch(value)?)
}

fn elevate_user(draft: &mut Draft, value: &Value) -> Result<(), Flaw> {
    let user = text(value)?;
    draft.write(|draft| &mut draft.elevate_user, user)
}

fn sudo_password(draft: &mut Draft, value: &Value) -> Result<(), Flaw> {
    let found = secret(value, draft.sealed.as_ref())?;
    put(&mut draft.elevate_password, found)
}

fn host_keys(_: &mut Draft, value: &Value) -> Result<(), Flaw> {
    match switch(value)? {
        Some(false) => Err(unchecked("host_key_checking: false")),
        _ => Ok(()),
    }
}

fn arguments(draft: &mut Draft, position: usize, value: &Value) -> Result<(), Flaw> {
    let Some(text) = text(value)? else { return Ok(()) };
    let read = ssh_arguments::read(&text)?;
    if let Some(slot) = draft.arguments.get_mut(position) {
        *slot = Some(read);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_has_its_variable_and_no_name_stands_twice() {
        for parameter in Parameter::ALL {
            assert!(find(parameter.word()).is_some(), "{parameter}");
        }
        for (index, known) in KNOWN.iter().enumerate() {
            assert_eq!(find(known.name), Some(index), "{}", known.name);
            assert!(known.about.ends_with('.'), "{}", known.name);
        }
    }
}
