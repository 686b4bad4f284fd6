//! The sources of libzmq: an explicit directory, the source build, pkg-config, vcpkg.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::{required, switch, variable};

/// A usable library, whose link instructions have been printed.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) version: Version,
    pub(crate) vendored: bool,
    /// `true` if the library contains the fixes in `patches`.
    pub(crate) patched: bool,
    /// `true` if the compiler has confirmed that messages have the layout in src/layout.rs.
    pub(crate) layout: bool,
    /// `Some(true)` if the library has CURVE, or `None` if that is unknown at build time.
    pub(crate) curve: Option<bool>,
    /// The directory of `zmq.h`, or `None` if the compiler finds the header itself.
    pub(crate) include: Option<PathBuf>,
    pub(crate) lib: Option<PathBuf>,
    pub(crate) root: Option<PathBuf>,
}

impl Library {
    fn found(version: Version, include: Option<PathBuf>, lib: Option<PathBuf>) -> Self {
        Self { version, vendored: false, patched: false, layout: false, curve: None, include, lib, root: None }
    }
}

/// Finds or builds the library. If an explicit directory has no usable library, this fails and tries no other source.
pub(crate) fn library() -> Result<Library, Failure> {
    let directory = variable("ZMQ_LIB_DIR");
    let no_vendor = switch("ZMQ_NO_VENDOR")? == Some(true);
    let library = match directory {
        Some(directory) => explicit(Path::new(&directory))?,
        #[cfg(feature = "vendored")]
        None if !no_vendor => return crate::vendored::build(),
        None => installed(no_vendor)?,
    };
    if let Some(include) = &library.include {
        println!("cargo::rerun-if-changed={}", include.join("zmq.h").display());
    }
    #[cfg(feature = "draft")]
    crate::probe::expect_drafts(&library)?;
    Ok(library)
}

/// Returns the library that pkg-config or vcpkg finds.
fn installed(no_vendor: bool) -> Result<Library, Failure> {
    let vendored = match (cfg!(feature = "vendored"), no_vendor) {
        (true, _) => "on, but ignored because of ZMQ_NO_VENDOR=1",
        (false, _) => "off",
    };
    let mut tried = vec![("ZMQ_LIB_DIR", "not set".to_owned()), ("the feature `vendored`", vendored.to_owned())];
    match pkg_config() {
        Ok(library) => return Ok(library),
        Err(answer) => tried.push(("pkg-config", answer)),
    }
    #[cfg(target_env = "msvc")]
    if required("CARGO_CFG_TARGET_ENV") == "msvc" {
        match vcpkg() {
            Ok(library) => return Ok(library),
            Err(answer) => tried.push(("vcpkg", answer)),
        }
    }
    Err(Failure::nothing_found(&tried))
}

/// Returns the library in the directory that the user names.
fn explicit(directory: &Path) -> Result<Library, Failure> {
    let shown = directory.display();
    let files: Vec<String> = fs::read_dir(directory)
        .map_err(|error| Failure::new(format!("ZMQ_LIB_DIR is {shown}, which cannot be read: {error}")))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let Some((kind, name)) = linkable(&files, switch("ZMQ_STATIC")?) else {
        return Err(Failure::new(format!(
            "ZMQ_LIB_DIR is {shown}, which contains no libzmq{}.\n\
             Point it at the directory of the library file itself, often .../lib.",
            match switch("ZMQ_STATIC")? {
                Some(true) => " to link statically (ZMQ_STATIC is 1)",
                Some(false) => " to link dynamically (ZMQ_STATIC is 0)",
                None => "",
            }
        )));
    };
    let include = explicit_include(directory)?;
    let version = header_version(&include)?;
    if version < Version::OLDEST {
        return Err(Failure::new(format!("the library in ZMQ_LIB_DIR, {shown}, is {}", too_old(version))));
    }

    println!("cargo::rustc-link-search=native={shown}");
    println!("cargo::rustc-link-lib={kind}={name}");
    if kind == "static" {
        link_cpp();
    }
    Ok(Library::found(version, Some(include), Some(directory.to_owned())))
}

/// Returns the kind and the name of the library to link. Without a preference of the user, it is static only if there
/// is no dynamic library.
fn linkable(files: &[String], statically: Option<bool>) -> Option<(&'static str, String)> {
    if required("CARGO_CFG_TARGET_ENV") == "msvc" {
        // Import libraries and static libraries look the same here, and their names contain toolset and version.
        let name = files.iter().find_map(|file| file.strip_suffix(".lib").filter(|name| name.contains("zmq")))?;
        return Some((if statically == Some(true) { "static" } else { "dylib" }, name.to_owned()));
    }
    let has = |name: &str| files.iter().any(|file| file == name);
    let dynamic = ["libzmq.so", "libzmq.dylib", "libzmq.tbd", "libzmq.dll.a"].into_iter().any(has);
    let kind = match statically {
        Some(true) if has("libzmq.a") => "static",
        None if !dynamic && has("libzmq.a") => "static",
        Some(false) | None if dynamic => "dylib",
        _ => return None,
    };
    Some((kind, "zmq".to_owned()))
}

