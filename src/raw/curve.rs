//! The key functions of CURVE.

use super::{check, sys};
use crate::error::Errno;

/// A key in the format of libzmq: 40 characters of Z85 and a NUL.
pub(crate) type KeyText = [u8; 41];

/// Creates a key pair.
pub(crate) fn key_pair(public: &mut KeyText, secret: &mut KeyText) -> Result<(), Errno> {
    // SAFETY: libzmq writes 41 bytes into each array, which is their size; the arrays are distinct.
    check(unsafe { sys::zmq_curve_keypair(public.as_mut_ptr().cast(), secret.as_mut_ptr().cast()) }).map(drop)
}

/// Derives the public key that belongs to `secret`.
pub(crate) fn public_key(secret: &KeyText, public: &mut KeyText) -> Result<(), Errno> {
    // libzmq decodes text of any length into a buffer of 32 bytes on its stack, and reads all 32 bytes.
    if secret.iter().position(|&byte| byte == 0) != Some(40) {
        return Err(Errno::EINVAL);
    }
    // SAFETY: `secret` has 40 characters and a NUL, as was just checked, so that libzmq decodes 32 bytes; it writes 41
    // bytes into `public`, which is its size.
    check(unsafe { sys::zmq_curve_public(public.as_mut_ptr().cast(), secret.as_ptr().cast()) }).map(drop)
}
