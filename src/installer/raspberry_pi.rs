//! What does a Raspberry Pi hear? The same as any headless Linux, from an installer of its own.

use super::linux_headless::Headless;
use crate::model::Platform;

/// Raspberry Pi OS; the vendor's guide describes it like headless Linux, with the same four overrides.
pub(super) const RASPBERRY_PI: Headless = Headless { platform: Platform::RaspberryPi, arm: true };