fn explicit_include(directory: &Path) -> Result<PathBuf, Failure> {
    let (candidates, remedy) = match variable("ZMQ_INCLUDE_DIR") {
        Some(include) => (vec![PathBuf::from(include)], "Point ZMQ_INCLUDE_DIR at the directory that contains it."),
        // The second is for directories such as /usr/lib/x86_64-linux-gnu.
        None => (
            directory.ancestors().skip(1).take(2).map(|parent| parent.join("include")).collect(),
            "Set ZMQ_INCLUDE_DIR to the directory that contains it, because the build reads the version from it.",
        ),
    };
    match candidates.iter().find(|include| include.join("zmq.h").is_file()) {
        Some(include) => Ok(include.clone()),
        None => {
            let places: Vec<String> = candidates.iter().map(|place| place.display().to_string()).collect();
            let library = directory.display();
            Err(Failure::new(format!(
                "the library in ZMQ_LIB_DIR, {library}, has no zmq.h in {}.\n{remedy}",
                places.join(" or ")
            )))
        }
    }
}

/// Returns the library that pkg-config finds, or its error message.
fn pkg_config() -> Result<Library, String> {
    let mut config = pkg_config::Config::new();
    // The linker needs no --cflags, and asking for them fails if the .pc file of a private dependency is missing.
    config.probe_cflags(false).cargo_metadata(false);
    let found = config.probe("libzmq").map_err(|error| pkg_config_answer(&error))?;
    let Some(version) = Version::parse(&found.version) else {
        return Err(format!("it found libzmq with the unreadable version \"{}\"", found.version));
    };
    if version < Version::OLDEST {
        return Err(format!("it found {}", too_old(version)));
    }
    // The second probe prints the instructions for cargo.
    config.cargo_metadata(true).probe("libzmq").map_err(|error| pkg_config_answer(&error))?;

    let directory =
        |name| pkg_config::get_variable("libzmq", name).ok().filter(|path| !path.is_empty()).map(PathBuf::from);
    let include = directory("includedir").filter(|include| include.join("zmq.h").is_file());
    Ok(Library::found(version, include, directory("libdir")))
}

fn pkg_config_answer(error: &pkg_config::Error) -> String {
    use pkg_config::Error;
    match error {
        Error::Command { command, cause } => format!("it cannot be run ({cause}): {command}"),
        Error::Failure { output, .. } | Error::ProbeFailure { output, .. } => {
            let mut said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            if said.contains("required by 'libzmq'") {
                said.push_str(
                    "\nlibzmq itself is installed, but the .pc file of a library that it was built with is missing.\n\
                     Install the development package of that library, or set ZMQ_LIB_DIR.",
                );
            }
            said
        }
        other => other.to_string(),
    }
}

/// Returns the library that vcpkg installed, or its error message. As in the manifest, this `cfg` is that of the host.
#[cfg(target_env = "msvc")]
fn vcpkg() -> Result<Library, String> {
    let mut config = vcpkg::Config::new();
    let found = config.cargo_metadata(false).find_package("zeromq").map_err(|error| error.to_string())?;
    let include = found.include_paths.iter().find(|include| include.join("zmq.h").is_file()).cloned();
    let include = include.ok_or("it found zeromq without zmq.h")?;
    let version = header_version(&include).map_err(|failure| failure.to_string())?;
    if version < Version::OLDEST {
        return Err(format!("it found {}", too_old(version)));
    }
    for line in &found.cargo_metadata {
        println!("{line}");
    }
    Ok(Library::found(version, Some(include), found.link_paths.first().cloned()))
}

fn too_old(version: Version) -> String {
    let (oldest, newest) = (Version::OLDEST, Version::NEWEST);
    format!(
        "libzmq {version}, which is too old: at least {oldest} is needed, and the feature `vendored` builds {newest}"
    )
}

/// Returns the version in the `zmq.h` in `include`.
pub(crate) fn header_version(include: &Path) -> Result<Version, Failure> {
    let path = include.join("zmq.h");
    let text = fs::read_to_string(&path).map_err(|error| Failure::io(&format!("read {}", path.display()), &error))?;
    let number = |name: &str| {
        let define = format!("#define ZMQ_VERSION_{name} ");
        text.lines().find_map(|line| line.strip_prefix(&define)?.trim().parse().ok())
    };
    match (number("MAJOR"), number("MINOR"), number("PATCH")) {
        (Some(major), Some(minor), Some(patch)) => Ok(Version(major, minor, patch)),
        _ => Err(Failure::new(format!("{} contains no version, so it is not the header of libzmq.", path.display()))),
    }
}

/// Links the C++ standard library of the target, which a static libzmq needs.
fn link_cpp() {
    let library = match required("CARGO_CFG_TARGET_OS").as_str() {
        "windows" if required("CARGO_CFG_TARGET_ENV") == "msvc" => return,
        "macos" | "ios" | "tvos" | "visionos" | "watchos" | "freebsd" | "openbsd" | "aix" => "c++",
        "android" => "c++_shared",
        _ => "stdc++",
    };
    println!("cargo::rustc-link-lib={}", variable("CXXSTDLIB").as_deref().unwrap_or(library));
}

/// A version of libzmq: major, minor, patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl Version {
    /// The oldest version that this crate accepts.
    pub(crate) const OLDEST: Self = Self(4, 3, 4);
    /// The version of the checked-in declarations.
    pub(crate) const NEWEST: Self = Self(4, 3, 5);

    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.splitn(3, '.').map(|part| {
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            part[..digits].parse().ok()
        });
        Some(Self(numbers.next()??, numbers.next()??, numbers.next()??))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}
