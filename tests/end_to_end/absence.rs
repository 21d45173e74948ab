//! A broker, a topic or a database that is not there.

use crate::database::FreshDatabase;
use crate::harness::{Gate, Scene, Script, WORKER, as_role, free_port, get, seed, until};

/// Takes a minute, in which it does nothing.
#[tokio::test]
async fn run_until_caught_up_gives_up_on_a_missing_topic_and_a_missing_broker() {
    let mut scene = Scene::not_migrated(FreshDatabase::empty().await, 1);
    let no_topic = scene.start(&["run", "--until-caught-up"]);
    scene.set("KAFKA__BROKERS", &format!("127.0.0.1:{}", free_port()));
    let no_broker = scene.start(&["run", "--until-caught-up"]);
    let (no_topic, no_broker) = (no_topic.finished().await, no_broker.finished().await);
    assert_eq!(no_topic.code, Some(69), "{}", no_topic.stderr);
    assert!(no_topic.stderr.contains(&scene.topics[0]), "{}", no_topic.stderr);
    assert_eq!(no_broker.code, Some(69), "{}", no_broker.stderr);
}

#[tokio::test]
async fn a_start_that_waits_says_once_what_it_waits_for_and_ends_when_told_to() {
    let mut scene = Scene::not_migrated(FreshDatabase::empty().await, 1);
    let mut no_topic = scene.start(&["run", "--until-caught-up"]);
    scene.set(
        "DATABASE__URL",
        &format!("postgres://127.0.0.1:{}/nowhere", free_port()),
    );
    let mut no_database = scene.start(&["run"]);
    for (worker, check, missing) in [
        (
            &mut no_topic,
            "broker",
            format!("there is no topic {}", scene.topics[0]),
        ),
        (&mut no_database, "database", "the database is not reachable".to_owned()),
    ] {
        let address = worker.address().await;
        until("the start looks again", async || {
            let body = get(address, "/readyz").unwrap().1;
            let readiness: serde_json::Value = serde_json::from_str(&body).unwrap();
            let checks = readiness["checks"].as_array().unwrap();
            let named = |one: &&serde_json::Value| one["name"] == check;
            let detail = checks.iter().find(named).unwrap()["detail"].as_str().unwrap();
            detail.contains(&missing) && checks.iter().find(named).unwrap()["seconds"].as_f64().unwrap() > 2.5
        })
        .await;
        assert_eq!(get(address, "/livez").unwrap().0, 200);
        assert_eq!(worker.log().matches(&missing).count(), 1, "{}", worker.log());
    }
    no_topic.stop().await;
    no_database.stop().await;
}

#[tokio::test]
async fn run_waits_for_a_database_and_a_broker_that_are_missing_at_its_start() {
    let mut scene = Scene::new(1, 2).await;
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&script.mixed(200));
    let mut connection = scene.database.connect().await;
    let (broker, database) = (Gate::closed(), Gate::closed());
    scene.set("KAFKA__BROKERS", &format!("127.0.0.1:{}", broker.port));
    let mut url = as_role(&scene.database, WORKER);
    let real = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    url.set_port(Some(database.port)).unwrap();
    scene.set("DATABASE__URL", url.as_str());

    let mut worker = scene.start(&["run"]);
    let address = worker.address().await;
    until("the worker misses the database", async || {
        let (status, body) = get(address, "/readyz").unwrap();
        status == 503 && body.contains("the database is not reachable")
    })
    .await;
    database.open(&real);
    until("the worker misses the broker", async || {
        let body = get(address, "/readyz").unwrap().1;
        let readiness: serde_json::Value = serde_json::from_str(&body).unwrap();
        let checks = readiness["checks"].as_array().unwrap();
        checks
            .iter()
            .any(|check| check["name"] == "broker" && check["detail"] != "not looked at yet")
    })
    .await;
    assert!(worker.is_alive());
    broker.open(&scene.broker.address);
    until("all is stored", async || scene.consumed(&mut connection).await == 200).await;
    worker.stop().await;
    scene.check(script.sent()).await;
}

#[tokio::test]
async fn run_waits_for_a_topic_that_is_made_later() {
    let mut scene = Scene::new(1, 1).await;
    let mut script = Script::new(seed(), &scene);
    let later = format!("{}.later", scene.topics[0]);
    scene.topics.push(later.clone());
    scene.set("KAFKA__TOPICS", &format!("{:?}", scene.topics));
    scene.broker.send(&script.mixed(50));
    let mut connection = scene.database.connect().await;
    let worker = scene.start(&["run"]);
    until("the topic that is there is read", async || {
        scene.consumed(&mut connection).await == 50
    })
    .await;
    scene.broker.make_topics(&[later], 2).await;
    let mut more = Script::new(seed(), &scene);
    scene.broker.send(&more.mixed(150));
    until("the new topic is read", async || {
        scene.consumed(&mut connection).await == 200
    })
    .await;
    worker.stop().await;
    scene.check(&[script.sent(), more.sent()].concat()).await;
}
