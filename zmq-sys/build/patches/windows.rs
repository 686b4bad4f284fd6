//! Fixes of what is Windows' own.

use super::{Edit, Patch, Proof};

const NEEDS_WINDOWS: Proof = Proof::Unproven("it needs a failure of Windows itself, which no test can cause");

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "windows-poll-error",
        why: "When Windows is short of memory or its network goes down, WSAPoll fails and leaves errno as it was: the \
              waiting socket aborts, because it expects EINTR.",
        upstream: Some("commit 84eb4615"),
        proof: NEEDS_WINDOWS,
        edits: &[
            Edit {
                file: "windows.hpp",
                find: "static inline int poll (struct pollfd *pfd, unsigned long nfds, int timeout)\n",
                replace: "namespace zmq\n{\nint wsa_error_to_errno (int errcode_);\n}\n\
                          static inline int poll (struct pollfd *pfd, unsigned long nfds, int timeout)\n",
            },
            Edit {
                file: "windows.hpp",
                find: "    return WSAPoll (pfd, nfds, timeout);\n",
                replace: "    const int ready = WSAPoll (pfd, nfds, timeout);\n    \
                          if (ready == SOCKET_ERROR) {\n        \
                          const int code = WSAGetLastError ();\n        \
                          //  What passes is reported as an interruption, after which callers wait again.\n        \
                          const bool passes = code == WSAENETDOWN || code == WSAENOBUFS;\n        \
                          errno = passes ? EINTR : zmq::wsa_error_to_errno (code);\n    \
                          }\n    \
                          return ready;\n",
            },
        ],
    },
    Patch {
        id: "windows-wake-up-pipe",
        why: "The pair of sockets that wakes a thread is made of AF_UNIX. Where a temporary directory cannot be made, or \
              the connection fails after a bind that worked, no context can be created, though TCP would do.",
        upstream: Some("commits 1f4dd54f and 0ed7a08c"),
        proof: NEEDS_WINDOWS,
        edits: &[
            Edit {
                file: "ip.cpp",
                find: "    create_ipc_wildcard_address (dirname, filename);\n",
                replace: "    if (create_ipc_wildcard_address (dirname, filename) != 0)\n        goto error_closelistener;\n",
            },
            Edit {
                file: "ip.cpp",
                find: "    // if we got here, ipc should be working,\n    // so raise any remaining errors\n    \
                       ipc_fallback_on_tcpip = false;\n",
                replace: "",
            },
        ],
    },
    Patch {
        id: "windows-ipc-path",
        why: "The file of an ipc socket is removed by functions that take the system's code page, while its path is \
              UTF-8: a path beyond ASCII leaves its file behind, so that the next bind fails.",
        upstream: Some("commit 86a42e1e"),
        proof: Proof::Unproven("wine has no AF_UNIX, so that nothing runs ipc on Windows"),
        edits: &[
            Edit {
                file: "windows.hpp",
                find: "//  In MinGW environment AI_NUMERICSERV is not defined.\n",
                replace: "#include <errno.h>\n#include <wchar.h>\n\
                          //  Removes what a path in UTF-8 names. The path of a socket is shorter than the buffer.\n\
                          static inline int remove_by_utf8 (int (*remove_) (const wchar_t *),\n                                  \
                          const char *path_)\n{\n    \
                          wchar_t wide[MAX_PATH];\n    \
                          if (!MultiByteToWideChar (CP_UTF8, MB_ERR_INVALID_CHARS, path_, -1, wide,\n                              \
                          MAX_PATH)) {\n        \
                          errno = EINVAL;\n        \
                          return -1;\n    \
                          }\n    \
                          return remove_ (wide);\n}\n\
                          static inline int unlink_by_utf8 (const char *path_)\n{\n    \
                          return remove_by_utf8 (_wunlink, path_);\n}\n\
                          static inline int rmdir_by_utf8 (const char *path_)\n{\n    \
                          return remove_by_utf8 (_wrmdir, path_);\n}\n\
                          //  In MinGW environment AI_NUMERICSERV is not defined.\n",
            },
            Edit {
                file: "ip.cpp",
                find: "#define rmdir _rmdir\n#define unlink _unlink\n",
                replace: "#define rmdir rmdir_by_utf8\n#define unlink unlink_by_utf8\n",
            },
            Edit {
                file: "ipc_listener.cpp",
                find: "#define rmdir _rmdir\n#define unlink _unlink\n",
                replace: "#define rmdir rmdir_by_utf8\n#define unlink unlink_by_utf8\n",
            },
        ],
    },
    Patch {
        id: "windows-ipc-compilers",
        why: "Whether ipc's header is Windows' or Unix's is asked of the compiler instead of the system, so that ipc \
              cannot be compiled by anything but Microsoft's compiler.",
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
        why: "On ARM, the cycle counter is read by a function that only Microsoft's compiler has; the others are sent to \
              a clock that Windows lacks.",
        upstream: Some("commit b7143414"),
        proof: Proof::Unproven("no Windows on ARM runs the tests"),
        edits: &[Edit {
            file: "clock.cpp",
            find: "#elif (defined __GNUC__ && (defined __i386__ || defined __x86_64__))\n    uint32_t low, high;\n",
            replace: "#elif defined ZMQ_HAVE_WINDOWS && defined __aarch64__\n    \
                      //  No counter: its user takes the time of the system instead.\n    \
                      return 0;\n\
                      #elif (defined __GNUC__ && (defined __i386__ || defined __x86_64__))\n    uint32_t low, high;\n",
        }],
    },
];
