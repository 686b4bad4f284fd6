// Where libzmq 4.3.5 keeps the parts of a message, of whichever kind: offsets in bytes, the same for pointers of 32 and 64
// bits, and values. The build script has the compiler compare each with the source; `inlined` reads them.

pub(crate) const METADATA: usize = 0;
pub(crate) const KIND: usize = 42;
pub(crate) const FLAGS: usize = 43;
pub(crate) const GROUP_KIND: usize = 48;

/// The kind that holds its content in the message itself, right behind the pointer to the metadata.
pub(crate) const IN_PLACE: u8 = 101;
/// The kind that has a pointer there, to a structure whose first part is the pointer to the content.
pub(crate) const ELSEWHERE: u8 = 102;
/// The flag of a frame that others follow.
pub(crate) const MORE: u8 = 1;
/// The kind of a group that is held in the message itself.
pub(crate) const SHORT_GROUP: u8 = 0;

/// All of them under their names in the comparison.
#[allow(dead_code, reason = "the build script's part of this file")]
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
