//! What was typed to look into an inventory?

use clap::Subcommand;

use super::{Format, Selection};
use crate::cli::explain::ExplainArgs;
use crate::cli::inventory::GraphArgs;

/// `jumpfleet inventory`
#[derive(Debug, Subcommand)]
pub enum InventoryCommand {
    /// Print the hosts with every value and where it was written
    List {
        /// Which hosts
        #[command(flatten)]
        selection: Selection,
        /// How they are shown; JSON has the shape of `ansible-inventory --list`
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        /// In JSON too, say where each value was written
        #[arg(long)]
        origins: bool,
    },
    /// Draw which group lies in which and who is in it, as `ansible-inventory --graph` does
    Graph(GraphArgs),
    /// Say of each value of a host where it comes from and what it overrode
    Explain(ExplainArgs),
}
