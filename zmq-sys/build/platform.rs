//! The features of the target, as the macros that libzmq's own configuration would define.

use std::env;
use std::sync::Mutex;
use std::thread;

use crate::failure::Failure;
use crate::probe::Compiler;

/// A macro, and the headers and statements of a small program. The macro is defined if the program compiles.
type Question = (&'static str, &'static [&'static str], &'static str);

const QUESTIONS: &[Question] = &[
    // Waiting.
    ("ZMQ_IOTHREAD_POLLER_USE_KQUEUE", &["sys/types.h", "sys/event.h"], "kqueue ();"),
    ("ZMQ_IOTHREAD_POLLER_USE_EPOLL", &["sys/epoll.h"], "epoll_create (1);"),
    ("ZMQ_IOTHREAD_POLLER_USE_EPOLL_CLOEXEC", &["sys/epoll.h"], "epoll_create1 (EPOLL_CLOEXEC);"),
    ("ZMQ_IOTHREAD_POLLER_USE_DEVPOLL", &["sys/devpoll.h"], "dvpoll d; (void) d;"),
    ("ZMQ_IOTHREAD_POLLER_USE_POLLSET", &["sys/poll.h", "sys/pollset.h"], "pollset_create (-1);"),
    ("ZMQ_HAVE_PPOLL", &["sys/select.h"], "pselect (0, 0, 0, 0, 0, 0);"),
    ("ZMQ_HAVE_EVENTFD", &["sys/eventfd.h"], "eventfd (0, 0);"),
    ("ZMQ_HAVE_EVENTFD_CLOEXEC", &["sys/eventfd.h"], "eventfd (0, EFD_CLOEXEC);"),
    // Sockets.
    ("ZMQ_HAVE_IFADDRS", &["sys/types.h", "ifaddrs.h"], "ifaddrs *a; getifaddrs (&a);"),
    ("HAVE_IF_NAMETOINDEX", &["sys/types.h", "sys/socket.h", "net/if.h"], "if_nametoindex (\"\");"),
    ("HAVE_ACCEPT4", &["sys/types.h", "sys/socket.h"], "accept4 (0, 0, 0, 0);"),
    ("ZMQ_HAVE_SOCK_CLOEXEC", &["sys/types.h", "sys/socket.h"], "int i = SOCK_CLOEXEC; (void) i;"),
    ("ZMQ_HAVE_O_CLOEXEC", &["fcntl.h"], "int i = O_CLOEXEC; (void) i;"),
    ("ZMQ_HAVE_SO_BINDTODEVICE", &["sys/types.h", "sys/socket.h"], "int i = SO_BINDTODEVICE; (void) i;"),
    ("ZMQ_HAVE_SO_PEERCRED", &["sys/types.h", "sys/socket.h"], "int i = SO_PEERCRED; (void) i;"),
    (
        "ZMQ_HAVE_LOCAL_PEERCRED",
        &["sys/types.h", "sys/socket.h", "sys/un.h", "sys/ucred.h"],
        "int i = LOCAL_PEERCRED + XUCRED_VERSION; xucred c; (void) c.cr_version; (void) i;",
    ),
    ("ZMQ_HAVE_BUSY_POLL", &["sys/types.h", "sys/socket.h"], "int i = SO_BUSY_POLL; (void) i;"),
    ("ZMQ_HAVE_SO_KEEPALIVE", &["sys/types.h", "sys/socket.h"], "int i = SO_KEEPALIVE; (void) i;"),
    ("ZMQ_HAVE_SO_PRIORITY", &["sys/types.h", "sys/socket.h"], "int i = SO_PRIORITY; (void) i;"),
    ("ZMQ_HAVE_TCP_KEEPCNT", &["sys/types.h", "netinet/in.h", "netinet/tcp.h"], "int i = TCP_KEEPCNT; (void) i;"),
    ("ZMQ_HAVE_TCP_KEEPIDLE", &["sys/types.h", "netinet/in.h", "netinet/tcp.h"], "int i = TCP_KEEPIDLE; (void) i;"),
    ("ZMQ_HAVE_TCP_KEEPINTVL", &["sys/types.h", "netinet/in.h", "netinet/tcp.h"], "int i = TCP_KEEPINTVL; (void) i;"),
    ("ZMQ_HAVE_TCP_KEEPALIVE", &["sys/types.h", "netinet/in.h", "netinet/tcp.h"], "int i = TCP_KEEPALIVE; (void) i;"),
    ("ZMQ_HAVE_TIPC", &["sys/types.h", "sys/socket.h", "linux/tipc.h"], "sockaddr_tipc a; (void) a.addr.name.domain;"),
    ("ZMQ_HAVE_UIO", &["sys/types.h", "sys/uio.h"], "iovec v; (void) v;"),
    // Threads and processes.
    ("HAVE_FORK", &["unistd.h"], "fork ();"),
    ("ZMQ_HAVE_PTHREAD_SETNAME_1", &["pthread.h"], "pthread_setname_np (\"\");"),
    ("ZMQ_HAVE_PTHREAD_SETNAME_2", &["pthread.h"], "pthread_setname_np (pthread_self (), \"\");"),
    ("ZMQ_HAVE_PTHREAD_SETNAME_3", &["pthread.h"], "pthread_setname_np (pthread_self (), \"\", (void *) 0);"),
    ("ZMQ_HAVE_PTHREAD_SET_NAME", &["pthread.h", "pthread_np.h"], "pthread_set_name_np (pthread_self (), \"\");"),
    (
        "ZMQ_HAVE_PTHREAD_SET_AFFINITY",
        &["pthread.h", "sched.h"],
        "cpu_set_t s; CPU_ZERO (&s); pthread_setaffinity_np (pthread_self (), sizeof s, &s);",
    ),
    // The C library.
    ("HAVE_POSIX_MEMALIGN", &["stdlib.h"], "void *p; (void) posix_memalign (&p, 64, 64);"),
    ("HAVE_CLOCK_GETTIME", &["time.h"], "timespec t; clock_gettime (CLOCK_MONOTONIC, &t);"),
    ("HAVE_GETHRTIME", &["sys/time.h"], "gethrtime ();"),
    ("HAVE_MKDTEMP", &["stdlib.h", "unistd.h"], "char n[] = \"\"; (void) mkdtemp (n);"),
    ("HAVE_STRNLEN", &["string.h"], "strnlen (\"\", 1);"),
    ("ZMQ_HAVE_STRLCPY", &["string.h"], "char b[1]; strlcpy (b, \"\", 1);"),
];

/// Pollers of the I/O threads, best first. libzmq uses exactly one.
const POLLERS: [&str; 4] = [
    "ZMQ_IOTHREAD_POLLER_USE_KQUEUE",
    "ZMQ_IOTHREAD_POLLER_USE_EPOLL",
    "ZMQ_IOTHREAD_POLLER_USE_DEVPOLL",
    "ZMQ_IOTHREAD_POLLER_USE_POLLSET",
];

/// Macros for every Unix: C++11, Unix sockets, WebSocket with the bundled SHA-1.
const UNIX: [&str; 8] = [
    "ZMQ_USE_CV_IMPL_STL11",
    "ZMQ_HAVE_NOEXCEPT",
    "ZMQ_HAVE_IPC",
    "ZMQ_HAVE_STRUCT_SOCKADDR_UN",
    "ZMQ_HAVE_WS",
    "ZMQ_USE_BUILTIN_SHA1",
    "ZMQ_USE_RADIX_TREE",
    "ZMQ_POLL_BASED_ON_POLL",
];

/// Macros for every Windows.
const WINDOWS: [&str; 7] = [
    "ZMQ_HAVE_WINDOWS",
    "ZMQ_IOTHREAD_POLLER_USE_EPOLL",
    "ZMQ_POLL_BASED_ON_POLL",
    "ZMQ_USE_CV_IMPL_STL11",
    "ZMQ_HAVE_WS",
    "ZMQ_USE_BUILTIN_SHA1",
    "HAVE_STRNLEN",
];

/// Returns the text of `platform.hpp`, which libzmq's own configuration would write: one macro for each feature.
pub(crate) fn header(patched: bool) -> Result<String, Failure> {
    let compiler = Compiler::cpp()?;
    if crate::required("CARGO_CFG_TARGET_OS") == "windows" {
        return Ok(windows_header(&compiler, patched));
    }
    let mut macros = answers(&compiler);
    let poller = POLLERS.into_iter().find(|poller| macros.contains(poller)).unwrap_or("ZMQ_IOTHREAD_POLLER_USE_POLL");
    macros.retain(|name| !POLLERS.contains(name));
    macros.push(poller);
    macros.extend(UNIX);
    macros.extend(system());
    let macros: String = macros.into_iter().map(|name| format!("#define {name} 1\n")).collect();
    Ok(format!("#pragma once\n#define ZMQ_CACHELINE_SIZE {}\n{macros}", cache_line()))
}

/// Returns the text of `platform.hpp` for Windows, whose compilers and headers hardly differ for libzmq.
fn windows_header(compiler: &Compiler, patched: bool) -> String {
    let mut text = String::from("#pragma once\n");
    // Windows Vista is the first version with the functions that libzmq's poller calls.
    text.push_str("#ifndef _WIN32_WINNT\n#define _WIN32_WINNT 0x0600\n#endif\n");
    text.extend(WINDOWS.map(|name| format!("#define {name} 1\n")));
    // Without the fixes, ipc compiles only with Microsoft's compiler.
    let refusal = if patched { "" } else { "#ifndef _MSC_VER\n#error\n#endif\n" };
    let program = format!("{refusal}#include <winsock2.h>\n#include <afunix.h>\nint main () {{ return 0; }}\n");
    if compiler.accepts("ZMQ_HAVE_IPC", &program) {
        text.push_str("#define ZMQ_HAVE_IPC 1\n#define ZMQ_HAVE_STRUCT_SOCKADDR_UN 1\n");
    }
    text
}

/// Returns libzmq's macros for the target's system.
fn system() -> &'static [&'static str] {
    match crate::required("CARGO_CFG_TARGET_OS").as_str() {
        "linux" => &["ZMQ_HAVE_LINUX"],
        "android" => &["ZMQ_HAVE_LINUX", "ZMQ_HAVE_ANDROID"],
        "freebsd" => &["ZMQ_HAVE_FREEBSD"],
        "dragonfly" => &["ZMQ_HAVE_FREEBSD", "ZMQ_HAVE_DRAGONFLY"],
        "netbsd" => &["ZMQ_HAVE_NETBSD"],
        "openbsd" => &["ZMQ_HAVE_OPENBSD"],
        "solaris" | "illumos" => &["ZMQ_HAVE_SOLARIS"],
        "aix" => &["ZMQ_HAVE_AIX"],
        "nto" => &["ZMQ_HAVE_QNXNTO"],
        "hurd" => &["ZMQ_HAVE_GNU"],
        "cygwin" => &["ZMQ_HAVE_CYGWIN"],
        _ if env::var("CARGO_CFG_TARGET_VENDOR").is_ok_and(|vendor| vendor == "apple") => &["ZMQ_HAVE_OSX"],
        _ => &[],
    }
}

