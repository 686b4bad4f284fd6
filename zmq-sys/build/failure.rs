//! The error message of a failed build.

use std::fmt;
use std::io;

/// A failure to find or build the library, and its remedy.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn io(action: &str, error: &io::Error) -> Self {
        Self(format!("cannot {action}: {error}"))
    }

    /// The compiler failed with the message `said`.
    #[cfg(any(feature = "vendored", feature = "draft"))]
    pub(crate) fn not_compiled(said: &str) -> Self {
        Self(format!("libzmq cannot be compiled: {}\n\n{COMPILER}", said.trim()))
    }

    /// No source had a usable library. `tried` has the reason for each source.
    pub(crate) fn nothing_found(tried: &[(&str, String)]) -> Self {
        let mut text =
            format!("no usable libzmq was found (at least {} is needed).\n\nTried:\n", crate::Version::OLDEST);
        for (place, answer) in tried {
            let answer = answer.trim().replace('\n', "\n      ");
            text.push_str(&format!("  {place}:\n      {answer}\n"));
        }
        Self(format!("{text}\n{REMEDIES}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\nzmq-sys: {}\n", self.0.trim_end())
    }
}

#[cfg(any(feature = "vendored", feature = "draft"))]
const COMPILER: &str = "\
The feature `vendored` builds libzmq from source and needs a C and C++11 compiler:
  Debian, Ubuntu  apt install g++
  Fedora          dnf install gcc-c++
  Arch            pacman -S gcc
  Alpine          apk add g++
  macOS           xcode-select --install
  Windows         the build tools of Visual Studio, with C++
To choose another compiler, set CC and CXX. To use an installed libzmq instead, set ZMQ_NO_VENDOR=1.
";

const REMEDIES: &str = "\
To fix this, do one of the following:
  - Enable the feature `vendored` of the crate zmq (or zmq-sys). It builds libzmq from source and needs only a C++
    compiler.
  - Install libzmq with its header, and pkg-config:
      Debian, Ubuntu  apt install libzmq3-dev pkg-config
      Fedora          dnf install zeromq-devel pkgconf-pkg-config
      Arch            pacman -S zeromq pkgconf
      Alpine          apk add zeromq-dev pkgconf
      macOS           brew install zeromq pkgconf
      Windows         vcpkg install zeromq
  - Point ZMQ_LIB_DIR at the directory of the library, and ZMQ_INCLUDE_DIR at the directory of zmq.h.
";
