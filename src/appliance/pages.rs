//! Where is the next page of a list, and did the whole list come? By the `Link` header, as the vendor advises, and by
//! what the other headers count: a list that is cut must not pass for a short one.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Account, ApiError, Call};

/// How many things a page holds, as it is asked for; the most there are.
const PAGE: usize = 100;

/// How often a list is read that changes meanwhile.
const READINGS: u32 = 2;

/// Where an answer lies in its list, as its headers say.
#[derive(Debug, Default, Clone)]
pub(super) struct Place {
    link: Option<String>,
    current: Option<u64>,
    last: Option<u64>,
    total: Option<u64>,
}

impl Place {
    pub(super) fn read<'h>(header: impl Fn(&'static str) -> Option<&'h str>) -> Self {
        let number = |name| header(name)?.trim().parse().ok();
        Self {
            link: header("link").map(str::to_owned),
            current: number("x-bt-pagination-current-page"),
            last: number("x-bt-pagination-last-page"),
            total: number("x-bt-pagination-total"),
        }
    }
}

/// What a list's things are told apart by.
#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

impl Account {
    /// Everything on all pages of a list, each handed on once, as soon as it is there.
    ///
    /// A list from which something was taken away meanwhile is read once more, for what follows it moved up, maybe onto a
    /// page that was read already. The error is also that not everything came.
    pub fn each<T: DeserializeOwned>(&self, call: &Call, mut take: impl FnMut(T)) -> Result<(), ApiError> {
        let mut known = HashSet::new();
        for reading in 1.. {
            let read = self.reading(call, &mut known, &mut take)?;
            let came = known.len() as u64;
            let is_last = reading == READINGS;
            if came >= read.total && (!read.shrank || is_last) {
                break;
            }
            if is_last {
                let what = format!(
                    "{came} of {} came, although it was read {READINGS} times; it changes",
                    read.total
                );
                return Err(ApiError::Incomplete { call: call.shown(), what });
            }
        }
        Ok(())
    }

    fn reading<T: DeserializeOwned>(
        &self,
        call: &Call,
        known: &mut HashSet<u64>,
        take: &mut dyn FnMut(T),
    ) -> Result<Read, ApiError> {
        let mut call = call.clone().with("per_page", &PAGE.to_string());
        let mut read = Read::default();
        loop {
            let reply = self.send(&call)?;
            let numbers: Vec<Numbered> = reply.json()?;
            let things: Vec<T> = reply.json()?;
            let next = read.page(&reply.place, numbers.len());
            let next = next.map_err(|what| ApiError::Incomplete { call: call.shown(), what })?;
            for (Numbered { id }, thing) in numbers.into_iter().zip(things) {
                if known.insert(id) {
                    take(thing);
                }
            }
            match next {
                Some(target) => call.target = target,
                None => return Ok(read),
            }
        }
    }

    /// Everything on all pages of a list.
    pub fn all<T: DeserializeOwned>(&self, call: &Call) -> Result<Vec<T>, ApiError> {
        let mut all = Vec::new();
        self.each(call, |one| all.push(one))?;
        Ok(all)
    }
}

/// How far a reading has come. Pure.
#[derive(Debug, Default)]
struct Read {
    pages: u64,
    came: u64,
    /// How many things the list has, by its latest page.
    total: u64,
    /// Whether it had more of them before.
    shrank: bool,
}

