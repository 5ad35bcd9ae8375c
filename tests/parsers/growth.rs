//! Does four times the text cost four times the work, not sixteen times?

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What is allowed to grow by a fixed amount: tables and buffers of a parser.
const GROUND: u64 = 1 << 20;

/// Shorter than this, the processor's time says nothing.
const MEASURABLE: Duration = Duration::from_millis(20);

/// Bytes of memory a byte of text may take at once: a mistake in three bytes is some hundred bytes long.
const SWELL: u64 = 1000;

#[derive(Debug)]
struct Cost {
    bytes: u64,
    allocations: u64,
    peak: u64,
    time: Duration,
}

/// Reads `text(pieces)` and `text(4 * pieces)`; allocations, memory and processor time must grow in proportion.
pub fn in_proportion(what: &str, pieces: usize, text: impl Fn(usize) -> String, read: impl Fn(&str)) {
    let (small, large) = (text(pieces), text(4 * pieces));
    let (mut less, mut more) = (cost(&small, &read), cost(&large, &read));
    let told = format!("{what}: {less:?} for {} bytes, {more:?} for {}", small.len(), large.len());
    assert!(more.bytes <= 6 * less.bytes + GROUND, "bytes allocated: {told}");
    assert!(more.allocations <= 6 * less.allocations + 10_000, "allocations: {told}");
    assert!(more.peak <= SWELL * large.len() as u64 + 32 * GROUND, "memory: {told}");
    // A quadratic parser takes 16 times as long; other work on the machine spoils one measurement, not all.
    for _ in 0..2 {
        if more.time >= MEASURABLE && more.time > 12 * less.time {
            (less, more) = (cost(&small, &read), cost(&large, &read));
        }
    }
    assert!(more.time < MEASURABLE || more.time <= 12 * less.time, "time: {told}");
}

/// Fails when reading takes more than so many bytes at once.
pub fn within(bytes: u64, what: &str, text: &str, read: impl Fn(&str)) {
    let peak = cost(text, &read).peak;
    assert!(peak <= bytes, "{what}: {peak} bytes at once for a text of {} bytes", text.len());
}

fn cost(text: &str, read: &impl Fn(&str)) -> Cost {
    let mut time = Duration::ZERO;
    let counted = allocation_counter::measure(|| {
        let begin = processor_time();
        read(text);
        time = processor_time().saturating_sub(begin);
    });
    Cost { bytes: counted.bytes_total, allocations: counted.count_total, peak: counted.bytes_max, time }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}
