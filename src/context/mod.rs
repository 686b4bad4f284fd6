//! Contexts: libzmq's threads, and the sockets that they serve.

mod builder;
mod end;
mod global;
#[cfg(unix)]
mod made_up;
mod opening;
mod registry;

use std::ffi::{c_int, c_void};
use std::fmt;
use std::ptr::{self, NonNull};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::lock::{Condvar, Mutex};
use crate::raw::{self, Life, RawContext, RawSocket};
use crate::socket::kinds::SocketType;
use crate::sys;

use end::shut_down;
use registry::SLOTS_OF_A_MONITOR;

pub(crate) use builder::SocketDefaults;
pub use builder::{ContextBuilder, SchedulingPolicy};
pub use end::StillOpen;
#[cfg(unix)]
pub(crate) use made_up::MadeUpPath;
pub use registry::OpenSocket;
pub(crate) use registry::Registry;

/// What sockets live in: libzmq's I/O threads, and the names of the `inproc` transport.
///
/// Clones are handles of the same context, on any thread. Every socket holds one, so that a context may be dropped
/// before its sockets; libzmq's context ends with the last of them.
///
/// # Dropping
/// The drop of the last handle, be it a socket's, waits until the messages that were sent are on the network, for as
/// long as each socket's [linger](crate::Socket::set_linger) allows. libzmq's default is for ever: set a finite one,
/// on the sockets or [for the whole context](ContextBuilder::linger), where a peer may be away.
///
/// # Forks
/// In a forked child every call on what was made before is an error of the kind
/// [`Forked`](crate::ErrorKind::Forked), and a drop does nothing; the parent is not touched. The child may create a
/// context of its own, and [`global`](Self::global) does so for it. Fork while no other thread creates a context: libsodium
/// may hold a lock then, for which the child would wait forever.
///
/// # Examples
/// ```
/// use zmq::{Context, Pair};
///
/// let context = Context::new()?;
/// let one = context.socket(Pair)?;
/// let other = context.socket(Pair)?;
/// drop(context);
/// other.connect(one.bind("inproc://still-here")?)?;
/// one.send("hello")?;
/// assert_eq!(other.recv()?, "hello");
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

struct Inner {
    /// Asked before any lock is taken: in a forked child a lock may be held by a thread that is not there.
    life: Arc<Life>,
    state: Mutex<State>,
    ended: Condvar,
    registry: Registry,
    /// How many sockets may be open; libzmq has one slot more, for names that are awaited at the end.
    max_sockets: usize,
    /// What new sockets get as their linger, if not libzmq's default.
    linger: Option<Option<Duration>>,
    /// What else they are configured with.
    defaults: SocketDefaults,
}

enum State {
    Live(RawContext),
    /// [`Context::terminate`] took it, and a thread waits for its end.
    Ending,
    Ended,
}

impl Context {
    /// Creates a context with libzmq's defaults: one I/O thread, and at most 1023 sockets.
    ///
    /// # Errors
    /// [`LimitReached`](crate::ErrorKind::LimitReached) without file descriptors, and
    /// [`LibraryMismatch`](crate::ErrorKind::LibraryMismatch) where the libzmq that is loaded does not fit this build.
    ///
    /// Maps to `zmq_ctx_new`.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// Returns a builder, for what has to be set before the first socket.
    pub fn builder() -> ContextBuilder {
        ContextBuilder::default()
    }

