//! Settings that have to be made before a context has its first socket.

use std::any::Any;
use std::ffi::c_int;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use super::Context;
use crate::error::{Error, Operation, Result};
#[cfg(unix)]
use crate::raw;
use crate::raw::RawContext;
use crate::{sys, version};

#[cfg(feature = "draft")]
mod draft;

/// The maximum number of I/O threads. Each takes two file descriptors, and libzmq aborts if there are none left.
const MOST_IO_THREADS: u32 = 256;
#[cfg(unix)]
const DESCRIPTORS_OF_A_THREAD: u64 = 2;
/// The maximum number of sockets: libzmq's `ZMQ_SOCKET_LIMIT`, less the slot that the crate keeps for itself.
const MOST_SOCKETS: usize = 65_534;
/// Slots of libzmq beyond `max_sockets`: one for the names that connections wait for at the end, and the others for
/// dropped sockets, which keep theirs until libzmq has closed them in the background.
const SPARE_SLOTS: usize = 1024;
const DEFAULT_SOCKETS: usize = sys::ZMQ_MAX_SOCKETS_DFLT as usize;

/// A builder of a [`Context`] with settings other than libzmq's defaults. Created by [`Context::builder`].
///
/// Values that would make libzmq abort the process later are errors of [`build`](Self::build).
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use zmq::Context;
///
/// let context = Context::builder().io_threads(2).linger(Duration::from_secs(1)).build()?;
/// assert_eq!(context.io_threads()?, 2);
/// assert_eq!(context.socket(zmq::Push)?.linger()?, Some(Duration::from_secs(1)));
/// # Ok::<(), zmq::Error>(())
/// ```
#[doc(alias("zmq_ctx_set", "zmq_ctx_set_ext"))]
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ContextBuilder {
    io_threads: Option<u32>,
    max_sockets: Option<usize>,
    max_message_size: Option<u32>,
    ipv6: Option<bool>,
    blocky: Option<bool>,
    linger: Option<Option<Duration>>,
    defaults: SocketDefaults,
    pub(super) thread_name_prefix: Option<u32>,
    #[cfg(feature = "draft")]
    pub(super) thread_name_text: Option<String>,
    thread_priority: Option<u32>,
    thread_scheduling: Option<SchedulingPolicy>,
    thread_affinity: Vec<u32>,
    #[cfg(feature = "draft")]
    zero_copy_recv: Option<bool>,
}

/// The configuration that a context applies to new sockets, type-erased. It is unwind safe, because it only reads its
/// state.
#[derive(Clone, Default)]
pub(crate) struct SocketDefaults(Option<Arc<AssertUnwindSafe<Box<dyn Any + Send + Sync>>>>);

impl SocketDefaults {
    pub(crate) fn new<T: Any + Send + Sync>(defaults: T) -> Self {
        Self(Some(Arc::new(AssertUnwindSafe(Box::new(defaults)))))
    }

    /// Returns the configuration that was passed to [`new`](Self::new).
    pub(crate) fn get<T: Any>(&self) -> Option<&T> {
        self.0.as_ref()?.downcast_ref()
    }
}

impl fmt::Debug for SocketDefaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Some(..)" } else { "None" })
    }
}

/// The scheduling policy of libzmq's threads. See `sched(7)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SchedulingPolicy {
    /// The system's usual policy: `SCHED_OTHER`.
    Other,
    /// Real-time, first in, first out: `SCHED_FIFO`. Needs a priority from 1 to 99, and the privilege for it.
    Fifo,
    /// Real-time, round-robin: `SCHED_RR`. Needs a priority from 1 to 99, and the privilege for it.
    RoundRobin,
}

impl ContextBuilder {
    /// Sets the number of I/O threads, which do the network work. As a rule of thumb, use one for each gigabyte per
    /// second.
    ///
    /// Default: 1. The maximum is 256. With `0`, only the `inproc` transport works.
    ///
    /// # Examples
    /// ```
    /// let context = zmq::Context::builder().io_threads(2).build()?;
    /// assert_eq!(context.io_threads()?, 2);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_IO_THREADS`.
    #[doc(alias = "ZMQ_IO_THREADS")]
    pub fn io_threads(mut self, count: u32) -> Self {
        self.io_threads = Some(count);
        self
    }

