//! Contexts of libzmq, terminated on drop, and the version and capabilities of libzmq.

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
use crate::socket::kinds::SocketType;

/// A live context.
#[derive(Debug)]
pub(crate) struct RawContext {
    handle: NonNull<c_void>,
    life: Arc<Life>,
    /// `true` if the drop terminates the context. `false` if C code owns the context, or if the termination would
    /// abort.
    owned: bool,
    /// `true` if libzmq's threads run. The first socket starts them.
    started: AtomicBool,
}

// SAFETY: libzmq's context functions lock the state that they use. zmq_ctx_term, which must run alone, runs in `drop`.
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

    /// Wraps a context of C code. The drop terminates the context only if `owned` is `true`.
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

    /// Reads an option that is never -1.
    pub(crate) fn get(&self, option: c_int) -> Result<c_int, Errno> {
        // SAFETY: HANDLE.
        check(unsafe { sys::zmq_ctx_get(self.handle.as_ptr(), option) })
    }

    /// Sets an option whose value is not an integer.
    #[cfg(feature = "draft")]
    pub(crate) fn set_bytes(&self, option: c_int, value: &[u8]) -> Result<(), Errno> {
        let bytes = value.as_ptr().cast();
        // SAFETY: HANDLE; the value outlives the call, which reads at most its length.
        check(unsafe { sys::zmq_ctx_set_ext(self.handle.as_ptr(), option, bytes, value.len()) }).map(drop)
    }

    /// Reads an option whose value is not an integer. libzmq leaves the bytes after the value as they are.
    #[cfg(feature = "draft")]
    pub(crate) fn get_bytes(&self, option: c_int, value: &mut [u8]) -> Result<(), Errno> {
        let mut len = value.len();
        let bytes = value.as_mut_ptr().cast();
        // SAFETY: HANDLE; `value` has room for `len` bytes, and libzmq writes no more.
        check(unsafe { sys::zmq_ctx_get_ext(self.handle.as_ptr(), option, bytes, &raw mut len) }).map(drop)
    }

    /// Checks that libzmq can start its threads. libzmq starts them for the first socket, and aborts on failure.
    ///
    /// The number of threads is limited by the user, the control group, the whole system and the memory. Therefore the
    /// check starts as many threads, which costs about 20 us for each thread, once for each context.
    pub(crate) fn expect_threads(&self) -> Result<(), Failure> {
        if self.started.load(Ordering::Relaxed) || super::carries("threads") {
            return Ok(());
        }
        let io_threads = usize::try_from(self.get(sys::ZMQ_IO_THREADS)?).unwrap_or(0);
        if can_start_threads(1 + io_threads) { Ok(()) } else { Err(Failure::NoThread) }
    }

    /// Creates a socket of this type.
    pub(crate) fn socket(&self, socket_type: SocketType) -> Result<RawSocket, Failure> {
        self.life.check()?;
        self.open(socket_type, Arc::clone(&self.life))
    }

    /// Creates a socket after the shutdown for the program, and before libzmq's own shutdown.
    pub(crate) fn last_socket(&self, socket_type: SocketType) -> Result<RawSocket, Failure> {
        self.open(socket_type, Arc::new(Life::new()))
    }

    fn open(&self, socket_type: SocketType, life: Arc<Life>) -> Result<RawSocket, Failure> {
        if !self.started.load(Ordering::Relaxed) {
            // The first socket needs one descriptor, and each I/O thread and the reaper need two. libzmq aborts if a
            // thread cannot open its descriptors.
            let io_threads = usize::try_from(self.get(sys::ZMQ_IO_THREADS)?).unwrap_or(0);
            expect_descriptors(1 + 2 * (1 + io_threads))?;
        }
        // SAFETY: HANDLE.
        let handle = NonNull::new(unsafe { sys::zmq_socket(self.handle.as_ptr(), socket_type.to_raw()) });
        let handle = handle.ok_or_else(super::last_errno)?;
        self.started.store(true, Ordering::Relaxed);
        // SAFETY: libzmq just created the socket, and nothing else has the pointer.
        Ok(unsafe { RawSocket::from_handle(handle, life, socket_type) })
    }

    /// Shuts the context down: all blocked and later calls on its sockets fail with ETERM.
    pub(crate) fn shutdown(&self) {
        // SAFETY: HANDLE. The call fails only for a pointer that is not a context.
        unsafe { sys::zmq_ctx_shutdown(self.handle.as_ptr()) };
    }

    /// Returns `true` if the drop terminates the context.
    pub(crate) fn is_owned(&self) -> bool {
        self.owned
    }

    /// Prevents the drop from terminating the context, which then lives until the process ends.
    pub(crate) fn leak(&mut self) {
        self.owned = false;
    }
}

