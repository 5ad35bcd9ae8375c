//! What should a tired person do next?

use super::course::Halt;
use super::record::{Cause, Report};
use crate::model::reason::{EXPIRED, WINDOW};
use crate::model::{Class, OutcomeKind, Task};

/// The next step for hosts that share this cause, where it depends on more than the kind of outcome.
pub(super) fn for_cause(cause: &Cause) -> Option<&'static str> {
    match cause.kind {
        OutcomeKind::Failed | OutcomeKind::Unreachable => cause.class.map(for_class),
        OutcomeKind::NotStarted if is_missed_window(cause) => Some(
            "resume the run, which waits until their window opens again, or allow them more time and make a new plan",
        ),
        OutcomeKind::NotStarted if cause.detail.starts_with(EXPIRED) => {
            Some("make new installers on the site, then a new plan; this run cannot go on with these hosts")
        }
        OutcomeKind::NotConnected => Some(
            "see on one host whether it reaches the site's port 443, by its proxy if it has one; the client is installed \
             and goes on trying, and `jumpfleet clients drift` shows later who came",
        ),
        OutcomeKind::AlreadyAbsent if !cause.detail.is_empty() => {
            Some("see whose client it is before you remove it by hand")
        }
        _ => None,
    }
}

/// Whether what is to be done is said with the cause.
fn has_own_advice(cause: &Cause) -> bool {
    is_missed_window(cause) || cause.detail.starts_with(EXPIRED)
}

fn is_missed_window(cause: &Cause) -> bool {
    cause.detail.starts_with(WINDOW)
}

/// The next step for all hosts of this kind; none where causes differ or nothing is to be done.
pub(super) fn for_kind(report: &Report, kind: OutcomeKind) -> Option<String> {
    let uninstall = report.run.task == Task::Uninstall;
    match kind {
        // Whoever carries the run out sees to them.
        OutcomeKind::NotStarted | OutcomeKind::Unknown if report.run.live => None,
        OutcomeKind::NotStarted if report.causes_of(kind).all(has_own_advice) => None,
        OutcomeKind::NotStarted => {
            let untouched =
                if uninstall { "nothing was removed from" } else { "no installer was started on" };
            Some(format!("{}; {untouched} these hosts", go_on(report)))
        }
        OutcomeKind::Unknown => {
            let verb = if uninstall { "remove" } else { "install" };
            Some(format!(
                "resume the run: it looks at these hosts before it starts anything; {verb} nothing by hand until then"
            ))
        }
        _ => None,
    }
}

/// How a run that stopped is gone on with.
fn go_on(report: &Report) -> &'static str {
    match report.course.halt {
        _ if !report.is_halted() => "resume the run",
        Some(Halt::Order) => "find out why it was halted, then resume the run",
        Some(Halt::Upgrade) => "make new installers on the site and a new plan: this run cannot go on",
        Some(Halt::Gate) => "see to what keeps the gate closed, then resume the run",
        _ => "see to the failures that halted the run, then resume it",
    }
}

fn for_class(class: Class) -> &'static str {
    match class {
        Class::NameResolution | Class::ConnectionRefused | Class::ConnectTimeout | Class::NoRoute => {
            for_way(class)
        }
        Class::ConnectionLost | Class::NoBanner | Class::Handshake | Class::Bastion => for_session(class),
        Class::HostKeyUnknown | Class::HostKeyChanged | Class::HostKeyRevoked => for_host_key(class),
        Class::Authentication | Class::SecretMissing | Class::Sudo => for_login(class),
        Class::Unfit | Class::DiskFull | Class::Checksum | Class::BadAnswer | Class::CommandFailed => {
            for_host(class)
        }
        _ => for_installer(class),
    }
}

fn for_way(class: Class) -> &'static str {
    match class {
        Class::NameResolution => "check the spelling in the inventory, or set ansible_host to an address",
        Class::ConnectionRefused => {
            "check ansible_port, and that the SSH server is installed and running on the host"
        }
        Class::ConnectTimeout => "check that the host is switched on, and the firewalls on the way to it",
        _ => "check the network or VPN of this machine; a bastion may be needed (ProxyJump)",
    }
}