    /// Sets the maximum number of open sockets.
    ///
    /// Default: 1023. The range is 1 to 65534.
    ///
    /// A [`Monitor`](crate::Monitor) counts as two sockets.
    ///
    /// # Examples
    /// ```
    /// let context = zmq::Context::builder().max_sockets(1).build()?;
    /// let socket = context.socket(zmq::Push)?;
    /// assert_eq!(context.socket(zmq::Push).unwrap_err().kind(), zmq::ErrorKind::LimitReached);
    /// # drop(socket);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_MAX_SOCKETS`.
    #[doc(alias = "ZMQ_MAX_SOCKETS")]
    pub fn max_sockets(mut self, count: usize) -> Self {
        self.max_sockets = Some(count);
        self
    }

    /// Sets the maximum size of a message in bytes. libzmq 4.3.5 stores the value but does not enforce it.
    ///
    /// Default: 2147483647, which is also the maximum.
    ///
    /// # Examples
    /// ```
    /// let context = zmq::Context::builder().max_message_size(1_000_000).build()?;
    /// assert_eq!(context.max_message_size()?, 1_000_000);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_MAX_MSGSZ`.
    #[doc(alias = "ZMQ_MAX_MSGSZ")]
    pub fn max_message_size(mut self, bytes: u32) -> Self {
        self.max_message_size = Some(bytes);
        self
    }

    /// Sets whether new sockets use IPv6 in addition to IPv4.
    ///
    /// Default: `false`.
    ///
    /// # Examples
    /// ```
    /// let context = zmq::Context::builder().ipv6(true).build()?;
    /// assert!(context.socket(zmq::Push)?.ipv6()?);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_IPV6`.
    #[doc(alias = "ZMQ_IPV6")]
    pub fn ipv6(mut self, on: bool) -> Self {
        self.ipv6 = Some(on);
        self
    }

    /// Sets whether new sockets linger forever (`true`) or not at all (`false`). To set a linger period, call
    /// [`linger`](Self::linger).
    ///
    /// Default: `true`.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let context = zmq::Context::builder().blocky(false).build()?;
    /// assert_eq!(context.socket(zmq::Push)?.linger()?, Some(Duration::ZERO));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_BLOCKY`.
    #[doc(alias = "ZMQ_BLOCKY")]
    pub fn blocky(mut self, on: bool) -> Self {
        self.blocky = Some(on);
        self
    }

    /// Sets the initial [linger period](crate::Socket::set_linger) of new sockets. Unsent messages outlive the socket
    /// for this period, and the drop of the context may block for as long. `None` means forever.
    ///
    /// Default: `None`.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let context = zmq::Context::builder().linger(Duration::from_secs(1)).build()?;
    /// assert_eq!(context.socket(zmq::Push)?.linger()?, Some(Duration::from_secs(1)));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_LINGER`, which is set on every socket of the context.
    #[doc(alias = "ZMQ_LINGER")]
    pub fn linger(mut self, linger: impl Into<Option<Duration>>) -> Self {
        self.linger = Some(linger.into());
        self
    }

    /// Sets the configuration that is applied to new sockets.
    pub(crate) fn defaults(mut self, defaults: SocketDefaults) -> Self {
        self.defaults = defaults;
        self
    }

    /// Sets a number that precedes the names of libzmq's threads. With 7, the first name is `7/ZMQbg/Reaper`.
    ///
    /// # Examples
    /// ```
    /// let context = zmq::Context::builder().thread_name_prefix(7).build()?;
    /// # drop(context);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_THREAD_NAME_PREFIX`.
    #[doc(alias = "ZMQ_THREAD_NAME_PREFIX")]
    pub fn thread_name_prefix(mut self, number: u32) -> Self {
        self.thread_name_prefix = Some(number);
        #[cfg(feature = "draft")]
        self.thread_name_text.take();
        self
    }

