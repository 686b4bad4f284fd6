//! A context of libzmq, terminated on drop, and what libzmq says of itself.

use std::ffi::{CStr, c_int, c_void};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::life::Life;
use super::socket::RawSocket;
use super::{check, owner, sys, uninterrupted};
use crate::error::{Errno, Failure};
use crate::lock::Mutex;

/// A live context.
#[derive(Debug)]
pub(crate) struct RawContext {
    handle: NonNull<c_void>,
    life: Arc<Life>,
    /// Whether the drop terminates it: not where C code owns it, and not where that would abort.
    owned: bool,
    /// Whether libzmq's threads run: the first socket starts them.
    started: AtomicBool,
}

// SAFETY: libzmq's context functions lock what they touch; the one that must run alone, zmq_ctx_term, runs in `drop`.
unsafe impl Send for RawContext {}
// SAFETY: as for `Send`.
unsafe impl Sync for RawContext {}

impl RawContext {
    pub(crate) fn new() -> Result<Self, Errno> {
        let life = Arc::new(Life::new());
        // SAFETY: it takes nothing.
        let handle = NonNull::new(unsafe { sys::zmq_ctx_new() }).ok_or_else(super::last_errno)?;
        Ok(Self { handle, life, owned: true, started: AtomicBool::default() })
    }

    /// Takes a context of C code, which is terminated on drop only if it is `owned`.
    ///
    /// # Safety
    /// `handle` is a live context that outlives the value; with `owned` nothing else terminates it.
    pub(crate) unsafe fn from_handle(handle: NonNull<c_void>, owned: bool) -> Self {
        Self { handle, life: Arc::new(Life::new()), owned, started: AtomicBool::default() }
    }

    pub(crate) fn life(&self) -> &Arc<Life> {
        &self.life
    }

    pub(crate) fn as_ptr(&self) -> *mut c_void {
        self.handle.as_ptr()
    }

    pub(crate) fn set(&self, option: c_int, value: c_int) -> Result<(), Errno> {
        // SAFETY: HANDLE.
        check(unsafe { sys::zmq_ctx_set(self.handle.as_ptr(), option, value) }).map(drop)
    }

    /// Reads an option; only those can be read here for which no value is -1.
    pub(crate) fn get(&self, option: c_int) -> Result<c_int, Errno> {
        // SAFETY: HANDLE.
        check(unsafe { sys::zmq_ctx_get(self.handle.as_ptr(), option) })
    }

    /// Finds out whether libzmq can start its threads, which it does for the first socket, and aborts where it cannot.
    ///
    /// What limits them is the user's, the control group's or the whole system's, and memory is one of them: only the
    /// system can tell, by starting as many. That costs some 20 us a thread, once a context.
    pub(crate) fn expect_threads(&self) -> Result<(), Failure> {
        if self.started.load(Ordering::Relaxed) || super::carries("threads") {
            return Ok(());
        }
        let io_threads = usize::try_from(self.get(sys::ZMQ_IO_THREADS)?).unwrap_or(0);
        if can_start_threads(1 + io_threads) { Ok(()) } else { Err(Failure::NoThread) }
    }

    /// Opens a socket of this type.
    pub(crate) fn socket(&self, socket_type: c_int) -> Result<RawSocket, Failure> {
        self.life.check()?;
        self.open(socket_type, Arc::clone(&self.life))
    }

    /// Opens a socket between the end of the calls and libzmq's own shutdown.
    pub(crate) fn last_socket(&self, socket_type: c_int) -> Result<RawSocket, Failure> {
        self.open(socket_type, Arc::new(Life::new()))
    }

