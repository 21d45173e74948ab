//! Every expression finds something in a worker at work, and every metric is looked at.

use crate::dashboard::{Question, questions_of_marks, questions_of_panels};
use crate::harness::{PATIENCE, Scene, Script, Worker, get, seed, until};
use crate::prometheus::{Prometheus, Rule};
use crate::selector::selectors;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Instant;

/// Metrics that neither a panel nor a rule asks for, and why.
const NOT_WATCHED: [(&str, &str); 2] = [
    (
        "process_virtual_memory_bytes",
        "says nothing: memory that is reserved costs nothing",
    ),
    ("process_virtual_memory_max_bytes", "a limit that no deployment sets"),
];

/// A worker that has stored and refused records, a replay that runs, and a Prometheus that looks on.
struct World {
    scene: Scene,
    script: Script,
    worker: Worker,
    address: SocketAddr,
    replay: Worker,
    prometheus: Prometheus,
}

impl World {
    async fn new() -> Self {
        let scene = Scene::new(1, 2).await;
        let mut script = Script::new(seed(), &scene);
        scene.broker.send(&script.mixed(400));
        let mut worker = scene.start(&["run"]);
        let address = worker.address().await;
        let mut connection = scene.database.connect().await;
        until("all is stored", async || scene.consumed(&mut connection).await == 400).await;
        // one record a second: it runs for as long as anybody looks
        let replay = scene.start(&["replay", "start", "--name", "proof", "--rate", "1", "--yes"]);
        let prometheus = Prometheus::scraping(address).await;
        Self {
            scene,
            script,
            worker,
            address,
            replay,
            prometheus,
        }
    }

    /// Asks until each of these has found something; rates need records meanwhile.
    fn find(&mut self, questions: Vec<Question>) {
        let mut open = questions;
        let deadline = Instant::now() + PATIENCE;
        while !open.is_empty() {
            let prometheus = &self.prometheus;
            open.retain(|question| {
                let expression = question.expression.replace("$__rate_interval", "10s");
                let found = prometheus.found(&expression);
                found.unwrap_or_else(|fault| panic!("{}: {expression}: {fault}", question.place)) == 0
            });
            let said = self.prometheus.log();
            assert!(Instant::now() < deadline, "these find nothing: {open:#?}\n{said}");
            assert!(
                self.worker.is_alive() && self.replay.is_alive(),
                "{}",
                self.replay.log()
            );
            self.scene.broker.send(&self.script.mixed(20));
        }
    }

    async fn stop(self) {
        drop(self.prometheus);
        self.replay.kill();
        self.worker.stop().await;
    }
}

fn question(rule: &Rule, expression: &str) -> Question {
    Question {
        place: format!("rule {}", rule.name),
        expression: expression.to_owned(),
    }
}

/// What is recorded has to be there; of an alert that does not fire, what it asks for has to be there.
fn questions_of(rules: &[Rule]) -> Vec<Question> {
    let recorded = rules.iter().filter(|rule| !rule.is_alert);
    let recorded = recorded.map(|rule| question(rule, &rule.name));
    recorded.chain(rules.iter().flat_map(asked_for_by)).collect()
}

fn asked_for_by(rule: &Rule) -> Vec<Question> {
    let found = selectors(&rule.expression).into_iter();
    found.map(|selector| question(rule, &selector.text)).collect()
}

#[tokio::test]
async fn every_expression_finds_something_and_every_metric_is_looked_at() {
    let mut world = World::new().await;
    let rules = world.prometheus.rules();
    assert!(rules.iter().filter(|rule| rule.is_alert).count() > 10, "{rules:#?}");
    let (panels, marks) = (questions_of_panels(), questions_of_marks());
    let asked_by_marks = marks.iter().flat_map(|mark| {
        let found = selectors(&mark.expression);
        found.into_iter().map(|selector| Question {
            place: mark.place.clone(),
            expression: selector.text,
        })
    });
    let all = panels.iter().cloned().chain(asked_by_marks).chain(questions_of(&rules));
    world.find(all.collect());
    for mark in &marks {
        world
            .prometheus
            .found(&mark.expression)
            .expect("no error, even if there is nothing to mark");
    }
    every_rule_can_be_evaluated(&world.prometheus).await;
    let expressions = panels.iter().chain(&marks).map(|question| question.expression.clone());
    let expressions = expressions.chain(rules.into_iter().map(|rule| rule.expression));
    every_metric_is_looked_at(world.address, expressions);
    world.stop().await;
}

/// With its labels and templates, which is more than asking what it asks.
async fn every_rule_can_be_evaluated(prometheus: &Prometheus) {
    until("each rule was evaluated", async || {
        prometheus.rules().iter().all(|rule| rule.health != "unknown")
    })
    .await;
    for rule in prometheus.rules() {
        assert_eq!((rule.health.as_str(), rule.fault.as_str()), ("ok", ""), "{}", rule.name);
    }
}

fn every_metric_is_looked_at(worker: SocketAddr, expressions: impl Iterator<Item = String>) {
    let asked: Vec<_> = expressions.flat_map(|expression| selectors(&expression)).collect();
    let asked: BTreeSet<&str> = asked.iter().map(|selector| family(&selector.metric)).collect();
    let excused = BTreeMap::from(NOT_WATCHED);
    let (_, text) = get(worker, "/metrics").unwrap();
    let metrics: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    assert!(metrics.len() > 30, "{metrics:?}");
    for metric in &metrics {
        let both = (asked.contains(metric), excused.contains_key(metric));
        assert!(both.0 || both.1, "{metric} is on no panel, in no rule and not excused");
        assert!(both != (true, true), "{metric} is excused and asked for");
    }
    for metric in excused.keys() {
        assert!(metrics.contains(metric), "{metric} is excused and does not exist");
    }
}

/// The metric to which a series of a histogram belongs.
fn family(series: &str) -> &str {
    let ends = ["_bucket", "_count", "_sum"];
    ends.iter().find_map(|end| series.strip_suffix(end)).unwrap_or(series)
}
