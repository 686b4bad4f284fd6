//! The progress and the results of measurements.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressState, ProgressStyle};

use crate::Plan;

/// Prints the number of messages and bytes per second, where all messages after the first arrived in `took`.
pub(crate) fn throughput(endpoint: &str, Plan { size, count }: Plan, took: Duration) {
    let transport = endpoint.split(':').next().unwrap_or_default();
    let rate = (count - 1) as f64 / took.as_secs_f64();
    let megabytes = rate * size as f64 / 1e6;
    println!("throughput over {transport}, {size} B: {count} messages, {rate:.0} messages/s, {megabytes:.3} MB/s");
}

/// Prints the mean and the percentiles of the latency.
pub(crate) fn latency(endpoint: &str, Plan { size, count }: Plan, latencies: &Latencies) {
    let transport = endpoint.split(':').next().unwrap_or_default();
    let counted = (count - 1) as f64;
    let mean = latencies.sum.as_secs_f64() * 1e6 / counted;
    let [half, most, nearly_all, all] = [0.5, 0.99, 0.999, 1.0].map(|share| latencies.longest_of(share * counted));
    println!(
        "latency over {transport}, {size} B: {count} round trips, mean {mean:.1} us, 50 % {half:.1} us, \
         99 % {most:.1} us, 99.9 % {nearly_all:.1} us, longest {all:.1} us"
    );
}

/// A histogram of latencies, whose size does not grow with the length of a run. A latency is half of a round trip.
#[derive(Default)]
pub(crate) struct Latencies {
    /// The number of occurrences of each latency, in tenths of a microsecond.
    counts: BTreeMap<u64, u64>,
    sum: Duration,
}

impl Latencies {
    pub(crate) fn add_round_trip(&mut self, took: Duration) {
        let latency = took / 2;
        *self.counts.entry(latency.as_nanos() as u64 / 100).or_default() += 1;
        self.sum += latency;
    }

    /// Returns the longest latency, in microseconds, of the fastest `messages` messages.
    fn longest_of(&self, messages: f64) -> f64 {
        let mut seen = 0;
        let longest = self.counts.iter().find(|(_, count)| {
            seen += **count;
            seen as f64 >= messages
        });
        longest.map_or(0.0, |(tenths, _)| *tenths as f64 / 10.0)
    }
}

/// Returns `numbers`, and shows the progress through them.
///
/// The progress bar appears on standard error, if that is a terminal and the measurement takes longer than [`SHORT`].
/// At most a thousand updates keep its cost negligible.
pub(crate) fn shown(numbers: impl Iterator<Item = u64>, count: u64) -> impl Iterator<Item = u64> {
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len}, {rate}/s, {eta} left");
    let rate = |state: &ProgressState, text: &mut dyn Write| _ = write!(text, "{:.0}", state.per_sec());
    let bar = ProgressBar::with_draw_target(Some(count), ProgressDrawTarget::hidden())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("rate", rate))
        .with_finish(ProgressFinish::AndClear);
    let mut next = 0;
    numbers.inspect(move |&number| {
        if number >= next {
            next = number + count.div_ceil(1000);
            if bar.is_hidden() && bar.elapsed() > SHORT {
                // The bar stays hidden if standard error is not a terminal.
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            bar.set_position(number);
        }
    })
}

/// The time after which a measurement shows its progress.
const SHORT: Duration = Duration::from_secs(1);
