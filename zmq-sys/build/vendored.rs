//! The source build: libzmq's tree out of the crate `zeromq-src`, compiled as one unit.

use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{env, fs};

use crate::failure::Failure;
use crate::find::Library;
use crate::{layout, platform};

/// Left out of the unit: a precompiled header, and the WebSocket transport over TLS, which needs GnuTLS.
const LEFT_OUT: [&str; 3] = ["precompiled.cpp", "wss_address.cpp", "wss_engine.cpp"];

/// Builds libzmq, prints how to link it, and returns where it is.
pub(crate) fn build() -> Result<Library, Failure> {
    let root = crate::out_dir().join("libzmq");
    let windows = crate::required("CARGO_CFG_TARGET_OS") == "windows";
    if !windows {
        write(&root.join("platform/platform.hpp"), &platform::header()?)?;
    }
    let tree = tree().filter(|_| !windows);
    let (include, lib) = match &tree {
        Some(tree) => compile_as_one_unit(tree, &root)?,
        // On Windows, the crate's own build knows the platform; elsewhere, this is the way without the tree's path.
        None => compile_through_the_crate(&root)?,
    };
    link();
    let layout = tree.is_some_and(|tree| knows_layout(&tree, &root));
    Ok(Library {
        version: crate::find::header_version(&include)?,
        vendored: true,
        layout,
        curve: Some(cfg!(feature = "curve")),
        root: include.starts_with(&root).then_some(root),
        include: Some(include),
        lib: Some(lib),
    })
}

/// The directory of libzmq's source, if the path that `zeromq-src` was compiled from still leads there.
fn tree() -> Option<PathBuf> {
    /// Learns who converts it into a path: the crate has no public way to its tree, but its constructor converts.
    struct Witness<'a>(&'a Mutex<Option<&'static str>>);

    #[allow(clippy::from_over_into, reason = "`From` cannot be told who calls: the blanket `into` stands between")]
    impl Into<PathBuf> for Witness<'_> {
        #[track_caller]
        fn into(self) -> PathBuf {
            if let Ok(mut caller) = self.0.lock() {
                *caller = Some(Location::caller().file());
            }
            PathBuf::new()
        }
    }

    let caller = Mutex::new(None);
    zeromq_src::LibLocation::new(Witness(&caller), PathBuf::new());
    let lib_rs = Path::new(caller.into_inner().ok()??);
    let tree = lib_rs.parent()?.parent()?.join("vendor");
    tree.join("src/zmq.cpp").is_file().then_some(tree)
}

/// Compiles the tree as one unit: the compiler inlines across the files, and parses each header once. Returns the
/// directories of the headers and of the library.
fn compile_as_one_unit(tree: &Path, root: &Path) -> Result<(PathBuf, PathBuf), Failure> {
    let unit = root.join("libzmq.cpp");
    write(&unit, &one_unit(tree)?)?;

    let mut sha1 = settings(tree, root);
    sha1.file(tree.join("external/sha1/sha1.c"));
    let sha1 = sha1.try_compile_intermediates().map_err(|error| Failure::not_compiled(&error.to_string()))?;

    let (include, lib) = (root.join("include"), root.join("lib"));
    let mut libzmq = settings(tree, root);
    libzmq.cpp(true).std("c++11").file(unit).objects(sha1).out_dir(&lib);
    // gcc stops inlining once a unit has grown by a share of its size: here, that unit is the whole library.
    libzmq.flag_if_supported("--param=large-unit-insns=100000");
    libzmq.try_compile("zmq").map_err(|error| Failure::not_compiled(&error.to_string()))?;

    for header in ["zmq.h", "zmq_utils.h"] {
        let from = tree.join("include").join(header);
        let text =
            fs::read_to_string(&from).map_err(|error| Failure::io(&format!("read {}", from.display()), &error))?;
        write(&include.join(header), &text)?;
    }
    Ok((include, lib))
}

/// Whether the parts of a message are where this crate takes them to be: the compiler compares.
fn knows_layout(tree: &Path, root: &Path) -> bool {
    let file = root.join("layout.cpp");
    let mut comparison = settings(tree, root);
    comparison.cpp(true).std("c++11").file(&file).cargo_metadata(false).cargo_warnings(false);
    for (name, value) in layout::NAMED {
        comparison.define(&format!("ZMQ_SYS_{name}"), value.to_string().as_str());
    }
    write(&file, include_str!("layout.cpp")).is_ok() && comparison.try_compile_intermediates().is_ok()
}

fn one_unit(tree: &Path) -> Result<String, Failure> {
    let source = tree.join("src");
    let unreadable = |error| Failure::io(&format!("read {}", source.display()), &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(&source).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".cpp") && !LEFT_OUT.contains(&name.as_str()) {
            files.push(name);
        }
    }
    // The order in which a file system lists them must not decide what is built.
    files.sort_unstable();
    Ok(files.iter().map(|name| format!("#include \"{name}\"\n")).collect())
}

