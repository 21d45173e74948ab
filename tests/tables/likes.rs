//! Likes and unlikes: each sentence of the contract, on real PostgreSQL.

use crate::bed::{Bed, like_as_backend, write};
use crate::log::Log;
use crate::random::{instant, parents, track, user};
use crate::reference::{LikedRow, Pair};
use crate::sample::{like, unlike};
use audiohm_ingest::pipeline::Lane;
use audiohm_ingest::record::Record;
use audiohm_ingest::store::PgLane;

/// A bed with one pair, and one partition.
struct One {
    bed: Bed,
    lane: PgLane,
    log: Log,
}

fn pair() -> Pair {
    (user(0), track(0))
}

fn liked(at: i64, notes: Option<&str>) -> Record {
    like(pair(), at, notes)
}

fn unliked(at: i64) -> Record {
    unlike(pair(), at)
}

fn row(created_at: i64, updated_at: i64, notes: Option<&str>) -> LikedRow {
    LikedRow {
        created_at: instant(created_at),
        updated_at: instant(updated_at),
        notes: notes.map(str::to_owned),
    }
}

impl One {
    async fn new() -> Self {
        let bed = Bed::with(&parents()).await;
        let (lane, log) = (bed.lane(), bed.log(0).await);
        Self { bed, lane, log }
    }

    /// Writes each record as a batch of its own.
    async fn take(&mut self, records: impl IntoIterator<Item = Record>) {
        for record in records {
            write(&mut self.lane, &mut self.log, [record]).await;
        }
    }

    async fn backend_writes(&mut self, row: &LikedRow) {
        like_as_backend(&mut self.bed.backend, pair(), row).await;
    }

    async fn holds(&mut self, expected: Option<LikedRow>) {
        assert_eq!(self.bed.tables().await.liked.remove(&pair()), expected);
    }
}

#[tokio::test]
async fn a_like_after_the_unlike_stands_and_one_before_it_or_with_it_does_not() {
    let mut one = One::new().await;
    one.take([liked(5, None)]).await;
    one.holds(Some(row(5, 5, None))).await;
    one.take([unliked(4)]).await;
    one.holds(Some(row(5, 5, None))).await;
    one.take([unliked(5)]).await;
    one.holds(None).await;
    one.take([liked(6, Some("again"))]).await;
    one.holds(Some(row(6, 6, Some("again")))).await;
}

#[tokio::test]
async fn created_at_is_the_first_like_until_an_unlike_comes_after_it() {
    let mut one = One::new().await;
    one.take([liked(9, None), liked(3, None)]).await;
    one.holds(Some(row(3, 9, None))).await;
    one.take([unliked(2)]).await;
    one.holds(Some(row(3, 9, None))).await;
    one.take([unliked(3)]).await;
    one.holds(Some(row(9, 9, None))).await;
    one.take([liked(7, None)]).await;
    one.holds(Some(row(9, 9, None))).await;
    one.take([liked(11, None)]).await;
    one.holds(Some(row(11, 11, None))).await;
    let ledger = one.bed.progress(&one.log.partition).await;
    assert_eq!(
        (ledger.inserted, ledger.updated, ledger.unchanged),
        (1, 3, 2),
        "an unlike can be an update"
    );
}

#[tokio::test]
async fn notes_are_those_of_the_latest_like_and_between_equals_the_largest_by_bytes() {
    let mut one = One::new().await;
    one.take([liked(5, None)]).await;
    one.holds(Some(row(5, 5, None))).await;
    for (notes, then) in [
        (Some(""), Some("")),
        (None, Some("")),
        (Some("Z"), Some("Z")),
        (Some("a"), Some("a")),
        (Some("B"), Some("a")),
        (Some("\u{ffff}"), Some("\u{ffff}")),
        (Some("😀"), Some("😀")),
    ] {
        one.take([liked(5, notes)]).await;
        one.holds(Some(row(5, 5, then))).await;
    }
    one.take([liked(4, Some("😀😀"))]).await;
    one.holds(Some(row(4, 5, Some("😀")))).await;
    one.take([liked(6, None)]).await;
    one.holds(Some(row(4, 6, None))).await;
}

#[tokio::test]
async fn a_replayed_like_does_not_revive_a_removed_row() {
    let mut one = One::new().await;
    one.take([liked(1, Some("private")), liked(2, None), unliked(3)]).await;
    one.holds(None).await;
    one.take([liked(1, Some("private")), liked(2, None), unliked(3), liked(2, None)])
        .await;
    one.holds(None).await;
}

