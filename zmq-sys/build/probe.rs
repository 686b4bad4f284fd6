//! Checks with the target's compiler, because the `cfg` and headers of the host do not apply to another target.

use std::path::PathBuf;
use std::process::Output;
use std::{fs, io};

use crate::failure::Failure;

/// The target's compiler, with a directory for temporary files.
#[derive(Debug)]
pub(crate) struct Compiler {
    tool: cc::Tool,
    extension: &'static str,
    directory: PathBuf,
}

impl Compiler {
    pub(crate) fn cpp() -> Result<Self, Failure> {
        Self::new(cc::Build::new().cpp(true).std("c++11"), "cpp")
    }

    fn new(build: &mut cc::Build, extension: &'static str) -> Result<Self, Failure> {
        // Silent, because most checks fail on some target.
        build.cargo_metadata(false).cargo_warnings(false).cargo_debug(false).warnings(false);
        let tool = build.try_get_compiler().map_err(|error| Failure::not_compiled(&error.to_string()))?;
        let directory = crate::out_dir().join("probes");
        fs::create_dir_all(&directory).map_err(|error| Failure::io("create a directory in OUT_DIR", &error))?;
        Ok(Self { tool, extension, directory })
    }

    /// Runs the compiler on `source`, in a file with the given `name`.
    fn run(&self, name: &str, source: &str, arguments: &[String]) -> io::Result<Output> {
        let file = self.directory.join(name).with_extension(self.extension);
        fs::write(&file, source)?;
        // The source precedes the libraries, because a linker searches them only for symbols that are missing so far.
        self.tool.to_command().current_dir(&self.directory).arg(&file).args(arguments).output()
    }
}

#[cfg(feature = "vendored")]
impl Compiler {
    /// Returns `true` if `source` compiles.
    pub(crate) fn accepts(&self, name: &str, source: &str) -> bool {
        let flag = if self.tool.is_like_msvc() { "/Zs" } else { "-fsyntax-only" };
        self.run(name, source, &[flag.to_owned()]).is_ok_and(|output| output.status.success())
    }
}

#[cfg(feature = "draft")]
impl Compiler {
    fn c() -> Result<Self, Failure> {
        Self::new(&mut cc::Build::new(), "c")
    }

    /// Returns `true` if a program that calls `function` links with the libzmq in `directory` or in the default
    /// directories.
    fn links(&self, function: &str, directory: Option<&std::path::Path>) -> bool {
        let program = self.directory.join(function).display().to_string();
        let mut arguments = Vec::new();
        if self.tool.is_like_msvc() {
            arguments.extend([format!("/Fe{program}.exe"), "/link".to_owned(), "zmq.lib".to_owned()]);
            arguments.extend(directory.map(|directory| format!("/LIBPATH:{}", directory.display())));
        } else {
            arguments.extend(["-o".to_owned(), program, "-lzmq".to_owned()]);
            arguments.extend(directory.map(|directory| format!("-L{}", directory.display())));
        }
        let source = format!(
            "#ifdef __cplusplus\nextern \"C\"\n#endif\nvoid {function} (void);\n\
             int main (void) {{ {function} (); return 0; }}\n"
        );
        self.run(function, &source, &arguments).is_ok_and(|output| output.status.success())
    }
}

/// Refuses a library without the draft API. If no program can be linked at all, the library is accepted.
#[cfg(feature = "draft")]
pub(crate) fn expect_drafts(library: &crate::find::Library) -> Result<(), Failure> {
    let lib = library.lib.as_deref();
    // Also tries C++, because a static libzmq needs the C++ standard library.
    let compiler = [Compiler::c(), Compiler::cpp()].into_iter().flatten().find(|it| it.links("zmq_version", lib));
    if compiler.is_none_or(|compiler| compiler.links("zmq_poller_new", lib)) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the libzmq {} that was found{} was built without its draft API, which the feature `draft` needs.\n\
         To fix this, do one of the following:\n  \
           - Enable the feature `vendored`, whose libzmq includes the draft API if `draft` is on.\n  \
           - Install a libzmq that was configured with --enable-drafts (CMake: -DENABLE_DRAFTS=ON), and point\n    \
             ZMQ_LIB_DIR at it.",
        library.version,
        lib.map(|lib| format!(" in {}", lib.display())).unwrap_or_default(),
    )))
}
