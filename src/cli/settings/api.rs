//! How is the site's API asked, and as whom?

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;

use serde::Deserialize;

use super::{RawReference, reference};
use crate::model::SecretReference;

/// The way to the API, as far as the settings say it.
#[derive(Debug, Clone, PartialEq)]
pub struct Api {
    /// Where the OAuth client id is.
    pub client_id: Option<SecretReference>,
    /// Where its secret is.
    pub client_secret: Option<SecretReference>,
    /// Where the API answers, if that is not the site: a host, or `host:port`.
    pub host: Option<String>,
    /// A PEM file with the certificates of those who vouch for the site, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// The proxy on the way, instead of the environment's.
    pub proxy: Option<String>,
    /// How long an installed client is waited for; none waits for nobody.
    pub connect_within: Option<Duration>,
    /// Whether a host with a record on the site is left alone.
    pub keeps_known: bool,
}

/// How long an installed client is waited for: they connect within seconds where they may at all.
const CONNECT_WITHIN: Duration = Duration::from_secs(300);

#[derive(Deserialize)]
pub(super) struct RawApi {
    client_id: Option<RawReference>,
    client_secret: Option<RawReference>,
    api_host: Option<String>,
    ca_file: Option<String>,
    proxy: Option<String>,
    connect_within: Option<String>,
    known_clients: Option<String>,
}

/// What was written, with files beside the settings.
pub(super) fn api(raw: RawApi, folder: &Path) -> Api {
    let secret = |raw: Option<RawReference>| raw.and_then(|raw| reference(raw, folder));
    Api {
        client_id: secret(raw.client_id),
        client_secret: secret(raw.client_secret),
        host: raw.api_host,
        ca_file: raw.ca_file.map(|file| folder.join(file)),
        proxy: raw.proxy,
        connect_within: match raw.connect_within.as_deref() {
            None => Some(CONNECT_WITHIN),
            // What is neither `none` nor a length was told before.
            Some(text) => text.parse().ok().map(SignedDuration::unsigned_abs),
        },
        keeps_known: raw.known_clients.as_deref() != Some("install"),
    }
}
