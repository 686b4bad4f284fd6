//! The location of libzmq's source, which is in the package `zeromq-src`. That package does not publish its path.

use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{env, fs};

use crate::failure::Failure;

/// Returns the directory of libzmq's source.
pub(crate) fn tree() -> Result<PathBuf, Failure> {
    if let Some(directory) = crate::variable("ZMQ_SOURCE_DIR") {
        let directory = PathBuf::from(directory);
        return if is_tree(&directory) {
            Ok(directory)
        } else {
            let shown = directory.display();
            Err(Failure::new(format!(
                "ZMQ_SOURCE_DIR is {shown}, which contains no src/zmq.cpp: set it to the root of libzmq's source."
            )))
        };
    }
    by_constructor().or_else(by_neighbours).ok_or_else(|| {
        Failure::new(
            "the source of libzmq was not found: the package zeromq-src was moved after it was compiled.\n\
             Set ZMQ_SOURCE_DIR to the directory `vendor` of zeromq-src 0.3.6, or to an unpacked libzmq 4.3.5.",
        )
    })
}

fn is_tree(directory: &Path) -> bool {
    directory.join("src/zmq.cpp").is_file()
}

/// Returns the tree next to the source file of `zeromq-src`, unless the compiler remapped its path.
fn by_constructor() -> Option<PathBuf> {
    /// A value that records the source file of the code that converts it into a path, which is the package's
    /// constructor.
    struct Witness<'a>(&'a Mutex<Option<&'static str>>);

    #[allow(clippy::from_over_into, reason = "with `From`, the blanket `into` would be the caller")]
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
    is_tree(&tree).then_some(tree)
}

/// Returns the tree of a package `zeromq-src` that is unpacked next to this one, or in cargo's registry.
fn by_neighbours() -> Option<PathBuf> {
    let neighbours = PathBuf::from(crate::required("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned);
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let registries = home.into_iter().flat_map(|home| children(&home.join("registry/src")));
    let packages = neighbours.into_iter().chain(registries).flat_map(|directory| children(&directory));
    let named = |path: &PathBuf| {
        path.file_name().is_some_and(|name| {
            let name = name.to_string_lossy();
            name == "zeromq-src" || name.contains("zeromq-src-0.3.6")
        })
    };
    packages.filter(named).map(|package| package.join("vendor")).find(|tree| is_tree(tree))
}

fn children(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(directory).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}
