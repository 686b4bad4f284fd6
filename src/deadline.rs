//! The moment up to which a call may block.

use std::cmp::Ordering;
use std::time::{Duration, Instant};

/// A moment that may never come. Deadlines compare by time, and [`NEVER`](Self::NEVER) is the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) const NEVER: Self = Self(None);

    /// Returns the deadline of a call that starts now. It never passes if there is no timeout, or if the end of the timeout is
    /// beyond the clock.
    pub(crate) fn after(timeout: impl Into<Option<Duration>>) -> Self {
        Self(timeout.into().and_then(|timeout| Instant::now().checked_add(timeout)))
    }

    /// Returns the deadline that passes now.
    pub(crate) fn now() -> Self {
        Self(Some(Instant::now()))
    }

    /// Returns the time that is left: zero after the deadline, `None` if it never passes.
    pub(crate) fn left(self) -> Option<Duration> {
        self.0.map(|moment| moment.saturating_duration_since(Instant::now()))
    }

    pub(crate) fn has_passed(self) -> bool {
        self.0.is_some_and(|moment| moment <= Instant::now())
    }
}

impl Ord for Deadline {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0, other.0) {
            (Some(one), Some(other)) => one.cmp(&other),
            (one, other) => one.is_none().cmp(&other.is_none()),
        }
    }
}

impl PartialOrd for Deadline {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_without_a_timeout_and_one_beyond_the_clock_never_pass() {
        for never in [Deadline::after(None), Deadline::after(Duration::MAX), Deadline::NEVER] {
            assert_eq!(never, Deadline::NEVER);
            assert_eq!((never.left(), never.has_passed()), (None, false));
        }
    }

    #[test]
    fn nothing_is_left_once_a_deadline_has_passed() {
        let passed = Deadline::after(Duration::ZERO);
        assert_eq!((passed.left(), passed.has_passed()), (Some(Duration::ZERO), true));
        let coming = Deadline::after(Duration::from_secs(1000));
        assert!(coming.left().is_some_and(|left| left > Duration::from_secs(900)) && !coming.has_passed());
    }

    #[test]
    fn the_deadline_that_never_passes_is_the_latest() {
        let (soon, later) = (Deadline::now(), Deadline::after(Duration::from_secs(1)));
        assert_eq!(soon.min(later), soon);
        assert_eq!(soon.max(later), later);
        assert_eq!(later.max(Deadline::NEVER), Deadline::NEVER);
        assert_eq!(Deadline::NEVER.min(later), later);
        assert_eq!(Deadline::NEVER.max(Deadline::NEVER), Deadline::NEVER);
    }
}
