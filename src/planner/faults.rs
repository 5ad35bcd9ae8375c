//! Which mistakes do hosts share, and which host has each first?

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Host, Mistake, Mistakes, Parameter, Place};

/// Mistakes that many hosts share are said once, with the number of hosts.
#[derive(Default)]
pub(super) struct Faults {
    order: Vec<(Place, String, String)>,
    hosts: HashMap<(Place, String), (Arc<str>, usize)>,
    said: HashMap<String, Place>,
}

impl Faults {
    /// Adds a mistake of a host, at the variable that caused it where that is known.
    pub(super) fn add(&mut self, host: &Host, parameter: Option<Parameter>, what: String, hint: String) {
        let written = parameter.and_then(|parameter| host.parameter_places.get(&parameter));
        // Without a place of its own a mistake stands at the first host that has it.
        let place = match written {
            Some(place) => place.clone(),
            None => self.said.entry(what.clone()).or_insert_with(|| host.place.clone()).clone(),
        };
        let key = (place, what);
        if let Some((_, more)) = self.hosts.get_mut(&key) {
            *more += 1;
            return;
        }
        self.order.push((key.0.clone(), key.1.clone(), hint));
        self.hosts.insert(key, (host.name.clone(), 0));
    }

    /// All mistakes, in the order they were found.
    pub(super) fn mistakes(self) -> Mistakes {
        let mistakes = self.order.into_iter().map(|(place, what, hint)| {
            let concerned = match &self.hosts[&(place.clone(), what.clone())] {
                (name, 0) => format!("host `{name}`"),
                (name, more) => format!("host `{name}` and {more} more"),
            };
            let mistake = Mistake::at(place, format!("{what} ({concerned})"));
            if hint.is_empty() { mistake } else { mistake.hint(hint) }
        });
        Mistakes(mistakes.collect())
    }
}
