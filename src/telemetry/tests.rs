//! The text of a scrape and the lag that it reports, against a registry of each test's own.

use super::label::{LIVE, REASONS, REDRIVE};
use super::metric::{CATALOGUE, Kind};
use super::{Build, Claim, DeadLetterCount, Metrics, ReplayStatus, StatusBoard, check, intake, logging, write};
use crate::position::{Epoch, TopicPartition, Watermarks};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

const BUILD: Build<'_> = Build {
    version: "1.2.3",
    librdkafka: "2.12.1",
};

fn topics() -> Vec<String> {
    vec!["audiohm.plays".to_owned(), "audiohm.likes".to_owned()]
}

fn board() -> StatusBoard {
    StatusBoard::new("1.2.3", "group", &topics())
}

/// What a scrape says after `happened`, with nothing of other tests in it.
fn scrape(board: &StatusBoard, happened: impl FnOnce()) -> String {
    let (recorder, metrics) = Metrics::new().unwrap();
    metrics::with_local_recorder(&recorder, || {
        metrics.start(BUILD);
        intake::topics_known(&topics(), &[LIVE, REDRIVE]);
        happened();
        metrics.render(&board.look())
    })
}

fn plays(partition: i32) -> TopicPartition {
    TopicPartition::new("audiohm.plays", partition)
}

fn claim(next_offset: i64, last_record_timestamp: Option<i64>) -> Claim {
    Claim {
        epoch: Epoch(7),
        lane: 1,
        next_offset,
        last_record_timestamp,
    }
}

fn log(partition: &TopicPartition, low_offset: i64, end_offset: i64) -> BTreeMap<TopicPartition, Watermarks> {
    let watermarks = Watermarks { low_offset, end_offset };
    BTreeMap::from([(partition.clone(), watermarks)])
}

fn ago(seconds: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::seconds(seconds)
}

/// A board with one partition that was claimed at `next_offset` and asked for its log `asked` seconds ago.
fn board_with(claim: Claim, low_offset: i64, end_offset: i64, asked: i64) -> StatusBoard {
    let board = board();
    board.assigned(&[plays(0)]);
    board.claimed(&plays(0), claim);
    board.watermarks(&log(&plays(0), low_offset, end_offset), ago(asked));
    board
}

fn assert_close(actual: Option<f64>, expected: f64) {
    let actual = actual.expect("a lag in seconds");
    assert!((actual - expected).abs() < 5.0, "{actual} is not about {expected}");
}

#[test]
fn every_metric_has_a_type_and_a_help_text_from_the_start() {
    let text = scrape(&board(), || {});
    for metric in CATALOGUE {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram(_) => "histogram",
        };
        for line in [
            format!("# HELP {} {}\n", metric.name, metric.help),
            format!("# TYPE {} {kind}\n", metric.name),
        ] {
            assert_eq!(text.matches(&line).count(), 1, "{line} in\n{text}");
        }
    }
}

#[test]
fn every_series_carries_the_labels_that_the_catalogue_names() {
    let board = board_with(claim(10, None), 0, 20, 0);
    board.dead_letters(vec![]);
    board.replays(vec![replay("july", "running", 12)]);
    let text = scrape(&board, || {});
    for metric in CATALOGUE {
        let of_metric = |line: &&str| {
            let rest = line.strip_prefix(metric.name)?;
            let rest = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|part| rest.strip_prefix(part))
                .unwrap_or(rest);
            rest.starts_with(['{', ' ']).then(|| rest.to_owned())
        };
        let series: Vec<_> = text.lines().filter_map(|line| of_metric(&line)).collect();
        assert!(!series.is_empty(), "no series of {} in\n{text}", metric.name);
        for labels in series {
            for label in metric.labels {
                assert!(
                    labels.contains(&format!("{label}=\"")),
                    "{} without {label}: {labels}",
                    metric.name
                );
            }
            let names = labels.matches("=\"").count() - labels.matches("le=\"").count();
            assert_eq!(names, metric.labels.len(), "{}: {labels}", metric.name);
        }
    }
}

