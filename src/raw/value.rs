//! Conversions between Rust types and the values of socket options.

use std::borrow::Cow;
use std::ffi::c_int;
use std::time::Duration;

use super::socket::RawSocket;
use crate::error::Failure;

/// A value in the form that libzmq takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Int(c_int),
    Wide(i64),
    Bits(u64),
    Bytes(Cow<'a, [u8]>),
    /// A null pointer with length 0, which resets a text.
    Unset,
}

/// A type whose values can be set as an option.
pub(crate) trait IntoOption {
    /// Returns the value for libzmq.
    ///
    /// # Errors
    /// The reason why the value is invalid.
    fn encode(&self) -> Result<Value<'_>, String>;
    /// Returns the value in the form that errors display.
    fn show(&self) -> String;
}

impl<T: IntoOption + ?Sized> IntoOption for &T {
    fn encode(&self) -> Result<Value<'_>, String> {
        (**self).encode()
    }
    fn show(&self) -> String {
        (**self).show()
    }
}

/// A type that the value of an option can be read as.
pub(crate) trait FromOption: Sized {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Failure>;
}

/// Returns a duration in milliseconds, rounded up so that no positive duration becomes 0.
pub(crate) fn milliseconds(duration: Duration) -> Result<c_int, String> {
    let rounded_up = duration.as_nanos().div_ceil(1_000_000);
    c_int::try_from(rounded_up).map_err(|_| format!("at most {} ms (24 days) are possible", c_int::MAX))
}

/// Converts a limit or a size to libzmq's integer.
fn number(value: u32) -> Result<c_int, String> {
    c_int::try_from(value).map_err(|_| format!("at most {} is possible", c_int::MAX))
}

/// Implements [`IntoOption`] and [`FromOption`] for a type, from one expression each.
macro_rules! codecs {
    ($($type:ty: |$value:ident| $encode:expr, |$socket:ident, $option:ident| $read:expr;)*) => {
        $(
            impl IntoOption for $type {
                fn encode(&self) -> Result<Value<'_>, String> {
                    let $value = *self;
                    Ok($encode)
                }
                fn show(&self) -> String {
                    format!("{self:?}")
                }
            }

            impl FromOption for $type {
                fn read($socket: &RawSocket, $option: c_int) -> Result<Self, Failure> {
                    Ok($read)
                }
            }
        )*
    };
}

codecs! {
    u8: |value| Value::Int(value.into()), |socket, option| socket.get_int(option)?.try_into().unwrap_or(u8::MAX);
    bool: |value| Value::Int(value.into()), |socket, option| socket.get_int(option)? != 0;
    i32: |value| Value::Int(value), |socket, option| socket.get_int(option)?;
    u32: |value| Value::Int(number(value)?), |socket, option| socket.get_int(option)?.try_into().unwrap_or(0);
    u64: |value| Value::Bits(value), |socket, option| u64::from_ne_bytes(socket.get_array(option)?);
    // In the next two types `None` is libzmq's -1: the default of the system, or no limit.
    Option<u32>:
        |value| Value::Int(value.map_or(Ok(-1), number)?),
        |socket, option| socket.get_int(option)?.try_into().ok();
    Option<u64>:
        |value| Value::Wide(value.map_or(Ok(-1), |value| {
            i64::try_from(value).map_err(|_| format!("at most {} is possible", i64::MAX))
        })?),
        |socket, option| i64::from_ne_bytes(socket.get_array(option)?).try_into().ok();
    Duration:
        |value| Value::Int(milliseconds(value)?),
        |socket, option| Duration::from_millis(socket.get_int(option)?.try_into().unwrap_or(0));
}

/// `None` is libzmq's -1, which means forever.
impl IntoOption for Option<Duration> {
    fn encode(&self) -> Result<Value<'_>, String> {
        self.map_or(Ok(-1), milliseconds).map(Value::Int)
    }
    fn show(&self) -> String {
        // Programs pass the duration without `Some`.
        self.map_or_else(|| "None".to_owned(), |duration| format!("{duration:?}"))
    }
}

impl FromOption for Option<Duration> {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Failure> {
        Ok(socket.get_int(option)?.try_into().ok().map(Duration::from_millis))
    }
}

impl IntoOption for &[u8] {
    fn encode(&self) -> Result<Value<'_>, String> {
        Ok(Value::Bytes(Cow::Borrowed(self)))
    }
    fn show(&self) -> String {
        format!("\"{}\"", self.escape_ascii())
    }
}

impl IntoOption for &str {
    fn encode(&self) -> Result<Value<'_>, String> {
        text(self)
    }
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

/// `None` resets the text.
impl IntoOption for Option<&str> {
    fn encode(&self) -> Result<Value<'_>, String> {
        self.map_or(Ok(Value::Unset), text)
    }
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

/// Checks and converts a text. libzmq stores up to 255 bytes, and does not stop at a NUL.
fn text(text: &str) -> Result<Value<'_>, String> {
    match text.len() {
        0 => Err("an empty text is not possible".to_owned()),
        _ if text.contains('\0') => Err("it contains a NUL byte".to_owned()),
        1..=255 => Ok(Value::Bytes(Cow::Borrowed(text.as_bytes()))),
        len => Err(format!("it has {len} bytes, at most 255 are possible")),
    }
}

impl FromOption for Vec<u8> {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Failure> {
        socket.get_bytes(option)
    }
}

/// libzmq returns texts with a terminating NUL. A text that is not set is empty.
impl FromOption for Option<String> {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Failure> {
        let mut text = socket.get_bytes(option)?;
        if text.last() == Some(&0) {
            text.pop();
        }
        Ok(if text.is_empty() { None } else { Some(String::from_utf8_lossy(&text).into_owned()) })
    }
}

/// A number with a range that is narrower than the range of its type.
#[cfg(any(feature = "draft", feature = "serde"))]
pub(crate) struct Within<T> {
    pub(crate) value: T,
    pub(crate) least: c_int,
    pub(crate) most: c_int,
    /// The number is a multiple of this step.
    pub(crate) step: c_int,
}

#[cfg(any(feature = "draft", feature = "serde"))]
impl<T: IntoOption> IntoOption for Within<T> {
    fn encode(&self) -> Result<Value<'_>, String> {
        let Self { least, most, step, .. } = *self;
        match self.value.encode()? {
            Value::Int(number) if !(least..=most).contains(&number) => {
                Err(format!("from {least} to {most} are possible"))
            }
            Value::Int(number) if number % step != 0 => Err(format!("multiples of {step} are possible")),
            value => Ok(value),
        }
    }
    fn show(&self) -> String {
        self.value.show()
    }
}

/// A value that errors do not display.
pub(crate) struct Secret<T>(pub(crate) T);

impl<T: IntoOption> IntoOption for Secret<T> {
    fn encode(&self) -> Result<Value<'_>, String> {
        self.0.encode()
    }
    fn show(&self) -> String {
        "a secret".to_owned()
    }
}