/// What both languages are compiled with.
fn settings(tree: &Path, root: &Path) -> cc::Build {
    let mut build = cc::Build::new();
    build
        // The library is part of the program's hot path in a debug build too.
        .opt_level(3)
        .debug(false)
        .warnings(false)
        .flag_if_supported("-w")
        .flag_if_supported("-fvisibility=hidden")
        // libzmq's assertions name their file: not by where this machine keeps it.
        .flag_if_supported(format!("-ffile-prefix-map={}=libzmq", tree.display()))
        .include(root.join("platform"))
        .include(tree.join("src"))
        .include(tree.join("include"));
    if cfg!(feature = "draft") {
        build.define("ZMQ_BUILD_DRAFT_API", None);
    }
    for (name, value) in defines() {
        build.define(name, value);
    }
    if let Some(include) = sodium_include() {
        build.include(include);
    }
    build
}

/// The macros that are the same on every platform.
fn defines() -> Vec<(&'static str, &'static str)> {
    let mut defines = vec![
        ("NDEBUG", "1"),
        ("ZMQ_STATIC", "1"),
        // Exports nothing: a program that also loads another libzmq must not lend it these functions.
        ("ZMQ_NO_EXPORT", "1"),
        // The bundled SHA-1 has names that other libraries have too.
        ("sha1_init", "zmq_sys_sha1_init"),
        ("sha1_pad", "zmq_sys_sha1_pad"),
        ("sha1_loop", "zmq_sys_sha1_loop"),
        ("sha1_result", "zmq_sys_sha1_result"),
    ];
    if cfg!(feature = "curve") {
        defines.extend([
            ("ZMQ_HAVE_CURVE", "1"),
            ("ZMQ_USE_LIBSODIUM", "1"),
            // Without ZMQ_LIBSODIUM_RANDOMBYTES_CLOSE: making a key would close the random numbers of every context.
            ("SODIUM_STATIC", "1"),
        ]);
    }
    defines
}

/// Lets `zeromq-src` compile file by file: slower to build, the same functions. Returns as the other way does.
///
/// It takes no macros, and detects nearly nothing by itself, so they come in through a header that the flags include.
fn compile_through_the_crate(root: &Path) -> Result<(PathBuf, PathBuf), Failure> {
    let header = root.join("platform/settings.hpp");
    let mut text: String = defines().into_iter().map(|(name, value)| format!("#define {name} {value}\n")).collect();
    if let Ok(platform) = fs::read_to_string(root.join("platform/platform.hpp")) {
        text.push_str(&platform);
    }
    write(&header, &text)?;

    let mut flags = if crate::required("CARGO_CFG_TARGET_ENV") == "msvc" {
        vec!["/w".to_owned(), format!("/FI{}", header.display())]
    } else {
        vec!["-w".to_owned(), "-fvisibility=hidden".to_owned(), "-include".to_owned(), header.display().to_string()]
    };
    flags.extend(sodium_include().map(|include| format!("-I{}", include.display())));
    let name = format!("CXXFLAGS_{}", crate::required("TARGET").replace('-', "_"));
    let mut value = env::var(&name).unwrap_or_default();
    if flags.iter().any(|flag| flag.contains(char::is_whitespace)) {
        flags = flags.into_iter().map(|flag| format!("\"{flag}\"")).collect();
        set_variable("CC_SHELL_ESCAPED_FLAGS", "1");
    }
    value.extend(flags.iter().map(|flag| format!(" {flag}")));
    set_variable(&name, &value);
    // The crate follows the profile, and the library is part of the program's hot path in a debug build too.
    set_variable("OPT_LEVEL", "3");
    set_variable("DEBUG", "false");
    zeromq_src::Build::new().enable_draft(cfg!(feature = "draft")).build();

    let out = crate::out_dir();
    Ok((out.join("source/include"), out.join("lib")))
}

/// Sets an environment variable for the code that this process runs later.
fn set_variable(name: &str, value: &str) {
    // SAFETY: ONE THREAD: the probes' threads have been joined, and nothing else in this process starts any before.
    unsafe { env::set_var(name, value) }
}

/// The directory of `sodium.h`, or `None` where the compiler finds it by itself.
fn sodium_include() -> Option<PathBuf> {
    println!("cargo::rerun-if-env-changed=SODIUM_LIB_DIR");
    env::var_os("DEP_SODIUM_INCLUDE")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&env::var_os("SODIUM_LIB_DIR")?).parent()?.join("include")))
}

/// Names what libzmq calls; the C++ standard library is named by the crate `cc`.
fn link() {
    if cfg!(feature = "curve") {
        println!("cargo::rustc-cfg=zmq_vendored_curve");
    }
    let system = crate::required("CARGO_CFG_TARGET_OS");
    let libraries: &[&str] = match system.as_str() {
        "windows" => &["ws2_32", "iphlpapi", "rpcrt4", "advapi32"],
        "linux" => &["pthread", "rt"],
        "solaris" | "illumos" => &["socket", "nsl", "pthread"],
        "android" | "macos" | "ios" | "tvos" | "visionos" | "watchos" => &[],
        _ => &["pthread"],
    };
    for library in libraries {
        println!("cargo::rustc-link-lib={library}");
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let written = match path.parent() {
        Some(directory) => fs::create_dir_all(directory).and_then(|()| fs::write(path, text)),
        None => fs::write(path, text),
    };
    written.map_err(|error| Failure::io(&format!("write {}", path.display()), &error))
}
