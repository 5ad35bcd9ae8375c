//! Which clients are meant?

use std::net::IpAddr;

use clap::{Args, ValueEnum};

use super::shown::{self, Site};
use crate::appliance::{ApiError, Filter};
use crate::cli::Problem;
use crate::model::{Connection, JumpClient, Presence};

/// What clients have in common; the site compares names in capital and small letters alike.
#[derive(Debug, Default, Clone, Args)]
pub struct Chosen {
    /// Clients of this name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// On the computer of this name
    #[arg(long, value_name = "NAME")]
    pub hostname: Option<String>,
    /// On the computer of this whole name
    #[arg(long, value_name = "NAME")]
    pub fqdn: Option<String>,
    /// With this tag
    #[arg(long, value_name = "TEXT")]
    pub tag: Option<String>,
    /// In the Jump Group of this code name
    #[arg(long, value_name = "CODE")]
    pub group: Option<String>,
    /// Where this user is logged in
    #[arg(long, value_name = "NAME")]
    pub console_user: Option<String>,
    /// That the site sees by this address
    #[arg(long, value_name = "ADDRESS")]
    pub public_ip: Option<IpAddr>,
    /// Of this own address
    #[arg(long, value_name = "ADDRESS")]
    pub private_ip: Option<IpAddr>,
    /// That connect so
    #[arg(long, value_enum, value_name = "HOW")]
    pub connection: Option<Way>,
    /// That stand so; may be given several times
    #[arg(long, value_enum, value_name = "STATE", value_delimiter = ',')]
    pub state: Vec<State>,
    /// Whose version is older than the site's
    #[arg(long)]
    pub needs_update: bool,
    /// Whose operating system has this text in its name
    #[arg(long, value_name = "TEXT")]
    pub os: Option<String>,
}

/// How a client connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// It keeps a connection open.
    Active,
    /// It waits to be connected to.
    Passive,
}

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum State {
    /// It is connected.
    Online,
    /// It is not connected now.
    Offline,
    /// The site considers it lost.
    Lost,
    /// It was removed on the host.
    Uninstalled,
}

impl State {
    fn presence(self) -> Presence {
        match self {
            Self::Online => Presence::Online,
            Self::Offline => Presence::Offline,
            Self::Lost => Presence::Lost,
            Self::Uninstalled => Presence::Uninstalled,
        }
    }
}

impl Chosen {
    /// Whether anything was asked for.
    pub fn is_given(&self) -> bool {
        let Self { name, hostname, fqdn, tag, group, console_user, os, .. } = self;
        [name, hostname, fqdn, tag, group, console_user, os].into_iter().any(Option::is_some)
            || self.public_ip.is_some()
            || self.private_ip.is_some()
            || self.connection.is_some()
            || !self.state.is_empty()
            || self.needs_update
    }

    /// Hands on every client that is meant, as it comes.
    pub fn each(&self, site: &Site, mut take: impl FnMut(JumpClient)) -> Result<(), Problem> {
        let filter = self.filter(site)?;
        let failed = |error: ApiError| crate::cli::appliance::problem(&error);
        let taken = site.account.clients_of(&filter, |client| {
            if self.has(&client) {
                take(client);
            }
        });
        taken.map_err(failed)
    }

    fn filter(&self, site: &Site) -> Result<Filter, Problem> {
        let only_uninstalled = self.state == [State::Uninstalled];
        Ok(Filter {
            name: self.name.clone(),
            hostname: self.hostname.clone(),
            fqdn: self.fqdn.clone(),
            tag: self.tag.clone(),
            jump_group: self.group.as_ref().map(|code| shown::group(site, code)).transpose()?,
            console_user: self.console_user.clone(),
            public_ip: self.public_ip,
            private_ip: self.private_ip,
            connection: match self.connection {
                Some(Way::Active) => Some(Connection::Active),
                Some(Way::Passive) => Some(Connection::Passive),
                None => only_uninstalled.then_some(Connection::Uninstalled),
            },
        })
    }

    /// What the site cannot be asked for.
    fn has(&self, client: &JumpClient) -> bool {
        let presence = client.presence();
        let os = || client.operating_system.to_lowercase();
        (self.state.is_empty() || self.state.iter().any(|state| state.presence() == presence))
            && (!self.needs_update || client.needs_update)
            && self.os.as_ref().is_none_or(|text| os().contains(&text.to_lowercase()))
    }
}
