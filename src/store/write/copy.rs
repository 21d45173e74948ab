//! Plays whose ids are free, by COPY: it costs PostgreSQL less than any INSERT, since it takes no arrays apart and fills
//! whole pages. An id that is taken after all fails the batch, as any refused row does.

use super::foreign_keys;
use super::moment::Moment;
use super::parents::Parents;
use crate::batch::PlayRow;
use crate::event::Play;
use crate::store::error::WriteError;
use sqlx::PgConnection;

/// Signature, no flags, no extension of the header.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: i16 = -1;
const COLUMNS: i16 = 7;
/// The length of a null.
const NULL: i32 = -1;
/// Bytes of a row with a source of usual length.
const USUAL_ROW: usize = 110;
/// Bytes that are sent at once: the driver copies them once more, and keeps the room for as many.
const PIECE: usize = 64 * 1024;

/// Inserts the rows in their order.
pub(super) async fn insert(
    connection: &mut PgConnection,
    rows: &[&PlayRow],
    parents: &Parents,
) -> Result<(), WriteError> {
    if rows.is_empty() {
        return Ok(());
    }
    foreign_keys::plan_once(connection, parents).await?;
    let mut copy = connection.copy_in_raw(include_str!("../sql/copy_plays.sql")).await?;
    for piece in encoded(rows).chunks(PIECE) {
        copy.send(piece).await?;
    }
    let inserted = copy.finish().await?;
    foreign_keys::plan_anew(connection, parents).await?;
    if usize::try_from(inserted) == Ok(rows.len()) {
        Ok(())
    } else {
        Err(WriteError::Swallowed)
    }
}

/// The rows in COPY's binary format.
#[must_use]
pub fn encoded(rows: &[&PlayRow]) -> Vec<u8> {
    let mut data = Vec::with_capacity(HEADER.len() + rows.len() * USUAL_ROW);
    data.extend_from_slice(HEADER);
    for row in rows {
        encode(&row.play, &mut data);
    }
    data.extend_from_slice(&TRAILER.to_be_bytes());
    data
}

/// The columns in the order of the statement.
fn encode(play: &Play, data: &mut Vec<u8>) {
    data.extend_from_slice(&COLUMNS.to_be_bytes());
    field(data, play.id.0.as_bytes());
    field(data, play.user_id.0.as_bytes());
    field(data, play.track_id.0.as_bytes());
    field(data, &Moment(play.played_at).to_wire().to_be_bytes());
    field(data, &play.played_for.to_be_bytes());
    field(data, &[u8::from(play.completed)]);
    match &play.source {
        Some(source) => field(data, source.as_bytes()),
        None => data.extend_from_slice(&NULL.to_be_bytes()),
    }
}

fn field(data: &mut Vec<u8>, value: &[u8]) {
    // no field is longer than its column, which decoding has made sure of
    let length = i32::try_from(value.len()).unwrap_or(i32::MAX);
    data.extend_from_slice(&length.to_be_bytes());
    data.extend_from_slice(value);
}
