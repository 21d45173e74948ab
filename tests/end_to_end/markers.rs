//! Logs that hold more than records.

use crate::harness::{Form, Scene, Script, Sent, seed};
use audiohm_ingest::event::Event;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use std::time::Duration;

const LONGEST: Duration = Duration::from_secs(30);

fn in_transaction(producer: &ThreadedProducer<DefaultProducerContext>, records: &[Sent], commit: bool) {
    producer.begin_transaction().unwrap();
    for record in records {
        let outgoing = BaseRecord::<[u8], [u8]>::to(&record.topic)
            .partition(0)
            .payload(record.value.as_deref().unwrap());
        producer.send(outgoing).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(LONGEST).unwrap();
    if commit {
        producer.commit_transaction(LONGEST).unwrap();
    } else {
        producer.abort_transaction(LONGEST).unwrap();
    }
}

#[tokio::test]
async fn a_topic_that_ends_in_aborted_records_is_caught_up_without_them() {
    let scene = Scene::new(1, 1).await;
    let mut script = Script::new(seed(), &scene);
    let producer: ThreadedProducer<DefaultProducerContext> = scene
        .broker
        .client()
        .set("transactional.id", &scene.group)
        .create()
        .unwrap();
    producer.init_transactions(LONGEST).unwrap();
    let first = script.plays(20);
    let second = script.plays(20);
    let aborted: Vec<Sent> = (0..7)
        .map(|_| Sent::event(&scene.topics[0], &Event::Play(script.play()), Form::Plain))
        .collect();
    in_transaction(&producer, &aborted, false);
    in_transaction(&producer, &first, true);
    in_transaction(&producer, &aborted, false);
    in_transaction(&producer, &second, true);
    in_transaction(&producer, &aborted, false);

    scene.catch_up().await;
    // the reference knows the committed ones; their keys were not sent
    let sent: Vec<Sent> = script
        .sent()
        .iter()
        .cloned()
        .map(|sent| Sent { key: None, ..sent })
        .collect();
    scene.check(&sent).await;
    let progress = scene.progress(&mut scene.database.connect().await).await;
    let end = scene.broker.end(&scene.topics[0], 0);
    assert_eq!(end, 40 + 21 + 5, "records, aborted records and markers");
    assert_eq!(progress[0].next_offset, end);
    // and once more from there, with nothing but markers to come
    in_transaction(&producer, &aborted, false);
    scene.catch_up().await;
    scene.check(&sent).await;
}
