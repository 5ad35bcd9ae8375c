//! May one more installer start against this appliance now, whoever else on this machine is starting some?
#![expect(clippy::disallowed_methods, reason = "this is the room where files and machine clocks are read")]

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{NotKeyed, StateStore};
use governor::{Quota, RateLimiter};

use super::StoreError;
use super::permit_files::{file_of, open_or_make};
use super::places::{Place, Places};
use super::runs::make_private;
use crate::model::Rate;

/// How long a permit may lie unused: later it is given back, for the start would crowd the next one.
const FRESH: Duration = Duration::from_millis(250);

/// The longest time for which another process may hold the lock; it needs a moment of it.
const HELD: Duration = Duration::from_secs(30);

/// The pause between two looks at a file that is being made, or that another process holds.
pub(super) const PAUSE: Duration = Duration::from_millis(5);

/// Tells the time since the machine's boot, suspended time included.
type BootTime = Arc<dyn Fn() -> Duration + Send + Sync>;

/// How often the file is tried for a word about a start that has left; a place whose word is lost is held longer.
const TRIES: u32 = 200;

/// Permission to start one installer now, and the place in the minute that the start holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    taken: Duration,
    place: Place,
}

/// What the file says: the last start since this boot, and who may still begin in this minute.
struct Starts {
    last: Option<Duration>,
    places: Places,
}

/// The start limit of one appliance: a token bucket of one, shared by every process through a file.
///
/// Two limits are kept: the appliance's, whose last start lies in the file, and this run's own,
/// which may be slower. Starts also hold places in the minute, for they may come late: where the appliance has the
/// vendor's limit, none leaves while all places are held. Whoever cannot read or write the file gets no permit.
/// Processes that name the same folder share a limit, whoever's they are;
/// [`machine_folder`](super::machine_folder) is the one for all.
pub struct Permits {
    path: PathBuf,
    boot: String,
    now: BootTime,
    shared: Bucket,
    /// Whether the vendor's limit is to be kept.
    is_bound: bool,
    own: Mutex<Bucket>,
    /// Since when another process has held the lock, in nanoseconds since the boot.
    held: AtomicU64,
}

/// A permit or the time until it is worth asking again.
#[derive(Debug, PartialEq, Eq)]
pub enum Pacer {
    /// Start now.
    Start(Permit),
    /// Ask again after this long.
    Wait(Duration),
}

impl Permits {
    /// Opens the limit of `site` in `folder`.
    ///
    /// `interval` is the time between two starts of this run, `shared` the time between any two starts
    /// against the appliance.
    pub fn open(folder: &Path, site: &str, interval: Duration, shared: Duration) -> Result<Self, StoreError> {
        let boot_file = Path::new("/proc/sys/kernel/random/boot_id");
        let boot = fs::read_to_string(boot_file).map_err(|error| StoreError::io("read", boot_file, error))?;
        Self::with_clock(folder, site, interval, shared, boot.trim(), Arc::new(since_boot))
    }

    fn with_clock(
        folder: &Path,
        site: &str,
        interval: Duration,
        shared: Duration,
        boot: &str,
        now: BootTime,
    ) -> Result<Self, StoreError> {
        make_private(folder)?;
        let permits = Self {
            path: file_of(folder, site),
            boot: boot.to_owned(),
            is_bound: shared >= Rate::VENDOR_LIMIT.interval(),
            shared: Bucket::new(shared, now.clone()),
            own: Mutex::new(Bucket::new(interval, now.clone())),
            held: AtomicU64::new(NEVER),
            now,
        };
        // A restarted run must not begin with a full bucket of its own either.
        let last = permits.starts(&mut permits.lock()?)?.last;
        permits.own().set_last(last);
        Ok(permits)
    }

    /// Tells that the run has started installers before: where the file is new, the machine may have been rebooted
    /// since, and what left before its boot may still begin.
    pub fn resume(&self) -> Result<(), StoreError> {
        let mut file = self.lock()?;
        if self.starts(&mut file)?.last.is_some() {
            return Ok(());
        }
        self.write(&mut file, (self.now)(), &Places::unknown(Duration::ZERO))
    }

