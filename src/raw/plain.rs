//! Types of values that are plain bytes, which libzmq copies while it sends.
//!
//! A send accepts any type that converts to a message. Values of the types below need no conversion. The send compares
//! their type, which the compiler decides, and passes the bytes to libzmq.

use std::any::TypeId;
use std::borrow::Cow;
use std::marker::PhantomData;
use std::mem;
use std::ptr;
use std::sync::Arc;

/// Declares the plain types. Owned buffers, which a message could own, only count as plain up to `copy_max` bytes.
macro_rules! plain {
    ($value:ident in $scope:lifetime: $($type:ty => |$known:ident| $bytes:expr;)*) => {
        $(
            // Comparing the sizes first makes unoptimised builds faster.
            if size_of::<T>() == size_of::<$type>() && id::<T>() == id::<$type>() {
                // SAFETY: the types are equal except for lifetimes, all of which outlast this borrow, and no type of
                // the table yields a lifetime longer than its own.
                let $known: &$scope $type = unsafe { &*ptr::from_ref($value).cast() };
                return $bytes;
            }
        )*
    };
}

/// Declares arrays, of which each length is a type. Longer arrays are converted to a message first.
macro_rules! plain_arrays {
    ($value:ident in $scope:lifetime: $($len:literal)*) => {
        plain! { $value in $scope: $(&$scope [u8; $len] => |array| Some(array.as_slice());)* }
        plain! { $value in $scope: $([u8; $len] => |array| Some(array);)* }
    };
}

/// Returns the bytes of a plain value, or `None` if the value must be converted to a message. `M` is the type of
/// messages.
#[inline(always)]
pub(crate) fn bytes_to_copy<'s, T, M: AsRef<[u8]> + 'static>(value: &'s T, copy_max: usize) -> Option<&'s [u8]> {
    let short = |bytes: &'s [u8]| (bytes.len() <= copy_max).then_some(bytes);
    plain! { value in 's:
        &'s [u8] => |bytes| Some(bytes);
        &'s str => |text| Some(text.as_bytes());
        &'s Vec<u8> => |bytes| Some(bytes);
        &'s String => |text| Some(text.as_bytes());
        &'s &'s [u8] => |bytes| Some(bytes);
        &'s &'s str => |text| Some(text.as_bytes());
        &'s M => |message| Some(message.as_ref());
        &'s Box<[u8]> => |bytes| Some(bytes);
        &'s Arc<[u8]> => |bytes| Some(bytes);
        Vec<u8> => |bytes| short(bytes);
        String => |text| short(text.as_bytes());
        Box<[u8]> => |bytes| short(bytes);
        Box<str> => |text| short(text.as_bytes());
        Arc<[u8]> => |bytes| short(bytes);
        Arc<str> => |text| short(text.as_bytes());
        Cow<'s, [u8]> => |bytes| short(bytes);
        Cow<'s, str> => |text| short(text.as_bytes());
    }
    #[cfg(feature = "bytes")]
    plain! { value in 's:
        &'s bytes::Bytes => |bytes| Some(bytes);
        bytes::Bytes => |bytes| short(bytes);
        bytes::BytesMut => |bytes| short(bytes);
    }
    plain_arrays! { value in 's:
        0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
        33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64
    }
    None
}

/// Returns the `TypeId` of a type with all its lifetimes `'static`.
#[inline(always)]
fn id<T>() -> TypeId {
    trait Identified {
        fn id(&self) -> TypeId
        where
            Self: 'static;
    }

    impl<T> Identified for PhantomData<T> {
        #[inline(always)]
        fn id(&self) -> TypeId
        where
            Self: 'static,
        {
            TypeId::of::<T>()
        }
    }

    let of: &dyn Identified = &PhantomData::<T>;
    // SAFETY: only the lifetime of the trait object changes. Its only method reads no data and depends on no lifetime.
    let of = unsafe { mem::transmute::<&dyn Identified, &(dyn Identified + 'static)>(of) };
    of.id()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied<T>(value: T) -> Option<Vec<u8>> {
        bytes_to_copy::<_, Vec<u8>>(&value, 512).map(<[u8]>::to_vec)
    }

    #[test]
    fn bytes_and_text_are_known_whatever_holds_them() {
        let bytes = b"abc".to_vec();
        let text = String::from("abc");
        let (boxed, counted) = (Box::<[u8]>::from(&bytes[..]), Arc::<[u8]>::from(&bytes[..]));
        let all = [
            copied(&bytes[..]),
            copied(&*text),
            copied(&bytes),
            copied(&text),
            copied(&&bytes[..]),
            copied(&"abc"),
            copied(&boxed),
            copied(&counted),
            copied(b"abc"),
            copied(*b"abc"),
            copied(bytes.clone()),
            copied(text.clone()),
            copied(boxed.clone()),
            copied(counted.clone()),
            copied(Arc::<str>::from("abc")),
            copied(Box::<str>::from("abc")),
            copied(Cow::Borrowed(&bytes[..])),
            copied(Cow::Borrowed("abc")),
        ];
        for (place, known) in all.iter().enumerate() {
            assert_eq!(known.as_deref(), Some(&b"abc"[..]), "{place}");
        }
    }

    #[test]
    fn what_is_handed_over_and_what_is_no_bytes_becomes_a_message() {
        assert_eq!(copied(vec![7_u8; 512]), Some(vec![7; 512]));
        assert_eq!(copied(vec![7_u8; 513]), None);
        assert_eq!(copied(&vec![7_u8; 513]), Some(vec![7; 513]));
        assert_eq!(copied(7_u64), None);
        assert_eq!(copied([7_i8; 4]), None);
        assert_eq!(copied([7_u16; 4]), None);
        assert_eq!(copied([7_u8; 64]), Some(vec![7; 64]));
        assert_eq!(copied([7_u8; 65]), None);
    }
}
