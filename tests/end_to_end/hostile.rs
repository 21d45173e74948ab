//! Records that mean no good, among many that do.

mod list;
mod raw;

use crate::harness::{Means, Scene, Script, Sent, count, get, sample, seed, until};
use std::collections::BTreeMap;

/// The codecs that a producer may use.
const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];
const GOOD: usize = 4_000;

/// Value, reason, state and headers of a letter.
type Letter = (Option<Vec<u8>>, String, String, serde_json::Value);

async fn letters(scene: &Scene) -> Vec<Letter> {
    sqlx::query_as(
        "select record_value, reason, state, record_headers from ingest.dead_letters where consumer_group = $1",
    )
    .bind(&scene.group)
    .fetch_all(&mut scene.database.connect().await)
    .await
    .unwrap()
}

/// The good ones and the bad ones in turn, so that each batch has both.
fn shuffled(good: &[Sent], bad: &[Sent]) -> Vec<Sent> {
    let every = good.len() / bad.len().max(1);
    let mut all = Vec::new();
    let mut bad = bad.iter();
    for (number, sent) in good.iter().enumerate() {
        if number % every == every / 2 {
            all.extend(bad.next().cloned());
        }
        all.push(sent.clone());
    }
    all.extend(bad.cloned());
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_records_are_kept_byte_for_byte_and_the_others_become_rows() {
    let mut scene = Scene::new(1, 3).await;
    scene.set("BATCH__MAX_ROWS", "500");
    let mut script = Script::new(seed(), &scene);
    let bad = list::hostile(&scene.topics[0]);
    assert!(bad.len() >= 40, "{} hostile records", bad.len());
    let good: Vec<Sent> = script.plays(GOOD).into_iter().map(list::strange_but_good).collect();
    let each = bad.len().div_ceil(CODECS.len());
    let mut sent = Vec::new();
    for (number, codec) in CODECS.into_iter().enumerate() {
        let bad = &bad[bad.len().min(number * each)..bad.len().min((number + 1) * each)];
        let good = &good[number * GOOD / CODECS.len()..(number + 1) * GOOD / CODECS.len()];
        let records = shuffled(good, bad);
        scene.broker.send_with(&records, &[("compression.type", codec)]);
        sent.extend(records);
    }
    let unreadable = raw::record_with_unreadable_header(&scene.topics[0]);
    raw::produce(&scene.broker.address, &scene.topics[0], 0, &unreadable);
    sent.push(unreadable);

    let mut connection = scene.database.connect().await;
    let mut worker = scene.start(&["run"]);
    let address = worker.address().await;
    let all = count(sent.len());
    until("everything is stored", async || {
        assert!(worker.is_alive(), "{}", worker.log());
        scene.consumed(&mut connection).await >= all
    })
    .await;
    let (_, text) = get(address, "/metrics").unwrap();
    assert!(
        sample(&text, "ingest_database_retries_total", &[]) == 0,
        "{}",
        worker.log()
    );
    worker.stop().await;
    scene.check(&sent).await;
    check_letters(&scene, &sent).await;
}

/// The broker takes them, whatever number the sender calls a time.
#[tokio::test(flavor = "multi_thread")]
async fn records_whose_timestamps_are_no_times_are_stored_like_any_others() {
    let scene = Scene::new(1, 1).await;
    let mut script = Script::new(seed(), &scene);
    let mut sent: Vec<Sent> = script.plays(6).into_iter().map(list::strange_but_good).collect();
    sent.extend(list::hostile(&scene.topics[0]).into_iter().take(2));
    for (number, records) in sent.chunks(4).enumerate() {
        let timestamp = [-(1 << 62), -300_000_000_000_000][number];
        scene.broker.send_at(records, Some(timestamp), &[]);
    }
    scene.catch_up().await;
    scene.check(&sent).await;
}

async fn check_letters(scene: &Scene, sent: &[Sent]) {
    let found: BTreeMap<Option<Vec<u8>>, Letter> = letters(scene)
        .await
        .into_iter()
        .map(|letter| (letter.0.clone(), letter))
        .collect();
    for sent in sent {
        let Means::Bad(reason) = &sent.means else { continue };
        let (_, found_reason, state, headers) = &found[&sent.value];
        assert_eq!((found_reason.as_str(), state.as_str()), (reason.as_str(), "open"));
        assert_eq!(headers.as_array().unwrap().len(), sent.headers.len(), "{headers}");
    }
    let with_bytes = found
        .values()
        .filter(|letter| letter.3.to_string().contains("value_base64"));
    assert!(
        with_bytes.count() >= 1,
        "header values that are no text are kept in base64"
    );
    let unreadable = found
        .values()
        .filter(|letter| letter.3.to_string().contains('\u{fffd}'));
    assert_eq!(
        unreadable.count(),
        1,
        "a header whose name cannot be read is kept under a name that says so"
    );
}