    /// Takes a permit if both limits have one; the moment is in the file before it is returned.
    ///
    /// Does not wait for a process that holds the file; one that holds it for long is an error.
    pub fn take(&self) -> Result<Pacer, StoreError> {
        let Some(mut file) = self.locked()? else { return Ok(Pacer::Wait(PAUSE)) };
        let Starts { last, mut places } = self.starts(&mut file)?;
        self.shared.set_last(last);
        let own = self.own();
        let place = if self.is_bound { places.wait((self.now)()) } else { None };
        if let Some(wait) = own.wait().max(self.shared.wait()).max(place) {
            return Ok(Pacer::Wait(wait));
        }
        for bucket in [&*own, &self.shared] {
            if let Err(wait) = bucket.take() {
                return Ok(Pacer::Wait(wait));
            }
        }
        let taken = (self.now)();
        let place = places.take(taken);
        self.write(&mut file, taken, &places)?;
        Ok(Pacer::Start(Permit { taken, place }))
    }

    /// The host has not said yet that what the permit was for has begun, and is still listened to, or was until now;
    /// the permit from here on.
    pub fn awaited(&self, permit: Permit) -> Permit {
        let mut place = permit.place;
        self.change(|places, now| place = places.awaited(place, now));
        Permit { place, ..permit }
    }

    /// The host has said that what the permit was for has begun, or has ended.
    pub fn begun(&self, permit: Permit) {
        self.change(|places, now| places.begun(permit.place, now));
    }

    /// Gives back a permit with which nothing was started; its moment is gone.
    pub fn give_back(&self, permit: Permit) {
        self.change(|places, _| places.give_back(permit.place));
    }

    /// Changes the places; where that cannot be done they are held for longer than they need be.
    fn change(&self, change: impl FnOnce(&mut Places, Duration)) {
        for _ in 0..TRIES {
            match self.locked() {
                Ok(Some(mut file)) => {
                    if let Ok(Starts { last: Some(last), mut places }) = self.starts(&mut file) {
                        change(&mut places, (self.now)());
                        let _ = self.write(&mut file, last, &places);
                    }
                    return;
                }
                Ok(None) => std::thread::sleep(PAUSE),
                Err(_) => return,
            }
        }
    }

    /// From here on this run's own starts are this far apart, counted from its last one.
    pub fn keep_to(&self, interval: Duration) {
        let mut own = self.own();
        if own.state.interval != interval {
            let last = own.last();
            *own = Bucket::new(interval, self.now.clone());
            own.set_last(last);
        }
    }

    fn own(&self) -> MutexGuard<'_, Bucket> {
        // Nothing panics while it is held, and a bucket is whole at any moment.
        self.own.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Whether the permit may still be used.
    pub fn is_fresh(&self, permit: Permit) -> bool {
        (self.now)().saturating_sub(permit.taken) <= FRESH
    }

    /// The file with its lock, however many others want it.
    fn lock(&self) -> Result<File, StoreError> {
        loop {
            match self.locked()? {
                Some(file) => return Ok(file),
                None => std::thread::sleep(PAUSE),
            }
        }
    }