    /// Sets the priority of libzmq's threads. Under a real-time policy, the range is 1 to 99. Under the usual policy,
    /// any value above 0 selects the lowest nice value, which needs a privilege. Linux only.
    ///
    /// # Examples
    /// ```no_run
    /// use zmq::Context;
    /// use zmq::context::SchedulingPolicy;
    ///
    /// let context = Context::builder().thread_scheduling(SchedulingPolicy::Fifo).thread_priority(10).build()?;
    /// # drop(context);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_THREAD_PRIORITY`.
    #[doc(alias = "ZMQ_THREAD_PRIORITY")]
    pub fn thread_priority(mut self, priority: u32) -> Self {
        self.thread_priority = Some(priority);
        self
    }

    /// Sets the scheduling policy of libzmq's threads. Linux only.
    ///
    /// # Examples
    /// ```
    /// use zmq::Context;
    /// use zmq::context::SchedulingPolicy;
    ///
    /// # #[cfg(target_os = "linux")] {
    /// let context = Context::builder().thread_scheduling(SchedulingPolicy::Other).build()?;
    /// # drop(context);
    /// # }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_THREAD_SCHED_POLICY`.
    #[doc(alias = "ZMQ_THREAD_SCHED_POLICY")]
    pub fn thread_scheduling(mut self, policy: SchedulingPolicy) -> Self {
        self.thread_scheduling = Some(policy);
        self
    }

    /// Sets the processors that libzmq's threads may run on, by their numbers. Linux only.
    ///
    /// Default: all processors.
    ///
    /// # Examples
    /// ```no_run
    /// let context = zmq::Context::builder().thread_affinity([0, 1]).build()?;
    /// # drop(context);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_THREAD_AFFINITY_CPU_ADD`.
    #[doc(alias = "ZMQ_THREAD_AFFINITY_CPU_ADD")]
    pub fn thread_affinity(mut self, processors: impl IntoIterator<Item = u32>) -> Self {
        self.thread_affinity = processors.into_iter().collect();
        self
    }

    /// Creates the context.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): a value is out of range, or the system rejects it.
    /// - [`PermissionDenied`](crate::ErrorKind::PermissionDenied): the priority needs a privilege.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the system is not Linux, and a setting of threads was
    ///   changed.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): there are not enough file descriptors for the context or its
    ///   I/O threads.
    /// - [`LibraryMismatch`](crate::ErrorKind::LibraryMismatch): the loaded libzmq is incompatible with this build.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, ErrorKind};
    ///
    /// let context = Context::builder().max_sockets(16).build()?;
    /// assert!(context.socket(zmq::Pull).is_ok());
    ///
    /// let error = Context::builder().io_threads(100_000).build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidInput);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn build(self) -> Result<Context> {
        let create = |errno| Error::new(Operation::CreateContext, errno);
        let raw = RawContext::new().map_err(create)?;
        version::check_library(|| raw.get(sys::ZMQ_MSG_T_SIZE).map_or(0, |size| size.unsigned_abs() as usize))?;
        let max_sockets = self.max_sockets.unwrap_or(DEFAULT_SOCKETS);
        self.check_limits(max_sockets)?;
        self.check_threads()?;

