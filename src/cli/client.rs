//! How is a server spoken to whose authority the settings may name?

use std::path::Path;
use std::time::Duration;

use super::Problem;
use crate::store;
use crate::web::{Address, Client};

/// A client of the server at `address`, `called` so in errors, each request of which may take `limit`; `ca_file` is the
/// one authority it believes, without it the machine's are.
///
/// # Errors
/// A `ca_file` that cannot be read or is none, a proxy of the environment that makes no sense.
pub fn client(
    called: &str,
    address: Address,
    ca_file: Option<&Path>,
    limit: Duration,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Client, Problem> {
    let authority = ca_file.map(store::read_text).transpose();
    let authority = authority.map_err(|error| Problem::usage(error.to_string()))?;
    Client::new(address, authority.as_deref(), limit, environment).map_err(|what| {
        Problem::usage(match ca_file {
            Some(path) => format!("the way to {called}, with `{}`: {what}", path.display()),
            None => format!("the way to {called}: {what}"),
        })
    })
}
