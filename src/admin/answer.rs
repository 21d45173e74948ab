//! One function for each path.

use super::page;
use crate::telemetry::{Check, Metrics, Status, StatusBoard};
use axum::Json;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;

/// A main loop that has not gone round for this long will not do so again.
const HUNG_AFTER: Duration = Duration::from_secs(30);
const PATHS: &str = "/            status page\n\
    /livez       200 while the main loop goes round\n\
    /readyz      200 when every readiness check passes, else 503\n\
    /metrics     metrics for Prometheus\n\
    /api/status  what the status page shows, as JSON\n";
/// What Prometheus calls its text format.
const METRICS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What every answer is made of.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) board: StatusBoard,
    pub(super) metrics: Metrics,
}

type Known = axum::extract::State<State>;

#[derive(Serialize)]
struct Life {
    alive: bool,
    seconds_since_tick: f64,
}

#[derive(Serialize)]
struct Readiness<'a> {
    ready: bool,
    checks: &'a [Check],
}

pub(super) async fn livez(known: Known) -> Response {
    let since_tick = known.board.since_tick();
    let alive = since_tick < HUNG_AFTER;
    let life = Life {
        alive,
        seconds_since_tick: since_tick.as_secs_f64(),
    };
    (code(alive), Json(life)).into_response()
}

pub(super) async fn readyz(known: Known) -> Response {
    let Status { ready, checks, .. } = known.board.look();
    let readiness = Readiness { ready, checks: &checks };
    (code(ready), Json(readiness)).into_response()
}

pub(super) async fn metrics(known: Known) -> Response {
    let text = known.metrics.render(&known.board.look());
    ([(CONTENT_TYPE, METRICS_TEXT)], text).into_response()
}

pub(super) async fn status(known: Known) -> Json<Status> {
    Json(known.board.look())
}

pub(super) async fn page(known: Known) -> Html<String> {
    Html(page::render(&known.board.look()))
}

pub(super) async fn script() -> Response {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], page::SCRIPT).into_response()
}

pub(super) async fn not_found() -> (StatusCode, String) {
    (StatusCode::NOT_FOUND, format!("no such path; there are\n\n{PATHS}"))
}

pub(super) async fn only_get() -> (StatusCode, &'static str) {
    (StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here\n")
}

/// An answer is about this instant and is what it says it is; the page loads nothing from anywhere.
pub(super) async fn with_headers(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 3] = [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; img-src data:; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn code(good: bool) -> StatusCode {
    if good {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}
