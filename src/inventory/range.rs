//! Which hosts does a name such as `web[01:50]` stand for?

use super::complaint::Flaw;

/// The most hosts one name may stand for.
pub const LIMIT: usize = 1_000_000;

/// The most characters of a host's name; DNS allows 253.
const LONGEST: usize = 255;

/// All names a host name with ranges stands for; the name itself if it has none.
pub fn expand(name: &str) -> Result<Vec<String>, Flaw> {
    if name.len() > LONGEST {
        return Err(Flaw::new(format!("a host's name is longer than {LONGEST} bytes")));
    }
    if !name.contains(['[', ']']) {
        return Ok(vec![name.to_owned()]);
    }
    let mut names = vec![String::new()];
    let mut rest = name;
    while let Some(open) = rest.find(['[', ']']) {
        let (before, after) = rest.split_at(open);
        let Some((bounds, tail)) = after.strip_prefix('[').and_then(|inner| inner.split_once(']')) else {
            return Err(Flaw::new(format!("a bracket of `{name}` has no partner"))
                .hint("write a range such as `web[01:50]` or `db-[a:f]`"));
        };
        let members = members(bounds)?;
        if names.len().saturating_mul(members.len()) > LIMIT {
            return Err(Flaw::new(format!("`{name}` stands for more than {LIMIT} hosts")));
        }
        names = names
            .iter()
            .flat_map(|start| members.iter().map(move |member| format!("{start}{before}{member}")))
            .collect();
        rest = tail;
    }
    for name in &mut names {
        name.push_str(rest);
    }
    Ok(names)
}

fn members(bounds: &str) -> Result<Vec<String>, Flaw> {
    let wrong = |why: &str| {
        Flaw::new(format!("`[{bounds}]` is not a range: {why}"))
            .hint("write `[first:last]` or `[first:last:step]`, such as `[01:50]`, `[0:100:10]` or `[a:f]`")
    };
    let parts: Vec<&str> = bounds.split(':').collect();
    let (first, last, step) = match *parts.as_slice() {
        [first, last] => (first, last, 1),
        [first, last, step] => match step.parse::<usize>() {
            Ok(step) if step > 0 => (first, last, step),
            _ => return Err(wrong("the step is a whole number from 1")),
        },
        _ => return Err(wrong("it has one or two colons")),
    };
    let first = if first.is_empty() { "0" } else { first };
    if last.is_empty() {
        return Err(wrong("the end is missing"));
    }
    match (letter(first), letter(last)) {
        (Some(a), Some(b)) if a <= b => {
            Ok((a..=b).step_by(step).filter_map(|at| LETTERS.get(at..=at)).map(str::to_owned).collect())
        }
        (Some(_), Some(_)) => Err(wrong("the end is before the beginning")),
        _ => numbers(first, last, step).map_err(wrong),
    }
}

/// The order Ansible counts letters in.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn letter(text: &str) -> Option<usize> {
    if text.len() == 1 { LETTERS.find(text) } else { None }
}

fn numbers(first: &str, last: &str, step: usize) -> Result<Vec<String>, &'static str> {
    let number = |text: &str| match text.bytes().all(|b| b.is_ascii_digit()) {
        true => text.parse::<usize>().map_err(|_| "the number is too large"),
        false => Err("both ends are numbers, or both are letters"),
    };
    let (from, to) = (number(first)?, number(last)?);
    let padded = first.len() > 1 && first.starts_with('0');
    if padded && first.len() != last.len() {
        return Err("with leading zeros, both ends have the same number of digits");
    }
    if from > to {
        return Err("the end is before the beginning");
    }
    if (to - from) / step >= LIMIT {
        return Err("it is too long");
    }
    let width = if padded { first.len() } else { 0 };
    Ok((from..=to).step_by(step).map(|n| format!("{n:0width$}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_stand_for_what_ansible_takes_them_for() {
        for (name, wanted) in [
            ("web01", "web01"),
            ("web[01:03]", "web01 web02 web03"),
            ("web[8:11]", "web8 web9 web10 web11"),
            ("web[1:7:3].x", "web1.x web4.x web7.x"),
            ("db-[a:c]", "db-a db-b db-c"),
            ("[y:B]", "y z A B"),
            ("r[1:2]-n[0:1]", "r1-n0 r1-n1 r2-n0 r2-n1"),
            ("web[:2]", "web0 web1 web2"),
            ("web[098:101]", "web098 web099 web100 web101"),
        ] {
            assert_eq!(expand(name).map(|names| names.join(" ")), Ok(wanted.to_owned()), "{name}");
        }
    }

    #[test]
    fn bad_ranges_are_refused() {
        for (name, why) in [
            ("web[01:100]", "same number of digits"),
            ("web[5:1]", "before the beginning"),
            ("web[f:a]", "before the beginning"),
            ("web[1:]", "end is missing"),
            ("web[a:5]", "both ends are numbers"),
            ("web[1:5:0]", "the step"),
            ("web[1]", "one or two colons"),
            ("web[1:2:3:4]", "one or two colons"),
            ("web[1:2", "no partner"),
            ("web]1[", "no partner"),
            ("web[1:9999999999]", "too long"),
            ("web[1:99999999999999999999999]", "too large"),
            ("[0:999][0:999][0:9]", "more than"),
        ] {
            assert!(expand(name).is_err_and(|flaw| flaw.what.contains(why)), "{name}: {:?}", expand(name));
        }
        assert_eq!(expand("[0:999]-[0:999]").map(|names| names.len()), Ok(1_000_000));
    }
}
