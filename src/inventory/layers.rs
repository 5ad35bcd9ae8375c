//! In which order are the sources of an inventory read?

use super::{Role, Source};

/// The inventories, and the files of variables with the number of the inventories they stand behind.
pub fn layered(sources: Vec<Source>) -> (Vec<Source>, Vec<(u16, Source)>) {
    let (mut inventories, mut variables) = (Vec::new(), Vec::new());
    let (mut layer, mut behind) = (0u16, false);
    for source in sources {
        if matches!(source.role, Role::GroupVars(_) | Role::HostVars(_)) {
            behind = true;
            variables.push((layer, source));
        } else {
            layer = layer.saturating_add(u16::from(std::mem::take(&mut behind)));
            inventories.push(source);
        }
    }
    (inventories, variables)
}
