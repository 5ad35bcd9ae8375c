//! Does a list that is cut, or changes while it is read, pass for a whole one?

use jumpfleet::appliance::{Account, ApiError};
use serde_json::{Value, json};

use crate::scene::{OWN, Site, ended};

const CLIENTS: &str = "/api/config/v1/jump-client";

/// A site with 230 clients, which are three pages.
fn filled() -> Site {
    let site = Site::start("1.10");
    site.order(json!({"do": "add", "kind": "group", "name": "Servers", "code_name": "servers"}));
    site.order(json!({"do": "fill", "clients": 230}));
    site
}

/// The numbers of all clients, as they come.
fn numbers(account: &Account) -> Result<Vec<u32>, ApiError> {
    let mut numbers = Vec::new();
    account.clients(|client| numbers.push(client.id)).map(|()| numbers)
}

/// What goes wrong with the page behind so many others.
fn fault(site: &Site, after: u32, how: &Value) {
    let mut order = json!({"do": "fault", "path": CLIENTS, "after": after});
    order.as_object_mut().expect("an object").extend(how.as_object().expect("an object").clone());
    site.order(order);
}

#[test]
fn a_list_whose_link_is_lost_is_not_taken_for_a_short_one() {
    let site = filled();
    let account = site.account();
    for lost in [
        json!(["Link"]),
        json!(["Link", "X-BT-Pagination-Last-Page"]),
        json!(["Link", "X-BT-Pagination-Last-Page", "X-BT-Pagination-Total", "X-BT-Pagination-Current-Page"]),
    ] {
        fault(&site, 0, &json!({"lose": lost}));
        let error = numbers(&account).unwrap_err();
        assert!(matches!(error, ApiError::Incomplete { .. }), "{lost}: {error}");
        assert!(error.to_string().contains("not whole"), "{error}");
    }
    // In the middle of the list, too.
    fault(&site, 1, &json!({"lose": ["Link"]}));
    let error = numbers(&account).unwrap_err().to_string();
    assert!(error.contains("2 of 3 pages came"), "{error}");
    assert_eq!(numbers(&account).unwrap().len(), 230);
}

#[test]
fn nothing_is_pruned_by_half_a_list() {
    let site = filled();
    site.settings("");
    site.order(json!({"do": "fault", "path": CLIENTS, "lose": ["Link"], "times": 100}));
    let done = site.jumpfleet(&["clients", "prune", "--lost", "--yes"], &OWN);
    let (code, _, err) = ended(&done);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("the list is not whole: 1 of 3 pages came"), "{err}");
    assert!(err.contains("X-BT-Pagination"), "{err}");
    assert!(site.asked().iter().all(|asked| asked.method != "DELETE"));
}

#[test]
fn what_moves_up_while_a_list_is_read_is_not_missed() {
    let site = filled();
    // When the second page is asked for, 5 is taken away: 101 moves up to the first one.
    fault(&site, 1, &json!({"remove": {"kind": "clients", "id": 5}}));
    let mut numbers = numbers(&site.account()).unwrap();
    assert_eq!(numbers.len(), 230, "each once; 5 was there when it was read");
    assert!(numbers.contains(&101));
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 230);
}

#[test]
fn a_list_that_never_comes_whole_is_told() {
    let site = filled();
    let body = json!([{"id": 1, "jump_group_id": 1}]);
    let headers = json!({"X-BT-Pagination-Total": "9", "X-BT-Pagination-Last-Page": "1"});
    fault(&site, 0, &json!({"answer": 200, "body": body, "headers": headers, "times": 2}));
    let error = numbers(&site.account()).unwrap_err();
    assert!(error.to_string().contains("1 of 9 came, although it was read 2 times"), "{error}");
}
