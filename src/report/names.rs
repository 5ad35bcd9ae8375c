//! How are thousands of host names written on one line?

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

/// The longest number that is counted with; longer digits are text.
const MOST_DIGITS: usize = 18;

/// Folds names into ranges, such as `db3,web[01-20].example.org`; a name that occurs twice is written once.
///
/// Several numbers in a name fold too, as in `rack[1-4]-node[01-20]`, when every combination is there.
/// Names that contain brackets or commas stay as they are.
pub fn fold<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let items = fold_items(unique(names));
    join(items.iter().map(|item| item.text.as_str()))
}

/// Folds names like [`fold`] into at most about so many characters, and counts the rest: `web[01-20] … and 812 more`.
pub fn fold_within<'a>(names: impl IntoIterator<Item = &'a str>, characters: usize) -> String {
    let names = unique(names);
    let total = names.len();
    let items = fold_items(names.clone());
    let mut shown = Shown::new(characters);
    let fits = items.iter().all(|item| shown.add(&item.text, item.hosts));
    if !fits && shown.hosts == 0 {
        // One item alone is too long, a range with many holes; its first names say more than none.
        let mut names = names;
        names.sort_unstable_by(|a, b| natural(a, b));
        let _ = names.iter().all(|name| shown.add(name, 1));
    }
    shown.finish(total)
}

/// A line that grows until it is full.
struct Shown {
    text: String,
    left: usize,
    hosts: usize,
}

impl Shown {
    fn new(characters: usize) -> Self {
        Self { text: String::new(), left: characters, hosts: 0 }
    }

    /// Whether the item still had room.
    fn add(&mut self, item: &str, hosts: usize) -> bool {
        let comma = usize::from(self.hosts > 0);
        let Some(left) = self.left.checked_sub(item.chars().count() + comma) else { return false };
        self.left = left;
        self.hosts += hosts;
        if comma > 0 {
            self.text.push(',');
        }
        self.text.push_str(item);
        true
    }

    fn finish(mut self, total: usize) -> String {
        let rest = total - self.hosts;
        if self.hosts == 0 && rest > 0 {
            return format!("{rest} hosts");
        }
        if rest > 0 {
            let _ = write!(self.text, " … and {rest} more");
        }
        self.text
    }
}

/// Names that became one.
struct Item {
    text: String,
    hosts: usize,
}

/// A name with its numbers taken out, or a fold of such names: a cell is the digits or `[…]`.
struct Row<'a> {
    cells: Vec<Cow<'a, str>>,
    hosts: usize,
}

fn unique<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    names.into_iter().filter(|name| seen.insert(*name)).collect()
}

fn join<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (at, item) in items.enumerate() {
        if at > 0 {
            line.push(',');
        }
        line.push_str(item);
    }
    line
}

/// Folds names of one shape after another; the order is that of the shapes, then of the numbers.
fn fold_items(names: Vec<&str>) -> Vec<Item> {
    let mut shapes: BTreeMap<Vec<&str>, Vec<Row<'_>>> = BTreeMap::new();
    for name in names {
        let (texts, numbers) = take_apart(name);
        let cells = numbers.into_iter().map(Cow::Borrowed).collect();
        shapes.entry(texts).or_default().push(Row { cells, hosts: 1 });
    }
    shapes.into_iter().flat_map(|(texts, rows)| fold_shape(&texts, rows)).collect()
}

/// The texts between the numbers of a name, one more than there are numbers, and the numbers.
fn take_apart(name: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    let mut text_from = 0;
    let mut at = 0;
    if name.contains(['[', ']', ',']) {
        return (vec![name], numbers);
    }
    while let Some(found) = name[at..].find(|c: char| c.is_ascii_digit()) {
        let from = at + found;
        let length = name[from..].find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len() - from);
        at = from + length;
        if length <= MOST_DIGITS {
            texts.push(&name[text_from..from]);
            numbers.push(&name[from..at]);
            text_from = at;
        }
    }
    texts.push(&name[text_from..]);
    (texts, numbers)
}

fn fold_shape(texts: &[&str], mut rows: Vec<Row<'_>>) -> Vec<Item> {
    for position in positions(&rows) {
        rows = fold_position(rows, position);
    }
    rows.sort_by(|a, b| compare_cells(&a.cells, &b.cells));
    rows.into_iter().map(|row| Item { text: put_together(texts, &row.cells), hosts: row.hosts }).collect()
}

