//! Contexts: libzmq's I/O threads and the sockets that they serve.

mod builder;
mod end;
mod global;
#[cfg(unix)]
mod made_up;
mod opening;
mod registry;
mod settings;
#[cfg(feature = "draft")]
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
mod thread_names;

use std::ffi::c_void;
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

/// A ZeroMQ context: a set of sockets with their I/O threads and their `inproc` endpoints.
///
/// Clones are handles of the same context, and can be used on any thread. Every socket holds a handle, so a context may
/// be dropped before its sockets; libzmq's context ends when the last handle is dropped.
///
/// # Dropping
/// The drop of the last handle, which may be a socket, blocks until the sent messages are on the network, for as long
/// as the [linger period](crate::Socket::set_linger) of each socket allows. The default of libzmq is forever: if a peer
/// may be absent, set a finite period, on the sockets or [on the context](ContextBuilder::linger).
///
/// # Forks
/// In a forked child, every call on an object that was created before the fork fails with
/// [`Forked`](crate::ErrorKind::Forked), and drops do nothing; the parent is not affected. The child may create a
/// context of its own, and [`global`](Self::global) does so automatically. Do not fork while another thread creates a
/// context: libsodium may hold a lock that the child would wait for forever.
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
#[doc(alias("zmq_ctx_get", "zmq_ctx_get_ext"))]
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

struct Inner {
    /// Checked before any lock is taken: in a forked child, a lock may be held by a thread that does not exist there.
    life: Arc<Life>,
    state: Mutex<State>,
    ended: Condvar,
    registry: Registry,
    /// The maximum number of open sockets. libzmq has one more slot, for names that are awaited at the end.
    max_sockets: usize,
    /// The initial linger period of new sockets, if not libzmq's default.
    linger: Option<Option<Duration>>,
    /// Further configuration of new sockets.
    defaults: SocketDefaults,
}

enum State {
    Live(RawContext),
    /// [`Context::terminate`] has taken the context, and a thread waits for its end.
    Ending,
    Ended,
}

