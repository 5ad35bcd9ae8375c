//! What does the keyring of whoever runs this hold? The Secret Service on Linux, the Keychain on macOS, the Credential
//! Manager on Windows.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use keyring::v1::{Entry, Error};

use crate::model::Secret;

/// What all entries of jumpfleet have in common.
const SERVICE: &str = "jumpfleet";

/// How long a keyring is waited for: one that is locked may ask a person.
const PATIENCE: Duration = Duration::from_secs(60);

/// The value of the entry of this name.
pub fn found_in_keyring(name: &str) -> Result<Secret, String> {
    ask(name, |entry| entry.get_password().map(Secret::new))
}

/// Keeps a value under this name, in the place of what was there.
pub fn keep_in_keyring(name: &str, secret: &Secret) -> Result<(), String> {
    let secret = secret.clone();
    ask(name, move |entry| entry.set_password(secret.reveal()))
}

/// Takes an entry away.
pub fn forget_in_keyring(name: &str) -> Result<(), String> {
    ask(name, Entry::delete_credential)
}

fn ask<T: Send + 'static>(
    name: &str,
    act: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
) -> Result<T, String> {
    let (tell, told) = channel();
    let own = name.to_owned();
    // Nobody waits for an answer for ever, nor for the thread behind it.
    thread::spawn(move || {
        let answer = Entry::new(SERVICE, &own).and_then(|entry| act(&entry));
        tell.send(answer.map_err(|error| why(&own, &error)))
    });
    told.recv_timeout(PATIENCE).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => {
            Err(format!("the keyring does not answer within {} s: unlock it first", PATIENCE.as_secs()))
        }
        RecvTimeoutError::Disconnected => Err("the keyring cannot be asked".to_owned()),
    })
}

/// Never shows a value: some errors of keyrings hold one.
fn why(name: &str, error: &Error) -> String {
    match error {
        Error::NoEntry => format!("the keyring has no entry of `{SERVICE}` called `{name}`"),
        Error::NoDefaultStore => {
            let why = match Entry::store_status() {
                Err(Error::PlatformFailure(error) | Error::NoStorageAccess(error)) => format!(": {error}"),
                _ => String::new(),
            };
            format!("there is no keyring here, or no session that it belongs to{why}")
        }
        Error::NoStorageAccess(error) => format!("the keyring is locked or gives no access: {error}"),
        Error::PlatformFailure(error) => format!("the keyring: {error}"),
        Error::Ambiguous(_) => format!("the keyring has several entries of `{SERVICE}` called `{name}`"),
        Error::BadEncoding(_) => format!("the keyring's entry `{name}` is no text"),
        _ => format!("the keyring cannot keep `{name}`"),
    }
}
