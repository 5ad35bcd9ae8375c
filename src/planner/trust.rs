//! Does a plan that was read say what this version would say?
//!
//! The id of a plan proves that nothing was changed by mistake; whoever changes it on purpose reckons the id anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::installer;
use crate::model::{
    Dialect, Host, KeySource, Parameter, Place, Plan, PlannedHost, PlannedRelease, Release, Slot, Treatment,
    readable,
};

/// The most visits at once: each is a thread and a connection.
pub const MOST_AT_ONCE: u32 = 2000;

/// So many faults are said; a plan with more is no better understood for it.
const MOST_FAULTS: usize = 5;

/// Why a plan that was read must not be carried out, each in a fragment; empty means that it may.
pub fn distrusted(plan: &Plan) -> Vec<String> {
    let mut faults = whole(plan);
    let treatments = plan.treatments.iter().filter_map(|treatment| foreign(plan, treatment));
    faults.extend(treatments.take(MOST_FAULTS));
    if faults.is_empty() {
        faults.extend(plan.hosts.iter().filter_map(|host| refused(plan, host)).take(MOST_FAULTS));
    }
    faults.iter().map(|fault| readable(fault).into_owned()).collect()
}

/// What is odd about the plan as a whole.
fn whole(plan: &Plan) -> Vec<String> {
    let mut faults = Vec::new();
    if plan.inputs.is_empty() || plan.inventory.is_empty() {
        faults.push("it does not name the files it was made from".to_owned());
    }
    if !is_site(&plan.appliance.site) {
        faults.push(format!("`{}` is not a site's host name", plan.appliance.site.escape_debug()));
    }
    if plan.estimate.interval < plan.rate.interval().as_secs_f64() - 1e-9 {
        faults.push(format!("its starts are closer together than {} allows", plan.rate));
    }
    faults
}

/// Whether this is a bare host name in the one spelling that start limits are kept under.
pub fn is_site(site: &str) -> bool {
    let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    site.len() <= 253 && site.chars().all(fits) && site.split('.').all(label)
}

/// Why a treatment is not one that this version makes.
fn foreign(plan: &Plan, treatment: &Treatment) -> Option<String> {
    let shape = &treatment.shape;
    let file = plan.installers.get(treatment.installer)?;
    let release = plan.releases.get(&treatment.release)?;
    let told = |what: &str| Some(format!("{} of release `{}` {what}", shape.platform, treatment.release));
    if file.release != treatment.release || file.platform != shape.platform {
        return told("is given the installer file of something else");
    }
    let platform = installer::installer(shape.platform);
    let accepted = platform.accepts(shape.generation());
    let permitted = |parameter: &Parameter| {
        accepted.contains(parameter) && release.overrides.iter().any(|name| name == parameter.permission())
    };
    let keyed = shape.key != KeySource::Argument || release.key.is_some();
    let fits = shape.key == file.key && shape.product == release.product && keyed;
    if !fits || !shape.parameters.iter().all(permitted) || !platform.refusals(shape).is_empty() {
        return told("asks for what its release does not give");
    }
    let mut own = platform.invocation(shape);
    // The settings may say how long an installer may run.
    own.install.deadline = treatment.invocation.install.deadline;
    if own != treatment.invocation || own.install.deadline == 0 {
        return told("would hear other scripts than this version has");
    }
    None
}

/// Why a host's values are not what this version would fill gaps with.
fn refused(plan: &Plan, planned: &PlannedHost) -> Option<String> {
    let treatment = plan.treatment(planned);
    let told = |what: String| Some(format!("host `{}`: {what}", planned.name.escape_debug()));
    let spoken = [&planned.name, &planned.address];
    let values = values(treatment, planned);
    if let Some(bad) = spoken.into_iter().chain(values.values()).find(|text| text.contains(char::is_control))
    {
        return told(format!("a control character is in `{}`", bad.escape_debug()));
    }
    let release = release(&treatment.release, plan.releases.get(&treatment.release)?);
    let host = host(plan, planned, treatment, &values);
    if let Some(refusal) = installer::refused_values(&host, &release).into_iter().next() {
        return told(refusal);
    }
    let posix = treatment.invocation.dialect == Dialect::Posix;
    if posix && host.staging_dir.as_deref().is_some_and(|folder| !folder.starts_with('/')) {
        return told("its staging folder does not begin at the root".to_owned());
    }
    let mut own = installer::values(&host, &release);
    own.extend(host.staging_dir.clone().map(|folder| (Slot::Staging, folder)));
    let same = own == values && installer::shape(&host, &release, treatment.shape.key) == treatment.shape;
    if same { None } else { told("its values do not fit what is done to it".to_owned()) }
}

pub(super) fn values(treatment: &Treatment, host: &PlannedHost) -> BTreeMap<Slot, Arc<str>> {
    let mut values = treatment.values.clone();
    values.extend(host.values.iter().map(|(slot, value)| (*slot, value.clone())));
    values
}

pub(super) fn release(name: &str, planned: &PlannedRelease) -> Release {
    Release {
        name: name.to_owned(),
        product: planned.product,
        version: planned.version.clone(),
        expires: planned.expires,
        key: planned.key.clone(),
        overrides: planned.overrides.iter().cloned().collect::<BTreeSet<_>>(),
        files: BTreeMap::new(),
    }
}

/// The host as the inventory gave it, as far as the plan tells.
fn host(
    plan: &Plan,
    planned: &PlannedHost,
    treatment: &Treatment,
    values: &BTreeMap<Slot, Arc<str>>,
) -> Host {
    let value = |slot: Slot| values.get(&slot).cloned();
    let parameters = values.iter().filter_map(|(slot, value)| match slot {
        Slot::Parameter(parameter) => Some((*parameter, value.clone())),
        _ => None,
    });
    Host {
        name: planned.name.clone(),
        place: Place { file: "".into(), line: 1, column: 1 },
        groups: Vec::new(),
        address: planned.address.clone(),
        access: Arc::new(plan.accesses[planned.access as usize].clone()),
        platform: treatment.shape.platform,
        release: None,
        parameters: parameters.collect(),
        parameter_places: BTreeMap::new(),
        install_dir: value(Slot::InstallDir),
        user: value(Slot::User),
        boot: treatment.shape.boot,
        wave: None,
        window: None,
        spread: None,
        staging_dir: value(Slot::Staging),
        marker_file: value(Slot::MarkerFile),
        origins: Arc::default(),
    }
}