impl Read {
    /// Takes the next page, of so many things, and gives where the page behind it is; the error is why this cannot be all.
    fn page(&mut self, place: &Place, things: usize) -> Result<Option<String>, String> {
        self.pages += 1;
        self.came += things as u64;
        if let Some(current) = place.current.filter(|current| *current != self.pages) {
            return Err(format!("page {} was asked for, and page {current} came", self.pages));
        }
        self.shrank |= place.total.is_some_and(|total| total < self.total);
        self.total = place.total.unwrap_or(0);
        if let Some(target) = place.link.as_deref().and_then(next) {
            // A list that leads back to its beginning would have no end.
            return match place.last.filter(|last| *last < self.pages) {
                Some(last) => Err(format!("page {} came, although {last} is the last one", self.pages)),
                None => Ok(Some(target.to_owned())),
            };
        }
        let pages = self.pages;
        match (place.last, place.total) {
            (Some(last), _) if last > pages => {
                Err(format!("{pages} of {last} pages came, and no answer tells where the next one is"))
            }
            (None, None) if things >= PAGE => {
                Err(format!("{} came, and no answer tells whether there are more", self.came))
            }
            (None, Some(total)) if total > self.came => {
                Err(format!("{} of {total} came, and no answer tells where the others are", self.came))
            }
            _ => Ok(None),
        }
    }
}

/// The path and query of the next page (RFC 5988); its host is not believed: the site is the one that was asked.
fn next(link: &str) -> Option<&str> {
    let part = link.split(", ").find(|part| {
        part.split(';')
            .skip(1)
            .any(|word| word.trim().trim_matches('"').replace("rel=\"", "rel=") == "rel=next")
    })?;
    let address = part.split('>').next()?.trim().strip_prefix('<')?;
    let after = address.split_once("://").map_or(address, |(_, rest)| rest);
    let path = &after[after.find('/')?..];
    path.starts_with("/api/").then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_by_its_relation() {
        let link = "<https://a.example/api/x?per_page=5&current_page=1>; rel=\"first\", \
                    <https://a.example/api/x?per_page=5&current_page=3>; rel=\"next\", \
                    <https://a.example/api/x?per_page=5&current_page=9>; rel=\"last\"";
        assert_eq!(next(link), Some("/api/x?per_page=5&current_page=3"));
        assert_eq!(next("<https://a.example/api/x>; rel=\"last\""), None);
        assert_eq!(next("<https://b.example/else>; rel=\"next\""), None);
        assert_eq!(next(""), None);
    }

    /// What pages mean, each told by whether it leads on, and by its number, the last one and the total as far as they
    /// are said.
    fn read(pages: &[(bool, [Option<u64>; 3], usize)]) -> Result<Read, String> {
        let mut read = Read::default();
        for (leads_on, [current, last, total], things) in pages {
            let link = leads_on.then(|| "<https://a.example/api/x?y>; rel=\"next\"".to_owned());
            let place = Place { link, current: *current, last: *last, total: *total };
            assert_eq!(read.page(&place, *things)?.is_some(), *leads_on);
        }
        Ok(read)
    }

    #[test]
    fn a_list_that_is_cut_does_not_pass_for_a_short_one() {
        let whole = [Some(1), Some(1), Some(7)];
        assert!(read(&[(false, whole, 7)]).is_ok());
        assert!(read(&[(false, [None; 3], 7)]).is_ok(), "a page that is not full");
        for cut in [
            (false, [Some(1), Some(3), Some(230)], 100),
            (false, [None, Some(3), None], 100),
            (false, [None, None, Some(230)], 100),
            (false, [None; 3], 100),
        ] {
            assert!(read(&[cut]).is_err(), "{cut:?}");
        }
        let first = (true, [Some(1), Some(2), Some(101)], 100);
        assert!(read(&[first, first]).is_err(), "the same page again");
        let endless = (true, [None, Some(1), Some(100)], 100);
        assert!(read(&[endless, endless]).is_err(), "pages behind the last one");
    }

    #[test]
    fn a_list_that_shrinks_is_noticed_and_one_that_grows_is_well() {
        let of = |totals: [u64; 2]| {
            let pages = [(true, Some(1), totals[0], 100), (false, Some(2), totals[1], 30)];
            let pages = pages.map(|(on, page, total, things)| (on, [page, Some(2), Some(total)], things));
            read(&pages).unwrap()
        };
        assert!(of([131, 130]).shrank && !of([130, 131]).shrank);
        assert_eq!(of([130, 131]).total, 131);
    }
}