    fn open(&self, socket_type: c_int, life: Arc<Life>) -> Result<RawSocket, Failure> {
        if !self.started.load(Ordering::Relaxed) {
            // The first socket's own descriptor, and two for each thread, of which one is there in any case. libzmq aborts
            // where a thread does not get its own.
            let io_threads = usize::try_from(self.get(sys::ZMQ_IO_THREADS)?).unwrap_or(0);
            expect_descriptors(1 + 2 * (1 + io_threads))?;
        }
        // SAFETY: HANDLE.
        let handle = NonNull::new(unsafe { sys::zmq_socket(self.handle.as_ptr(), socket_type) });
        let handle = handle.ok_or_else(super::last_errno)?;
        self.started.store(true, Ordering::Relaxed);
        // SAFETY: libzmq just made it, for us alone.
        Ok(unsafe { RawSocket::from_handle(handle, life) })
    }

    /// Ends every call on the context's sockets, running and to come.
    pub(crate) fn shutdown(&self) {
        // SAFETY: HANDLE. It fails only for what is not a context.
        unsafe { sys::zmq_ctx_shutdown(self.handle.as_ptr()) };
    }

    /// Whether the drop terminates it.
    pub(crate) fn is_owned(&self) -> bool {
        self.owned
    }

    /// Keeps the drop from terminating the context, which then stays until the process ends.
    pub(crate) fn leak(&mut self) {
        self.owned = false;
    }
}

impl Drop for RawContext {
    fn drop(&mut self) {
        // In a forked child libzmq's threads are missing: there is nothing that could end them.
        if !self.owned || self.life.is_forked() {
            return;
        }
        let last = Last(self.handle);
        if owner::is_dropping() {
            // This may be one of libzmq's own threads, which the termination waits for.
            let named = thread::Builder::new().name("zmq-term".to_owned());
            // Without a thread the context stays until the process ends.
            let _ = named.spawn(move || last.terminate());
        } else {
            last.terminate();
        }
    }
}

/// A context whose owner is gone.
struct Last(NonNull<c_void>);

// SAFETY: as for `RawContext`.
unsafe impl Send for Last {}

impl Last {
    fn terminate(self) {
        // SAFETY: HANDLE, and this is its end: every socket held the context, so that none is open or in use.
        let _ = uninterrupted(|| check(unsafe { sys::zmq_ctx_term(self.0.as_ptr()) }));
    }
}

/// Starts so many threads at once, as libzmq would, and ends them.
fn can_start_threads(count: usize) -> bool {
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock();
    let start = |_| {
        let gate = Arc::clone(&gate);
        let waits = move || drop(gate.lock());
        thread::Builder::new().stack_size(stack_size()).spawn(waits).ok()
    };
    let started: Vec<_> = (0..count).map_while(start).collect();
    drop(closed);
    let all = started.len() == count;
    for thread in started {
        // It does not panic.
        let _ = thread.join();
    }
    all
}

/// The size of the stack that a thread of C code gets: the limit, where there is one.
#[cfg(unix)]
fn stack_size() -> usize {
    limit(libc::RLIMIT_STACK).filter(|&size| size < 1 << 30).and_then(|size| size.try_into().ok()).unwrap_or(2 << 20)
}

#[cfg(not(unix))]
fn stack_size() -> usize {
    1 << 20
}

/// Finds out whether the process may open so many descriptors, where libzmq would abort if it may not.
#[cfg(unix)]
pub(crate) fn expect_descriptors(count: usize) -> Result<(), Errno> {
    use std::os::unix::net::UnixDatagram;

    let opened: std::io::Result<Vec<_>> = (0..count).map(|_| UnixDatagram::unbound()).collect();
    opened.map(drop).map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EMFILE)))
}

/// Descriptors are not scarce elsewhere.
#[cfg(not(unix))]
pub(crate) fn expect_descriptors(_count: usize) -> Result<(), Errno> {
    Ok(())
}

/// Returns the version of the libzmq that is loaded.
pub(crate) fn version() -> [c_int; 3] {
    let [mut major, mut minor, mut patch] = [0; 3];
    // SAFETY: the pointers are to three integers that outlive the call.
    unsafe { sys::zmq_version(&raw mut major, &raw mut minor, &raw mut patch) };
    [major, minor, patch]
}

