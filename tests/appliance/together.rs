//! Do all who ask as one account in one process keep within what one account may?

use std::sync::Barrier;

use jumpfleet::appliance::{Account, ApiError, Call};
use serde_json::json;

use crate::scene::Site;

const THREADS: usize = 8;

/// Lets threads do the same at the same time.
fn at_once(work: impl Fn() + Sync) {
    let barrier = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                work();
            });
        }
    });
}

fn tokens(site: &Site) -> usize {
    site.asked().iter().filter(|asked| asked.path == "/oauth2/token").count()
}

#[test]
fn threads_whose_token_was_ended_ask_for_one_new_token() {
    let site = Site::start("1.10");
    let account = site.account();
    account.jump_groups().unwrap();
    site.order(json!({"do": "revoke"}));
    at_once(|| drop(account.jump_groups().unwrap()));
    assert_eq!(tokens(&site), 2);
}

#[test]
fn threads_that_are_refused_for_another_reason_ask_for_one_new_token() {
    let site = Site::start("1.10");
    let account = site.account();
    account.jump_groups().unwrap();
    at_once(|| {
        let call = Call::get("/api/config/v1/jump-group").with("nmae", "x");
        assert!(matches!(account.send(&call), Err(ApiError::Refused { .. })));
    });
    // One more where a thread began only after the token was renewed.
    assert!(tokens(&site) <= 3, "{}", tokens(&site));
}

#[test]
fn a_wrong_secret_is_shown_to_the_site_once() {
    let site = Site::start("1.10");
    let account = site.account_with("wrong-Secret1");
    at_once(|| assert!(matches!(account.jump_groups(), Err(ApiError::NoToken { .. }))));
    assert_eq!(tokens(&site), 1, "a site locks accounts that are refused again and again");
}

#[test]
fn a_site_that_failed_at_a_token_is_asked_again() {
    let site = Site::start("1.10");
    let account = site.account();
    site.order(json!({"do": "fault", "path": "/oauth2/token", "answer": 500}));
    assert!(matches!(account.jump_groups(), Err(error) if !matches!(error, ApiError::NoToken { .. })));
    account.jump_groups().unwrap();
    assert_eq!(tokens(&site), 2);
}

#[test]
fn two_who_ask_as_the_same_account_have_one_token_and_one_quota() {
    let site = Site::start("1.10");
    site.order(json!({"do": "settle", "per_hour": 400}));
    let accounts: Vec<Account> = (0..3).map(|_| site.account()).collect();
    std::thread::scope(|scope| {
        for account in &accounts {
            scope.spawn(|| (0..2).for_each(|_| drop(account.jump_groups().unwrap())));
        }
    });
    assert_eq!(tokens(&site), 1);
    // Few are left in this hour, so that they are sent slowly, whoever sends them.
    let mut times: Vec<f64> =
        site.asked().iter().filter(|asked| asked.path != "/oauth2/token").map(|asked| asked.at).collect();
    times.sort_by(f64::total_cmp);
    assert_eq!(times.len(), 6);
    assert!(times[3..].windows(2).all(|pair| pair[1] - pair[0] > 0.9), "{times:?}");
    // Another one has its own.
    assert!(site.account_with("wrong-Secret1").jump_groups().is_err());
}