impl Context {
    /// Creates a context with libzmq's defaults: one I/O thread, and at most 1023 sockets.
    ///
    /// # Errors
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): there are no file descriptors left.
    /// - [`LibraryMismatch`](crate::ErrorKind::LibraryMismatch): the loaded libzmq is incompatible with this build.
    ///
    /// # Examples
    /// ```
    /// let context = zmq::Context::new()?;
    /// let socket = context.socket(zmq::Pull)?;
    /// # drop(socket);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_ctx_new`.
    #[doc(alias("zmq_ctx_new", "zmq_init"))]
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// Returns a builder, for settings that must be chosen before the context has its first socket.
    ///
    /// # Examples
    /// ```
    /// let context = zmq::Context::builder().io_threads(2).build()?;
    /// assert_eq!(context.io_threads()?, 2);
    /// # Ok::<(), zmq::Error>(())
    /// ```
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

    /// Shuts the context down: all blocked calls on its sockets, on any thread, and all later ones fail with
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated).
    ///
    /// No socket can be opened after the call. Sent messages still linger. The call returns at once and may be
    /// repeated. The sockets and the context still have to be dropped.
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
    #[doc(alias = "zmq_ctx_shutdown")]
    pub fn shutdown(&self) {
        // If the context is already shut down, nothing is locked, because the shutdown may be in progress further up
        // this thread's call stack, freeing a message whose owner called this.
        if self.inner.life.is_forked() || self.inner.life.is_shut_down() {
            return;
        }
        if let State::Live(raw) = &*self.inner.state() {
            shut_down(raw, &self.inner.registry);
        }
    }

    /// Returns `true` if [`shutdown`](Self::shutdown) or [`terminate`](Self::terminate) was called.
    ///
    /// # Examples
    /// ```
    /// let context = zmq::Context::new()?;
    /// assert!(!context.is_shut_down());
    /// context.shutdown();
    /// assert!(context.is_shut_down());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn is_shut_down(&self) -> bool {
        self.inner.life.is_shut_down()
    }

    /// Returns the open sockets, or none in a forked child.
    ///
    /// # Examples
    /// ```
    /// let context = zmq::Context::new()?;
    /// let socket = context.socket(zmq::Push)?;
    /// socket.bind("inproc://jobs")?;
    /// assert_eq!(context.open_sockets()[0].to_string(), "PUSH at inproc://jobs");
    /// # Ok::<(), zmq::Error>(())
    /// ```
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

    /// Returns `true` in a forked child of the process that created the context.
    pub(crate) fn is_forked(&self) -> bool {
        self.inner.life.is_forked()
    }

    /// Opens a socket of libzmq and registers it.
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

    /// Registers a socket.
    pub(crate) fn enter(&self, socket_type: SocketType) -> Result<Entry> {
        let refused = |failure: Failure| Error::on(Operation::OpenSocket, socket_type.as_str(), failure);
        self.inner.life.check().map_err(refused)?;
        match self.inner.registry.open(socket_type, self.inner.max_sockets) {
            Some(id) => Ok(Entry { context: self.clone(), id }),
            None => {
                let reason = format!(
                    "{} sockets are open, which is the maximum that max_sockets allows",
                    self.inner.max_sockets
                );
                Err(refused(Errno::EMFILE.into()).because(reason))
            }
        }
    }

    /// Opens the socket that receives the events of a monitor, and registers the monitor.
    pub(crate) fn open_monitor(&self) -> Result<(RawSocket, Entry)> {
        let refused = |failure: Failure| Error::new(Operation::Monitor, failure);
        self.inner.life.check().map_err(refused)?;
        let Some(id) = self.inner.registry.open_monitor(self.inner.max_sockets) else {
            let max_sockets = self.max_sockets();
            let reason =
                format!("{SLOTS_OF_A_MONITOR} more sockets would exceed the {max_sockets} that max_sockets allows");
            return Err(refused(Errno::EMFILE.into()).because(reason));
        };
        let entry = Entry { context: self.clone(), id };
        let raw = self.open_raw(SocketType::Pair, SLOTS_OF_A_MONITOR, refused)?;
        Ok((raw, entry))
    }

    /// Returns the state by which sockets learn of a fork or a shutdown.
    pub(crate) fn life(&self) -> &Arc<Life> {
        &self.inner.life
    }

    /// Returns the initial linger period of the context's sockets, if one is set.
    pub(crate) fn linger(&self) -> Option<Option<Duration>> {
        self.inner.linger
    }

    /// Returns the further configuration of the context's sockets.
    pub(crate) fn socket_defaults(&self) -> &SocketDefaults {
        &self.inner.defaults
    }

    /// Returns libzmq's context, or null after the termination and in a forked child.
    ///
    /// Use it to call C functions that the crate lacks. Do not terminate the context through it.
    ///
    /// # Examples
    /// ```
    /// let context = zmq::Context::new()?;
    /// assert!(!context.as_ptr().is_null());
    /// # Ok::<(), zmq::Error>(())
    /// ```
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

    /// Takes ownership of a context of C code. The drop of the last handle terminates it.
    ///
    /// # Safety
    /// `context` must be a live context of the libzmq that this crate uses, and nothing else may terminate it.
    ///
    /// # Examples
    /// ```
    /// use std::ptr::NonNull;
    /// use zmq::{Context, sys};
    ///
    /// // SAFETY: the function has no preconditions.
    /// let handle = NonNull::new(unsafe { sys::zmq_ctx_new() }).unwrap();
    /// // SAFETY: the context was just created, and nothing else terminates it.
    /// let context = unsafe { Context::from_raw(handle) };
    /// assert!(context.socket(zmq::Pair).is_ok());
    /// ```
    #[allow(unsafe_code)]
    #[must_use]
    pub unsafe fn from_raw(context: NonNull<c_void>) -> Self {
        // SAFETY: as the caller guarantees.
        Self::adopted(unsafe { RawContext::from_handle(context, true) })
    }

    /// Uses a context of C code, which keeps the ownership and may use the context after the last handle is dropped.
    ///
    /// [`shutdown`](Self::shutdown) and [`terminate`](Self::terminate) also end calls of the C code, but leave the
    /// termination itself to that code.
    ///
    /// # Safety
    /// `context` must be a live context of the libzmq that this crate uses. It must not be terminated before the last
    /// handle and the last of its sockets are dropped.
    ///
    /// # Examples
    /// ```
    /// use std::ptr::NonNull;
    /// use zmq::{Context, sys};
    ///
    /// // SAFETY: the function has no preconditions.
    /// let handle = NonNull::new(unsafe { sys::zmq_ctx_new() }).unwrap();
    /// // SAFETY: the context is terminated after the last handle is dropped.
    /// let context = unsafe { Context::borrow_raw(handle) };
    /// assert!(context.socket(zmq::Pair).is_ok());
    /// drop(context);
    /// // SAFETY: the context is live, and no sockets are left.
    /// unsafe { sys::zmq_ctx_term(handle.as_ptr()) };
    /// ```
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
            // C code continues to use its own context.
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

/// Two handles are equal if they belong to the same context.
impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl Eq for Context {}

/// A socket's entry in the registry, removed on drop.
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
    /// Returns the endpoints that the socket is bound to, or none in a forked child.
    pub(crate) fn bound_endpoints(&self) -> Vec<Endpoint> {
        if self.context.is_forked() { Vec::new() } else { self.registry().bound_endpoints(self.id) }
    }

    /// Returns the endpoints that the socket is bound or connected to, or none in a forked child.
    pub(crate) fn endpoints(&self) -> Vec<Endpoint> {
        if self.context.is_forked() { Vec::new() } else { self.registry().endpoints(self.id) }
    }

    /// Keeps the generated paths of a socket that is passed to C code, until the context ends.
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
