//! What does a person read on a terminal before saying yes?

use std::io::{self, Write};

use crate::model::counted;
use crate::planner::view::{Kind, Own, Remark, Spoken, View, Wave};
use crate::report::{clean_line, defuse};

/// Writes what the plan comes to, who hears what, what may go wrong, then the details.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    head(view, out)?;
    if !view.kinds.is_empty() {
        writeln!(out, "\nWhat they hear")?;
    }
    for kind in &view.kinds {
        write_kind(kind, out)?;
    }
    remarks("Findings", &view.findings, out)?;
    remarks("Unusual", &view.unusual, out)?;
    writeln!(out, "\nHow it goes")?;
    for rule in &view.rules {
        line(out, 2, rule)?;
    }
    releases(view, out)?;
    for wave in &view.waves {
        write_wave(view, wave, out)?;
    }
    Ok(())
}

/// A line with what may be a stranger's words in it.
fn line(out: &mut dyn Write, indent: usize, text: &str) -> io::Result<()> {
    writeln!(out, "{:indent$}{}", "", defuse(&clean_line(text)))
}

fn head(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    line(out, 0, &format!("Plan {} for {}", view.id, view.plan.appliance.site))?;
    if let Some(run) = &view.plan.undoes {
        line(out, 2, &format!("undoes run {run}: clients of others are left alone"))?;
    }
    line(out, 2, &view.headline)?;
    if !view.platforms.is_empty() {
        let platforms: Vec<_> =
            view.platforms.iter().map(|(platform, hosts)| format!("{hosts} {platform}")).collect();
        line(out, 2, &platforms.join(", "))?;
    }
    line(out, 2, &view.pace)?;
    line(out, 2, &view.lasts)?;
    match &view.alarm {
        Some(alarm) => line(out, 2, &format!("{alarm}, see the findings")),
        None => Ok(()),
    }
}

fn releases(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    for release in &view.releases {
        line(out, 2, &format!("release {}", release.title))?;
        for file in release.files.iter().chain(&release.key) {
            line(out, 4, file)?;
        }
    }
    Ok(())
}

fn write_kind(kind: &Kind<'_>, out: &mut dyn Write) -> io::Result<()> {
    let own = if kind.own.is_empty() { "" } else { ", each with values of its own" };
    line(out, 2, &format!("{} ({}{own})", kind.names, counted(kind.hosts.len(), "host")))?;
    if let Some(nothing) = &kind.nothing {
        return line(out, 4, nothing);
    }
    line(out, 4, &kind.who)?;
    for told in &kind.way {
        line(out, 6, told)?;
    }
    for told in &kind.told {
        match told {
            Spoken::Step(step) => line(out, 4, step)?,
            Spoken::Command(command) => {
                command.lines().try_for_each(|part| line(out, 4, &format!("$ {part}")))?;
            }
        }
    }
    for own in &kind.own {
        line(out, 6, &values(own))?;
    }
    if kind.own.is_empty() { Ok(()) } else { line(out, 6, "the command of each host: --format json") }
}

/// The values hosts fill a gap with.
pub(super) fn values(own: &Own) -> String {
    let most: Vec<_> =
        own.most.iter().map(|(value, hosts)| format!("{value} ({})", counted(*hosts, "host"))).collect();
    let more = if own.count > most.len() { ", …" } else { "" };
    format!("{}: {} values: {}{more}", own.slot, own.count, most.join(", "))
}

fn remarks(title: &str, remarks: &[Remark], out: &mut dyn Write) -> io::Result<()> {
    if !remarks.is_empty() {
        writeln!(out, "\n{title}")?;
    }
    for remark in remarks {
        let place = remark.place.as_ref().map_or(String::new(), |place| format!("{place}: "));
        line(out, 2, &format!("{}: {place}{} [{}]", remark.level, remark.message, remark.code))?;
    }
    Ok(())
}

fn write_wave(view: &View<'_>, wave: &Wave, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    let done = wave.done.as_ref().map_or(String::new(), |done| format!(", done {done}"));
    line(out, 0, &format!("{} ({}){done}", wave.title, counted(wave.hosts, "host")))?;
    // A single wave holds everybody, and they were named above.
    if view.waves.len() > 1 {
        line(out, 2, &wave.names)?;
    }
    match &wave.gate {
        Some(gate) => line(out, 2, gate),
        None => Ok(()),
    }
}
