//! May this host's installer, or the vendor's removal, start at this very moment?

use std::time::Instant;

use super::bench::Bench;
use super::recorder::Noted;
use super::visit::milliseconds;
use super::{Pace, Policy};
use crate::model::Happening;
use crate::store::Permit;

/// Asks for the permit; to be called when nothing is left to do but to start.
///
/// `started` makes the event that is written down of the milliseconds the host waited. None means that nothing
/// starts; a permit that is not used is given back.
pub(super) fn permit(
    bench: &Bench<'_>,
    pace: &Pace,
    is_there: &dyn Fn() -> bool,
    started: fn(u64) -> Happening,
) -> Option<Permit> {
    let asked = Instant::now();
    let stop = &bench.crew.stop;
    // A host whose old client is gone gets its new one, whatever stops the others.
    let is_bare = |policy: &mut Policy, _| policy.is_bare(bench.place);
    let is_bare = bench.crew.recorder.ask(is_bare).unwrap_or(false);
    while is_bare || !stop.is_asked() {
        let permit = pace.permit(bench.place)?;
        // Nothing would start on a host that was lost while it waited, so nothing is written down.
        if !is_there() {
            pace.permits().give_back(permit);
            return None;
        }
        let what = started(milliseconds(asked.elapsed()));
        // Asked once more when it is this event's turn in the journal: others may have held it up.
        let in_time = || pace.is_fresh(permit) && (is_bare || !stop.is_asked());
        match bench.crew.recorder.note_start(bench.place, &bench.host.name, what, in_time) {
            Noted::Yes => return Some(permit),
            Noted::TooLate => pace.permits().give_back(permit),
            Noted::Never => {
                pace.permits().give_back(permit);
                return None;
            }
        }
    }
    None
}
