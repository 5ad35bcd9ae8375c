//! How fast were installers started?

use jiff::Timestamp;

/// The window the vendor's limit speaks of: one minute, both ends included.
const WINDOW: i128 = 60_000_000_000;

/// How fast installers were started, by this machine's clock.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pace {
    /// How many starts there were; a host that was tried again counts again.
    pub starts: u64,
    /// Starts per minute between the first and the last start of each process; none for fewer than two.
    pub per_minute: Option<f64>,
    /// The most starts in any minute, both of its ends included.
    pub busiest_minute: u64,
    /// The minutes of the clock in which there were starts, ascending: minutes since 1970, and how many starts.
    pub minutes: Vec<(i64, u64)>,
}

/// The moments of all starts, apart for each process that made the run.
#[derive(Debug, Clone, Default)]
pub(super) struct Starts {
    earlier: Vec<Vec<Timestamp>>,
    now: Vec<Timestamp>,
}

impl Starts {
    /// Notes a start.
    pub(super) fn add(&mut self, at: Timestamp) {
        self.now.push(at);
    }

    /// Another process goes on; the pause before it says nothing about the pace.
    pub(super) fn pause(&mut self) {
        if !self.now.is_empty() {
            self.earlier.push(std::mem::take(&mut self.now));
        }
    }

    /// What they amount to.
    pub(super) fn pace(mut self) -> Pace {
        self.pause();
        let mut all: Vec<i128> = self.earlier.iter().flatten().map(|at| at.as_nanosecond()).collect();
        all.sort_unstable();
        Pace {
            starts: all.len() as u64,
            per_minute: per_minute(&self.earlier),
            busiest_minute: busiest(&all),
            minutes: minutes(&all),
        }
    }
}

/// Gaps between starts, over the time they took.
fn per_minute(processes: &[Vec<Timestamp>]) -> Option<f64> {
    let (mut gaps, mut nanoseconds) = (0usize, 0i128);
    for starts in processes {
        if let (Some(first), Some(last)) = (starts.iter().min(), starts.iter().max()) {
            gaps += starts.len() - 1;
            nanoseconds += last.as_nanosecond() - first.as_nanosecond();
        }
    }
    (nanoseconds > 0).then(|| gaps as f64 * WINDOW as f64 / nanoseconds as f64)
}

/// The most moments in any closed window; `sorted` is ascending.
fn busiest(sorted: &[i128]) -> u64 {
    let mut first = 0;
    let mut most = 0;
    for (last, moment) in sorted.iter().enumerate() {
        while moment - sorted[first] > WINDOW {
            first += 1;
        }
        most = most.max(last - first + 1);
    }
    most as u64
}

/// How many moments lie in each minute that holds any; `sorted` is ascending.
fn minutes(sorted: &[i128]) -> Vec<(i64, u64)> {
    let minute = |moment: &i128| i64::try_from(moment.div_euclid(WINDOW)).unwrap_or(i64::MAX);
    let same = sorted.chunk_by(|a, b| minute(a) == minute(b));
    same.map(|moments| (moments.first().map_or(0, minute), moments.len() as u64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(processes: &[&[i64]]) -> Pace {
        let mut starts = Starts::default();
        for moments in processes {
            starts.pause();
            for milliseconds in *moments {
                starts.add(Timestamp::from_millisecond(*milliseconds).expect("a moment"));
            }
        }
        starts.pace()
    }

    #[test]
    fn a_start_a_second_is_sixty_a_minute() {
        let moments: Vec<i64> = (0..100).map(|second| second * 1000).collect();
        let pace = pace(&[&moments]);
        assert_eq!(pace.per_minute, Some(60.0));
        assert_eq!(pace.starts, 100);
        // Second 0 and second 60 lie in one closed minute.
        assert_eq!(pace.busiest_minute, 61);
    }

    #[test]
    fn the_window_slides_and_includes_its_ends() {
        assert_eq!(pace(&[&[0, 60_000]]).busiest_minute, 2);
        assert_eq!(pace(&[&[0, 60_001]]).busiest_minute, 1);
        assert_eq!(pace(&[&[0, 59_000, 61_000, 62_000, 200_000]]).busiest_minute, 3);
    }

    #[test]
    fn a_pause_between_processes_does_not_slow_the_pace_but_its_minute_is_one() {
        let pace = pace(&[&[0, 1_000, 2_000], &[30_000, 31_000]]);
        assert_eq!(pace.per_minute, Some(60.0));
        assert_eq!(pace.busiest_minute, 5);
    }

    #[test]
    fn fewer_than_two_starts_have_no_pace() {
        assert_eq!(pace(&[]), Pace::default());
        assert_eq!(
            pace(&[&[5]]),
            Pace { starts: 1, busiest_minute: 1, minutes: vec![(0, 1)], ..Pace::default() }
        );
        assert_eq!(pace(&[&[5], &[9_000]]).per_minute, None);
    }

    #[test]
    fn starts_are_counted_by_the_minutes_of_the_clock() {
        let pace = pace(&[&[0, 59_999, 60_000], &[240_000]]);
        assert_eq!(pace.minutes, [(0, 2), (1, 1), (4, 1)]);
    }

    #[test]
    fn moments_out_of_order_are_put_in_order() {
        assert_eq!(pace(&[&[60_000, 0, 30_000]]).busiest_minute, 3);
    }
}
