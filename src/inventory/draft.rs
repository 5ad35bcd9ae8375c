//! What do a host's variables come to? Collected one by one, then checked against each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::check;
use super::complaint::Flaw;
use super::names::named;
use super::ssh_arguments::SshArguments;
use crate::model::{
    Access, Boot, FileId, HostKeyPolicy, Origin, Parameter, Platform, SecretReference, VaultReference, Window,
};

/// A value with the place it was written at.
pub type Written = (Arc<str>, Origin);

/// What is known of one host while its variables are read.
#[derive(Debug)]
pub struct Draft {
    /// Where the variable that is read just now was written.
    pub origin: Origin,
    /// Where the value of that variable is, if it is sealed.
    pub sealed: Option<VaultReference>,
    /// `jc_platform`.
    pub platform: Option<Platform>,
    /// `jc_release`.
    pub release: Option<Arc<str>>,
    /// The vendor's overrides.
    pub parameters: BTreeMap<Parameter, Written>,
    /// `jc_install_dir`.
    pub install_dir: Option<Written>,
    /// `jc_user`.
    pub user: Option<Written>,
    /// `jc_boot`.
    pub boot: Option<Boot>,
    /// `jc_wave`.
    pub wave: Option<Arc<str>>,
    /// `jc_window`.
    pub window: Option<Window>,
    /// `jc_staging_dir`.
    pub staging_dir: Option<Written>,
    /// `jc_marker_file`.
    pub marker_file: Option<Written>,
    /// `jc_key_passphrase`.
    pub key_passphrase: Option<SecretReference>,
    /// `ansible_host`.
    pub address: Option<Written>,
    /// `ansible_port`.
    pub port: Option<u16>,
    /// `ansible_user`.
    pub login: Option<Arc<str>>,
    /// `ansible_ssh_private_key_file`.
    pub key_file: Option<Arc<str>>,
    /// `ansible_password`.
    pub password: Option<SecretReference>,
    /// `ansible_become`.
    pub elevate: Option<bool>,
    /// `ansible_become_method`.
    pub elevate_method: Option<Written>,
    /// `ansible_become_user`.
    pub elevate_user: Option<Written>,
    /// `ansible_become_password`.
    pub elevate_password: Option<SecretReference>,
    /// `ansible_connection`.
    pub connection: Option<Written>,
    /// `ansible_ssh_args`, `ansible_ssh_common_args` and `ansible_ssh_extra_args`, as `ssh` hears them.
    pub arguments: [Option<SshArguments>; 3],
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            origin: Origin { file: FileId(0), line: 1, column: 1 },
            sealed: None,
            platform: None,
            release: None,
            parameters: BTreeMap::new(),
            install_dir: None,
            user: None,
            boot: None,
            wave: None,
            window: None,
            staging_dir: None,
            marker_file: None,
            key_passphrase: None,
            address: None,
            port: None,
            login: None,
            key_file: None,
            password: None,
            elevate: None,
            elevate_method: None,
            elevate_user: None,
            elevate_password: None,
            connection: None,
            arguments: [None, None, None],
        }
    }
}

impl Draft {
    /// Sets an override, if there is a value.
    pub fn parameter(&mut self, parameter: Parameter, value: Option<Arc<str>>) -> Result<(), Flaw> {
        if let Some(value) = value {
            self.parameters.insert(parameter, (value, self.origin));
        }
        Ok(())
    }

    /// Sets a field that keeps its place, if there is a value.
    pub fn write(
        &mut self,
        field: fn(&mut Self) -> &mut Option<Written>,
        value: Option<Arc<str>>,
    ) -> Result<(), Flaw> {
        if let Some(value) = value {
            let origin = self.origin;
            *field(self) = Some((value, origin));
        }
        Ok(())
    }

    /// What is wrong with the variables together, each at its place, however the host is reached.
    pub fn judge(&self) -> Vec<(Origin, Flaw)> {
        let mut flaws = Vec::new();
        self.judge_lifetime(&mut flaws);
        if let Some(platform) = self.platform {
            self.judge_paths(platform, &mut flaws);
            self.judge_words(platform, &mut flaws);
        }
        flaws
    }

