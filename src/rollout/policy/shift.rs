//! Is a host's maintenance window open?

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::{Occurrence, Window};

/// The plan's windows, each with the one occurrence that this process uses.
#[derive(Debug, Clone)]
pub(super) struct Shifts(Vec<Shift>);

#[derive(Debug, Clone)]
struct Shift {
    text: String,
    occurrence: Option<Occurrence>,
    /// Hosts that wait until it opens.
    deferred: VecDeque<u32>,
}

/// When a host may be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// At once.
    Now,
    /// When this window opens.
    Later(u32),
    /// Not by this process.
    Never,
}

impl Shifts {
    pub(super) fn new(windows: &[Window], now: Timestamp) -> Self {
        let shift = |window: &Window| Shift {
            text: window.to_string(),
            occurrence: window.occurrence(now),
            deferred: VecDeque::new(),
        };
        Self(windows.iter().map(shift).collect())
    }

    pub(super) fn text(&self, window: u32) -> Option<&str> {
        self.0.get(window as usize).map(|shift| shift.text.as_str())
    }

    pub(super) fn opening(&self, window: Option<u32>, now: Timestamp) -> Opening {
        let Some(window) = window else { return Opening::Now };
        match self.0.get(window as usize).and_then(|shift| shift.occurrence) {
            Some(open) if open.holds(now) => Opening::Now,
            Some(open) if now < open.opens => Opening::Later(window),
            _ => Opening::Never,
        }
    }

    pub(super) fn defer(&mut self, window: u32, place: u32) {
        if let Some(shift) = self.0.get_mut(window as usize) {
            shift.deferred.push_back(place);
        }
    }

    /// A host that waited for its window, which has opened by now or is over.
    pub(super) fn opened(&mut self, now: Timestamp) -> Option<u32> {
        let opened = |shift: &&mut Shift| shift.occurrence.is_none_or(|open| open.opens <= now);
        self.0.iter_mut().filter(opened).find_map(|shift| shift.deferred.pop_front())
    }

    /// How long until a window opens that hosts wait for, or one closes.
    pub(super) fn due(&self, now: Timestamp) -> Option<Duration> {
        let moments = self.0.iter().filter_map(|shift| {
            let open = shift.occurrence?;
            let awaited = !shift.deferred.is_empty() && now < open.opens;
            let moment = if awaited { open.opens } else { open.closes };
            Duration::try_from(moment.duration_since(now)).ok()
        });
        moments.filter(|until| !until.is_zero()).min()
    }
}