impl Drop for RawContext {
    fn drop(&mut self) {
        // A forked child has none of libzmq's threads, for which the termination would wait.
        if !self.owned || self.life.is_forked() {
            return;
        }
        let last = Last(self.handle);
        if owner::is_dropping() {
            // The current thread may be one of libzmq's own, for which the termination waits.
            let named = thread::Builder::new().name("zmq-term".to_owned());
            // If no thread can be started, the context lives until the process ends.
            let _ = named.spawn(move || last.terminate());
        } else {
            last.terminate();
        }
    }
}

/// A context without handles, which is ready to be terminated.
struct Last(NonNull<c_void>);

// SAFETY: as for `RawContext`.
unsafe impl Send for Last {}

impl Last {
    fn terminate(self) {
        // SAFETY: HANDLE, and nothing uses the context afterwards: every socket held the context, so none is open.
        let _ = uninterrupted(|| check(unsafe { sys::zmq_ctx_term(self.0.as_ptr()) }));
    }
}

/// Starts `count` threads at the same time, and ends them. Returns `true` if all of them started.
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
        // The thread does not panic.
        let _ = thread.join();
    }
    all
}

/// Returns the size of the stack of a thread that C code starts, which is the limit of the process if there is a limit.
#[cfg(unix)]
fn stack_size() -> usize {
    limit(libc::RLIMIT_STACK).filter(|&size| size < 1 << 30).and_then(|size| size.try_into().ok()).unwrap_or(2 << 20)
}

#[cfg(not(unix))]
fn stack_size() -> usize {
    1 << 20
}

/// Checks that the process can open `count` descriptors, because libzmq aborts if it cannot.
#[cfg(unix)]
pub(crate) fn expect_descriptors(count: usize) -> Result<(), Errno> {
    use std::os::unix::net::UnixDatagram;

    let opened: std::io::Result<Vec<_>> = (0..count).map(|_| UnixDatagram::unbound()).collect();
    opened.map(drop).map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EMFILE)))
}

/// Succeeds, because other systems do not limit the number of descriptors.
#[cfg(not(unix))]
pub(crate) fn expect_descriptors(_count: usize) -> Result<(), Errno> {
    Ok(())
}

/// Returns the version of the loaded libzmq.
pub(crate) fn version() -> [c_int; 3] {
    let [mut major, mut minor, mut patch] = [0; 3];
    // SAFETY: the pointers are to three integers that outlive the call.
    unsafe { sys::zmq_version(&raw mut major, &raw mut minor, &raw mut patch) };
    [major, minor, patch]
}

/// Returns `true` if the loaded libzmq was built with this capability.
pub(crate) fn has(capability: &CStr) -> bool {
    // SAFETY: the text is NUL-terminated.
    unsafe { sys::zmq_has(capability.as_ptr()) == 1 }
}

/// Checks the scheduling of libzmq's threads on a thread of its own, because libzmq aborts if the system refuses it.
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
    // For other policies libzmq maps any positive priority to the lowest nice value. 4.3.4 maps 0 to it, too.
    let renices = priority.is_some_and(|priority| priority > 0 || version() < [4, 3, 5]);
    // SAFETY: it takes a number, and on Linux only changes the calling thread.
    if !real_time && renices && unsafe { libc::nice(-20) } == -1 {
        // libzmq treats -1 as a failure, even if -1 is the new nice value.
        return Err(Errno::EPERM);
    }
    Ok(())
}

/// Returns the maximum number of file descriptors of the process.
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

/// Checks that this process may run on the processor, because libzmq aborts if its threads may not.
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
