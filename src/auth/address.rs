//! The ranges of addresses in rules.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::wire::Origin;
use crate::error::{Error, Operation, Result};

/// A range of peer addresses: an IP address, a network, or processes of this machine over `ipc`.
///
/// Parses from, and prints as, `10.1.2.3`, `10.0.0.0/8`, `2001:db8::/32`, `*` for every IP address, `ipc` for every
/// process of this machine, or `ipc:uid=1000` and `ipc:gid=1000` for the processes of one user or group.
///
/// # Examples
/// ```
/// use zmq::auth::AddressRange;
///
/// let range: AddressRange = "10.0.0.0/8".parse()?;
/// assert!(range.contains([10, 1, 2, 3]));
/// assert!(!range.contains([11, 1, 2, 3]));
///
/// let error = "10.0.0.1/8".parse::<AddressRange>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"cannot read the address range "10.0.0.1/8": it has bits after the prefix; the network is 10.0.0.0/8"#
/// );
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AddressRange(Range);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Range {
    AnyIp,
    Ip { network: IpAddr, prefix: u8 },
    Ipc,
    IpcUser(u32),
    IpcGroup(u32),
}

impl AddressRange {
    /// Every IP address: `*`.
    pub const ANY_IP: Self = Self(Range::AnyIp);
    /// Every process of this machine, over `ipc`.
    pub const IPC: Self = Self(Range::Ipc);

    /// Creates the range of the processes of this user, over `ipc`. The system has to report the user.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::auth::AddressRange::ipc_user(1000).to_string(), "ipc:uid=1000");
    /// ```
    #[must_use]
    pub const fn ipc_user(uid: u32) -> Self {
        Self(Range::IpcUser(uid))
    }

    /// Creates the range of the processes of this group, over `ipc`. The system has to report the group.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::auth::AddressRange::ipc_group(1000).to_string(), "ipc:gid=1000");
    /// ```
    #[must_use]
    pub const fn ipc_group(gid: u32) -> Self {
        Self(Range::IpcGroup(gid))
    }

    /// Returns `true` if the IP address is in the range.
    ///
    /// # Examples
    /// ```
    /// let range: zmq::auth::AddressRange = "10.0.0.0/8".parse()?;
    /// assert!(range.contains([10, 1, 2, 3]));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn contains(&self, address: impl Into<IpAddr>) -> bool {
        self.holds(&Origin::Ip(address.into().to_canonical()))
    }

    /// Returns `true` if the range contains the origin of a peer.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{AddressRange, Origin};
    ///
    /// let origin = Origin::Ip([127, 0, 0, 1].into());
    /// assert!(AddressRange::ANY_IP.holds(&origin));
    /// assert!(!AddressRange::IPC.holds(&origin));
    /// ```
    #[must_use]
    pub fn holds(&self, origin: &Origin) -> bool {
        match (self.0, origin) {
            (Range::AnyIp, Origin::Ip(_)) | (Range::Ipc, Origin::Ipc { .. }) => true,
            (Range::Ip { network, prefix }, Origin::Ip(address)) => masked(*address, prefix) == Some(network),
            (Range::IpcUser(user), Origin::Ipc { uid, .. }) => *uid == Some(user),
            (Range::IpcGroup(group), Origin::Ipc { gid, .. }) => *gid == Some(group),
            _ => false,
        }
    }
}

/// Creates the range of a single address. An IPv4-mapped IPv6 address is treated as the IPv4 address.
impl From<IpAddr> for AddressRange {
    fn from(address: IpAddr) -> Self {
        let network = address.to_canonical();
        Self(Range::Ip { network, prefix: if network.is_ipv4() { 32 } else { 128 } })
    }
}

impl From<Ipv4Addr> for AddressRange {
    fn from(address: Ipv4Addr) -> Self {
        IpAddr::from(address).into()
    }
}

impl From<Ipv6Addr> for AddressRange {
    fn from(address: Ipv6Addr) -> Self {
        IpAddr::from(address).into()
    }
}

impl FromStr for AddressRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = |reason: String| Error::invalid(Operation::ReadAddressRange, text, reason);
        let number = |text: &str| text.parse().map_err(|_| invalid(format!("{text:?} is not a number")));
        match text {
            "*" => return Ok(Self::ANY_IP),
            "ipc" => return Ok(Self::IPC),
            _ => {}
        }
        if let Some(uid) = text.strip_prefix("ipc:uid=") {
            return number(uid).map(Self::ipc_user);
        }
        if let Some(gid) = text.strip_prefix("ipc:gid=") {
            return number(gid).map(Self::ipc_group);
        }
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let form = "the forms are 10.1.2.3, 10.0.0.0/8, 2001:db8::/32, *, ipc, ipc:uid=1000 and ipc:gid=1000";
        let address: IpAddr = address.parse().map_err(|_| invalid(format!("it is not an IP address; {form}")))?;
        let Some(prefix) = prefix else { return Ok(address.into()) };
        let prefix = prefix.parse::<u8>().map_err(|_| invalid(format!("{prefix:?} is not a prefix length")))?;
        let Some(network) = masked(address, prefix) else {
            let most = if address.is_ipv4() { 32 } else { 128 };
            return Err(invalid(format!("a prefix of {prefix} bits is too long; the maximum is {most}")));
        };
        if network != address {
            return Err(invalid(format!("it has bits after the prefix; the network is {network}/{prefix}")));
        }
        // Peers with an IPv4-mapped address are treated as IPv4, so such a network would never match.
        match address.to_canonical() {
            canonical if canonical == address => Ok(Self(Range::Ip { network, prefix })),
            _ if prefix < 96 => {
                Err(invalid("write it as an IPv4 network, because its peers have IPv4 addresses".to_owned()))
            }
            canonical => Ok(Self(Range::Ip { network: canonical, prefix: prefix - 96 })),
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Range::AnyIp => f.write_str("*"),
            Range::Ip { network, prefix } => write!(f, "{network}/{prefix}"),
            Range::Ipc => f.write_str("ipc"),
            Range::IpcUser(uid) => write!(f, "ipc:uid={uid}"),
            Range::IpcGroup(gid) => write!(f, "ipc:gid={gid}"),
        }
    }
}

/// Returns the address without the bits after its prefix, or `None` if the prefix is too long.
fn masked(address: IpAddr, prefix: u8) -> Option<IpAddr> {
    Some(match address {
        IpAddr::V4(address) => {
            let behind = 32_u32.checked_sub(prefix.into())?;
            let mask = u32::MAX.checked_shl(behind).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let behind = 128_u32.checked_sub(prefix.into())?;
            let mask = u128::MAX.checked_shl(behind).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    })
}