#[tokio::test]
async fn an_unlike_that_comes_first_is_remembered() {
    let mut one = One::new().await;
    one.take([unliked(3)]).await;
    one.holds(None).await;
    one.take([liked(3, None)]).await;
    one.holds(None).await;
    one.take([liked(4, None)]).await;
    one.holds(Some(row(4, 4, None))).await;
}

#[tokio::test]
async fn the_state_of_a_removed_pair_keeps_ids_and_times_but_no_notes() {
    let mut one = One::new().await;
    one.take([liked(1, Some("private")), unliked(2)]).await;
    let columns = "select column_name || ' ' || data_type from information_schema.columns
        where table_schema = 'ingest' and table_name = 'like_state' order by 1";
    assert_eq!(
        one.bed.texts(columns).await,
        [
            "first_liked_at timestamp without time zone",
            "last_liked_at timestamp without time zone",
            "track_id uuid",
            "unliked_at timestamp without time zone",
            "user_id uuid",
        ]
    );
}

#[tokio::test]
async fn a_row_of_the_backend_counts_as_likes_at_its_two_times_with_its_notes() {
    let mut one = One::new().await;
    one.backend_writes(&row(2, 6, Some("theirs"))).await;
    one.take([liked(4, Some("ours"))]).await;
    one.holds(Some(row(2, 6, Some("theirs")))).await;
    one.take([liked(6, Some("a"))]).await;
    one.holds(Some(row(2, 6, Some("theirs")))).await;
    one.take([liked(6, Some("z"))]).await;
    one.holds(Some(row(2, 6, Some("z")))).await;
    one.take([unliked(2)]).await;
    one.holds(Some(row(6, 6, Some("z")))).await;
    one.take([unliked(6)]).await;
    one.holds(None).await;
}

#[tokio::test]
async fn an_edit_by_the_backend_that_moves_updated_at_stands() {
    let mut one = One::new().await;
    one.take([liked(1, Some("z"))]).await;
    one.backend_writes(&row(1, 8, Some("edited"))).await;
    one.take([liked(1, Some("z")), liked(7, Some("z"))]).await;
    one.holds(Some(row(1, 8, Some("edited")))).await;
    one.take([unliked(8)]).await;
    one.holds(None).await;
}

#[tokio::test]
async fn a_row_of_the_backend_whose_clocks_disagree_is_no_error() {
    let mut one = One::new().await;
    one.backend_writes(&row(7, 3, Some("theirs"))).await;
    one.take([liked(5, None)]).await;
    one.holds(Some(row(3, 7, Some("theirs")))).await;
}

#[tokio::test]
async fn times_that_only_a_database_can_hold_are_no_error() {
    let mut one = One::new().await;
    one.backend_writes(&row(1, 2, None)).await;
    one.bed
        .execute("update liked_tracks set created_at = '-infinity', updated_at = 'infinity'")
        .await;
    one.take([liked(5, Some("later")), unliked(6), liked(5, Some("later"))])
        .await;
    assert_eq!(one.bed.number("select count(*) from liked_tracks").await, 1);
    assert_eq!(one.bed.progress(&one.log.partition).await.dead_lettered, 0);
}

#[tokio::test]
async fn a_row_that_the_backend_writes_between_look_and_lock_leaves_its_times() {
    let mut one = One::new().await;
    let hold = format!("begin; select from users where id = '{}' for update", user(0));
    one.bed.execute(&hold).await;
    let batch = one.log.batch([unliked(10)]);
    let mut lane = one.lane;
    let writing = tokio::spawn(async move { lane.write(&batch).await.map(|_| lane) });
    one.bed.until_a_session_waits().await;
    one.lane = one.bed.lane();
    like_as_backend(&mut one.bed.backend, pair(), &row(5, 5, None)).await;
    one.bed.execute("commit").await;
    writing.await.unwrap().unwrap();
    one.holds(None).await;
    one.take([liked(20, None), liked(30, None)]).await;
    one.holds(Some(row(30, 30, None))).await;
}

#[tokio::test]
async fn a_batch_gives_the_net_outcome_and_credits_the_record_that_won() {
    let mut one = One::new().await;
    write(
        &mut one.lane,
        &mut one.log,
        [liked(1, None), unliked(2), liked(3, None)],
    )
    .await;
    one.holds(Some(row(3, 3, None))).await;
    let ledger = one.bed.progress(&one.log.partition).await;
    assert_eq!((ledger.inserted, ledger.unchanged, ledger.consumed), (1, 2, 3));
    write(&mut one.lane, &mut one.log, [liked(4, None), unliked(5)]).await;
    one.holds(None).await;
    let ledger = one.bed.progress(&one.log.partition).await;
    assert_eq!((ledger.removed, ledger.unchanged, ledger.consumed), (1, 3, 5));
}