    /// The file with its lock; none while another process has it.
    fn locked(&self) -> Result<Option<File>, StoreError> {
        let file = open_or_make(&self.path).map_err(|error| StoreError::io("open", &self.path, error))?;
        match file.try_lock() {
            Ok(()) if self.is_the_one(&file)? => {
                self.held.store(NEVER, Ordering::Relaxed);
                Ok(Some(file))
            }
            Ok(()) | Err(TryLockError::WouldBlock) => self.held().map(|()| None),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &self.path, error)),
        }
    }

    /// Whether the lock may still be waited for.
    fn held(&self) -> Result<(), StoreError> {
        let now = nanos((self.now)());
        let since = match self.held.load(Ordering::Relaxed) {
            NEVER => now,
            since => since,
        };
        self.held.store(since, Ordering::Relaxed);
        if now.saturating_sub(since) < nanos(HELD) {
            return Ok(());
        }
        let what = format!("has been held by another process for {} s: is one stopped?", HELD.as_secs());
        Err(StoreError::content(&self.path, what))
    }

    /// Whether the open file is the one that others open too; false when it was taken away meanwhile.
    fn is_the_one(&self, file: &File) -> Result<bool, StoreError> {
        let there = file.metadata().map_err(|error| StoreError::io("read", &self.path, error))?;
        match there.nlink() {
            _ if !there.is_file() => Err(StoreError::content(&self.path, "is not a regular file")),
            0 => Ok(false),
            1 => Ok(true),
            // Where all may write, the other name may be that of somebody's file.
            _ => Err(StoreError::content(&self.path, "has a second name, so it may be another file")),
        }
    }

    /// What the file says; nothing has started where it is empty.
    fn starts(&self, file: &mut File) -> Result<Starts, StoreError> {
        let mut text = String::new();
        let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(4096).read_to_string(&mut text));
        let now = (self.now)();
        match read {
            Ok(0) => return Ok(Starts { last: None, places: Places::free() }),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => text.clear(),
            Err(error) => return Err(StoreError::io("read", &self.path, error)),
        }
        let mut lines = text.lines();
        let mut words = lines.next().unwrap_or_default().split_whitespace();
        let boot = words.next();
        let last = words.next().and_then(|nanos| nanos.parse().ok()).map(Duration::from_nanos);
        let places = match last {
            Some(last) if boot == Some(&*self.boot) && last <= now => {
                return Ok(Starts { last: Some(last), places: Places::read(lines, last, now) });
            }
            // Whatever left before this boot left before its clock began.
            Some(_) if boot != Some(&*self.boot) => Places::unknown(Duration::ZERO),
            _ => Places::unknown(now),
        };
        // Rubbish, or the clock of another boot, may hide a start of a moment ago: count from now.
        self.write(file, now, &places)?;
        Ok(Starts { last: Some(now), places })
    }

    fn write(&self, file: &mut File, last: Duration, places: &Places) -> Result<(), StoreError> {
        let line = format!("{} {} {}", self.boot, last.as_nanos(), std::process::id());
        // One write of a fixed length: a process killed in the middle must not leave an empty file.
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(format!("{line:<127}\n{}", places.lines()).as_bytes()))
            .map_err(|error| StoreError::io("write", &self.path, error))
    }
}

pub(super) fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// governor's limiter with a capacity of one, counting from the machine's boot.
struct Bucket {
    limiter: RateLimiter<NotKeyed, LastStart, BootClock, NoOpMiddleware<Duration>>,
    state: LastStart,
    now: BootTime,
}

impl Bucket {
    fn new(interval: Duration, now: BootTime) -> Self {
        let interval = interval.max(Duration::from_nanos(1));
        let state = LastStart { last: Arc::new(AtomicU64::new(NEVER)), interval };
        let quota = Quota::with_period(interval).unwrap_or(Quota::per_second(std::num::NonZeroU32::MIN));
        let clock = BootClock { opened: AtomicBool::new(false), now: now.clone() };
        Self { limiter: RateLimiter::new(quota, state.clone(), clock), state, now }
    }

    fn set_last(&self, last: Option<Duration>) {
        self.state.last.store(last.map_or(NEVER, nanos), Ordering::Relaxed);
    }

    fn last(&self) -> Option<Duration> {
        let last = self.state.last.load(Ordering::Relaxed);
        (last != NEVER).then(|| Duration::from_nanos(last))
    }

    fn wait(&self) -> Option<Duration> {
        let next = self.last()? + self.state.interval;
        next.checked_sub((self.now)()).filter(|wait| !wait.is_zero())
    }

    fn take(&self) -> Result<(), Duration> {
        self.limiter.check().map_err(|not_until| not_until.wait_time_from((self.now)()))
    }
}

const NEVER: u64 = u64::MAX;

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(NEVER - 1)
}

/// What governor keeps between two decisions, held as the last start.
///
/// governor's own number is the next start at one rate; processes of different rates can only share
/// the last one.
#[derive(Clone)]
struct LastStart {
    last: Arc<AtomicU64>,
    interval: Duration,
}

