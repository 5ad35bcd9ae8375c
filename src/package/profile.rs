//! What must a Mac's device management allow the client, as configuration profiles?
//!
//! The door to the property lists. Names and identifiers come from the site and the purpose alone, so
//! that a profile made again replaces the one before it.

use plist::{Dictionary, Value};
use uuid::Uuid;

/// Who signed the client, as Apple numbers its makers (Jump Client Guide, "Configure Managed Login Items").
const TEAM: &str = "B65TM49E24";

/// The client's bundles. The first is Privileged Remote Access up to 24.x, the second Remote Support and
/// Privileged Remote Access from 25.x on; an appliance that is upgraded changes one into the other, so both
/// are always named.
const BUNDLES: &[&str] = &["com.bomgar.bomgar-pec", "com.bomgar.bomgar-scc"];

/// What may be used, and what for (Jump Client Guide, "Set Privacy Policy Preference Control").
const SERVICES: &[(&str, &str)] = &[
    ("Accessibility", "screen sharing"),
    ("ScreenCapture", "screen sharing (screen recording)"),
    ("SystemPolicyAllFiles", "file transfer (full disk access)"),
];

/// Which background tasks are allowed (Jump Client Guide, "Configure Managed Login Items").
const RULES: &[(&str, &str)] =
    &[("LabelPrefix", "Bomgar"), ("TeamIdentifier", TEAM), ("LabelPrefix", "com.bomgar")];

/// The profile of what the client may see and control (Privacy Preferences Policy Control), macOS 10.14 and later.
///
/// # Errors
/// Why it could not be written, which is a fault of ours.
pub(super) fn privacy(site: &str) -> Result<String, String> {
    let services = SERVICES.iter().map(|(service, purpose)| {
        let entries = BUNDLES.iter().map(|bundle| may(service, bundle, purpose)).collect();
        ((*service).to_owned(), Value::Array(entries))
    });
    let own = [("Services", Value::Dictionary(services.collect()))];
    profile(site, "privacy", "com.apple.TCC.configuration-profile-policy", own)
}

/// The profile that lets the client run in the background without asking (Managed Login Items), macOS 13 and later.
pub(super) fn login_items(site: &str) -> Result<String, String> {
    let rule = |(kind, value): &(&str, &str)| {
        dictionary([("RuleType", text(*kind)), ("RuleValue", text(*value)), ("Comment", text(PUBLISHER))])
    };
    let own = [("Rules", Value::Array(RULES.iter().map(rule).collect()))];
    profile(site, "login-items", "com.apple.servicemanagement", own)
}

const PUBLISHER: &str = "BeyondTrust Jump Client";

/// One bundle's use of one service.
///
/// Nobody can grant screen recording from afar; a standard user may be let to allow it. `Authorization` and
/// `Allowed` exclude each other (Apple, Privacy Preferences Policy Control).
fn may(service: &str, bundle: &str, purpose: &str) -> Value {
    let verdict = match service {
        "ScreenCapture" => ("Authorization", text("AllowStandardUserToSetSystemService")),
        _ => ("Allowed", Value::Boolean(true)),
    };
    dictionary([
        verdict,
        ("CodeRequirement", text(requirement(bundle))),
        ("Comment", text(purpose)),
        ("Identifier", text(bundle)),
        ("IdentifierType", text("bundleID")),
        ("StaticCode", Value::Boolean(false)),
    ])
}

/// The guide's requirement, spaced as `codesign --display --requirements -` prints it.
fn requirement(bundle: &str) -> String {
    format!(
        "identifier \"{bundle}\" and anchor apple generic and certificate 1[field.1.2.840.113635.100.6.2.6] \
         /* exists */ and certificate leaf[field.1.2.840.113635.100.6.1.13] /* exists */ and certificate \
         leaf[subject.OU] = {TEAM}"
    )
}

/// A profile around one payload.
fn profile<const N: usize>(
    site: &str,
    purpose: &str,
    kind: &str,
    own: [(&str, Value); N],
) -> Result<String, String> {
    let shown = format!("{PUBLISHER}: {}", purpose.replace('-', " "));
    let identifier = format!("{}.jump-client.{purpose}", backwards(site));
    let head = |identifier: &str, kind: &str| {
        dictionary([
            ("PayloadDisplayName", text(&shown)),
            ("PayloadIdentifier", text(identifier)),
            ("PayloadOrganization", text(site)),
            ("PayloadType", text(kind)),
            ("PayloadUUID", text(lasting(site, identifier))),
            ("PayloadVersion", Value::from(1)),
        ])
    };
    let payload = with(head(&format!("{identifier}.payload"), kind), own);
    let about = format!("Lets the Jump Client of {site} do its work. Made by jumpfleet.");
    let whole = with(
        head(&identifier, "Configuration"),
        [
            ("PayloadContent", Value::Array(vec![payload])),
            ("PayloadDescription", text(about)),
            ("PayloadScope", text("System")),
        ],
    );
    let mut bytes = Vec::new();
    whole.to_writer_xml(&mut bytes).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

/// The same identifier for the same site and name, whoever makes the profile and when (RFC 9562, version 5).
fn lasting(site: &str, name: &str) -> String {
    let of_site = Uuid::new_v5(&Uuid::NAMESPACE_DNS, site.to_ascii_lowercase().as_bytes());
    let mut letters = Uuid::encode_buffer();
    Uuid::new_v5(&of_site, name.as_bytes()).hyphenated().encode_upper(&mut letters).to_owned()
}

/// `pra.example.org` as Apple writes names: `org.example.pra`.
fn backwards(site: &str) -> String {
    let labels: Vec<String> = site.rsplit('.').map(str::to_ascii_lowercase).collect();
    labels.join(".")
}

fn text(text: impl AsRef<str>) -> Value {
    Value::String(text.as_ref().to_owned())
}

fn dictionary<const N: usize>(entries: [(&str, Value); N]) -> Value {
    with(Value::Dictionary(Dictionary::new()), entries)
}

/// A dictionary with more in it, its keys in the order of the alphabet.
fn with<const N: usize>(mut value: Value, entries: [(&str, Value); N]) -> Value {
    if let Some(dictionary) = value.as_dictionary_mut() {
        dictionary.extend(entries.into_iter().map(|(key, value)| (key.to_owned(), value)));
        dictionary.sort_keys();
    }
    value
}
