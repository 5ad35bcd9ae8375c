//! How does somebody start a session with a fresh client at once?

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Problem, Surroundings, exit, inputs, output};
use crate::appliance::ConsoleScript;

/// `jumpfleet jump`
#[derive(Debug, Args)]
pub struct JumpArgs {
    /// The computer's name, of which the first part is searched for, or its own address
    pub host: String,
    /// Only Jump Items of this kind
    #[arg(long, value_enum, value_name = "METHOD")]
    pub method: Option<Method>,
    /// Only Jump Items with this tag
    #[arg(long, value_name = "TEXT")]
    pub tag: Option<String>,
    /// Only Jump Items with this in their comments
    #[arg(long, value_name = "TEXT")]
    pub comments: Option<String>,
    /// Only Jump Items with the credential of this number
    #[arg(long, value_name = "ID")]
    pub credential_id: Option<String>,
    /// A custom field of the session, by its code name; may be given several times
    #[arg(long, value_name = "CODE=VALUE", value_parser = custom)]
    pub custom: Vec<(String, String)>,
    /// Write a file that the access console opens, in the place of an address
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The kind of a Jump Item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// A Jump Client.
    Pinned,
    /// A remote push.
    Push,
    /// A push in the local network.
    #[value(name = "local_push")]
    LocalPush,
    /// Remote Desktop.
    Rdp,
    /// VNC.
    Vnc,
    /// A shell.
    Shelljump,
}

fn custom(text: &str) -> Result<(String, String), String> {
    let parted = text.split_once('=').ok_or("write CODE=VALUE, such as ticket=INC0012")?;
    Ok((parted.0.to_owned(), parted.1.to_owned()))
}

/// `jumpfleet jump`
pub fn run(around: &Surroundings, args: &JumpArgs) -> Result<u8, Problem> {
    let settings = inputs::settings(around)??;
    let script = script(args).map_err(Problem::usage)?;
    match &args.output {
        Some(_) => output::result(args.output.as_deref(), |out| out.write_all(script.file().as_bytes()))?,
        None => output::print(|out| writeln!(out, "{}", script.address(&settings.appliance.site)))?,
    }
    Ok(exit::GOOD)
}

fn script(args: &JumpArgs) -> Result<ConsoleScript, String> {
    let is_address = args.host.parse::<IpAddr>().is_ok();
    // Computers mostly call themselves by the first part of their name, and the whole one has that in it too.
    let (by, text) = match args.host.split_once('.') {
        _ if is_address => ("client.private_ip", &*args.host),
        Some((first, _)) if !first.is_empty() => ("client.hostname", first),
        _ => ("client.hostname", &*args.host),
    };
    let method = args.method.and_then(|method| method.to_possible_value());
    let mut script = ConsoleScript::default();
    script.search(by, text)?;
    for (name, value) in [
        ("client.tag", args.tag.as_deref()),
        ("client.comments", args.comments.as_deref()),
        ("jump.method", method.as_ref().map(|method| method.get_name())),
        ("credential_id", args.credential_id.as_deref()),
    ] {
        if let Some(value) = value {
            script.search(name, value)?;
        }
    }
    for (code, value) in &args.custom {
        script.custom(code, value)?;
    }
    Ok(script)
}
