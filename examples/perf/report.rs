//! What is told while a measurement runs, and when it is done.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressState, ProgressStyle};

use crate::Plan;

/// Prints how many messages and bytes a second came after the first message, in `took`.
pub(crate) fn throughput(endpoint: &str, Plan { size, count }: Plan, took: Duration) {
    let transport = endpoint.split(':').next().unwrap_or_default();
    let rate = (count - 1) as f64 / took.as_secs_f64();
    let megabytes = rate * size as f64 / 1e6;
    println!("throughput over {transport}, {size} B: {count} messages, {rate:.0} messages/s, {megabytes:.3} MB/s");
}

/// Prints how long messages are under way.
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

/// How long messages were under way, which is half of a round trip: counted, so that a long run takes no more room.
#[derive(Default)]
pub(crate) struct Latencies {
    /// How often each was seen, in tenths of a microsecond.
    counts: BTreeMap<u64, u64>,
    sum: Duration,
}

impl Latencies {
    pub(crate) fn add_round_trip(&mut self, took: Duration) {
        let latency = took / 2;
        *self.counts.entry(latency.as_nanos() as u64 / 100).or_default() += 1;
        self.sum += latency;
    }

    /// Returns how many microseconds so many messages took at the most, the fastest ones.
    fn longest_of(&self, messages: f64) -> f64 {
        let mut seen = 0;
        let longest = self.counts.iter().find(|(_, count)| {
            seen += **count;
            seen as f64 >= messages
        });
        longest.map_or(0.0, |(tenths, _)| *tenths as f64 / 10.0)
    }
}

/// Passes the numbers of a measurement of `count` messages on. Where it takes long, and standard error is a terminal, a bar
/// says there how far it is; that costs next to nothing, but for a thousand times in all.
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
                // It stays hidden where that is no terminal.
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            bar.set_position(number);
        }
    })
}

/// What takes no longer needs no bar.
const SHORT: Duration = Duration::from_secs(1);