/// The numbers that differ, the one with the most values first, of equals the last.
fn positions(rows: &[Row<'_>]) -> Vec<usize> {
    let width = rows.first().map_or(0, |row| row.cells.len());
    let mut positions: Vec<_> = (0..width)
        .map(|at| (rows.iter().map(|row| &*row.cells[at]).collect::<HashSet<_>>().len(), at))
        .filter(|(values, _)| *values > 1)
        .collect();
    positions.sort_unstable_by_key(|position| Reverse(*position));
    positions.into_iter().map(|(_, at)| at).collect()
}

/// Joins rows that differ in one number only.
fn fold_position(mut rows: Vec<Row<'_>>, position: usize) -> Vec<Row<'_>> {
    let alike = |a: &Row<'_>, b: &Row<'_>| {
        let differs = |at: &usize| *at != position && a.cells[*at] != b.cells[*at];
        !(0..a.cells.len()).any(|at| differs(&at))
    };
    rows.sort_unstable_by(|a, b| {
        let others = (0..a.cells.len()).filter(|at| *at != position);
        others.map(|at| a.cells[at].cmp(&b.cells[at])).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    let mut folded = Vec::new();
    let mut rows = rows.into_iter().peekable();
    while let Some(mut first) = rows.next() {
        let mut cells = vec![first.cells[position].clone()];
        while let Some(row) = rows.next_if(|row| alike(&first, row)) {
            first.hosts += row.hosts;
            cells.push(row.cells[position].clone());
        }
        if let [_, _, ..] = cells[..] {
            first.cells[position] = Cow::Owned(ranges(&cells));
        }
        folded.push(first);
    }
    folded
}

/// Digits as a range list, such as `[01-03,7]`; the digits are different from each other.
fn ranges(cells: &[Cow<'_, str>]) -> String {
    let padded: HashSet<usize> =
        cells.iter().filter(|cell| cell.len() > 1 && cell.starts_with('0')).map(|cell| cell.len()).collect();
    // `9` and `10` follow each other, so do `09` and `10`, but `9` and `09` are two names.
    let width = |cell: &str| if padded.contains(&cell.len()) { cell.len() } else { 0 };
    let mut numbers: Vec<(usize, u64, &str)> =
        cells.iter().map(|cell| (width(cell), cell.parse().unwrap_or(0), &**cell)).collect();
    numbers.sort_unstable();
    let runs = numbers.chunk_by(|a, b| a.0 == b.0 && a.1 + 1 == b.1);
    let runs = runs.filter_map(|run| match run {
        [] => None,
        [(_, _, only)] => Some((*only).to_owned()),
        [(_, _, first), .., (_, _, last)] => Some(format!("{first}-{last}")),
    });
    let runs: Vec<_> = runs.collect();
    format!("[{}]", join(runs.iter().map(String::as_str)))
}

fn put_together(texts: &[&str], cells: &[Cow<'_, str>]) -> String {
    let mut text = String::new();
    for (at, part) in texts.iter().enumerate() {
        text.push_str(part);
        if let Some(cell) = cells.get(at) {
            text.push_str(cell);
        }
    }
    text
}

fn compare_cells(a: &[Cow<'_, str>], b: &[Cow<'_, str>]) -> Ordering {
    let numbers = |cells: &[Cow<'_, str>]| cells.iter().map(|cell| first_number(cell)).collect::<Vec<_>>();
    numbers(a).cmp(&numbers(b)).then_with(|| a.cmp(b))
}

/// The number that a cell begins with, in a bracket or alone.
fn first_number(cell: &str) -> u64 {
    let cell = cell.trim_start_matches('[');
    let digits = cell.find(|c: char| !c.is_ascii_digit()).unwrap_or(cell.len());
    cell[..digits].parse().unwrap_or(0)
}

/// The order people expect: `web2` before `web10`.
fn natural(a: &str, b: &str) -> Ordering {
    let ((a_texts, a_numbers), (b_texts, b_numbers)) = (take_apart(a), take_apart(b));
    let number = |digits: &&str| (digits.parse::<u64>().unwrap_or(0), digits.len());
    let numbers = || a_numbers.iter().map(number).cmp(b_numbers.iter().map(number));
    a_texts.cmp(&b_texts).then_with(numbers)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Every name that a fold stands for.
    fn unfold(folded: &str) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut depth = 0;
        let items = folded.split(|c: char| {
            depth += i32::from(c == '[') - i32::from(c == ']');
            c == ',' && depth == 0
        });
        for item in items.filter(|item| !item.is_empty()) {
            for name in unfold_item(item) {
                assert!(names.insert(name), "{folded}: a name occurs twice");
            }
        }
        names
    }

    fn unfold_item(item: &str) -> Vec<String> {
        let Some((before, rest)) = item.split_once('[') else { return vec![item.to_owned()] };
        let (list, after) = rest.split_once(']').expect("a closing bracket");
        let mut names = Vec::new();
        for range in list.split(',') {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let width = if first.len() == last.len() { first.len() } else { 0 };
            for number in first.parse::<u64>().expect("a number")..=last.parse().expect("a number") {
                for end in unfold_item(after) {
                    names.push(format!("{before}{number:0width$}{end}"));
                }
            }
        }
        names
    }

    #[test]
    fn names_fold_into_ranges() {
        for (names, folded) in [
            ("", ""),
            ("web01", "web01"),
            ("web01 web02 web03 db3", "db3,web[01-03]"),
            ("web03 web01 web02 web02", "web[01-03]"),
            ("web1 web2 web10 web9", "web[1-2,9-10]"),
            ("web9 web10 web09", "web[9,09-10]"),
            ("web8 web9 web10 web11", "web[8-11]"),
            ("web01.example.org web02.example.org", "web[01-02].example.org"),
            ("web01.dc1.x web02.dc1.x web03.dc1.x web01.dc2.x", "web[01-03].dc1.x,web01.dc2.x"),
            ("r1-n1 r1-n2 r2-n1 r2-n2", "r[1-2]-n[1-2]"),
            ("r1-n1 r1-n2 r1-n3 r2-n1", "r1-n[1-3],r2-n1"),
            ("10.0.0.1 10.0.0.2 10.0.1.1", "10.0.0.[1-2],10.0.1.1"),
            ("alpha beta", "alpha,beta"),
            ("1 2 3", "[1-3]"),
            ("a[1] a[2] b,c", "a[1],a[2],b,c"),
            ("x00 x01 x0 x1", "x[0-1,00-01]"),
            ("x12345678901234567890 x12345678901234567891", "x12345678901234567890,x12345678901234567891"),
        ] {
            assert_eq!(fold(names.split_whitespace()), folded, "{names}");
        }
    }

    #[test]
    fn a_short_line_counts_the_rest() {
        let names: Vec<_> = (1..=20).map(|n| format!("web{n:02}")).chain(["zeta".to_owned()]).collect();
        let names = || names.iter().map(String::as_str);
        assert_eq!(fold_within(names(), 100), "web[01-20],zeta");
        assert_eq!(fold_within(names(), 15), "web[01-20],zeta");
        assert_eq!(fold_within(names(), 14), "web[01-20] … and 1 more");
        assert_eq!(fold_within(names(), 3), "21 hosts");
        let odd: Vec<_> = (0..50).map(|n| format!("web{}", n * 2 + 1)).collect();
        assert_eq!(fold_within(odd.iter().map(String::as_str), 15), "web1,web3,web5 … and 47 more");
        assert_eq!(fold_within([], 15), "");
    }

    proptest! {
        #[test]
        fn unfolding_gives_the_same_names(names in prop::collection::btree_set(
            "(web|db-|r)?[0-9]{0,3}(-|\\.dc)?[0-9]{0,2}(\\.example\\.org)?", 0..60)) {
            let names: BTreeSet<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
            let folded = fold(names.iter().map(String::as_str));
            prop_assert_eq!(unfold(&folded), names.clone());
            prop_assert_eq!(fold(names.iter().rev().map(String::as_str)), folded);
        }

        #[test]
        fn dense_grids_fold_exactly(grid in prop::collection::btree_set((0u8..4, 0u8..12), 0..48)) {
            let names: BTreeSet<String> = grid.iter().map(|(r, n)| format!("r{r}-n{n:02}")).collect();
            prop_assert_eq!(unfold(&fold(names.iter().map(String::as_str))), names);
        }

        #[test]
        fn a_limited_line_accounts_for_every_name(count in 1usize..300, step in 1usize..4, room in 0usize..200) {
            let names: Vec<_> = (0..count).map(|n| format!("host{}", n * step)).collect();
            let line = fold_within(names.iter().map(String::as_str), room);
            let (shown, rest) = match line.strip_suffix(" hosts") {
                Some(all) => ("", all.parse().expect("a count")),
                None => match line.strip_suffix(" more").and_then(|line| line.split_once(" … and ")) {
                    Some((shown, rest)) => (shown, rest.parse::<usize>().expect("a count")),
                    None => (line.as_str(), 0),
                },
            };
            prop_assert!(shown.chars().count() <= room);
            prop_assert_eq!(unfold(shown).len() + rest, count);
        }
    }
}
