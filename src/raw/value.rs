//! The values of options: from Rust's types to the bytes that libzmq takes, and back.

use std::borrow::Cow;
use std::ffi::c_int;
use std::time::Duration;

use super::gate::Gate;
use super::socket::RawSocket;
use crate::error::Failure;

/// A value as libzmq takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Int(c_int),
    Wide(i64),
    Bits(u64),
    Bytes(Cow<'a, [u8]>),
    /// A null pointer of no length, which takes a text back.
    Unset,
}

/// A type whose values libzmq takes for an option.
pub(crate) trait IntoOption {
    /// Returns the value for libzmq, or why there is none.
    fn encode(&self) -> Result<Value<'_>, String>;
    /// Returns the value as an error shows it.
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

/// A type in which the value of an option is read.
pub(crate) trait FromOption: Sized {
    fn read<G: Gate>(socket: &RawSocket<G>, option: c_int) -> Result<Self, Failure>;
}

/// Milliseconds as libzmq counts them, in which no positive duration becomes 0.
pub(crate) fn milliseconds(duration: Duration) -> Result<c_int, String> {
    let rounded_up = duration.as_nanos().div_ceil(1_000_000);
    c_int::try_from(rounded_up).map_err(|_| format!("at most {} ms (24 days) are possible", c_int::MAX))
}

/// A number of at most `c_int`, as a limit or a size.
fn number(value: u32) -> Result<c_int, String> {
    c_int::try_from(value).map_err(|_| format!("at most {} is possible", c_int::MAX))
}

/// Writes the two halves of a type's codec on one line each.
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
                fn read<G: Gate>($socket: &RawSocket<G>, $option: c_int) -> Result<Self, Failure> {
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
    // None is libzmq's -1 in the two that follow: the system's default, no limit.
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

/// `None` is libzmq's -1: forever.
impl IntoOption for Option<Duration> {
    fn encode(&self) -> Result<Value<'_>, String> {
        self.map_or(Ok(-1), milliseconds).map(Value::Int)
    }
    fn show(&self) -> String {
        // As it is written, which is without `Some`.
        self.map_or_else(|| "None".to_owned(), |duration| format!("{duration:?}"))
    }
}

impl FromOption for Option<Duration> {
    fn read<G: Gate>(socket: &RawSocket<G>, option: c_int) -> Result<Self, Failure> {
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

/// `None` takes the text back.
impl IntoOption for Option<&str> {
    fn encode(&self) -> Result<Value<'_>, String> {
        self.map_or(Ok(Value::Unset), text)
    }
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

/// A text: libzmq stores up to 255 bytes, and would send a NUL along.
fn text(text: &str) -> Result<Value<'_>, String> {
    match text.len() {
        0 => Err("an empty text is not possible".to_owned()),
        _ if text.contains('\0') => Err("it contains a NUL byte".to_owned()),
        1..=255 => Ok(Value::Bytes(Cow::Borrowed(text.as_bytes()))),
        len => Err(format!("it has {len} bytes, at most 255 are possible")),
    }
}

impl FromOption for Vec<u8> {
    fn read<G: Gate>(socket: &RawSocket<G>, option: c_int) -> Result<Self, Failure> {
        socket.get_bytes(option)
    }
}

/// Texts come with a terminating NUL, and an unset one is empty.
impl FromOption for Option<String> {
    fn read<G: Gate>(socket: &RawSocket<G>, option: c_int) -> Result<Self, Failure> {
        let mut text = socket.get_bytes(option)?;
        if text.last() == Some(&0) {
            text.pop();
        }
        Ok(if text.is_empty() { None } else { Some(String::from_utf8_lossy(&text).into_owned()) })
    }
}

/// A value that no error shows.
pub(crate) struct Secret<T>(pub(crate) T);

impl<T: IntoOption> IntoOption for Secret<T> {
    fn encode(&self) -> Result<Value<'_>, String> {
        self.0.encode()
    }
    fn show(&self) -> String {
        "a secret".to_owned()
    }
}
