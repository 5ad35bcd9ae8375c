//! What was typed to show or to set the proxy of clients?

use clap::{Args, Subcommand, ValueEnum};

use super::{Format, Selection, Speed};

/// `jumpfleet proxy`
#[derive(Debug, Subcommand)]
pub enum ProxyCommand {
    /// Show which proxy each client is set to, without user and password
    Show(ShowArgs),
    /// Set the proxy of clients that are there, and restart them
    Set(SetArgs),
}

/// Which clients?
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Which hosts
    #[command(flatten)]
    pub selection: Selection,
    /// The release of hosts that name none
    #[arg(long, value_name = "NAME")]
    pub release: Option<String>,
    /// How many hosts are looked at at once
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub at_once: Option<u32>,
    /// How it is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `jumpfleet proxy set`
#[derive(Debug, Args)]
pub struct SetArgs {
    /// Which hosts
    #[command(flatten)]
    pub selection: Selection,
    /// The release of hosts that name none
    #[arg(long, value_name = "NAME")]
    pub release: Option<String>,
    /// How the site is reached
    #[arg(long, value_enum, value_name = "METHOD")]
    pub method: Way,
    /// The proxy's host name or address, and its port
    #[arg(long, value_name = "HOST:PORT", required_if_eq_any([("method", "connect"), ("method", "socks4")]))]
    pub server: Option<String>,
    /// The user that the proxy asks for, in a domain such as 'DOMAIN\user'
    #[arg(long, value_name = "USER", requires = "password", requires = "server")]
    pub user: Option<String>,
    /// Where that user's password is: `env:NAME`, `file:PATH` or `keyring:NAME`, never the password itself
    #[arg(long, value_name = "REFERENCE", requires = "user")]
    pub password: Option<String>,
    /// Write user and password anew where the client has made them unreadable, as when the password is another one
    #[arg(long, requires = "user")]
    pub anew: bool,
    /// How many seconds a restarted client may take to be connected again before it gets its old settings back
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(5..=3600))]
    pub wait: u64,
    /// Only show what would change
    #[arg(long)]
    pub check: bool,
    /// How fast it goes
    #[command(flatten)]
    pub speed: Speed,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// How the end is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How is the site reached?
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// Without a proxy (0).
    Direct,
    /// Through a proxy, with HTTP's CONNECT (100).
    Connect,
    /// Through a SOCKS 4 proxy (200).
    Socks4,
}
