//! The source build: compiles a copy of libzmq's source with the fixes, as one translation unit.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::failure::Failure;
use crate::find::Library;
use crate::{layout, patches, platform, source};

/// Files that are not compiled: a precompiled header, and the WebSocket transport over TLS, which needs GnuTLS.
const EXCLUDED: [&str; 3] = ["precompiled.cpp", "wss_address.cpp", "wss_engine.cpp"];

/// Builds libzmq, prints the link instructions, and returns the library.
pub(crate) fn build() -> Result<Library, Failure> {
    let root = crate::out_dir().join("libzmq");
    let patched = crate::switch("ZMQ_VENDORED_UNPATCHED")? != Some(true);
    write(&root.join("platform/platform.hpp"), &platform::header(patched)?)?;
    let source = copy_source(&source::tree()?, &root)?;
    if patched {
        patches::apply(&source.join("src"))?;
    }
    let (include, lib) = compile(&source, &root)?;
    link();
    // No calls are inlined on Windows, where descriptors, and therefore messages, have another size.
    let layout = !windows() && knows_layout(&source, &root);
    Ok(Library {
        version: crate::find::header_version(&include)?,
        vendored: true,
        patched,
        layout,
        curve: Some(cfg!(feature = "curve")),
        root: Some(root),
        include: Some(include),
        lib: Some(lib),
    })
}

fn windows() -> bool {
    crate::required("CARGO_CFG_TARGET_OS") == "windows"
}

/// Copies the files to compile from the tree into `root`, so that the fixes can change them, and returns the copy.
fn copy_source(tree: &Path, root: &Path) -> Result<PathBuf, Failure> {
    let source = root.join("source");
    for directory in ["src", "include", "external/sha1", "external/wepoll"] {
        let (from, to) = (tree.join(directory), source.join(directory));
        let failed = |error| Failure::io(&format!("copy {}", from.display()), &error);
        fs::create_dir_all(&to).map_err(failed)?;
        for entry in fs::read_dir(&from).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // `fs::copy` would keep the write protection of a read-only tree.
            let text = fs::read(entry.path()).map_err(failed)?;
            fs::write(to.join(entry.file_name()), text).map_err(failed)?;
        }
    }
    Ok(source)
}

/// Compiles the source and returns the directories of the headers and of the library.
fn compile(source: &Path, root: &Path) -> Result<(PathBuf, PathBuf), Failure> {
    let mut objects = Vec::new();
    let mut c = |file: &str| {
        let compiled = settings(source, root).file(source.join("external").join(file)).try_compile_intermediates();
        compiled.map(|compiled| objects.extend(compiled)).map_err(|error| Failure::not_compiled(&error.to_string()))
    };
    c("sha1/sha1.c")?;
    if windows() {
        c("wepoll/wepoll.c")?;
    }

    let (include, lib) = (root.join("include"), root.join("lib"));
    let mut libzmq = settings(source, root);
    libzmq.cpp(true).objects(objects).out_dir(&lib);
    if libzmq.get_compiler().is_like_msvc() {
        libzmq.flag("/EHsc");
    } else {
        libzmq.std("c++11");
    }
    let files = source_files(source)?;
    if windows() {
        // The macros of Windows' headers conflict in a single unit.
        libzmq.files(files.iter().map(|name| source.join("src").join(name)));
    } else {
        // In a single unit, the compiler inlines across files, and parses each header once.
        let unit = root.join("libzmq.cpp");
        write(&unit, &files.iter().map(|name| format!("#include \"{name}\"\n")).collect::<String>())?;
        libzmq.file(unit);
        // gcc limits inlining by the growth of a unit, which is the whole library here.
        libzmq.flag_if_supported("--param=large-unit-insns=100000");
    }
    libzmq.try_compile("zmq").map_err(|error| Failure::not_compiled(&error.to_string()))?;

    for header in ["zmq.h", "zmq_utils.h"] {
        let from = source.join("include").join(header);
        let text =
            fs::read_to_string(&from).map_err(|error| Failure::io(&format!("read {}", from.display()), &error))?;
        write(&include.join(header), &text)?;
    }
    Ok((include, lib))
}

/// Returns `true` if the compiler confirms the layout of messages that this crate assumes.
fn knows_layout(source: &Path, root: &Path) -> bool {
    let file = root.join("layout.cpp");
    let mut comparison = settings(source, root);
    comparison.cpp(true).std("c++11").file(&file).cargo_metadata(false).cargo_warnings(false);
    for (name, value) in layout::NAMED {
        comparison.define(&format!("ZMQ_SYS_{name}"), value.to_string().as_str());
    }
    write(&file, include_str!("layout.cpp")).is_ok() && comparison.try_compile_intermediates().is_ok()
}

/// Returns the names of the C++ files to compile.
fn source_files(source: &Path) -> Result<Vec<String>, Failure> {
    let source = source.join("src");
    let unreadable = |error| Failure::io(&format!("read {}", source.display()), &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(&source).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".cpp") && !EXCLUDED.contains(&name.as_str()) {
            files.push(name);
        }
    }
    // The build must not depend on the order in which the file system lists files.
    files.sort_unstable();
    Ok(files)
}

/// Returns the settings for both languages.
fn settings(source: &Path, root: &Path) -> cc::Build {
    let mut build = cc::Build::new();
    build
        // Optimises debug builds too, because the library is on the hot path of the program.
        .opt_level(3)
        .debug(false)
        .warnings(false)
        .flag_if_supported("-w")
        .flag_if_supported("-fvisibility=hidden")
        // Keeps the paths of this machine out of libzmq's assertions.
        .flag_if_supported(format!("-ffile-prefix-map={}=libzmq", source.display()))
        .include(root.join("platform"))
        .include(source.join("src"))
        .include(source.join("include"));
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

/// Returns the macros that are the same on every platform.
fn defines() -> Vec<(&'static str, &'static str)> {
    let mut defines = vec![
        ("NDEBUG", "1"),
        ("ZMQ_STATIC", "1"),
        // Exports no symbols, so that another libzmq in the same program does not use these functions.
        ("ZMQ_NO_EXPORT", "1"),
        // The names of the bundled SHA-1 clash with other libraries.
        ("sha1_init", "zmq_sys_sha1_init"),
        ("sha1_pad", "zmq_sys_sha1_pad"),
        ("sha1_loop", "zmq_sys_sha1_loop"),
        ("sha1_result", "zmq_sys_sha1_result"),
    ];
    if cfg!(feature = "curve") {
        defines.extend([
            ("ZMQ_HAVE_CURVE", "1"),
            ("ZMQ_USE_LIBSODIUM", "1"),
            // ZMQ_LIBSODIUM_RANDOMBYTES_CLOSE is not set: creating a key would close the random number generator of all
            // contexts.
            ("SODIUM_STATIC", "1"),
        ]);
    }
    defines
}

/// Returns the directory of `sodium.h`, or `None` if the compiler finds the header itself.
fn sodium_include() -> Option<PathBuf> {
    println!("cargo::rerun-if-env-changed=SODIUM_LIB_DIR");
    env::var_os("DEP_SODIUM_INCLUDE")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&env::var_os("SODIUM_LIB_DIR")?).parent()?.join("include")))
}

/// Links the libraries that libzmq needs, except the C++ standard library, which the crate `cc` links.
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
