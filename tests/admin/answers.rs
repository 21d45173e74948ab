//! What each path answers, and the subcommand that asks.

use crate::worker::{worker, worker_on};
use audiohm_ingest::admin::Server;
use audiohm_ingest::command::healthcheck::Healthcheck;
use audiohm_ingest::position::TopicPartition;
use audiohm_ingest::telemetry::check;
use clap::{Args, FromArgMatches};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

fn healthcheck(arguments: &[&str]) -> Healthcheck {
    let command = Healthcheck::augment_args(clap::Command::new("healthcheck").no_binary_name(true));
    Healthcheck::from_arg_matches(&command.try_get_matches_from(arguments).unwrap()).unwrap()
}

#[tokio::test]
async fn readyz_answers_503_and_names_the_check_that_fails() {
    let worker = worker().await;
    worker.all_checks_pass();
    assert_eq!(worker.get("/readyz").await.status, 200);
    worker
        .board
        .check(check::DATABASE, Err("connection refused".to_owned()));
    let answer = worker.get("/readyz").await;
    assert_eq!(answer.status, 503);
    let json = answer.json();
    assert_eq!(json["ready"], false);
    let database = json["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["name"] == "database");
    let database = database.unwrap();
    assert_eq!(
        (&database["ok"], &database["detail"]),
        (&false.into(), &"connection refused".into())
    );
    assert!(database["since"].as_str().unwrap().ends_with('Z'), "{database}");
}

#[tokio::test]
async fn readyz_names_a_partition_that_stands_still() {
    let worker = worker().await;
    worker.all_checks_pass();
    let partition = TopicPartition::new("audiohm.plays", 3);
    worker.board.assigned(std::slice::from_ref(&partition));
    worker
        .board
        .halted(&partition, "gap", "the log lost 120 records".to_owned());
    let answer = worker.get("/readyz").await;
    assert_eq!(answer.status, 503);
    assert!(
        answer
            .body
            .contains("audiohm.plays[3] halted (gap): the log lost 120 records"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn livez_fails_once_the_main_loop_has_not_gone_round_for_half_a_minute() {
    let worker = worker().await;
    assert_eq!(worker.get("/livez").await.status, 200);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::time::resume();
    let answer = worker.get("/livez").await;
    assert_eq!((answer.status, &answer.json()["alive"]), (503, &false.into()));
    worker.board.tick();
    assert_eq!(worker.get("/livez").await.status, 200);
}

#[tokio::test]
async fn a_missing_database_does_not_make_the_process_look_dead() {
    let worker = worker().await;
    worker
        .board
        .check(check::DATABASE, Err("connection refused".to_owned()));
    assert_eq!(worker.get("/livez").await.status, 200);
}

#[tokio::test]
async fn metrics_hold_the_registry_the_snapshot_and_the_process() {
    let worker = worker().await;
    let answer = worker.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.head.contains("content-type: text/plain; version=0.0.4"),
        "{}",
        answer.head
    );
    for line in [
        "ingest_build_info{version=\"1.2.3\",librdkafka=\"2.12.1\"} 1\n",
        "ingest_assigned_partitions 0\n",
        "# TYPE process_cpu_seconds_total counter\n",
        "# TYPE process_resident_memory_bytes gauge\n",
    ] {
        assert!(answer.body.contains(line), "{line} not in\n{}", answer.body);
    }
}

#[tokio::test]
async fn the_status_is_the_snapshot_as_json() {
    let worker = worker().await;
    let partition = TopicPartition::new("audiohm.plays", 3);
    worker.board.assigned(std::slice::from_ref(&partition));
    worker.board.paused(&partition, "memory", true);
    let json = worker.get("/api/status").await.json();
    assert_eq!(json["group_id"], "group");
    assert_eq!(json["dead_letters"], serde_json::Value::Null);
    let partition = &json["partitions"][0];
    assert_eq!(
        (&partition["topic"], &partition["partition"]),
        (&"audiohm.plays".into(), &3.into())
    );
    assert_eq!(partition["paused"], serde_json::json!(["memory"]));
    assert_eq!(partition["lag_records"], serde_json::Value::Null);
}

#[tokio::test]
async fn the_status_page_reloads_itself_and_loads_nothing_else() {
    let worker = worker().await;
    worker.all_checks_pass();
    let answer = worker.get("/").await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("content-type: text/html"), "{}", answer.head);
    assert!(
        answer.head.contains("content-security-policy: default-src 'none'"),
        "{}",
        answer.head
    );
    assert!(answer.body.contains("<meta http-equiv=\"refresh\""), "{}", answer.body);
    assert!(answer.body.contains("Ready, with nothing to do"), "{}", answer.body);
}

#[tokio::test]
async fn an_unknown_path_is_answered_with_those_there_are_and_only_get_is_allowed() {
    let worker = worker().await;
    let answer = worker.get("/health").await;
    assert_eq!(answer.status, 404);
    for path in ["/livez", "/readyz", "/metrics", "/api/status"] {
        assert!(answer.body.contains(path), "{}", answer.body);
    }
    assert_eq!(worker.ask("POST", "/metrics").await.status, 405);
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_that_names_the_setting() {
    let worker = worker().await;
    let error = Server::bind(&worker.address.to_string()).await.unwrap_err().to_string();
    assert!(
        error.contains("`admin.listen`") && error.contains(&worker.address.to_string()),
        "{error}"
    );
}

#[tokio::test]
async fn the_port_closes_on_request_even_if_a_client_hangs() {
    let worker = worker().await;
    let mut hanging = TcpStream::connect(worker.address).await.unwrap();
    hanging.write_all(b"GET /livez HT").await.unwrap();
    // an answer to somebody else proves that the first connection was accepted
    worker.get("/livez").await;
    worker.stop.send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(30), worker.serving).await;
    ended.expect("the port to close").unwrap().unwrap();
    assert!(TcpStream::connect(worker.address).await.is_err());
}

#[tokio::test]
async fn healthcheck_passes_for_a_ready_worker_and_repeats_what_is_wrong_otherwise() {
    // every address is listened on, and the check asks on the loopback
    let worker = worker_on("0.0.0.0:0").await;
    let listen = worker.address.to_string();
    let error = healthcheck(&[]).run(&listen).await.unwrap_err().to_string();
    assert!(error.starts_with("not ready: running: not looked at yet"), "{error}");
    worker.all_checks_pass();
    healthcheck(&[]).run(&listen).await.unwrap();
}

#[tokio::test]
async fn healthcheck_live_asks_only_whether_the_process_lives() {
    let worker = worker().await;
    healthcheck(&["--live"]).run(&worker.address.to_string()).await.unwrap();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::time::resume();
    let error = healthcheck(&["--live"])
        .run(&worker.address.to_string())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "the worker's main loop hangs");
}

#[tokio::test]
async fn healthcheck_says_when_nobody_listens() {
    let worker = worker().await;
    let listen = worker.address.to_string();
    worker.stop.send(()).unwrap();
    worker.serving.await.unwrap().unwrap();
    let error = healthcheck(&[]).run(&listen).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("no worker answers on {listen}")), "{error}");
}
