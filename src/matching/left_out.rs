//! Which hosts that are left out are called as one that is meant? A record of theirs must not be taken for its.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::{Known, NETBIOS, Names, cut};
use crate::model::{Bystander, Matched, Namesakes};

/// Hosts that are left out, by all that a record may be known by, with their Jump Groups.
#[derive(Debug, Default)]
pub struct LeftOut(HashMap<Key, HashSet<Option<Arc<str>>>>);

/// What a host is known by.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Whole(String),
    Both(String, IpAddr),
    Short(String),
    Cut(String),
    Address(IpAddr),
}

impl LeftOut {
    /// These hosts.
    pub fn of(hosts: &[Bystander]) -> Self {
        let mut all = Self::default();
        for Bystander { name, address, jump_group } in hosts {
            let names = Names::of_host(Known { name, address, jump_group: None });
            // Windows keeps a name of 15 characters whole, and a longer one is cut to it.
            let cut = names.short.iter().filter(|name| name.chars().count() >= NETBIOS).map(|name| cut(name));
            for (_, key) in keys(&names, &cut.collect::<Vec<_>>()) {
                all.0.entry(key).or_default().insert(jump_group.clone());
            }
        }
        all
    }

    /// By what they are called as this host is, whose client is put into this Jump Group; none where none of them is.
    pub fn beside(&self, name: &str, address: &str, jump_group: Option<&str>) -> Option<Namesakes> {
        let names = Names::of_host(Known { name, address, jump_group: None });
        let mut by = None;
        for (matched, key) in keys(&names, &names.cut().collect::<Vec<_>>()) {
            let Some(groups) = self.0.get(&key) else { continue };
            let by = *by.get_or_insert(matched);
            let is_same =
                |group: &Option<Arc<str>>| group.as_deref().is_none_or(|one| Some(one) == jump_group);
            if jump_group.is_none() || groups.iter().any(is_same) {
                return Some(Namesakes { by, in_group: Some(matched) });
            }
        }
        by.map(|by| Namesakes { by, in_group: None })
    }
}

/// Everything that a host is known by, the surest first.
fn keys(names: &Names, cut: &[String]) -> Vec<(Matched, Key)> {
    let mut keys = Vec::new();
    keys.extend(names.whole.iter().cloned().map(|name| (Matched::WholeName, Key::Whole(name))));
    if let Some(address) = names.address {
        let all = names.short.iter().chain(cut).cloned();
        keys.extend(all.map(|name| (Matched::NameAndAddress, Key::Both(name, address))));
    }
    keys.extend(names.short.iter().cloned().map(|name| (Matched::Name, Key::Short(name))));
    keys.extend(cut.iter().cloned().map(|name| (Matched::CutName, Key::Cut(name))));
    keys.extend(names.address.map(|address| (Matched::Address, Key::Address(address))));
    keys
}

#[cfg(test)]
mod tests {
    use super::super::{By, Hosts, Match};
    use super::*;
    use crate::model::JumpClient;

    fn bystander(name: &str, address: &str, jump_group: Option<&str>) -> Bystander {
        Bystander { name: name.into(), address: address.into(), jump_group: jump_group.map(Into::into) }
    }

    fn beside(
        out: &[Bystander],
        name: &str,
        address: &str,
        group: Option<&str>,
    ) -> Option<(Matched, Option<Matched>)> {
        LeftOut::of(out).beside(name, address, group).map(|found| (found.by, found.in_group))
    }

    #[test]
    fn the_most_that_hosts_have_in_common_is_told() {
        let out = [
            bystander("pos1.shop2.example", "192.168.1.10", None),
            bystander("workstation-number-8", "x.corp.example", None),
            bystander("workstation-num", "y.corp.example", None),
        ];
        let told = |matched| Some((matched, Some(matched)));
        for (name, address, expected) in [
            ("pos1.shop1.example", "192.168.1.11", told(Matched::Name)),
            ("POS1.shop1.example", "192.168.1.10", told(Matched::NameAndAddress)),
            ("till", "pos1.shop2.example.", told(Matched::WholeName)),
            ("pos2.shop1.example", "192.168.1.10", told(Matched::Address)),
            ("workstation-number-7", "z", told(Matched::CutName)),
            ("workstation-number-8.a.example", "z", told(Matched::Name)),
            ("pos2.shop1.example", "192.168.1.11", None),
        ] {
            assert_eq!(beside(&out, name, address, None), expected, "{name} {address}");
        }
        // A longer name of a host that is left out contradicts the short one.
        assert_eq!(beside(&out[1..2], "workstation-num", "z", None), None);
    }

    #[test]
    fn hosts_of_other_groups_are_told_apart() {
        let out = [
            bystander("pos1.a.example", "10.0.0.1", Some("jumpgroup:a")),
            bystander("pos1", "10.0.0.2", None),
        ];
        let name = Some(Matched::Name);
        let at = |out: &[Bystander], group| beside(out, "pos1.b.example", "10.0.0.1", group);
        assert_eq!(at(&out[..1], Some("jumpgroup:b")), Some((Matched::NameAndAddress, None)));
        assert_eq!(
            at(&out, Some("jumpgroup:b")),
            Some((Matched::NameAndAddress, name)),
            "it may be put there too"
        );
        assert_eq!(at(&out, None).unwrap().1, Some(Matched::NameAndAddress));
        assert_eq!(at(&out, Some("jumpgroup:a")).unwrap().1, Some(Matched::NameAndAddress));
    }

    #[test]
    fn what_tells_no_more_than_a_host_that_is_left_out_has_too_tells_nothing() {
        let known = |jump_group| Known { name: "pos1.a.example", address: "10.0.0.1", jump_group };
        let of = |group, by, in_group, more: &str| {
            let hosts = Hosts::new([known(group)]).beside([Some(Namesakes { by, in_group })]);
            let record: JumpClient = serde_json::from_str(&format!(
                "{{\"id\":1,\"jump_group_id\":7,\"hostname\":\"POS1\"{more}}}"
            ))
            .unwrap();
            match hosts.of(&record) {
                Match::One { by, .. } => Some(by),
                Match::Several(hosts) => {
                    assert_eq!(hosts, [0]);
                    None
                }
                Match::Nobody => panic!("it is called so"),
            }
        };
        let (address, whole) = (",\"private_ip\":\"10.0.0.1\"", ",\"fqdn\":\"pos1.a.example\"");
        let name = Matched::Name;
        assert_eq!(of(None, name, Some(name), ""), None);
        assert_eq!(of(None, name, Some(name), address), Some(By::HostnameAndAddress));
        assert_eq!(of(None, name, Some(name), whole), Some(By::Fqdn));
        assert_eq!(of(None, Matched::NameAndAddress, None, address), None);
        assert_eq!(of(None, Matched::WholeName, None, whole), None);
        assert_eq!(of(None, Matched::CutName, None, ""), Some(By::Hostname));
        // Its Jump Group tells where theirs are other ones.
        assert_eq!(of(Some(7), name, None, ""), Some(By::Hostname));
        assert_eq!(of(Some(7), name, Some(name), ""), None);
        assert_eq!(of(Some(8), name, None, ""), None);
    }
}