#[test]
fn closed_sets_of_labels_begin_at_zero() {
    let text = scrape(&board(), || {});
    for series in [
        r#"ingest_records_total{topic="audiohm.likes",kind="unlike",outcome="removed",mode="live"} 0"#,
        r#"ingest_records_total{topic="audiohm.plays",kind="play",outcome="inserted",mode="redrive"} 0"#,
        r#"ingest_dead_letters_total{topic="audiohm.plays",reason="id_conflict",mode="live"} 0"#,
        r#"ingest_batch_flushes_total{trigger="shutdown"} 0"#,
        r#"ingest_database_retries_total{cause="read_only"} 0"#,
        r#"ingest_rebalances_total{event="lost"} 0"#,
        r#"ingest_transaction_seconds_count{outcome="rollback"} 0"#,
        r#"ingest_ingest_to_visible_seconds_bucket{kind="play",mode="live",le="30"} 0"#,
        "ingest_fenced_batches_total 0",
        r#"ingest_paused_partitions{cause="memory"} 0"#,
        r#"ingest_ready{check="database"} 0"#,
        r#"ingest_build_info{version="1.2.3",librdkafka="2.12.1"} 1"#,
    ] {
        assert!(text.lines().any(|line| line == series), "{series} not in\n{text}");
    }
    assert!(!text.contains(r#"mode="replay""#), "a mode that was not registered");
}

#[test]
fn the_promise_to_users_is_the_bound_of_a_bucket_and_bounds_rise() {
    for metric in CATALOGUE {
        if let Kind::Histogram(buckets) = metric.kind {
            assert!(buckets.is_sorted_by(|left, right| left < right), "{}", metric.name);
        }
    }
    let text = scrape(&board(), || {
        write::ingest_to_visible("play", LIVE, 100_000, [99_990, 70_000, 69_999]);
    });
    let bucket =
        |bound: &str| format!("ingest_ingest_to_visible_seconds_bucket{{kind=\"play\",mode=\"live\",le=\"{bound}\"}}");
    assert!(text.contains(&format!("{} 2\n", bucket("30"))), "{text}");
    assert!(text.contains(&format!("{} 3\n", bucket("60"))), "{text}");
}

#[test]
fn a_record_from_the_future_counts_as_zero_seconds() {
    let text = scrape(&board(), || write::ingest_to_visible("like", LIVE, 1_000, [5_000]));
    let labels = r#"{kind="like",mode="live"}"#;
    assert!(
        text.contains(&format!("ingest_ingest_to_visible_seconds_sum{labels} 0\n")),
        "{text}"
    );
    assert!(
        text.contains(&format!("ingest_ingest_to_visible_seconds_count{labels} 1\n")),
        "{text}"
    );
}

#[test]
fn what_happened_is_counted_where_it_belongs() {
    let text = scrape(&board(), || {
        intake::consumed("audiohm.plays", LIVE, 12);
        intake::rebalance("assign", &[plays(0), plays(1)]);
        write::flush("rows", 12, Duration::from_millis(80));
        write::batch_written(&write::BatchWritten {
            lane: 0,
            mode: LIVE,
            records: 12,
            rows: 11,
            elapsed: Duration::from_millis(40),
        });
        write::records("audiohm.plays", "play", "inserted", LIVE, 11);
        write::dead_lettered("audiohm.plays", "unknown_user", LIVE, 1);
        write::database_retry("outage", &"refused", Duration::from_secs(2), Duration::from_secs(1));
        write::batch_fenced(0, 3, Duration::from_secs(2));
    });
    for series in [
        r#"ingest_records_consumed_total{topic="audiohm.plays",mode="live"} 12"#,
        r#"ingest_rebalances_total{event="assign"} 1"#,
        r#"ingest_batch_flushes_total{trigger="rows"} 1"#,
        r#"ingest_batch_rows_bucket{le="10"} 0"#,
        r#"ingest_batch_rows_bucket{le="50"} 1"#,
        "ingest_batch_age_seconds_sum 0.08",
        r#"ingest_transaction_seconds_count{outcome="commit"} 1"#,
        r#"ingest_transaction_seconds_count{outcome="rollback"} 2"#,
        r#"ingest_records_total{topic="audiohm.plays",kind="play",outcome="inserted",mode="live"} 11"#,
        r#"ingest_dead_letters_total{topic="audiohm.plays",reason="unknown_user",mode="live"} 1"#,
        r#"ingest_database_retries_total{cause="outage"} 1"#,
        "ingest_fenced_batches_total 1",
    ] {
        assert!(text.lines().any(|line| line == series), "{series} not in\n{text}");
    }
}

#[test]
fn series_of_a_partition_end_when_it_is_gone() {
    let board = board_with(claim(10, None), 0, 20, 0);
    let before = scrape(&board, || {});
    assert!(
        before.contains(r#"ingest_consumer_lag_records{topic="audiohm.plays",partition="0"} 10"#),
        "{before}"
    );
    assert!(before.contains("ingest_assigned_partitions 1\n"));
    board.gone(&[plays(0)]);
    board.stored(&plays(0), 20, None);
    let after = scrape(&board, || {});
    assert!(!after.contains(r#"partition="0""#), "{after}");
    assert!(after.contains("ingest_assigned_partitions 0\n"));
}

#[test]
fn labels_from_outside_are_escaped() {
    let board = board();
    board.check("odd\\ \"check\"\nindeed", Ok(()));
    let text = scrape(&board, || {});
    assert!(
        text.contains("ingest_ready{check=\"odd\\\\ \\\"check\\\"\\nindeed\"} 1\n"),
        "{text}"
    );
}

#[test]
fn a_partition_that_is_not_claimed_reports_no_lag_at_all() {
    let board = board();
    board.assigned(&[plays(0)]);
    board.watermarks(&log(&plays(0), 0, 20), Utc::now());
    let partition = board.look().partitions.remove(0);
    assert_eq!((partition.lag_records, partition.lag_seconds), (None, None));
    assert!(!scrape(&board, || {}).contains("ingest_consumer_lag_records{"));
}

#[test]
fn lag_ends_at_the_start_of_the_log_and_the_headroom_shows_the_loss() {
    let partition = board_with(claim(10, None), 15, 20, 0).look().partitions.remove(0);
    assert_eq!(partition.lag_records, Some(5));
    assert_eq!(partition.retention_headroom_records, Some(-5));
}

#[test]
fn a_position_past_a_stale_end_is_no_negative_lag() {
    let partition = board_with(claim(25, None), 0, 20, 0).look().partitions.remove(0);
    assert_eq!((partition.lag_records, partition.lag_seconds), (Some(0), Some(0.0)));
}

#[test]
fn lag_in_seconds_is_the_age_of_the_oldest_record_in_memory() {
    let board = board_with(claim(10, Some(ago(500).timestamp_millis())), 0, 20, 0);
    board.oldest_unstored(&plays(0), Some(ago(90).timestamp_millis()));
    assert_close(board.look().partitions[0].lag_seconds, 90.0);
    board.oldest_unstored(&plays(0), Some((Utc::now() + TimeDelta::hours(1)).timestamp_millis()));
    assert_eq!(
        board.look().partitions[0].lag_seconds,
        Some(0.0),
        "a clock that runs ahead"
    );
}

#[test]
fn a_log_that_does_not_answer_any_more_makes_no_claim_to_be_fresh() {
    let lag = |asked| board_with(claim(20, None), 0, 20, asked).look().partitions[0].lag_seconds;
    assert_eq!(lag(20), Some(0.0), "it is asked every few seconds");
    assert_close(lag(300), 300.0);
}

#[tokio::test(start_paused = true)]
async fn the_history_holds_the_last_quarter_of_an_hour_and_nothing_before() {
    let board = board_with(claim(10, Some(ago(40).timestamp_millis())), 0, 20, 0);
    assert_eq!(board.look().records_per_second, None, "nothing to compare with");
    for _ in 0..2_000 {
        board.decided("inserted", 3);
        board.decided("unchanged", 1);
        board.remember();
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    let status = board.look();
    let samples = &status.history;
    assert!((179..=181).contains(&samples.len()), "{} samples", samples.len());
    assert!(samples.is_sorted_by(|one, next| one.seconds_ago - next.seconds_ago > 4.9));
    assert!(samples[0].seconds_ago <= 906.0, "{}", samples[0].seconds_ago);
    assert!(
        samples
            .iter()
            .all(|sample| (sample.records_per_second - 4.0).abs() < 0.01)
    );
    assert_close(samples.last().unwrap().lag_seconds, 40.0);
    assert!(
        (status.records_per_second.unwrap() - 4.0).abs() < 0.2,
        "{:?}",
        status.records_per_second
    );
    assert_eq!((status.outcomes["inserted"], status.outcomes["skipped"]), (6_000, 0));
}

#[test]
fn lag_in_seconds_of_unread_records_is_estimated_from_the_last_stored_one() {
    let board = board_with(claim(10, Some(ago(500).timestamp_millis())), 0, 20, 0);
    assert_close(board.look().partitions[0].lag_seconds, 500.0);
}

#[test]
fn a_quiet_topic_is_not_late_by_its_silence_when_a_record_comes() {
    let last_record = ago(86_400).timestamp_millis();
    let board = board_with(claim(20, Some(last_record)), 0, 20, 60);
    board.watermarks(&log(&plays(0), 0, 21), Utc::now());
    assert_close(board.look().partitions[0].lag_seconds, 60.0);
}

#[test]
fn a_position_that_moves_without_records_keeps_the_last_timestamp() {
    let board = board_with(claim(10, Some(ago(500).timestamp_millis())), 0, 20, 0);
    board.stored(&plays(0), 12, None);
    assert_close(board.look().partitions[0].lag_seconds, 500.0);
}

#[test]
fn a_worker_is_ready_once_every_check_has_passed() {
    let board = board();
    assert!(!board.look().ready);
    for name in [check::RUNNING, check::DATABASE, check::BROKER] {
        board.check(name, Ok(()));
    }
    assert!(board.look().ready, "no partition is needed to be ready");
    board.check("schema", Err("run `migrate up`".to_owned()));
    assert!(!board.look().ready);
}

#[test]
fn a_check_keeps_its_time_while_it_says_the_same() {
    let board = board();
    let since = |board: &StatusBoard| board.look().checks[1].since;
    let first = since(&board);
    board.check(check::DATABASE, Err("refused".to_owned()));
    assert_eq!(since(&board), first);
    board.check(check::DATABASE, Ok(()));
    assert_ne!(since(&board), first);
}

#[test]
fn a_halted_partition_makes_the_worker_not_ready_and_says_which() {
    let board = board_with(claim(10, None), 15, 20, 0);
    for name in [check::RUNNING, check::DATABASE, check::BROKER] {
        board.check(name, Ok(()));
    }
    board.halted(&plays(0), "gap", "the log lost 5 records".to_owned());
    board.paused(&plays(0), "halted", true);
    board.gap(&plays(0), 5);
    let status = board.look();
    let check = status
        .checks
        .iter()
        .find(|check| check.name == check::PARTITIONS)
        .unwrap();
    assert_eq!(check.detail, "audiohm.plays[0] halted (gap): the log lost 5 records");
    assert!(!status.ready);
    let text = scrape(&board, || {});
    for series in [
        r#"ingest_partition_halted{topic="audiohm.plays",partition="0",cause="gap"} 1"#,
        r#"ingest_partition_halted{topic="audiohm.plays",partition="0",cause="flood"} 0"#,
        r#"ingest_gap_records{topic="audiohm.plays",partition="0"} 5"#,
        r#"ingest_paused_partitions{cause="halted"} 1"#,
        r#"ingest_ready{check="partitions"} 0"#,
    ] {
        assert!(text.lines().any(|line| line == series), "{series} not in\n{text}");
    }
    board.resumed(&plays(0));
    assert!(board.look().ready);
}

#[test]
fn dead_letters_are_reported_for_every_reason_once_they_were_counted() {
    let board = board();
    assert!(!scrape(&board, || {}).contains("ingest_dead_letters_open{"));
    let waiting = DeadLetterCount::new("unknown_user", 1, 3, Some(ago(120)));
    board.dead_letters(vec![waiting]);
    let text = scrape(&board, || {});
    for reason in REASONS {
        let open = u8::from(reason == "unknown_user");
        let series = format!("ingest_dead_letters_open{{reason=\"{reason}\"}} {open}");
        assert!(text.lines().any(|line| line == series), "{series} not in\n{text}");
    }
    assert!(text.contains("ingest_dead_letters_waiting{reason=\"unknown_user\"} 3\n"));
    assert!(
        text.contains("ingest_oldest_waiting_seconds{reason=\"unknown_user\"} 12"),
        "{text}"
    );
    assert!(text.contains("ingest_oldest_waiting_seconds{reason=\"unknown_track\"} 0\n"));
}

fn replay(name: &str, state: &str, remaining_records: i64) -> ReplayStatus {
    ReplayStatus {
        name: name.to_owned(),
        state: state.to_owned(),
        remaining_records,
    }
}

#[test]
fn a_replay_is_shown_until_it_is_over_and_is_active_only_while_it_runs() {
    let board = board();
    board.replays(vec![replay("june", "paused", 7), replay("july", "running", 12)]);
    let text = scrape(&board, || {});
    for series in [
        r#"ingest_replay_remaining_records{name="june"} 7"#,
        r#"ingest_replay_active{name="june"} 0"#,
        r#"ingest_replay_remaining_records{name="july"} 12"#,
        r#"ingest_replay_active{name="july"} 1"#,
    ] {
        assert!(text.lines().any(|line| line == series), "{series} not in\n{text}");
    }
    board.replays(vec![]);
    assert!(!scrape(&board, || {}).contains("ingest_replay_active{"));
}

#[test]
fn promtool_finds_nothing_to_say_about_a_scrape() {
    let board = board_with(claim(10, None), 0, 20, 0);
    board.dead_letters(vec![]);
    let text = scrape(&board, || {});
    let promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut promtool =
        promtool.expect("no promtool: scripts/install --checks installs it, with Debian's package prometheus");
    std::io::Write::write_all(&mut promtool.stdin.take().unwrap(), text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.is_empty(), "{said}\n{text}");
}

#[test]
fn a_level_that_would_silence_the_log_is_refused_with_what_is_allowed() {
    for level in ["inof", "", "info,sqlx", "info,sqlx=loud"] {
        let error = logging::filter(level).expect_err(level).to_string();
        assert!(error.contains("log.level") && error.contains("debug"), "{error}");
    }
    for level in [
        "info",
        "WARN",
        "off",
        "info,sqlx=debug",
        "audiohm_ingest::telemetry=trace, warn",
    ] {
        logging::filter(level).unwrap_or_else(|error| panic!("{level}: {error}"));
    }
}

#[test]
fn a_log_format_is_one_of_three() {
    assert_eq!("auto".parse::<logging::Format>().unwrap(), logging::Format::Auto);
    let error = "logfmt".parse::<logging::Format>().unwrap_err().to_string();
    assert_eq!(error, "`log.format` cannot be `logfmt`; it is auto, json or text");
}
