//! Where is the next page of a list? By the `Link` header, as the vendor advises.

use serde::de::DeserializeOwned;

use super::{Account, ApiError, Call};

/// The most pages that are read: 10 million clients would not be more.
const MOST: usize = 100_000;

impl Account {
    /// Everything on all pages of a list, each handed on as soon as it is there.
    pub fn each<T: DeserializeOwned>(&self, call: &Call, mut take: impl FnMut(T)) -> Result<(), ApiError> {
        let mut call = call.clone().with("per_page", "100");
        for _ in 0..MOST {
            let reply = self.send(&call)?;
            reply.json::<Vec<T>>()?.into_iter().for_each(&mut take);
            match reply.link.as_deref().and_then(next) {
                Some(target) => call.target = target.to_owned(),
                None => return Ok(()),
            }
        }
        Err(ApiError::Unreadable { call: call.shown(), what: "its pages have no end".to_owned() })
    }

    /// Everything on all pages of a list.
    pub fn all<T: DeserializeOwned>(&self, call: &Call) -> Result<Vec<T>, ApiError> {
        let mut all = Vec::new();
        self.each(call, |one| all.push(one))?;
        Ok(all)
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
}
