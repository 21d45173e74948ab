//! Asking the admin port, and reading what Prometheus reads.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Status and body of an answer.
pub(crate) fn get(address: SocketAddr, path: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    // by HTTP/1.0 the answer comes in one piece, never in chunks
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    let status = head
        .split(' ')
        .nth(1)
        .expect("a status line")
        .parse()
        .expect("a status");
    Ok((status, body.to_owned()))
}

/// The sum of a counter's samples whose labels contain all of `labels`, as `name="value"`.
pub(crate) fn sample(text: &str, metric: &str, labels: &[&str]) -> i64 {
    let of_metric = |line: &&str| {
        let rest = line.strip_prefix(metric);
        rest.is_some_and(|rest| rest.starts_with(['{', ' ']) && labels.iter().all(|label| rest.contains(label)))
    };
    let value = |line: &str| -> i64 {
        line.rsplit(' ')
            .next()
            .unwrap()
            .parse()
            .expect("a count is a whole number")
    };
    text.lines().filter(of_metric).map(value).sum()
}
