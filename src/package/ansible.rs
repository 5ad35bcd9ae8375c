//! What does a role say, for people who stay with Ansible?

use std::fmt::Write as _;

use super::kit::{Kit, kits};
use super::made::{File, Kind, Made, Request};
use super::posix;
use crate::model::{Dialect, Plan, PlannedHost, Rate, counted};

/// The run that marker files name.
const RUN: &str = "ansible";
/// The role's name, which its variables begin with.
const ROLE: &str = "jump_client";
/// How many hosts install at once, where the rate allows so many.
const MOST_AT_ONCE: u32 = 10;

/// The role `jump_client`.
pub(super) const KIND: Kind =
    Kind { word: "ansible", about: "a role for people who stay with Ansible", longest_run: None, make };

fn make(request: &Request<'_>) -> Result<Made, String> {
    let plan = request.plan;
    let kits = kits(plan, |treatment| treatment.invocation.dialect == Dialect::Posix);
    if kits.is_empty() {
        return Err("no selected host runs Linux or macOS, and the role is for no other".to_owned());
    }
    let (throttle, hold) = pace(plan.rate);
    let values = [
        ("site", plan.appliance.site.clone()),
        ("kits", kits.iter().map(section).collect()),
        ("throttle", throttle.to_string()),
        ("hold", hold.to_string()),
        ("rate", plan.rate.to_string()),
        ("left_out", left_out(plan)),
        // Ansible's own.
        ("role_path", "{{ role_path }}".to_owned()),
    ];
    let mut made = Made::default();
    let mut put = |path: &str, text: String| made.files.push(File::new(format!("{ROLE}/{path}"), text));
    put("README.md", request.templates.fill("ansible/README.md", &values)?);
    put("defaults/main.yml", request.templates.fill("ansible/defaults.yml", &values)?);
    put("meta/main.yml", request.templates.fill("ansible/meta.yml", &values)?);
    // Its double braces are Ansible's own.
    put("tasks/main.yml", request.templates.text("ansible/tasks.yml")?.into_owned());
    put("vars/main.yml", variables(&kits));
    for kit in &kits {
        let script = request.templates.fill("ansible/install.sh", &posix::parts(request, kit, RUN)?)?;
        put(&format!("files/{}.sh", kit.name), script);
    }
    Ok(made)
}

fn left_out(plan: &Plan) -> String {
    let is_other = |host: &&PlannedHost| plan.treatment(host).invocation.dialect != Dialect::Posix;
    match plan.hosts.iter().filter(is_other).count() {
        0 => String::new(),
        windows => format!(
            "{} of the inventory are not in it: Windows hosts are not installed by this role.\n",
            counted(windows, "host")
        ),
    }
}

fn section(kit: &Kit<'_>) -> String {
    format!(
        "* `{}`, installer `{}` of release `{}`: {}\n",
        kit.name,
        kit.file_pattern(),
        kit.treatment.release,
        kit.told()
    )
}

/// What is asked of every host: what is its own, the kind it is of, and the controller's files that are its installer.
const ASKED: &str = r#"jump_client_host: "{{ jump_client_hosts[inventory_hostname] }}"
jump_client_kind: "{{ jump_client_kinds[jump_client_host.kind] }}"
jump_client_files: >-
  {{ jump_client_digests.results | selectattr('stat.checksum', 'defined')
     | selectattr('stat.checksum', 'equalto', jump_client_kind.sha256) | map(attribute='stat.path') | list }}
"#;

/// The kinds, and which kind every host is of with what is its own.
fn variables(kits: &[Kit<'_>]) -> String {
    let mut lines =
        "---\n# As the inventory had them when the role was made.\njump_client_kinds:\n".to_owned();
    for kit in kits {
        let _ = writeln!(
            lines,
            "  {}:\n    file: {}\n    sha256: {}\n    become: {}",
            kit.name,
            literal(&posix::plain(&kit.file_pattern())),
            literal(&kit.file.sha256),
            kit.treatment.shape.elevate
        );
    }
    lines.push_str("jump_client_hosts:\n");
    for kit in kits {
        let own: Vec<_> = kit.own_settings().collect();
        for host in &kit.hosts {
            let _ = writeln!(lines, "  {}:\n    kind: {}", literal(&host.name), kit.name);
            if !own.is_empty() {
                lines.push_str("    settings:\n");
            }
            for slot in &own {
                let value = kit.value(host, *slot).unwrap_or_default();
                let _ = writeln!(lines, "      JUMP_CLIENT_{slot}: !unsafe {}", literal(value));
            }
        }
    }
    lines + ASKED
}

/// A YAML text; JSON's is one, and control characters were refused.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// How many hosts at once, and how many seconds each takes at least, so that no minute has more starts than the rate.
fn pace(rate: Rate) -> (u32, u32) {
    let a_minute = (rate.per_hour() / 60.0).floor() as u32;
    if a_minute == 0 {
        return (1, (3600.0 / rate.per_hour()).ceil() as u32 + 1);
    }
    let at_once = a_minute.min(MOST_AT_ONCE);
    (at_once, 60 / (a_minute / at_once) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_has_more_starts_than_the_rate() {
        for starts in 1..=60 {
            let (at_once, hold) = pace(Rate::per_minute(starts));
            // Each place begins one at the start of the minute, and another as often as it is free again.
            assert!(at_once * (60 / hold + 1) <= starts, "{starts}: {at_once} at once, {hold} s each");
        }
        assert_eq!(pace(Rate::VENDOR_LIMIT), (10, 11));
        assert_eq!(pace("30/h".parse().unwrap()), (1, 121));
    }
}
