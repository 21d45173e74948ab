//! The ledger while the worker runs.

use crate::harness::{Scene, Script, count, seed};
use sqlx::{Connection, Executor};

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_agrees_with_the_tables_at_every_look() {
    let mut scene = Scene::new(1, 3).await;
    // many small transactions: many moments to look at
    scene.set("BATCH__MAX_ROWS", "60");
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&script.mixed(6_000));
    let all = count(script.sent().len());
    let mut connection = scene.database.connect().await;
    let mut worker = scene.start(&["run"]);
    let mut seen = Vec::new();
    while seen.last() != Some(&all) {
        assert!(worker.is_alive(), "{}", worker.log());
        let mut snapshot = connection.begin().await.unwrap();
        snapshot
            .execute("set transaction isolation level repeatable read read only")
            .await
            .unwrap();
        let progress = scene.progress(&mut snapshot).await;
        let rows: i64 =
            sqlx::query_scalar("select (select count(*) from listening_history) + (select count(*) from liked_tracks)")
                .fetch_one(&mut *snapshot)
                .await
                .unwrap();
        let letters: i64 = sqlx::query_scalar("select count(*) from ingest.dead_letters where in_ledger")
            .fetch_one(&mut *snapshot)
            .await
            .unwrap();
        snapshot.commit().await.unwrap();
        for partition in &progress {
            assert_eq!(partition.consumed, partition.sum(), "{partition:?}");
            assert_eq!(
                partition.next_offset, partition.consumed,
                "nothing is skipped and nothing counted twice"
            );
        }
        assert_eq!(
            progress.iter().map(|one| one.inserted - one.removed).sum::<i64>(),
            rows,
            "{progress:#?}"
        );
        assert_eq!(
            progress.iter().map(|one| one.dead_lettered).sum::<i64>(),
            letters,
            "{progress:#?}"
        );
        let consumed = progress.iter().map(|one| one.consumed).sum();
        if seen.last() != Some(&consumed) {
            seen.push(consumed);
        }
    }
    assert!(seen.len() > 5, "there was something to look at: {seen:?}");
    worker.stop().await;
    scene.check(script.sent()).await;
}
