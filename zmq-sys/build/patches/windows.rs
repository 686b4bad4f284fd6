// SPDX-License-Identifier: MPL-2.0

//! Fixes that are specific to Windows.

use super::{Edit, Patch, Proof};

const NEEDS_WINDOWS: Proof = Proof::Unproven("a test cannot cause the failure of Windows that it needs");

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "windows-poll-error",
        why: "If Windows is short of memory or its network fails, WSAPoll fails and does not change errno. The waiting \
              socket aborts, because it expects EINTR.",
        upstream: Some("commit 84eb4615"),
        proof: NEEDS_WINDOWS,
        edits: &[
            Edit {
                file: "windows.hpp",
                find: "static inline int poll (struct pollfd *pfd, unsigned long nfds, int timeout)\n",
                replace: r"namespace zmq
{
int wsa_error_to_errno (int errcode_);
}
static inline int poll (struct pollfd *pfd, unsigned long nfds, int timeout)
",
            },
            Edit {
                file: "windows.hpp",
                find: "    return WSAPoll (pfd, nfds, timeout);\n",
                replace: r"    const int ready = WSAPoll (pfd, nfds, timeout);
    if (ready == SOCKET_ERROR) {
        const int code = WSAGetLastError ();
        //  What passes is reported as an interruption, after which callers wait again.
        const bool passes = code == WSAENETDOWN || code == WSAENOBUFS;
        errno = passes ? EINTR : zmq::wsa_error_to_errno (code);
    }
    return ready;
",
            },
        ],
    },
    Patch {
        id: "windows-wake-up-pipe",
        why: "The pair of sockets that wakes a thread uses AF_UNIX. If a temporary directory cannot be created, or the \
              connection fails after a successful bind, no context can be created, although TCP would work.",
        upstream: Some("commits 1f4dd54f and 0ed7a08c"),
        proof: NEEDS_WINDOWS,
        edits: &[
            Edit {
                file: "ip.cpp",
                find: "    create_ipc_wildcard_address (dirname, filename);\n",
                replace: r"    if (create_ipc_wildcard_address (dirname, filename) != 0)
        goto error_closelistener;
",
            },
            Edit {
                file: "ip.cpp",
                find: r"    // if we got here, ipc should be working,
    // so raise any remaining errors
    ipc_fallback_on_tcpip = false;
",
                replace: "",
            },
        ],
    },
    Patch {
        id: "windows-ipc-path",
        why: "The file of an ipc socket is removed by functions that expect the system's code page, but its path is \
              UTF-8. If the path contains characters outside ASCII, the file remains, and the next bind fails.",
        upstream: Some("commit 86a42e1e"),
        proof: Proof::Unproven("wine has no AF_UNIX, so no test runs ipc on Windows"),
        edits: &[
            Edit {
                file: "windows.hpp",
                find: "//  In MinGW environment AI_NUMERICSERV is not defined.\n",
                replace: r"#include <errno.h>
#include <wchar.h>
//  Removes what a path in UTF-8 names. The path of a socket is shorter than the buffer.
static inline int remove_by_utf8 (int (*remove_) (const wchar_t *),
                                  const char *path_)
{
    wchar_t wide[MAX_PATH];
    if (!MultiByteToWideChar (CP_UTF8, MB_ERR_INVALID_CHARS, path_, -1, wide,
                              MAX_PATH)) {
        errno = EINVAL;
        return -1;
    }
    return remove_ (wide);
}
static inline int unlink_by_utf8 (const char *path_)
{
    return remove_by_utf8 (_wunlink, path_);
}
static inline int rmdir_by_utf8 (const char *path_)
{
    return remove_by_utf8 (_wrmdir, path_);
}
//  In MinGW environment AI_NUMERICSERV is not defined.
",
            },
            Edit {
                file: "ip.cpp",
                find: r"#define rmdir _rmdir
#define unlink _unlink
",
                replace: r"#define rmdir rmdir_by_utf8
#define unlink unlink_by_utf8
",
            },
            Edit {
                file: "ipc_listener.cpp",
                find: r"#define rmdir _rmdir
#define unlink _unlink
",
                replace: r"#define rmdir rmdir_by_utf8
#define unlink unlink_by_utf8
",
            },
        ],
    },
    Patch {
        id: "windows-ipc-compilers",
        why: "The choice between the ipc headers of Windows and of Unix depends on the compiler instead of the system, \
              so only Microsoft's compiler can compile ipc.",
        upstream: Some("commit aa885c5a"),
        proof: Proof::Unproven("without it, a build with ipc fails, and the build script leaves ipc out"),
        edits: &[
            Edit { file: "ipc_address.hpp", find: "#if defined _MSC_VER\n", replace: "#if defined ZMQ_HAVE_WINDOWS\n" },
            Edit { file: "ipc_connecter.cpp", find: "#ifdef _MSC_VER\n", replace: "#ifdef ZMQ_HAVE_WINDOWS\n" },
            Edit { file: "ipc_listener.cpp", find: "#ifdef _MSC_VER\n", replace: "#ifdef ZMQ_HAVE_WINDOWS\n" },
        ],
    },
    Patch {
        id: "windows-arm-clock",
        why: "On ARM, the cycle counter is read by a function that only Microsoft's compiler has. Other compilers use \
              a clock that Windows lacks.",
        upstream: Some("commit b7143414"),
        proof: Proof::Unproven("the tests do not run on Windows on ARM"),
        edits: &[Edit {
            file: "clock.cpp",
            find: r"#elif (defined __GNUC__ && (defined __i386__ || defined __x86_64__))
    uint32_t low, high;
",
            replace: r"#elif defined ZMQ_HAVE_WINDOWS && defined __aarch64__
    //  No counter: its user takes the time of the system instead.
    return 0;
#elif (defined __GNUC__ && (defined __i386__ || defined __x86_64__))
    uint32_t low, high;
",
        }],
    },
];