fn for_session(class: Class) -> &'static str {
    match class {
        Class::ConnectionLost => {
            "try these hosts again; if it happens again, read the SSH server's log there"
        }
        Class::NoBanner => {
            "try these hosts again with fewer visits at once; the server may be asleep or at its MaxStartups"
        }
        Class::Handshake => {
            "compare the key exchange methods and ciphers of the SSH server with those of libssh2"
        }
        _ => "log in to the bastion by hand, and check that it may open connections to these hosts",
    }
}

fn for_host_key(class: Class) -> &'static str {
    match class {
        Class::HostKeyUnknown => {
            "compare the key's fingerprint with the host's own and add it to known_hosts, or accept new keys on purpose"
        }
        Class::HostKeyChanged => {
            "find out why the key changed before anything else; only then replace it in known_hosts"
        }
        _ => "do not log in: the key is marked as revoked; ask whoever revoked it",
    }
}

fn for_login(class: Class) -> &'static str {
    match class {
        Class::Authentication => {
            "check login name, key and password on one host by hand; it was not tried again, to lock nobody out"
        }
        Class::SecretMissing => {
            "set the environment variable or the file that the detail names, then try again"
        }
        _ => {
            "check on one host with `sudo -v`; name the password with ansible_become_password, or allow NOPASSWD"
        }
    }
}

fn for_host(class: Class) -> &'static str {
    match class {
        Class::Unfit => "correct the inventory or the host, then make a new plan",
        Class::DiskFull => "make room on the host, or name another folder with jc_staging_dir",
        Class::Checksum => {
            "try again; if it happens again, something on the way or on the host changes the file"
        }
        Class::BadAnswer => "look for login scripts on the host that print text or start another shell",
        _ => "read the end of the output, then try the command on one host by hand",
    }
}

fn for_installer(class: Class) -> &'static str {
    match class {
        Class::Timeout => "see on the host what hangs, often a window that nobody can click, or a slow disk",
        Class::InstallerFailed => "read the end of the output and the installer's log on one host",
        Class::OverrideRefused => {
            "allow this override for the installer on the site and download it again, or drop the variable"
        }
        Class::InstallerExpired => {
            "make a new installer on the site, name it in the release, and make a new plan"
        }
        Class::KeyMissing => "give the installer file its downloaded name back; its key is part of the name",
        Class::InstallerBusy => {
            "see which installation or update holds the host's package manager, and try again later"
        }
        Class::ServerBusy => "the site is overloaded: try these hosts again later, and slower",
        Class::WindowShut => "wait until the host's maintenance window opens, or allow it more time",
        Class::StillThere => "remove what is left by hand; the detail names it",
        Class::OrphanKey => {
            "look on one host for an older registration of the client without a client, and remove it by hand"
        }
        Class::LeftOver => {
            "see on one host that nothing else of a client is there, then roll out with --clean-left-overs"
        }
        Class::RecordLeft => {
            "the host is done; remove again once the site answers, or delete the record that the detail names in the console"
        }
        Class::SessionOpen => {
            "ask the user, then try again: with --wait-for-sessions TIME, or with --terminate-sessions to cut them off"
        }
        Class::SessionsUnknown => {
            "see with `jumpfleet appliance check` whether the account may list sessions; --offline removes without asking"
        }
        Class::NothingInstalled => {
            "check that the installer may still be used, that its site answers, and antivirus on one host"
        }
        Class::NotRunning => "look at the client's service on one host, and at what starts it at boot",
        _ => "this is a fault of jumpfleet: please report it with the journal of the run",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_its_own_advice() {
        let mut said = std::collections::HashSet::new();
        for class in Class::ALL {
            assert!(said.insert(for_class(*class)), "`{class}` gets the advice of another class");
        }
    }
}
