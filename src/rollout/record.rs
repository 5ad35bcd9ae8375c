//! What becomes of a host's record on the site once its client is removed? The other half of a removal.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::bench::Bench;
use super::visit::Visit;
use crate::appliance::{Account, ApiError};
use crate::matching::{By, Hosts, Known as Named, Match};
use crate::model::{Class, Happening, JumpClient, Known, Outcome, Phase, RecordEnd, Standing};

/// How long the site may take to notice that a client has gone.
const NOTICED_WITHIN: Duration = Duration::from_secs(30);

impl Visit {
    /// The outcome of a host without a client, after its record was deleted too.
    pub(super) fn both_sides(&self, bench: &Bench<'_>, outcome: Outcome) -> Outcome {
        let is_without = match &outcome {
            Outcome::Removed { .. } => true,
            // A client that is spared keeps its record.
            Outcome::AlreadyAbsent { why } => why.is_empty(),
            _ => false,
        };
        // Without the site's word in the plan nobody knows of a record.
        let is_meant = is_without && self.crew.plan.appliance.told.is_some();
        let Some(account) = self.crew.site.as_ref().filter(|_| is_meant) else { return outcome };
        let record = bench.host.record.as_ref();
        let (end, failure) = match record {
            None => (RecordEnd::None, None),
            Some(known) if !known.is_sure() => (RecordEnd::Doubtful, None),
            Some(known) => match deleted(account, bench, known, self.standing.get()) {
                Ok(end) => (end, None),
                Err(error) => (RecordEnd::Left, Some((known.client, error))),
            },
        };
        let client = record.map(|known| known.client);
        let others =
            record.filter(|known| known.is_sure()).map(|known| known.others.clone()).unwrap_or_default();
        if !self
            .crew
            .recorder
            .note_durably(Some(&bench.host.name), Happening::RecordEnded { client, end, others })
        {
            return outcome;
        }
        match failure {
            None => outcome,
            Some((client, error)) => {
                let detail =
                    format!("the client is removed, and its record {client} on the site is left: {error}");
                bench.ends(Phase::Remove, Class::RecordLeft, detail, String::new())
            }
        }
    }
}

/// Deletes the record, unless it may be another computer's: deleting the record of a client that is connected
/// uninstalls that client. One that is not there any more has gone by itself.
fn deleted(
    account: &Account,
    bench: &Bench<'_>,
    known: &Known,
    standing: Standing,
) -> Result<RecordEnd, ApiError> {
    let was_there = standing == Standing::Begun;
    let (give_up, mut pause) = (Instant::now() + NOTICED_WITHIN, Duration::from_secs(2));
    loop {
        let Some(client) = ApiError::if_there(account.client(known.client))? else {
            return Ok(RecordEnd::Gone);
        };
        let is_over = !was_there || Instant::now() >= give_up;
        match client.may_be_online() {
            _ if !is_still(Named::from(bench.host), known, &client, standing) => {
                return Ok(RecordEnd::Doubtful);
            }
            false => break,
            true if is_over => return Ok(RecordEnd::Doubtful),
            true => sleep(pause),
        }
        pause *= 2;
    }
    let deleted = ApiError::if_there(account.delete_client(known.client))?;
    Ok(deleted.map_or(RecordEnd::Gone, |()| RecordEnd::Deleted))
}

/// Whether a record is still the host's for which it was found among all hosts: by as much as then, and by its name.
///
/// Where the removal of a client has begun, the name alone does; where none was found, or only what one had left over, its
/// address must tell too, or its whole name.
fn is_still(host: Named<'_>, known: &Known, client: &JumpClient, standing: Standing) -> bool {
    let least = if standing == Standing::Begun { By::Hostname } else { By::HostnameAndAddress };
    let hosts = Hosts::new([host]);
    match hosts.of(client) {
        Match::One { host, by } => by >= least && hosts.matched(host, by, client) <= known.matched,
        Match::Nobody | Match::Several(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Matched, Presence};

    const HOST: Named<'static> =
        Named { name: "workstation-number-7.a.example", address: "10.0.0.7", jump_group: None };

    /// Whether a record of these names and address is still the host's that was found by this.
    fn still(matched: Matched, standing: Standing, hostname: &str, fqdn: &str, private_ip: &str) -> bool {
        let client = format!(
            "{{\"id\":1,\"jump_group_id\":1,\"hostname\":\"{hostname}\",\"fqdn\":\"{fqdn}\",\"private_ip\":\"{private_ip}\"}}"
        );
        let known = Known {
            client: 1,
            state: Presence::Offline,
            matched,
            called: None,
            ambiguous: false,
            shares_name: false,
            others: Vec::new(),
        };
        is_still(HOST, &known, &serde_json::from_str(&client).unwrap(), standing)
    }

    #[test]
    fn a_name_is_enough_only_where_the_removal_of_a_client_has_begun() {
        let by_name = |standing| still(Matched::Name, standing, "workstation-number-7", "", "");
        assert!(by_name(Standing::Begun));
        // What is left over of a client was no client.
        assert!(!by_name(Standing::Fresh) && !by_name(Standing::Staged));
        for standing in [Standing::Begun, Standing::Fresh, Standing::Staged] {
            assert!(still(Matched::NameAndAddress, standing, "workstation-number-7", "", "10.0.0.7"));
            assert!(still(Matched::WholeName, standing, "x", "workstation-number-7.a.example", ""));
        }
    }

    #[test]
    fn a_cut_name_is_never_enough() {
        let begun = |matched, fqdn, ip| still(matched, Standing::Begun, "WORKSTATION-NUM", fqdn, ip);
        assert!(!begun(Matched::CutName, "", "") && !begun(Matched::Name, "", ""));
        assert!(!begun(Matched::NameAndAddress, "workstation-number-8.a.example", "10.0.0.7"));
        assert!(begun(Matched::NameAndAddress, "", "10.0.0.7"));
    }

    #[test]
    fn a_record_that_tells_less_than_it_did_may_be_another_ones() {
        let begun = |matched, ip| still(matched, Standing::Begun, "workstation-number-7", "", ip);
        assert!(!begun(Matched::WholeName, "10.0.0.7"), "it had the host's whole name");
        assert!(!begun(Matched::NameAndAddress, "") && begun(Matched::Name, ""));
        assert!(begun(Matched::Name, "10.0.0.7") && !begun(Matched::Name, "10.0.0.8"));
    }
}