    fn judge_lifetime(&self, flaws: &mut Vec<(Origin, Flaw)>) {
        let ephemeral = self.parameters.contains_key(&Parameter::Ephemeral);
        if let (true, Some((_, origin))) = (ephemeral, self.parameters.get(&Parameter::MaxOfflineMinutes)) {
            flaws.push((
                *origin,
                Flaw::new("`jc_max_offline_minutes` and `jc_ephemeral` are set for the same host")
                    .hint("`jc_ephemeral` means 5 minutes: keep one, set the other to `null`"),
            ));
        }
    }

    /// What stands in the way of reaching the host and becoming root there.
    pub fn judge_connection(&self) -> Vec<(Origin, Flaw)> {
        let mut flaws = Vec::new();
        const SSH: [&str; 6] = [
            "ssh",
            "smart",
            "paramiko",
            "paramiko_ssh",
            "ansible.builtin.ssh",
            "ansible.builtin.paramiko_ssh",
        ];
        let mut wrong = |written: &Option<Written>, allowed: &[&str], name: &str, hint: &str| {
            if let Some((value, origin)) = written.as_ref().filter(|(value, _)| !allowed.contains(&&**value))
            {
                let what = format!("`{name}: {}` is not possible here", check::shown(value));
                flaws.push((*origin, Flaw::new(what).hint(hint)));
            }
        };
        let hint = "jumpfleet connects through SSH only: write `ssh`, or leave the host out with `--limit`";
        wrong(&self.connection, &SSH, "ansible_connection", hint);
        if self.elevate == Some(true) {
            let sudo = ["sudo", "ansible.builtin.sudo"];
            wrong(&self.elevate_method, &sudo, "ansible_become_method", "write `sudo`: it is the only way");
            wrong(&self.elevate_user, &["root"], "ansible_become_user", "write `root`: installers need it");
        }
        flaws
    }

    fn judge_paths(&self, platform: Platform, flaws: &mut Vec<(Origin, Flaw)>) {
        let paths = [
            ("jc_install_dir", &self.install_dir),
            ("jc_staging_dir", &self.staging_dir),
            ("jc_marker_file", &self.marker_file),
        ];
        for (variable, written) in paths {
            let Some((path, origin)) = written else { continue };
            let short = || check::path_length_for(path, platform).map_err(|flaw| named(variable, flaw));
            if let Err(flaw) =
                check::path_for(path, platform, variable == "jc_marker_file").and_then(|()| short())
            {
                flaws.push((*origin, flaw));
            }
        }
        if let Some((account, origin)) = &self.user
            && let Err(flaw) = check::account_for(account, platform)
        {
            flaws.push((*origin, flaw));
        }
    }

    /// The overrides and the folder stand on one command line; what is too long for it is told at the longest of them.
    fn judge_words(&self, platform: Platform, flaws: &mut Vec<(Origin, Flaw)>) {
        let directory = self.install_dir.iter().map(|written| ("jc_install_dir", written));
        let words: Vec<(&str, &Written)> = self
            .parameters
            .iter()
            .map(|(parameter, written)| (parameter.word(), written))
            .chain(directory)
            .collect();
        let longest = words.iter().max_by_key(|(_, (value, _))| value.len());
        let Some((variable, (_, origin))) = longest else { return };
        if let Err(flaw) = check::words_for(words.iter().map(|(_, (value, _))| &**value), platform) {
            flaws.push((*origin, named(variable, flaw)));
        }
    }

    /// How the host is reached and entered.
    pub fn access(&mut self) -> Access {
        let mut arguments = SshArguments::default();
        for later in self.arguments.iter().flatten() {
            arguments.or(later);
        }
        Access {
            port: self.port.unwrap_or(22),
            user: self.login.as_deref().map(str::to_owned),
            key_file: self.key_file.as_deref().map(str::to_owned),
            key_passphrase: self.key_passphrase.take(),
            password: self.password.take(),
            elevate: self.elevate.unwrap_or(false),
            elevate_password: self.elevate_password.take(),
            jump: arguments.jump.unwrap_or_default(),
            known_hosts: arguments.known_hosts.unwrap_or_default(),
            host_key_policy: arguments.host_key_policy.unwrap_or(HostKeyPolicy::Strict),
        }
    }
}
