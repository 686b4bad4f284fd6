// The layout of a message of any kind in libzmq 4.3.5: offsets in bytes, which are the same for pointers of 32 and 64
// bits, and values. The build script compares each with the source, using the compiler. `inlined` uses them.

pub(crate) const METADATA: usize = 0;
pub(crate) const KIND: usize = 42;
pub(crate) const FLAGS: usize = 43;
pub(crate) const GROUP_KIND: usize = 48;

/// The kind of a message that contains its content, directly after the pointer to the metadata.
pub(crate) const IN_PLACE: u8 = 101;
/// The kind of a message that has a pointer there, to a structure that begins with the pointer to the content.
pub(crate) const ELSEWHERE: u8 = 102;
/// The flag of a frame that is followed by others.
pub(crate) const MORE: u8 = 1;
/// The kind of a group that the message contains.
pub(crate) const SHORT_GROUP: u8 = 0;

/// All values, under their names in the comparison.
#[allow(dead_code, reason = "used by the build script")]
pub(crate) const NAMED: [(&str, usize); 8] = [
    ("METADATA", METADATA),
    ("KIND", KIND),
    ("FLAGS", FLAGS),
    ("GROUP_KIND", GROUP_KIND),
    ("IN_PLACE", IN_PLACE as usize),
    ("ELSEWHERE", ELSEWHERE as usize),
    ("MORE", MORE as usize),
    ("SHORT_GROUP", SHORT_GROUP as usize),
];