impl StateStore for LastStart {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _: &NotKeyed, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let interval = nanos(self.interval);
        let last = self.last.load(Ordering::Relaxed);
        let next = (last != NEVER).then(|| Nanos::new(last.saturating_add(interval)));
        let (decision, next) = decide(next)?;
        self.last.store(next.as_u64().saturating_sub(interval), Ordering::Relaxed);
        Ok(decision)
    }
}

/// A clock whose first reading is the boot itself: the limiter counts from the first reading it gets.
struct BootClock {
    opened: AtomicBool,
    now: BootTime,
}

impl Clock for BootClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        if self.opened.swap(true, Ordering::Relaxed) { (self.now)() } else { Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// The time between two starts at the vendor's limit.
    const VENDORS: Duration = Duration::from_nanos(1_016_666_666);

    struct Machine {
        folder: tempfile::TempDir,
        time: Arc<AtomicU64>,
    }

    impl Machine {
        fn new() -> Self {
            let time = Arc::new(AtomicU64::new(nanos(Duration::from_secs(1000))));
            Self { folder: tempfile::tempdir().unwrap(), time }
        }

        /// A process that starts once in an interval, on an appliance that takes a start a second.
        fn process(&self, interval: Duration, boot: &str) -> Permits {
            self.sharing(SECOND, interval, boot)
        }

        /// A process of the vendor's pace, which keeps the vendor's limit.
        fn vendors(&self, boot: &str) -> Permits {
            let interval = Rate::VENDOR_LIMIT.interval();
            self.sharing(interval, interval, boot)
        }

        fn sharing(&self, shared: Duration, interval: Duration, boot: &str) -> Permits {
            let time = self.time.clone();
            let now: BootTime = Arc::new(move || Duration::from_nanos(time.load(Ordering::Relaxed)));
            Permits::with_clock(self.folder.path(), "Site.example", interval, shared, boot, now).unwrap()
        }

        fn pass(&self, time: Duration) {
            self.time.fetch_add(nanos(time), Ordering::Relaxed);
        }
    }

    fn starts(permits: &Permits) -> bool {
        matches!(permits.take().unwrap(), Pacer::Start(_))
    }

