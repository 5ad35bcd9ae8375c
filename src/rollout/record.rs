//! What becomes of a host's record on the site once its client is removed? The other half of a removal.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::bench::Bench;
use super::visit::Visit;
use crate::appliance::{Account, ApiError};
use crate::matching::{By, Hosts, Known as Named, Match};
use crate::model::{Class, Happening, Known, Outcome, Phase, RecordEnd, Standing};

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
///
fn deleted(
    account: &Account,
    bench: &Bench<'_>,
    known: &Known,
    standing: Standing,
) -> Result<RecordEnd, ApiError> {
    let hosts = Hosts::new([Named::from(bench.host)]);
    let (was_there, least) = by_what(standing);
    let (give_up, mut pause) = (Instant::now() + NOTICED_WITHIN, Duration::from_secs(2));
    loop {
        let Some(client) = ApiError::if_there(account.client(known.client))? else {
            return Ok(RecordEnd::Gone);
        };
        let is_the_hosts = matches!(hosts.of(&client), Match::One { by, .. } if by >= least);
        let is_over = !was_there || Instant::now() >= give_up;
        match client.is_online() {
            _ if !is_the_hosts => return Ok(RecordEnd::Doubtful),
            false => break,
            true if is_over => return Ok(RecordEnd::Doubtful),
            true => sleep(pause),
        }
        pause *= 2;
    }
    let deleted = ApiError::if_there(account.delete_client(known.client))?;
    Ok(deleted.map_or(RecordEnd::Gone, |()| RecordEnd::Deleted))
}

/// Whether a client was there, and what must tell at least whose the record is.
///
/// Where the removal of a client has begun, a name does; where none was found, or only what one had left over, more must.
fn by_what(standing: Standing) -> (bool, By) {
    match standing {
        Standing::Begun => (true, By::CutName),
        _ => (false, By::HostnameAndAddress),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_enough_only_where_the_removal_of_a_client_has_begun() {
        assert_eq!(by_what(Standing::Begun), (true, By::CutName));
        // What is left over of a client was no client.
        for standing in [Standing::Fresh, Standing::Staged] {
            assert_eq!(by_what(standing), (false, By::HostnameAndAddress));
        }
    }
}