        let set = |option: c_int, name: &str, value: Option<u32>| {
            let Some(value) = value else { return Ok(()) };
            let Ok(number) = c_int::try_from(value) else {
                return Err(refused(name, value, format!("at most {} is possible", c_int::MAX)));
            };
            let failed = |errno| Error::on(Operation::SetContextOption, name, errno).with_value(value.to_string());
            raw.set(option, number).map_err(failed)
        };
        set(sys::ZMQ_IO_THREADS, "io_threads", self.io_threads)?;
        let slots = (max_sockets + SPARE_SLOTS).min(MOST_SOCKETS + 1);
        set(sys::ZMQ_MAX_SOCKETS, "max_sockets", u32::try_from(slots).ok())?;
        set(sys::ZMQ_MAX_MSGSZ, "max_message_size", self.max_message_size)?;
        set(sys::ZMQ_IPV6, "ipv6", self.ipv6.map(u32::from))?;
        set(sys::ZMQ_BLOCKY, "blocky", self.blocky.map(u32::from))?;
        set(sys::ZMQ_THREAD_NAME_PREFIX, "thread_name_prefix", self.thread_name_prefix)?;
        #[cfg(feature = "draft")]
        self.name_threads(&raw)?;
        set(sys::ZMQ_THREAD_PRIORITY, "thread_priority", self.thread_priority)?;
        let policy = self.thread_scheduling.and_then(|policy| u32::try_from(policy.to_raw()).ok());
        set(sys::ZMQ_THREAD_SCHED_POLICY, "thread_scheduling", policy)?;
        #[cfg(feature = "draft")]
        set(sys::ZMQ_ZERO_COPY_RECV, "zero_copy_recv", self.zero_copy_recv.map(u32::from))?;
        for processor in &self.thread_affinity {
            set(sys::ZMQ_THREAD_AFFINITY_CPU_ADD, "thread_affinity", Some(*processor))?;
        }
        Ok(Context::from_raw_context(raw, max_sockets, self.linger, self.defaults))
    }

    fn check_limits(&self, max_sockets: usize) -> Result<()> {
        if !(1..=MOST_SOCKETS).contains(&max_sockets) {
            return Err(refused("max_sockets", max_sockets, format!("from 1 to {MOST_SOCKETS} are possible")));
        }
        let Some(count) = self.io_threads else { return Ok(()) };
        if count > MOST_IO_THREADS {
            return Err(refused("io_threads", count, format!("at most {MOST_IO_THREADS} are possible")));
        }
        #[cfg(unix)]
        {
            let needed = u64::from(count) * DESCRIPTORS_OF_A_THREAD;
            let limit = raw::descriptor_limit();
            if needed >= limit {
                let reason =
                    format!("they take {needed} file descriptors, but the process may have only {limit} (ulimit -n)");
                let error = Error::on(Operation::SetContextOption, "io_threads", crate::Errno::EMFILE);
                return Err(error.with_value(count.to_string()).because(reason));
            }
        }
        Ok(())
    }

    /// Attempts the same calls that libzmq's threads make when they start, because a failure there aborts the process.
    #[cfg(target_os = "linux")]
    fn check_threads(&self) -> Result<()> {
        if self.thread_scheduling.is_some() || self.thread_priority.is_some() {
            let priority = self.thread_priority.map(|priority| c_int::try_from(priority).unwrap_or(c_int::MAX));
            let policy = self.thread_scheduling.map(SchedulingPolicy::to_raw);
            if let Err(errno) = raw::check_scheduling(policy, priority) {
                let (name, value) = match (self.thread_scheduling, self.thread_priority) {
                    (Some(policy), None) => ("thread_scheduling", format!("{policy:?}")),
                    (_, Some(priority)) => ("thread_priority", priority.to_string()),
                    (None, None) => ("thread_priority", String::new()),
                };
                let error = Error::on(Operation::SetContextOption, name, errno).with_value(value);
                return Err(error.because("the system rejects it"));
            }
        }
        for &processor in &self.thread_affinity {
            if raw::check_affinity(processor).is_err() {
                let reason = "this process may not run on that processor".to_owned();
                return Err(refused("thread_affinity", processor, reason));
            }
        }
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn check_threads(&self) -> Result<()> {
        let set =
            self.thread_scheduling.is_some() || self.thread_priority.is_some() || !self.thread_affinity.is_empty();
        if set {
            let error = Error::on(Operation::SetContextOption, "thread scheduling", crate::Errno::ENOTSUP);
            return Err(
                error.because("it is only supported on Linux; elsewhere, libzmq would abort if the system rejected it")
            );
        }
        Ok(())
    }
}

impl SchedulingPolicy {
    #[cfg(target_os = "linux")]
    fn to_raw(self) -> c_int {
        match self {
            Self::Other => libc::SCHED_OTHER,
            Self::Fifo => libc::SCHED_FIFO,
            Self::RoundRobin => libc::SCHED_RR,
        }
    }

    /// Other systems never call this.
    #[cfg(not(target_os = "linux"))]
    fn to_raw(self) -> c_int {
        -1
    }
}

fn refused(name: &str, value: impl ToString, reason: String) -> Error {
    Error::invalid(Operation::SetContextOption, name, reason).with_value(value.to_string())
}