/// Returns the alignment of lock-free queues, which keeps two threads from writing to the same cache line.
fn cache_line() -> u32 {
    let vendor = env::var("CARGO_CFG_TARGET_VENDOR").unwrap_or_default();
    match (crate::required("CARGO_CFG_TARGET_ARCH").as_str(), vendor.as_str()) {
        ("aarch64", "apple") | ("powerpc64", _) => 128,
        ("s390x", _) => 256,
        _ => 64,
    }
}

/// Returns the macros whose programs compile, in the order of the table.
fn answers(compiler: &Compiler) -> Vec<&'static str> {
    let yes = Mutex::new(Vec::new());
    let jobs = env::var("NUM_JOBS").ok().and_then(|jobs| jobs.parse().ok()).unwrap_or(1);
    let open = Mutex::new(QUESTIONS.iter().enumerate());
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let next = open.lock().ok().and_then(|mut open| open.next());
                    let Some((index, (name, headers, statements))) = next else {
                        break;
                    };
                    let includes: String = headers.iter().map(|header| format!("#include <{header}>\n")).collect();
                    let program = format!("{includes}int main () {{ {statements} return 0; }}\n");
                    if compiler.accepts(name, &program) {
                        yes.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((index, *name));
                    }
                }
            });
        }
    });
    let mut yes = yes.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    yes.sort_unstable();
    yes.into_iter().map(|(_, name)| name).collect()
}
