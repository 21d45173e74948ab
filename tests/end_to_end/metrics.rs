//! What the admin port says, against what is stored.

use crate::database::FreshDatabase;
use crate::harness::{PrivatePostgres, Scene, Script, count, get, sample, seed, until};
use audiohm_ingest::telemetry::label::REASONS;
use std::io::Write;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

#[tokio::test]
async fn the_metrics_are_the_ledger_once_it_is_quiet() {
    let mut scene = Scene::new(2, 2).await;
    scene.set("BATCH__MAX_ROWS", "300");
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&script.mixed(3_000));
    let mut connection = scene.database.connect().await;
    let mut worker = scene.start(&["run"]);
    let address = worker.address().await;
    until("all is stored", async || scene.consumed(&mut connection).await == 3_000).await;
    let live = "mode=\"live\"";
    let mut text = String::new();
    until("the metrics have caught up", async || {
        text = get(address, "/metrics").unwrap().1;
        sample(&text, "ingest_records_consumed_total", &[live]) >= 3_000
    })
    .await;

    let progress = scene.progress(&mut connection).await;
    for topic in &scene.topics {
        let of_topic = format!("topic=\"{topic}\"");
        let stored = |value: fn(&crate::harness::Progress) -> i64| {
            progress
                .iter()
                .filter(|one| one.topic == *topic)
                .map(value)
                .sum::<i64>()
        };
        let found = sample(&text, "ingest_records_consumed_total", &[live, &of_topic]);
        assert_eq!(found, stored(|one| one.consumed), "{topic}");
        for (outcome, stored) in [
            ("inserted", stored(|one| one.inserted)),
            ("updated", stored(|one| one.updated)),
            ("removed", stored(|one| one.removed)),
            ("unchanged", stored(|one| one.unchanged)),
            ("dead_lettered", stored(|one| one.dead_lettered)),
            ("skipped", stored(|one| one.skipped)),
        ] {
            let labels = [live, &of_topic, &format!("outcome=\"{outcome}\"")];
            let found = sample(&text, "ingest_records_total", &labels);
            assert_eq!(found, stored, "{topic}, {outcome}: counted and stored");
        }
        for reason in REASONS {
            let stored: i64 =
                sqlx::query_scalar("select count(*) from ingest.dead_letters where topic = $1 and reason = $2")
                    .bind(topic)
                    .bind(reason)
                    .fetch_one(&mut connection)
                    .await
                    .unwrap();
            let found = sample(
                &text,
                "ingest_dead_letters_total",
                &[live, &of_topic, &format!("reason=\"{reason}\"")],
            );
            assert_eq!(found, stored, "{topic}, {reason}: counted and stored");
        }
    }
    kinds_add_up(&text, &script);
    every_event_became_visible_once(&text);
    nothing_is_counted_for_another_mode(&text);
    promtool_has_nothing_to_say(&text);
    worker.stop().await;
    scene.check(script.sent()).await;
}

/// Each kind was counted as often as it was sent.
fn kinds_add_up(text: &str, script: &Script) {
    for kind in ["play", "like", "unlike"] {
        let events = script.sent().iter().filter_map(|sent| sent.as_event());
        let sent = count(events.filter(|event| event.kind().as_str() == kind).count());
        let found = sample(
            text,
            "ingest_records_total",
            &["mode=\"live\"", &format!("kind=\"{kind}\"")],
        );
        // a record that is cut short may still tell its type
        let rejected = count(script.sent().iter().filter(|sent| sent.as_event().is_none()).count());
        assert!(
            (sent..=sent + rejected).contains(&found),
            "{kind}: {found} counted, {sent} sent"
        );
    }
}

/// Freshness was observed for each record that is an event.
fn every_event_became_visible_once(text: &str) {
    for kind in ["play", "like", "unlike"] {
        let labels = ["mode=\"live\"", &format!("kind=\"{kind}\"")];
        let observed = sample(text, "ingest_ingest_to_visible_seconds_count", &labels);
        assert_eq!(observed, sample(text, "ingest_records_total", &labels), "{kind}");
        assert!(observed > 0, "{kind}");
    }
}

/// The series are there, so that a first increase is seen as one.
fn nothing_is_counted_for_another_mode(text: &str) {
    let mode = "mode=\"replay\"";
    for metric in [
        "ingest_records_consumed_total",
        "ingest_records_total",
        "ingest_dead_letters_total",
    ] {
        let of_metric = |line: &&str| line.starts_with(&format!("{metric}{{")) && line.contains(mode);
        assert!(text.lines().any(|line| of_metric(&line)), "{metric}, {mode}");
        assert_eq!(sample(text, metric, &[mode]), 0, "{metric}");
    }
}

fn promtool_has_nothing_to_say(text: &str) {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("no promtool: scripts/install --checks installs it, with Debian's package prometheus");
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success() && said.is_empty(),
        "{}",
        String::from_utf8_lossy(&said)
    );
}

fn answers(address: SocketAddr, path: &str, status: u16) -> Option<String> {
    get(address, path)
        .ok()
        .filter(|answer| answer.0 == status)
        .map(|answer| answer.1)
}

/// What somebody on call looks at while the database is away.
fn everything_else_still_answers(address: SocketAddr) {
    let text = answers(address, "/metrics", 200).unwrap();
    assert!(text.contains("ingest_ready{check=\"database\"} 0\n"), "{text}");
    assert!(text.contains("ingest_ready{check=\"broker\"} 1\n"), "{text}");
    let status: serde_json::Value = serde_json::from_str(&answers(address, "/api/status", 200).unwrap()).unwrap();
    assert_eq!(status["ready"], false);
    let page = answers(address, "/", 200).unwrap();
    assert!(page.contains("<h2>Stopped: the database does not serve</h2>"), "{page}");
}

#[tokio::test]
async fn readiness_follows_the_database_and_names_it_while_it_is_away() {
    let server = PrivatePostgres::new();
    let mut scene = Scene::on(FreshDatabase::on(&server.url()).await.given_parents().await, 1, 2).await;
    scene.set("PARENTS__RETRY_INTERVAL", "1s");
    let mut script = Script::new(seed(), &scene);
    let mut worker = scene.start(&["run"]);
    let address = worker.address().await;
    until("the worker is ready", async || {
        answers(address, "/readyz", 200).is_some()
    })
    .await;

    server.stop();
    scene.broker.send(&script.mixed(500));
    until("the worker is not ready", async || {
        answers(address, "/readyz", 503).is_some()
    })
    .await;
    let body = answers(address, "/readyz", 503).unwrap();
    let readiness: serde_json::Value = serde_json::from_str(&body).unwrap();
    let failing: Vec<&str> = readiness["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert_eq!(failing, ["database"], "{body}");
    assert!(
        answers(address, "/livez", 200).is_some(),
        "a database that is away is no reason for a restart"
    );
    everything_else_still_answers(address);
    let check = scene
        .run(&["healthcheck", "--set", &format!("admin.listen={address}")])
        .await;
    assert_eq!(check.code, Some(1));
    assert!(check.stderr.contains("database"), "{}", check.stderr);

    server.start();
    until("the worker is ready again", async || {
        answers(address, "/readyz", 200).is_some()
    })
    .await;
    let mut connection = scene.database.connect().await;
    until("all is stored", async || scene.consumed(&mut connection).await == 500).await;
    let check = scene
        .run(&["healthcheck", "--set", &format!("admin.listen={address}")])
        .await;
    assert_eq!(check.code, Some(0), "{}", check.stderr);
    worker.stop().await;
    scene.check(script.sent()).await;
}
