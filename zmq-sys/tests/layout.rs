//! The sizes, offsets and values of the declarations match those that the C compiler gets from the header.

use std::collections::BTreeMap;
use std::fs;
use std::mem::{align_of, offset_of, size_of};
use std::path::Path;
use std::process::{Command, Output};

use zmq_sys::{build, zmq_fd_t, zmq_msg_t, zmq_poller_event_t, zmq_pollitem_t};

/// The declarations that this build uses.
#[cfg(not(feature = "bindgen"))]
const BINDINGS: &str = include_str!("../src/bindings.rs");
#[cfg(feature = "bindgen")]
const BINDINGS: &str = include_str!(concat!(env!("OUT_DIR"), "/bindings.rs"));

/// Drafts that are new in 4.3.5, and absent from the header of 4.3.4.
const ABSENT_FROM_4_3_4: [&str; 17] = [
    "ZMQ_BUSY_POLL",
    "ZMQ_HICCUP_MSG",
    "ZMQ_NORM_BLOCK_SIZE",
    "ZMQ_NORM_BUFFER_SIZE",
    "ZMQ_NORM_CC",
    "ZMQ_NORM_CCE",
    "ZMQ_NORM_CCE_ECNONLY",
    "ZMQ_NORM_CCL",
    "ZMQ_NORM_FIXED",
    "ZMQ_NORM_MODE",
    "ZMQ_NORM_NUM_AUTOPARITY",
    "ZMQ_NORM_NUM_PARITY",
    "ZMQ_NORM_PUSH",
    "ZMQ_NORM_SEGMENT_SIZE",
    "ZMQ_NORM_UNICAST_NACK",
    "ZMQ_TOPICS_COUNT",
    "ZMQ_XSUB_VERBOSE_UNSUBSCRIBE",
];

/// Constants that 4.3.5 changed: the version, and a draft flag that had the bits of two others.
const DIFFERENT_IN_4_3_4: [&str; 2] = ["ZMQ_RECONNECT_STOP_AFTER_DISCONNECT", "ZMQ_VERSION_PATCH"];

macro_rules! layouts {
    ($($type:ident { $($field:ident),* })*) => {
        vec![$(
            (format!("sizeof {}", stringify!($type)), format!("sizeof ({})", stringify!($type)), size_of::<$type>()),
            (
                format!("alignof {}", stringify!($type)),
                format!("offsetof (struct {{ char first; {} second; }}, second)", stringify!($type)),
                align_of::<$type>(),
            ),
            $((
                format!("offsetof {}.{}", stringify!($type), stringify!($field)),
                format!("offsetof ({}, {})", stringify!($type), stringify!($field)),
                offset_of!($type, $field),
            ),)*
        )*]
    };
}

macro_rules! errnos {
    ($($name:ident)*) => { [$((stringify!($name), i64::from(zmq_sys::errno::$name))),*] };
}

#[test]
fn types_have_the_size_the_alignment_and_the_offsets_of_the_header() {
    let layouts = layouts! {
        zmq_fd_t {}
        zmq_msg_t {}
        zmq_pollitem_t { socket, fd, events, revents }
        zmq_poller_event_t { socket, fd, user_data, events }
    };
    let questions: Vec<_> = layouts.iter().map(|(name, expression, _)| (name.as_str(), expression.as_str())).collect();
    let answers = ask_the_compiler("layouts", &questions);
    for (name, _, ours) in &layouts {
        assert_eq!(answers[name.as_str()], Some(i64::try_from(*ours).unwrap()), "{name}");
    }
}

#[test]
fn constants_have_the_numbers_of_the_header() {
    let constants = constants();
    assert!(constants.len() > 200, "only {} constants were found in the declarations", constants.len());
    let questions: Vec<_> = constants.keys().map(|name| (*name, *name)).collect();
    let answers = ask_the_compiler("constants", &questions);

    let absent: Vec<_> = constants.keys().copied().filter(|name| answers[*name].is_none()).collect();
    let different: Vec<_> =
        constants.iter().filter(|(name, ours)| answers[**name].is_some_and(|theirs| theirs != **ours)).collect();
    let different: Vec<_> = different.into_iter().map(|(name, _)| *name).collect();
    println!("{} constants agree", constants.len() - absent.len() - different.len());

    match (build::VERSION, cfg!(feature = "bindgen")) {
        ([4, 3, 4], generated) => {
            assert_eq!(absent, ABSENT_FROM_4_3_4);
            assert_eq!(different, if generated { &[][..] } else { &DIFFERENT_IN_4_3_4[..] });
        }
        ([4, 3, 5], _) => assert_eq!((absent, different), (vec![], vec![])),
        (newer, _) => {
            assert!(newer > [4, 3, 5], "{newer:?}");
            assert_eq!(absent, Vec::<&str>::new());
            assert!(different.iter().all(|name| name.starts_with("ZMQ_VERSION_")), "{different:?}");
        }
    }
}

