//! What is in a field of an answer in which the site has nothing? Some write `null`, others leave the field away.

use serde::{Deserialize, Deserializer};

/// A value, for which `null` is the same as nothing said.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
