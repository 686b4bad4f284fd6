//! The one text that a build that cannot go on leaves behind.

use std::fmt;
use std::io;

/// Why there is no library, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn io(action: &str, error: &io::Error) -> Self {
        Self(format!("cannot {action}: {error}"))
    }

    /// The compiler fails, as `said`.
    #[cfg(any(feature = "vendored", feature = "draft"))]
    pub(crate) fn not_compiled(said: &str) -> Self {
        Self(format!("libzmq cannot be compiled: {}\n\n{COMPILER}", said.trim()))
    }

    /// No place had a usable library: `tried` says what each place answered.
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
The feature `vendored` builds libzmq from source, with a compiler of C and C++11:
  Debian, Ubuntu  apt install g++
  Fedora          dnf install gcc-c++
  Arch            pacman -S gcc
  Alpine          apk add g++
  macOS           xcode-select --install
  Windows         the build tools of Visual Studio, with C++
Another compiler is chosen by CC and CXX. An installed libzmq is used instead with ZMQ_NO_VENDOR=1.
";

const REMEDIES: &str = "\
Each of these helps:
  - Enable the feature `vendored` of the crate zmq (or zmq-sys). It builds libzmq from source: it needs a C++ compiler
    and nothing installed.
  - Install libzmq with its header, and pkg-config:
      Debian, Ubuntu  apt install libzmq3-dev pkg-config
      Fedora          dnf install zeromq-devel pkgconf-pkg-config
      Arch            pacman -S zeromq pkgconf
      Alpine          apk add zeromq-dev pkgconf
      macOS           brew install zeromq pkgconf
      Windows         vcpkg install zeromq
  - Point ZMQ_LIB_DIR at the directory of the library, and ZMQ_INCLUDE_DIR at the directory of zmq.h.
";