/// Whether the libzmq that is loaded was built with this capability.
pub(crate) fn has(capability: &CStr) -> bool {
    // SAFETY: the text is NUL-terminated.
    unsafe { sys::zmq_has(capability.as_ptr()) == 1 }
}

/// Tries the scheduling that libzmq would give its threads, which aborts where the system refuses it.
#[cfg(target_os = "linux")]
pub(crate) fn check_scheduling(policy: Option<c_int>, priority: Option<c_int>) -> Result<(), Errno> {
    let tried = thread::Builder::new().spawn(move || try_scheduling(policy, priority));
    tried.map_err(|_| Errno::EAGAIN)?.join().unwrap_or(Err(Errno::EINVAL))
}

#[cfg(target_os = "linux")]
fn try_scheduling(policy: Option<c_int>, priority: Option<c_int>) -> Result<(), Errno> {
    // SAFETY: it takes nothing.
    let thread = unsafe { libc::pthread_self() };
    let mut current = 0;
    let mut parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: the thread is the calling one, and the pointers are to variables that outlive the call.
    unsafe { libc::pthread_getschedparam(thread, &raw mut current, &raw mut parameters) };
    let policy = policy.unwrap_or(current);
    let real_time = policy == libc::SCHED_FIFO || policy == libc::SCHED_RR;
    parameters.sched_priority = match (real_time, priority) {
        (true, Some(priority)) => priority,
        (true, None) => parameters.sched_priority,
        (false, _) => 0,
    };
    // SAFETY: the thread is the calling one, and the pointer is to a variable that outlives the call.
    match unsafe { libc::pthread_setschedparam(thread, policy, &raw const parameters) } {
        0 => {}
        errno => return Err(Errno::from_raw(errno)),
    }
    // libzmq takes any positive priority of another policy for the lowest nice value; 4.3.4 takes 0 for it too.
    let renices = priority.is_some_and(|priority| priority > 0 || version() < [4, 3, 5]);
    // SAFETY: it takes a number; on Linux it changes the calling thread alone.
    if !real_time && renices && unsafe { libc::nice(-20) } == -1 {
        // To libzmq that is a failure even where it is the new value.
        return Err(Errno::EPERM);
    }
    Ok(())
}

/// How many file descriptors the process may have.
#[cfg(unix)]
pub(crate) fn descriptor_limit() -> u64 {
    limit(libc::RLIMIT_NOFILE).unwrap_or(u64::MAX)
}

/// Returns a limit of the process.
#[cfg(unix)]
#[allow(clippy::unnecessary_cast, reason = "the types differ between systems")]
fn limit(resource: impl TryInto<c_int>) -> Option<u64> {
    let resource = resource.try_into().ok()?;
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is to a variable that outlives the call.
    let code = unsafe { libc::getrlimit(resource as _, &raw mut limit) };
    (code == 0).then_some(limit.rlim_cur as u64)
}

/// Whether this process may run on the processor: libzmq aborts where its threads may not.
#[cfg(target_os = "linux")]
pub(crate) fn check_affinity(cpu: u32) -> Result<(), Errno> {
    let cpu = cpu as usize;
    if cpu >= libc::CPU_SETSIZE as usize {
        return Err(Errno::EINVAL);
    }
    // SAFETY: a set of processors is a bit field, for which all zeros are valid.
    let mut allowed: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a set of that size, which outlives the call.
    if unsafe { libc::sched_getaffinity(0, size_of_val(&allowed), &raw mut allowed) } != 0 {
        return Err(Errno::EINVAL);
    }
    // SAFETY: the number is below the size of the set.
    if unsafe { libc::CPU_ISSET(cpu, &allowed) } { Ok(()) } else { Err(Errno::EINVAL) }
}
