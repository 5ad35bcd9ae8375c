//! Which host is in which wave, and who of a wave begins?

use std::collections::HashMap;
use std::iter::repeat_n;
use std::sync::Arc;

use crate::model::{Host, PlannedHost, Portion};

/// What waves are made of, host by host in the order of the inventory.
#[derive(Default)]
pub(super) struct Waves {
    named: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
    values: HashMap<Option<Arc<str>>, u32>,
    /// Each host's named wave, if it names one, and the number of its value.
    hosts: Vec<(Option<u32>, u32)>,
}

impl Waves {
    /// Takes in the next host.
    pub(super) fn add(&mut self, host: &Host) {
        let named = host.wave.as_ref().map(|name| match self.named.get(name) {
            Some(known) => *known,
            None => {
                let new = number(self.names.len());
                self.names.push(name.clone());
                self.named.insert(name.clone(), new);
                new
            }
        });
        let new = number(self.values.len());
        let value = *self.values.entry(host.spread.clone()).or_insert(new);
        self.hosts.push((named, value));
    }

    /// Gives every host its wave and puts the hosts in the order of their starts; returns the waves' names.
    ///
    /// Hosts that name a wave come first. Of the others each wave takes its portion, the last portion as often as
    /// there are hosts left.
    pub(super) fn assign(self, hosts: &mut [PlannedHost], portions: &[Portion]) -> Vec<String> {
        let named = self.names.len();
        let unnamed = self.hosts.iter().filter(|(wave, _)| wave.is_none()).count();
        let sizes = sizes(unnamed, portions);
        let order = self.order();
        let mut cut = sizes.iter().enumerate().flat_map(|(wave, size)| repeat_n(number(named + wave), *size));
        for index in &order {
            hosts[*index].wave = self.hosts[*index].0.or_else(|| cut.next()).unwrap_or_default();
        }
        arrange(hosts, &order);
        let name = |wave: usize| match portions {
            [] if named == 0 => "all".to_owned(),
            [] => "rest".to_owned(),
            _ => (named + wave + 1).to_string(),
        };
        let names = self.names.iter().map(ToString::to_string);
        names.chain((0..sizes.len()).map(name)).collect()
    }

    /// The hosts in the order of their starts, by their places in the inventory.
    ///
    /// Within a wave every value has its turn before the first one has its next: each gives a host a round, as
    /// long as it has one.
    fn order(&self) -> Vec<usize> {
        let mut rounds: HashMap<(Option<u32>, u32), u32> = HashMap::new();
        let keyed = self.hosts.iter().enumerate().map(|(index, (wave, value))| {
            let round = rounds.entry((*wave, *value)).or_default();
            *round += 1;
            (wave.unwrap_or(u32::MAX), *round, *value, index)
        });
        let mut keyed: Vec<_> = keyed.collect();
        keyed.sort_unstable();
        keyed.into_iter().map(|(.., index)| index).collect()
    }
}

/// Puts the hosts in this order of their places, without a second copy of them.
fn arrange(hosts: &mut [PlannedHost], order: &[usize]) {
    let mut places = vec![0; order.len()];
    for (place, index) in order.iter().enumerate() {
        places[*index] = place;
    }
    for at in 0..hosts.len() {
        while places[at] != at {
            let place = places[at];
            hosts.swap(at, place);
            places.swap(at, place);
        }
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// How many of `rest` hosts each wave gets; every wave gets at least one.
fn sizes(rest: usize, portions: &[Portion]) -> Vec<usize> {
    let mut sizes = Vec::new();
    let mut left = rest;
    while left > 0 {
        let size = match portions.get(sizes.len()).or(portions.last()) {
            Some(portion) => usize::try_from(portion.of(rest as u64)).unwrap_or(left).min(left),
            None => left,
        };
        sizes.push(size);
        left -= size;
    }
    sizes
}
