//! A time on its way to and from a column without a time zone.

use crate::event::Timestamp;
use chrono::NaiveDateTime;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef, Postgres};
use sqlx::{Decode, Encode, Type};

/// A time as a `timestamp` column holds it, in UTC. Microseconds on both sides, so that every time that a column
/// can hold comes through; the driver's calendar types end earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment(pub(super) Timestamp);

/// 2000-01-01 in microseconds since 1970: where PostgreSQL's times begin.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

impl Moment {
    /// The number that PostgreSQL sends and takes for it.
    pub(super) fn to_wire(self) -> i64 {
        self.0.micros().saturating_sub(POSTGRES_EPOCH)
    }
}

impl Type<Postgres> for Moment {
    fn type_info() -> PgTypeInfo {
        <NaiveDateTime as Type<Postgres>>::type_info()
    }
}

impl PgHasArrayType for Moment {
    fn array_type_info() -> PgTypeInfo {
        <NaiveDateTime as PgHasArrayType>::array_type_info()
    }
}

impl Encode<'_, Postgres> for Moment {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Postgres>::encode_by_ref(&self.to_wire(), buffer)
    }
}

impl Decode<'_, Postgres> for Moment {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let micros = <i64 as Decode<Postgres>>::decode(value)?;
        Ok(Self(Timestamp::from_micros(micros.saturating_add(POSTGRES_EPOCH))))
    }
}
