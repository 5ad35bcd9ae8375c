//! May this key be trusted, and what is to be written down if it may?

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::Surroundings;
use super::wire::Wire;
use crate::model::{Access, Class, HostKeyPolicy};
use crate::transport::Failure;
use crate::transport::known_hosts::{KnownHosts, Verdict, entry_line, fingerprint, name_of, type_of};

/// Every known_hosts file of the run, each read once, whatever the number of hosts.
#[derive(Default)]
pub(super) struct Trust {
    read: Mutex<HashMap<Vec<String>, Arc<RwLock<KnownHosts>>>>,
}

/// The files of one access and what they hold.
pub(super) struct Files {
    names: Vec<String>,
    known: Arc<RwLock<KnownHosts>>,
}

impl Trust {
    /// The files that `access` names, or the usual ones.
    pub(super) fn files(&self, access: &Access, around: &Surroundings) -> Result<Files, Failure> {
        let names = names_of(access, around);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(&names) {
            return Ok(Files { names, known: Arc::clone(known) });
        }
        let mut known = KnownHosts::default();
        for name in &names {
            let text = (around.read)(name).map_err(|error| {
                // Not to read it could be to miss a revoked key.
                Failure::on_the_way(Class::HostKeyUnknown, format!("cannot read `{name}`: {error}"))
            })?;
            known.add(name, &text.unwrap_or_default());
        }
        let known = Arc::new(RwLock::new(known));
        read.insert(names.clone(), Arc::clone(&known));
        Ok(Files { names, known })
    }
}

fn names_of(access: &Access, around: &Surroundings) -> Vec<String> {
    let in_home = |rest: &str| around.home.as_ref().map(|home| home.join(rest).display().to_string());
    if access.known_hosts.is_empty() {
        let own = [".ssh/known_hosts", ".ssh/known_hosts2"].into_iter().filter_map(in_home);
        let system = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"].map(str::to_owned);
        return own.chain(system).collect();
    }
    let expand = |name: &String| name.strip_prefix("~/").and_then(in_home).unwrap_or_else(|| name.to_owned());
    access.known_hosts.iter().map(expand).collect()
}

impl Files {
    /// The host-key algorithms to ask for, the types on file first; none if all are equally welcome.
    pub(super) fn preferences(&self, host: &str, port: u16) -> Option<String> {
        const ALL: [&str; 6] = [
            "ssh-ed25519",
            "ecdsa-sha2-nistp256",
            "ecdsa-sha2-nistp384",
            "ecdsa-sha2-nistp521",
            "rsa-sha2-512",
            "rsa-sha2-256",
        ];
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let types = known.key_types_for(host, port);
        // An RSA key is one type on file and several algorithms on the wire.
        let listed =
            |name: &&str| types.contains(name) || (name.starts_with("rsa-") && types.contains(&"ssh-rsa"));
        let (first, rest): (Vec<&str>, Vec<&str>) = ALL.iter().partition(|name| listed(name));
        Some([first, rest].concat().join(","))
    }

    /// Lets the connection go on only if the key that the server showed can be trusted.
    pub(super) fn judge(
        &self,
        wire: &Wire,
        host: &str,
        port: u16,
        policy: HostKeyPolicy,
        around: &Surroundings,
    ) -> Result<(), Failure> {
        let Some(blob) = wire.session().host_key().map(|(blob, _)| blob.to_vec()) else {
            return Err(Failure::on_the_way(Class::Handshake, "the server showed no host key"));
        };
        let shown = Shown { host, port, key_type: type_of(&blob).unwrap_or("unknown"), blob: &blob };
        match self.verdict(&shown) {
            Verdict::Known => Ok(()),
            Verdict::Unknown if policy == HostKeyPolicy::AcceptNew => self.learn(&shown, around),
            verdict => Err(self.refusal(&shown, &verdict)),
        }
    }

    fn verdict(&self, shown: &Shown<'_>) -> Verdict {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.check(shown.host, shown.port, shown.blob, shown.key_type)
    }

    /// Writes the key down, unless another visit has written one for the same host in the meantime.
    fn learn(&self, shown: &Shown<'_>, around: &Surroundings) -> Result<(), Failure> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        match known.check(shown.host, shown.port, shown.blob, shown.key_type) {
            Verdict::Unknown => {}
            Verdict::Known => return Ok(()),
            verdict => return Err(self.refusal(shown, &verdict)),
        }
        let Some(file) = self.names.first() else {
            return Err(self.refusal(shown, &Verdict::Unknown));
        };
        let line = entry_line(shown.host, shown.port, shown.key_type, shown.blob);
        (around.append)(file, &line).map_err(|error| {
            let detail = format!("cannot write the new host key to `{file}`: {error}");
            Failure::on_the_way(Class::HostKeyUnknown, detail)
        })?;
        known.add(file, &line);
        Ok(())
    }

    fn refusal(&self, shown: &Shown<'_>, verdict: &Verdict) -> Failure {
        let name = name_of(shown.host, shown.port);
        let key = format!("the host key {} {} of `{name}`", shown.key_type, fingerprint(shown.blob));
        let files = self.names.join("`, `");
        let (class, detail) = match verdict {
            Verdict::Changed { line, listed } => (
                Class::HostKeyChanged,
                format!(
                    "{key} is not the one in {line} ({listed}); if the host was rebuilt, compare the \
                     fingerprint on its console and run `ssh-keygen -R '{name}' -f {}`",
                    line.file
                ),
            ),
            Verdict::Revoked { line } => (
                Class::HostKeyRevoked,
                format!("{key} is marked @revoked in {line}; the host needs a new key"),
            ),
            Verdict::OnlyAuthority { line } => (
                Class::HostKeyUnknown,
                format!(
                    "{key} is vouched for only by the @cert-authority in {line}, and host certificates are \
                     not verified here; add the key itself to `{files}`"
                ),
            ),
            Verdict::Unknown | Verdict::Known => (
                Class::HostKeyUnknown,
                format!(
                    "{key} is not in `{files}`; compare the fingerprint on the host's console \
                     (`ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub`) and add the key, or choose accept-new"
                ),
            ),
        };
        Failure::on_the_way(class, detail)
    }
}

struct Shown<'a> {
    host: &'a str,
    port: u16,
    key_type: &'a str,
    blob: &'a [u8],
}