#[test]
fn errnos_have_the_numbers_of_the_header() {
    let errnos = errnos! {
        EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EBADF EBUSY ECONNABORTED ECONNREFUSED ECONNRESET EFAULT
        EHOSTUNREACH EINPROGRESS EINTR EINVAL EMFILE EMSGSIZE ENAMETOOLONG ENETDOWN ENETRESET ENETUNREACH ENFILE
        ENOBUFS ENODEV ENOENT ENOMEM ENOTCONN ENOTSOCK ENOTSUP EPERM EPIPE EPROTO EPROTONOSUPPORT ETIMEDOUT
        EFSM ENOCOMPATPROTO ETERM EMTHREAD
    };
    let declared = include_str!("../src/errno.rs")
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() > 3 && word.starts_with('E') && word.chars().all(|c| c.is_ascii_uppercase()));
    assert_eq!(declared.count(), errnos.len(), "an errno is declared that this test does not compare");

    let questions: Vec<_> = errnos.iter().map(|(name, _)| (*name, *name)).collect();
    let answers = ask_the_compiler("errnos", &questions);
    for (name, ours) in errnos {
        assert_eq!(answers[name], Some(ours), "{name}");
    }
}

/// Returns the integer constants of the declarations.
fn constants() -> BTreeMap<&'static str, i64> {
    BINDINGS
        .split("pub const ")
        .skip(1)
        .filter_map(|item| {
            let (name, rest) = item.split_once(':')?;
            let (_, value) = rest.split_once(';')?.0.split_once('=')?;
            Some((name, value.trim().parse().ok()?))
        })
        .collect()
}

/// Returns the value of each C expression by name, or `None` if the expression is an undefined macro.
fn ask_the_compiler<'a>(topic: &str, questions: &[(&'a str, &str)]) -> BTreeMap<&'a str, Option<i64>> {
    let mut program = String::from(
        "#define ZMQ_BUILD_DRAFT_API 1\n#include <zmq.h>\n#include <stddef.h>\n#include <stdio.h>\nint main (void) {\n",
    );
    for (_, expression) in questions {
        let print = format!("printf (\"%lld\\n\", (long long) ({expression}));");
        if expression.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            program.push_str(&format!("#ifdef {expression}\n{print}\n#else\nputs (\"-\");\n#endif\n"));
        } else {
            program.push_str(&format!("{print}\n"));
        }
    }
    program.push_str("return 0;\n}\n");

    let answers = compile_and_run(topic, &program);
    assert_eq!(answers.lines().count(), questions.len());
    questions.iter().map(|(name, _)| *name).zip(answers.lines().map(|answer| answer.trim().parse().ok())).collect()
}

fn compile_and_run(topic: &str, program: &str) -> String {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let source = directory.join(format!("{topic}.c"));
    fs::write(&source, program).unwrap();
    let executable = directory.join(topic).with_extension(std::env::consts::EXE_EXTENSION);

    // The crate `cc` reads these variables from cargo in a build script. A test has to set them.
    let target = env!("ZMQ_SYS_TARGET");
    let compiler = cc::Build::new()
        .target(target)
        .host(target)
        .opt_level(0)
        .debug(false)
        .cargo_metadata(false)
        .cargo_warnings(false)
        .get_compiler();
    let mut command = compiler.to_command();
    command.current_dir(directory).arg(&source);
    if !env!("ZMQ_SYS_INCLUDE").is_empty() {
        command.arg(concat!("-I", env!("ZMQ_SYS_INCLUDE")));
    }
    if compiler.is_like_msvc() {
        command.arg(format!("/Fe{}", executable.display()));
    } else {
        command.arg("-o").arg(&executable);
    }
    succeed(&mut command);
    String::from_utf8(succeed(&mut Command::new(&executable)).stdout).unwrap()
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}
