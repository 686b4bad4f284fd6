//! The values of options: from Rust's types to the bytes that libzmq takes, and back.

use std::borrow::Cow;
use std::ffi::c_int;
use std::time::Duration;

use super::socket::RawSocket;
use crate::error::Errno;

/// A value as libzmq takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Int(c_int),
    Bytes(Cow<'a, [u8]>),
}

/// A type whose values libzmq takes for an option.
pub(crate) trait IntoOption {
    /// Returns the value for libzmq, or why there is none.
    fn into_option(&self) -> Result<Value<'_>, String>;
    /// Returns the value as an error shows it.
    fn show(&self) -> String;
}

/// A type in which the value of an option is read.
pub(crate) trait FromOption: Sized {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Errno>;
}

/// Milliseconds as libzmq counts them: -1 for ever, and no positive duration becomes 0.
pub(crate) fn milliseconds(duration: Option<Duration>) -> Result<c_int, String> {
    let Some(duration) = duration else { return Ok(-1) };
    let rounded_up = duration.as_nanos().div_ceil(1_000_000);
    c_int::try_from(rounded_up).map_err(|_| format!("at most {} ms (24 days) are possible", c_int::MAX))
}

impl IntoOption for bool {
    fn into_option(&self) -> Result<Value<'_>, String> {
        Ok(Value::Int((*self).into()))
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl IntoOption for i32 {
    fn into_option(&self) -> Result<Value<'_>, String> {
        Ok(Value::Int(*self))
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl IntoOption for u32 {
    fn into_option(&self) -> Result<Value<'_>, String> {
        c_int::try_from(*self).map(Value::Int).map_err(|_| format!("at most {} is possible", c_int::MAX))
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl IntoOption for Option<Duration> {
    fn into_option(&self) -> Result<Value<'_>, String> {
        milliseconds(*self).map(Value::Int)
    }
    fn show(&self) -> String {
        self.map_or_else(|| "None".to_owned(), |duration| format!("{duration:?}"))
    }
}

impl IntoOption for &[u8] {
    fn into_option(&self) -> Result<Value<'_>, String> {
        Ok(Value::Bytes(Cow::Borrowed(self)))
    }
    fn show(&self) -> String {
        format!("\"{}\"", self.escape_ascii())
    }
}

impl FromOption for bool {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Errno> {
        socket.get_int(option).map(|value| value != 0)
    }
}

impl FromOption for i32 {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Errno> {
        socket.get_int(option)
    }
}

impl FromOption for u32 {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Errno> {
        socket.get_int(option).map(|value| value.try_into().unwrap_or(0))
    }
}

impl FromOption for Option<Duration> {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Errno> {
        let value = socket.get_int(option)?;
        Ok(value.try_into().ok().map(Duration::from_millis))
    }
}

impl FromOption for Vec<u8> {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Errno> {
        socket.get_bytes(option)
    }
}
