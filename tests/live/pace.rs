//! Does the site itself see no more starts in a minute than the vendor allows?

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::fleet::Stage;
use crate::scene::{Site, count, events, said};

/// The most starts in any minute, by the vendor's guide.
const MOST: usize = 60;

/// Later than this, a start was held up by this machine itself, which the interval between starts reckons with.
const LATE: f64 = 1.0;

pub fn no_minute_sees_more_than_sixty_starts_at_the_site(stage: &Stage) {
    let site = Site::of(stage, ", connect_within: none", ", at_once: 60");
    let done = stage.rollout(&[]).expect(0);
    assert_eq!(count(stage, "installed"), 70, "{}", said(&done));
    let told = events(stage, "install_started").into_iter().map(|event| {
        let at: Timestamp = event["at"].as_str().unwrap().parse().unwrap();
        (event["host"].as_str().unwrap().to_owned(), at.as_millisecond() as f64 / 1000.0)
    });
    let told: BTreeMap<String, f64> = told.collect();
    // What the site took down: which host's installer began, and when.
    let mut begins: Vec<(f64, f64)> = site
        .all("begins")
        .iter()
        .map(|begin| {
            let at = begin["at"].as_f64().unwrap();
            (at, at - told[begin["host"].as_str().unwrap()])
        })
        .collect();
    begins.sort_by(|one, other| one.0.total_cmp(&other.0));
    assert_eq!(begins.len(), 70);
    let on_time: Vec<f64> = begins.iter().filter(|(_, late)| *late <= LATE).map(|(at, _)| *at).collect();
    assert!(on_time.len() > MOST, "too few came on time to tell: {begins:?}");
    for span in on_time.windows(MOST + 1) {
        let took = span[MOST] - span[0];
        assert!(took >= 60.0, "61 starts within {took} s: {begins:?}");
    }
    // It is the limit that they kept to, and nothing slower.
    let whole = begins[69].0 - begins[0].0;
    assert!((68.0..140.0).contains(&whole), "{whole}");
    // There is one wave, and still the version was looked at again after a minute.
    let looks: Vec<f64> =
        site.asked("/api/command").iter().map(|asked| asked["at"].as_f64().unwrap() - begins[0].0).collect();
    assert!(looks.iter().any(|at| (30.0..whole + 10.0).contains(at)), "{looks:?}");
}