    #[test]
    fn one_start_then_a_wait_of_one_interval() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        assert!(starts(&permits));
        assert_eq!(permits.take().unwrap(), Pacer::Wait(SECOND));
        machine.pass(SECOND / 4);
        assert_eq!(permits.take().unwrap(), Pacer::Wait(SECOND * 3 / 4));
        machine.pass(SECOND * 3 / 4);
        assert!(starts(&permits));
    }

    #[test]
    fn a_restart_does_not_get_a_fresh_bucket() {
        let machine = Machine::new();
        assert!(starts(&machine.process(SECOND, "boot")));
        assert!(!starts(&machine.process(SECOND, "boot")));
        assert!(!starts(&machine.process(SECOND * 10, "boot")));
    }

    #[test]
    fn a_long_pause_saves_nothing_up() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        machine.pass(SECOND * 600);
        assert!(starts(&permits));
        assert!(!starts(&permits));
    }

    /// The next start leaves after so many seconds, and not one of them earlier.
    #[track_caller]
    fn starts_after(machine: &Machine, permits: &Permits, seconds: u32) {
        machine.pass(SECOND * (seconds - 1));
        assert!(!starts(permits), "a start too early");
        machine.pass(SECOND);
        assert!(starts(permits), "no start yet");
    }

    /// The permits of all places, which a process of the vendor's pace takes.
    fn whole_minute(machine: &Machine, permits: &Permits) -> Vec<Permit> {
        let permit = |_| {
            machine.pass(VENDORS);
            let Pacer::Start(permit) = permits.take().unwrap() else { panic!("no permit") };
            permit
        };
        (0..60).map(permit).collect()
    }

    #[test]
    fn starts_that_were_not_heard_of_hold_up_all_others_in_every_process() {
        let machine = Machine::new();
        let permits = machine.vendors("boot");
        let taken = whole_minute(&machine, &permits);
        machine.pass(VENDORS);
        let other = machine.vendors("boot");
        for process in [&permits, &other] {
            let Pacer::Wait(wait) = process.take().unwrap() else { panic!("a start too many") };
            assert!(wait > SECOND * 100, "{wait:?}");
        }
        // One is heard of, whichever process hears it.
        other.begun(taken[30]);
        machine.pass(SECOND * 60);
        assert!(!starts(&permits));
        machine.pass(SECOND);
        assert!(starts(&permits));
        assert!(!starts(&other));
    }

    #[test]
    fn a_start_that_is_waited_for_holds_its_place_until_it_has_begun() {
        let machine = Machine::new();
        let permits = machine.vendors("boot");
        let mut taken = whole_minute(&machine, &permits);
        for _ in 0..10 {
            machine.pass(SECOND * 100);
            taken.iter_mut().for_each(|permit| *permit = permits.awaited(*permit));
            assert!(!starts(&machine.vendors("boot")));
        }
        permits.begun(taken[3]);
        machine.pass(SECOND * 61);
        assert!(starts(&permits));
        // Nobody waits for the others any more.
        starts_after(&machine, &permits, 120);
    }

    #[test]
    fn a_start_whose_place_is_lost_holds_another_one_when_it_is_heard_of() {
        let machine = Machine::new();
        let permits = machine.vendors("boot");
        let stopped = whole_minute(&machine, &permits);
        machine.pass(SECOND * 181);
        let taken = whole_minute(&machine, &permits);
        machine.pass(VENDORS);
        taken[..59].iter().for_each(|permit| permits.begun(*permit));
        permits.give_back(taken[59]);
        // Its process was stopped all the while, and goes on.
        permits.begun(stopped[0]);
        // Sixty began a moment ago.
        starts_after(&machine, &permits, 61);
    }

    #[test]
    fn what_left_before_a_reboot_still_holds_its_place() {
        let machine = Machine::new();
        whole_minute(&machine, &machine.vendors("boot"));
        machine.time.store(nanos(SECOND * 20), Ordering::Relaxed);
        starts_after(&machine, &machine.vendors("other"), 161);
    }

    #[test]
    fn a_run_that_goes_on_after_a_reboot_that_took_the_file_knows_of_its_starts() {
        let machine = Machine::new();
        machine.time.store(nanos(SECOND * 20), Ordering::Relaxed);
        let resumed = machine.vendors("boot");
        resumed.resume().unwrap();
        starts_after(&machine, &resumed, 161);
        resumed.resume().unwrap();
        machine.pass(VENDORS);
        assert!(starts(&resumed), "the file knows what has started since");
        let other = Machine::new();
        other.time.store(nanos(SECOND * 20), Ordering::Relaxed);
        assert!(starts(&other.vendors("boot")), "a run that begins has started nothing");
    }

    #[test]
    fn of_what_a_file_does_not_tell_nothing_is_known() {
        let machine = Machine::new();
        let permits = machine.vendors("boot");
        let now = machine.time.load(Ordering::Relaxed);
        for (text, wait) in [
            ("rubbish\n".to_owned(), 181),
            ("boot 9000000000000\n".to_owned(), 181),
            // An older version kept the last start alone.
            (format!("boot {} 7\n", now - nanos(SECOND * 100)), 81),
            (format!("boot {} 7\n", now - nanos(SECOND * 182)), 0),
            (String::new(), 0),
        ] {
            fs::write(&permits.path, &text).unwrap();
            let wanted = Pacer::Wait(SECOND * wait);
            let came = machine.vendors("boot").take().unwrap();
            assert!(came == wanted || wait == 0 && matches!(came, Pacer::Start(_)), "{text}: {came:?}");
        }
    }

    #[test]
    fn a_permit_that_was_given_back_holds_nobody_up() {
        let machine = Machine::new();
        let permits = machine.vendors("boot");
        let taken = whole_minute(&machine, &permits);
        machine.pass(VENDORS);
        assert!(!starts(&permits));
        permits.give_back(taken[59]);
        assert!(starts(&permits));
    }

    #[test]
    fn a_pace_above_the_vendors_waits_for_no_place() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        for _ in 0..70 {
            machine.pass(SECOND);
            assert!(starts(&permits));
        }
    }

    #[test]
    fn another_boot_a_clock_from_the_future_and_rubbish_wait_once() {
        let machine = Machine::new();
        assert!(starts(&machine.process(SECOND, "boot")));
        machine.pass(SECOND * 5);
        let rebooted = machine.process(SECOND, "other");
        assert!(!starts(&rebooted));
        for rubbish in ["boot 99999999999999999999\n", "boot 9000000000000\n", "x", "\u{0}"] {
            fs::write(&rebooted.path, rubbish).unwrap();
            let process = machine.process(SECOND, "boot");
            assert!(!starts(&process), "{rubbish:?}");
            machine.pass(SECOND);
            assert!(starts(&process), "{rubbish:?}");
        }
        fs::write(&rebooted.path, [0xff, 0xfe]).unwrap();
        assert!(!starts(&machine.process(SECOND, "boot")));
    }

    #[test]
    fn without_the_file_there_is_no_permit() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        drop(fs::remove_file(&permits.path));
        fs::create_dir(&permits.path).unwrap();
        assert!(permits.take().is_err());
    }

    #[test]
    fn a_file_that_may_be_another_one_is_refused() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        let other = machine.folder.path().join("other");
        fs::rename(&permits.path, &other).unwrap();
        fs::hard_link(&other, &permits.path).unwrap();
        assert!(permits.take().unwrap_err().to_string().contains("second name"));
        fs::remove_file(&permits.path).unwrap();
        std::os::unix::fs::symlink(&other, &permits.path).unwrap();
        assert!(permits.take().is_err());
        fs::remove_file(&permits.path).unwrap();
        assert!(starts(&permits));
    }

    #[test]
    fn another_accounts_file_is_used() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        let nobody = Some(65534);
        // Only root can give a file away.
        if std::os::unix::fs::chown(&permits.path, nobody, nobody).is_ok() {
            assert!(starts(&permits));
            assert!(!starts(&machine.process(SECOND, "boot")));
        }
    }

    #[test]
    fn a_file_that_another_process_holds_is_waited_for_but_not_for_ever() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        let file = File::open(&permits.path).unwrap();
        for _ in 0..2 {
            file.lock().unwrap();
            assert_eq!(permits.take().unwrap(), Pacer::Wait(PAUSE));
            machine.pass(HELD - Duration::from_nanos(1));
            assert_eq!(permits.take().unwrap(), Pacer::Wait(PAUSE));
            file.unlock().unwrap();
            assert!(starts(&permits));
        }
        file.lock().unwrap();
        assert_eq!(permits.take().unwrap(), Pacer::Wait(PAUSE));
        machine.pass(HELD);
        assert!(permits.take().unwrap_err().to_string().contains("held by another process for 30 s"));
    }

    #[test]
    fn a_permit_goes_stale() {
        let machine = Machine::new();
        let permits = machine.process(SECOND, "boot");
        let Pacer::Start(permit) = permits.take().unwrap() else { panic!("no permit") };
        machine.pass(FRESH);
        assert!(permits.is_fresh(permit));
        machine.pass(Duration::from_nanos(1));
        assert!(!permits.is_fresh(permit));
    }

    proptest! {
        /// Greedy processes of different rates that come, ask and die at random.
        #[test]
        fn no_closed_minute_holds_more_than_sixty_starts(
            steps in prop::collection::vec((0_u8..4, 0_u64..900, any::<bool>()), 200..600)
        ) {
            let machine = Machine::new();
            let rates = [SECOND, SECOND, SECOND * 2, SECOND * 7];
            let mut processes: Vec<_> = rates.iter().map(|rate| machine.process(*rate, "boot")).collect();
            let mut begun = Vec::new();
            for (process, pass, dies) in steps {
                let process = usize::from(process);
                if dies {
                    processes[process] = machine.process(rates[process], "boot");
                }
                if starts(&processes[process]) {
                    begun.push(machine.time.load(Ordering::Relaxed));
                }
                machine.pass(Duration::from_millis(pass));
            }
            for (index, first) in begun.iter().enumerate() {
                let window = begun[index..].iter().take_while(|start| **start < first + nanos(SECOND * 60));
                prop_assert!(window.count() <= 60);
            }
            prop_assert!(begun.windows(2).all(|pair| pair[1] - pair[0] >= nanos(SECOND)));
        }
    }
}