    fn from_raw_context(
        raw: RawContext,
        max_sockets: usize,
        linger: Option<Option<Duration>>,
        defaults: SocketDefaults,
    ) -> Self {
        let inner = Inner {
            life: Arc::clone(raw.life()),
            state: Mutex::new(State::Live(raw)),
            ended: Condvar::new(),
            registry: Registry::default(),
            max_sockets,
            linger,
            defaults,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Ends every blocked call on the context's sockets, on any thread, and every later one, with
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated).
    ///
    /// No socket can be opened any more. Messages that were sent still linger. It returns at once and may be called
    /// more than once. The sockets are still to be dropped, as is the context.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, ErrorKind, Pull};
    ///
    /// let context = Context::new()?;
    /// let socket = context.socket(Pull)?;
    /// let waiting = std::thread::spawn(move || socket.recv().unwrap_err().kind());
    /// context.shutdown();
    /// assert_eq!(waiting.join().ok(), Some(ErrorKind::ContextTerminated));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_ctx_shutdown`.
    pub fn shutdown(&self) {
        // What was shut down is not locked: it may be this thread that does it, further up, and frees a message whose
        // owner came here.
        if self.inner.life.is_forked() || self.inner.life.is_shut_down() {
            return;
        }
        if let State::Live(raw) = &*self.inner.state() {
            shut_down(raw, &self.inner.registry);
        }
    }

    /// Whether [`shutdown`](Self::shutdown) or [`terminate`](Self::terminate) was called.
    #[must_use]
    pub fn is_shut_down(&self) -> bool {
        self.inner.life.is_shut_down()
    }

    /// Returns the sockets that are open now; none in a forked child.
    #[must_use]
    pub fn open_sockets(&self) -> Vec<OpenSocket> {
        if self.inner.life.is_forked() { Vec::new() } else { self.inner.registry.sockets() }
    }

    /// Runs `work` on the context, unless it has ended.
    fn with_raw<T, E: Into<Failure>>(&self, work: impl FnOnce(&RawContext) -> Result<T, E>) -> Result<T, Failure> {
        self.inner.life.check()?;
        match &*self.inner.state() {
            State::Live(raw) => work(raw).map_err(Into::into),
            State::Ending | State::Ended => Err(Errno::ETERM.into()),
        }
    }

    fn option(&self, option: c_int, name: &str) -> Result<c_int> {
        let value = self.with_raw(|raw| raw.get(option));
        value.map_err(|errno| Error::on(Operation::GetContextOption, name, errno))
    }

    /// Returns how many I/O threads the context has.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) after a shutdown.
    ///
    /// Maps to `ZMQ_IO_THREADS`.
    pub fn io_threads(&self) -> Result<u32> {
        self.option(sys::ZMQ_IO_THREADS, "io_threads").map(|count| count.try_into().unwrap_or(0))
    }

    /// Returns how many sockets may be open at once.
    ///
    /// Maps to `ZMQ_MAX_SOCKETS`.
    #[must_use]
    pub fn max_sockets(&self) -> usize {
        self.inner.max_sockets
    }

    /// Returns the most that [`max_sockets`](ContextBuilder::max_sockets) may be: libzmq's limit less one, because the
    /// crate keeps a slot for itself.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) after a shutdown.
    ///
    /// Maps to `ZMQ_SOCKET_LIMIT`.
    pub fn socket_limit(&self) -> Result<usize> {
        let limit = self.option(sys::ZMQ_SOCKET_LIMIT, "socket_limit")?;
        Ok(usize::try_from(limit).unwrap_or(0).saturating_sub(1))
    }

    /// Whether new sockets use IPv6.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) after a shutdown.
    ///
    /// Maps to `ZMQ_IPV6`.
    pub fn ipv6(&self) -> Result<bool> {
        self.option(sys::ZMQ_IPV6, "ipv6").map(|on| on != 0)
    }

    /// Whether new sockets linger for ever unless told otherwise.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) after a shutdown.
    ///
    /// Maps to `ZMQ_BLOCKY`.
    pub fn blocky(&self) -> Result<bool> {
        self.option(sys::ZMQ_BLOCKY, "blocky").map(|on| on != 0)
    }

    /// Returns the largest message in bytes.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) after a shutdown.
    ///
    /// Maps to `ZMQ_MAX_MSGSZ`.
    pub fn max_message_size(&self) -> Result<u32> {
        self.option(sys::ZMQ_MAX_MSGSZ, "max_message_size").map(|size| size.try_into().unwrap_or(0))
    }

    /// Whether this process is a fork of the one that made the context.
    pub(crate) fn is_forked(&self) -> bool {
        self.inner.life.is_forked()
    }

    /// Opens a socket of libzmq and enters it.
    pub(crate) fn open(&self, socket_type: SocketType) -> Result<(RawSocket, Entry)> {
        let refused = |failure: Failure| Error::on(Operation::OpenSocket, socket_type.as_str(), failure);
        if let Some(reason) = socket_type.refusal() {
            return Err(refused(Errno::ENOTSUP.into()).because(reason));
        }
        if socket_type.is_draft() && !raw::has(c"draft") {
            return Err(refused(Errno::ENOTSUP.into()).because("this libzmq was built without its draft API"));
        }
        let entry = self.enter(socket_type)?;
        let raw = self.open_raw(socket_type, 1, refused)?;
        Ok((raw, entry))
    }

    /// Enters a socket into the registry.
    pub(crate) fn enter(&self, socket_type: SocketType) -> Result<Entry> {
        let refused = |failure: Failure| Error::on(Operation::OpenSocket, socket_type.as_str(), failure);
        self.inner.life.check().map_err(refused)?;
        match self.inner.registry.open(socket_type, self.inner.max_sockets) {
            Some(id) => Ok(Entry { context: self.clone(), id }),
            None => {
                let reason = format!("{} sockets are open, the most that max_sockets allows", self.inner.max_sockets);
                Err(refused(Errno::EMFILE.into()).because(reason))
            }
        }
    }

    /// Opens the socket that receives the events of a monitor, and enters the monitor.
    pub(crate) fn open_monitor(&self) -> Result<(RawSocket, Entry)> {
        let refused = |failure: Failure| Error::new(Operation::Monitor, failure);
        self.inner.life.check().map_err(refused)?;
        let Some(id) = self.inner.registry.open_monitor(self.inner.max_sockets) else {
            let max_sockets = self.max_sockets();
            let reason = format!(
                "no room for {SLOTS_OF_A_MONITOR} more among the {max_sockets} sockets that max_sockets allows"
            );
            return Err(refused(Errno::EMFILE.into()).because(reason));
        };
        let entry = Entry { context: self.clone(), id };
        let raw = self.open_raw(SocketType::Pair, SLOTS_OF_A_MONITOR, refused)?;
        Ok((raw, entry))
    }

    /// Returns what ends the life of its sockets from elsewhere.
    pub(crate) fn life(&self) -> &Arc<Life> {
        &self.inner.life
    }

    /// Returns the default linger of the context's sockets, if it has one.
    pub(crate) fn linger(&self) -> Option<Option<Duration>> {
        self.inner.linger
    }

    /// Returns what else the context's sockets are configured with.
    pub(crate) fn socket_defaults(&self) -> &SocketDefaults {
        &self.inner.defaults
    }

    /// Returns libzmq's context, or null once it is terminated and in a forked child.
    ///
    /// It is for calls of C functions that the crate does not have; to end it is for the crate.
    #[must_use]
    pub fn as_ptr(&self) -> *mut c_void {
        if self.inner.life.is_forked() {
            return ptr::null_mut();
        }
        match &*self.inner.state() {
            State::Live(raw) => raw.as_ptr(),
            State::Ending | State::Ended => ptr::null_mut(),
        }
    }

    /// Takes a context of C code over: the last handle terminates it.
    ///
    /// # Safety
    /// `context` is a live context of the libzmq that this crate uses, and nothing else terminates it.
    #[allow(unsafe_code)]
    #[must_use]
    pub unsafe fn from_raw(context: NonNull<c_void>) -> Self {
        // SAFETY: as the caller guarantees.
        Self::adopted(unsafe { RawContext::from_handle(context, true) })
    }

    /// Uses a context of C code, which goes on to own it, and to use it once the last handle is dropped.
    ///
    /// A [`shutdown`](Self::shutdown) and a [`terminate`](Self::terminate) end the calls of C code too, and leave the
    /// termination itself to it.
    ///
    /// # Safety
    /// `context` is a live context of the libzmq that this crate uses. It is not terminated before the last handle and
    /// the last of its sockets are dropped.
    #[allow(unsafe_code)]
    #[must_use]
    pub unsafe fn borrow_raw(context: NonNull<c_void>) -> Self {
        // SAFETY: as the caller guarantees.
        Self::adopted(unsafe { RawContext::from_handle(context, false) })
    }

    fn adopted(raw: RawContext) -> Self {
        let max_sockets = raw.get(sys::ZMQ_MAX_SOCKETS).ok().and_then(|count| count.try_into().ok());
        let context = Self::from_raw_context(raw, max_sockets.unwrap_or(usize::MAX), None, SocketDefaults::default());
        context.inner.registry.admit_foreign_sockets();
        context
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.life.is_forked() {
            return;
        }
        match &mut *self.state() {
            // C code goes on with a context of its own.
            State::Live(raw) if raw.is_owned() => {
                shut_down(raw, &self.registry);
                if self.registry.may_abort() {
                    raw.leak();
                }
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("ptr", &self.as_ptr())
            .field("open_sockets", &self.open_sockets().len())
            .field("is_shut_down", &self.is_shut_down())
            .finish_non_exhaustive()
    }
}

/// Two handles are equal when they are of the same context.
impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl Eq for Context {}

/// A socket's line in the registry, struck out on drop.
pub(crate) struct Entry {
    context: Context,
    id: u64,
}

impl Entry {
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.context.inner.registry
    }
}

impl Entry {
    /// Returns where the socket is bound; nowhere in a forked child.
    pub(crate) fn bound_endpoints(&self) -> Vec<Endpoint> {
        if self.context.is_forked() { Vec::new() } else { self.registry().bound_endpoints(self.id) }
    }

    /// Leaves the paths that were made up for the socket, which goes on in C code, until the context ends.
    #[cfg(unix)]
    pub(crate) fn leave_paths(&self) {
        if !self.context.inner.life.is_forked() {
            self.registry().leave_paths(self.id);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !self.context.inner.life.is_forked() {
            self.registry().closed(self.id);
        }
    }
}
