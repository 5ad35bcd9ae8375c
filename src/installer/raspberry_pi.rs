//! What does a Raspberry Pi hear?

use crate::model::{Class, Generation, Invocation, Observation, Parameter, Platform, Shape};

use super::linux;
use super::platform::Installer;

/// Raspberry Pi OS: a headless Linux on an ARM processor with an installer file of its own.
pub(super) struct RaspberryPi;

impl Installer for RaspberryPi {
    fn platform(&self) -> Platform {
        Platform::RaspberryPi
    }

    fn accepts(&self, generation: Generation) -> &'static [Parameter] {
        linux::headless_parameters(generation)
    }

    fn default_install_dir(&self, generation: Generation, elevate: bool) -> Option<&'static str> {
        linux::headless_install_dir(generation, elevate)
    }

    fn default_marker_file(&self) -> &'static str {
        linux::MARKER_FILE
    }

    fn refusals(&self, shape: &Shape) -> Vec<String> {
        linux::headless_refusals(self, shape)
    }

    fn invocation(&self, shape: &Shape) -> Invocation {
        linux::headless_invocation(shape)
    }

    fn unfit(&self, shape: &Shape, seen: &Observation) -> Option<(Class, String)> {
        linux::unfit(shape, seen, true)
    }

    fn missing(&self, shape: &Shape, seen: &Observation) -> Vec<String> {
        linux::missing_headless(shape, seen)
    }
}
