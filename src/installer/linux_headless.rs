//! What does a Linux host without a desktop hear?

use crate::model::{Class, Generation, Invocation, Observation, Parameter, Platform, Shape};

use super::linux;
use super::platform::Installer;

/// Linux without a desktop: its own directory, account and boot arrangement.
pub(super) struct Headless {
    pub(super) platform: Platform,
    /// Whether its installer is for ARM processors, or for Intel's.
    pub(super) arm: bool,
}

/// Any Linux on an Intel processor.
pub(super) const LINUX_HEADLESS: Headless = Headless { platform: Platform::LinuxHeadless, arm: false };

impl Installer for Headless {
    fn platform(&self) -> Platform {
        self.platform
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
        linux::unfit(shape, seen, self.arm)
    }

    fn missing(&self, shape: &Shape, seen: &Observation) -> Vec<String> {
        linux::missing_headless(shape, seen)
    }

    fn is_own_folder(&self, shape: &Shape, install_dir: Option<&str>, folder: &str) -> bool {
        linux::is_own_folder(shape, install_dir, folder)
    }
}
