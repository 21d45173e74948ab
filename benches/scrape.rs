//! How long the admin port takes to answer for a worker with 256 partitions whose database is away.
//!
//! `cargo bench --bench scrape` prints, for each path, the median and the slowest of 500 requests over one loopback
//! connection each, and how large the answer is.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark ends at the first thing that is wrong, and prints"
)]

use audiohm_ingest::admin::Server;
use audiohm_ingest::position::{Epoch, TopicPartition, Watermarks};
use audiohm_ingest::telemetry::{Build, Claim, DeadLetterCount, Metrics, StatusBoard, check, intake, label, write};
use chrono::Utc;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PARTITIONS: i32 = 256;
const REQUESTS: usize = 500;
const TOPIC: &str = "audiohm.plays";

#[tokio::main]
async fn main() {
    let build = Build {
        version: "0",
        librdkafka: "0",
    };
    let metrics = Metrics::install(build).unwrap();
    let topics = [TOPIC.to_owned(), "audiohm.likes".to_owned()];
    intake::topics_known(&topics, &label::MODES);
    write::ingest_to_visible("play", label::LIVE, 100_000, 0..100_000);
    let board = board(&topics);
    let server = Server::bind("127.0.0.1:0").await.unwrap();
    let address = server.address();
    tokio::spawn(server.serve(board, metrics, std::future::pending()));
    for path in ["/metrics", "/api/status", "/", "/readyz"] {
        let mut times = Vec::with_capacity(REQUESTS);
        let mut size = 0;
        for _ in 0..REQUESTS {
            let began = Instant::now();
            size = get(address, path).await;
            times.push(began.elapsed());
        }
        times.sort_unstable();
        let (median, slowest) = (times[REQUESTS / 2], times[REQUESTS - 1]);
        println!("{path:<12} median {median:>9.3?}, slowest of {REQUESTS} {slowest:>9.3?}, {size} bytes");
    }
}

fn board(topics: &[String]) -> StatusBoard {
    let board = StatusBoard::new("0", "group", topics);
    board.check(check::DATABASE, Err("connection refused".to_owned()));
    for number in 0..PARTITIONS {
        let partition = TopicPartition::new(TOPIC, number);
        board.assigned(std::slice::from_ref(&partition));
        let claim = Claim {
            epoch: Epoch(1),
            lane: 0,
            next_offset: 4_000_000,
            last_record_timestamp: Some(0),
        };
        board.claimed(&partition, claim);
        board.paused(&partition, "database", true);
        let marks = Watermarks {
            low_offset: 0,
            end_offset: 4_000_100,
        };
        board.watermarks(&BTreeMap::from([(partition, marks)]), Utc::now());
    }
    let count = |reason: &&str| DeadLetterCount::new(reason, 3, 4, Some(Utc::now() - Duration::from_mins(3)));
    board.dead_letters(label::REASONS.iter().map(count).collect());
    board
}

async fn get(address: SocketAddr, path: &str) -> usize {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap()
}
