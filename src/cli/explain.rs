//! Why does a host have these values? As text for people, and as JSON.

use std::io::{self, Write};

use clap::Args;
use serde_json::{Value as Json, json};

use super::args::{Format, Selection};
use super::{Problem, Surroundings, exit, inputs, output};
use crate::inventory::{Explained, HostId, Inventory, Word, Worked, shown};
use crate::model::{Mistake, Place, Value, visible};

/// `jumpfleet inventory explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The host, by its name in the inventory
    pub host: String,
    /// Only these variables
    #[arg(value_name = "VARIABLE")]
    pub variables: Vec<String>,
    /// The inventory: a file in one of Ansible's forms, a script, a folder of them, or hosts with commas; may be given
    /// several times
    #[arg(short, long, value_name = "SOURCE")]
    pub inventory: Vec<String>,
    /// How it is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Says where each value of a host comes from, and what it overrode.
pub fn run(around: &Surroundings, args: ExplainArgs) -> Result<u8, Problem> {
    let selection = Selection { inventory: args.inventory, limit: None };
    let inventory = inputs::read(around, &selection)??.inventory;
    inputs::tell_shut(around, &inventory);
    let Some(id) = inventory.find(&args.host) else { return Err(nobody(&inventory, &args.host)) };
    let mut explained = inventory.explain(id);
    if !args.variables.is_empty() {
        let missing = args.variables.iter().find(|name| explained.iter().all(|known| *known.name != ***name));
        if let Some(name) = missing {
            let mistake = Mistake::general(format!("host `{}` has no variable `{name}`", args.host));
            let known = explained.iter().map(|known| &*known.name);
            return Err(match Mistake::nearest(name, known) {
                Some(near) => mistake.hint(format!("did you mean `{near}`?")),
                None => mistake,
            }
            .into());
        }
        explained.retain(|known| args.variables.iter().any(|name| **name == *known.name));
    }
    output::print(|out| match args.format {
        Format::Text => text(&inventory, id, &explained, out),
        Format::Json => output::json(out, &whole(&inventory, id, &explained)),
    })?;
    Ok(exit::GOOD)
}

fn nobody(inventory: &Inventory, name: &str) -> Problem {
    // A suggestion is not worth comparing with every host of a large fleet.
    let known = inventory.hosts().take(5_000).map(AsRef::as_ref);
    let mistake = Mistake::general(format!("no host is called `{name}`"));
    match Mistake::nearest(name, known) {
        Some(near) => mistake.hint(format!("did you mean `{near}`?")),
        None => mistake.hint("`jumpfleet inventory list` names them all"),
    }
    .into()
}

fn text(inventory: &Inventory, id: HostId, explained: &[Explained], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}  ({})", inventory.name(id), inventory.place(id))?;
    writeln!(out, "  in {}", inventory.groups_of(id).join(", "))?;
    for variable in explained {
        writeln!(out)?;
        writeln!(out, "{}  {}", variable.name, told(&variable.value))?;
        if let Some(worked) = &variable.template {
            template(worked, out)?;
        }
        for word in &variable.words {
            let by = by(word);
            match &word.lost {
                None => writeln!(out, "  from {by}")?,
                Some(why) => writeln!(out, "  over {}  {by}: {why}", told(&word.value))?,
            }
        }
    }
    Ok(())
}

fn template(worked: &Worked, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  template {}", told(&worked.written))?;
    for (name, value, from) in &worked.used {
        match from {
            Some(place) => writeln!(out, "    {name} is {}  {place}", told(value))?,
            None => writeln!(out, "    {name} is {}", told(value))?,
        }
    }
    match &worked.failure {
        Some(why) => writeln!(out, "    cannot be worked out: {}", visible(why)),
        None => Ok(()),
    }
}

fn told(value: &Value) -> String {
    visible(&shown(value)).into_owned()
}

fn by(word: &Word) -> String {
    match &word.group {
        Some(group) => format!("group {group}, {}", word.from),
        None => format!("the host, {}", word.from),
    }
}

fn whole(inventory: &Inventory, id: HostId, explained: &[Explained]) -> Json {
    json!({
        "host": &**inventory.name(id),
        "place": inventory.place(id).to_string(),
        "groups": inventory.groups_of(id).iter().map(|group| &**group).collect::<Vec<_>>(),
        "variables": explained.iter().map(one).collect::<Vec<_>>(),
    })
}

fn one(variable: &Explained) -> Json {
    let place = |place: &Option<Place>| place.as_ref().map(ToString::to_string);
    let template = |worked: &Worked| {
        let used = worked
            .used
            .iter()
            .map(|(name, value, from)| json!({"name": name, "value": value.to_json(), "from": place(from)}));
        json!({
            "written": worked.written.to_json(),
            "used": used.collect::<Vec<_>>(),
            "failure": worked.failure,
        })
    };
    let words = variable.words.iter().map(|word| {
        json!({
            "value": word.value.to_json(),
            "from": word.from.to_string(),
            "group": word.group.as_deref(),
            "lost": word.lost,
        })
    });
    json!({
        "name": &*variable.name,
        "value": variable.value.to_json(),
        "template": variable.template.as_ref().map(template),
        "words": words.collect::<Vec<_>>(),
    })
}
