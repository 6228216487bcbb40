//! Integer types as ranges of mathematical integers.
//!
//! Every number is an `i128`, so that no operation of two 64-bit numbers can
//! overflow by accident: the range is checked afterwards, in one place.

use garble_lang::ast::Type;
use garble_lang::token::{SignedNumType, UnsignedNumType};

/// An integer type: its width and whether it has a sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Number {
    pub(super) bits: u32,
    pub(super) signed: bool,
}

impl Number {
    /// The number type behind a type, `None` if it is none.
    ///
    /// A type that the checker left open is `i32`, the language's default;
    /// `usize` has 32 bits.
    pub(super) fn of(ty: &Type) -> Option<Self> {
        let (bits, signed) = match ty {
            Type::Unsigned(unsigned) => match unsigned {
                UnsignedNumType::U8 => (8, false),
                UnsignedNumType::U16 => (16, false),
                UnsignedNumType::U32 | UnsignedNumType::Usize => (32, false),
                UnsignedNumType::U64 => (64, false),
                UnsignedNumType::Unspecified => (32, true),
            },
            Type::Signed(signed) => match signed {
                SignedNumType::I8 => (8, true),
                SignedNumType::I16 => (16, true),
                SignedNumType::I32 | SignedNumType::Unspecified => (32, true),
                SignedNumType::I64 => (64, true),
            },
            _ => return None,
        };
        Some(Self { bits, signed })
    }

    pub(super) fn min(self) -> i128 {
        if self.signed {
            -(1 << (self.bits - 1))
        } else {
            0
        }
    }

    pub(super) fn max(self) -> i128 {
        if self.signed {
            (1 << (self.bits - 1)) - 1
        } else {
            (1 << self.bits) - 1
        }
    }

    /// Whether the type holds this number.
    pub(super) fn holds(self, n: i128) -> bool {
        self.min() <= n && n <= self.max()
    }

    /// The number of this type that equals `n` modulo 2 to the width.
    pub(super) fn wrap(self, n: i128) -> i128 {
        let low = n & ((1 << self.bits) - 1);
        if self.signed && low > self.max() {
            low - (1 << self.bits)
        } else {
            low
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_wrapping_agree_with_rust() {
        let i8_type = Number {
            bits: 8,
            signed: true,
        };
        let u64_type = Number {
            bits: 64,
            signed: false,
        };
        let i64_type = Number {
            bits: 64,
            signed: true,
        };
        assert_eq!((i8_type.min(), i8_type.max()), (-128, 127));
        assert_eq!(u64_type.max(), i128::from(u64::MAX));
        assert_eq!(i64_type.min(), i128::from(i64::MIN));
        for n in -1000_i128..1000 {
            assert_eq!(i8_type.wrap(n), i128::from(n as i8));
            assert_eq!(u64_type.wrap(n), i128::from(n as u64));
            assert_eq!(i8_type.holds(n), i8::try_from(n).is_ok());
        }
        assert_eq!(i64_type.wrap(i128::from(u64::MAX)), -1);
    }
}
