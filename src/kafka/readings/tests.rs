use super::*;

fn of(partition: i32) -> TopicPartition {
    TopicPartition::new("plays", partition)
}

fn start(partition: i32, next_offset: i64, generation: u64) -> Start {
    Start {
        partition: of(partition),
        next_offset,
        generation: Generation(generation),
    }
}

/// Partitions 0 and 1 granted and read from 10 in generation 1.
fn reading() -> Readings {
    let mut readings = Readings::default();
    readings.grant(&[of(0), of(1)]);
    for start in readings.admit(vec![start(0, 10, 1), start(1, 10, 1)]) {
        readings.begin(&start);
    }
    readings
}

fn drained(readings: &mut Readings, position: Option<i64>) -> Vec<i64> {
    let events = readings.drained(vec![(of(0), position)]).into_iter();
    let offset = |event| match event {
        SourceEvent::Drained { next_offset, .. } => next_offset,
        other => panic!("{other:?}"),
    };
    events.map(offset).collect()
}

#[test]
fn what_is_mute_delivers_nothing_until_it_is_started_anew() {
    let mut readings = reading();
    assert!(readings.mute());
    assert_eq!(readings.accept("plays", 0, 10), None);
    assert_eq!(drained(&mut readings, None), [0; 0]);
    assert_eq!(drained(&mut readings, Some(20)), [0; 0]);
    for start in readings.admit(vec![start(0, 10, 2)]) {
        readings.begin(&start);
    }
    assert_eq!(readings.accept("plays", 0, 10), Some(Generation(2)));
    assert_eq!(readings.accept("plays", 1, 10), None);
    assert!(!Readings::default().mute());
}

#[test]
fn a_start_of_a_partition_that_is_not_ours_is_dropped() {
    let mut readings = reading();
    assert!(readings.admit(vec![start(5, 0, 2)]).is_empty());
    readings.lose(&[of(0)]);
    assert!(readings.admit(vec![start(0, 0, 2)]).is_empty());
}

#[test]
fn a_record_is_delivered_once_and_only_while_its_partition_is_read() {
    let mut readings = reading();
    assert_eq!(readings.accept("plays", 0, 9), None);
    assert_eq!(readings.accept("plays", 0, 12), Some(Generation(1)));
    assert_eq!(readings.accept("plays", 0, 12), None);
    assert_eq!(readings.accept("plays", 7, 12), None);
    readings.release(&[of(0)]);
    assert_eq!(readings.accept("plays", 0, 13), None);
    assert_eq!(readings.accept("plays", 1, 13), Some(Generation(1)));
}

#[test]
fn the_group_is_answered_when_all_that_it_wants_back_is_released() {
    let mut readings = reading();
    assert_eq!(readings.revoke(&[of(0), of(1)]), None);
    assert_eq!(readings.release(&[of(1)]), None);
    assert_eq!(readings.release(&[of(9)]), None);
    assert_eq!(readings.release(&[of(0)]), Some(vec![of(0), of(1)]));
    assert_eq!(readings.release(&[of(0)]), None);
}

#[test]
fn a_revocation_of_nothing_of_ours_is_answered_at_once() {
    assert_eq!(Readings::default().revoke(&[of(0)]), Some(vec![]));
}

#[test]
fn a_seek_waits_for_an_open_revocation_and_a_new_partition_does_not() {
    let mut readings = reading();
    readings.grant(&[of(2)]);
    readings.revoke(&[of(1)]);
    assert_eq!(
        readings.admit(vec![start(0, 3, 2), start(2, 5, 2)]),
        vec![start(2, 5, 2)]
    );
    assert_eq!(readings.accept("plays", 0, 20), None);
    readings.release(&[of(1)]);
    assert_eq!(readings.take_deferred(), vec![start(0, 3, 2)]);
}

#[test]
fn a_loss_ends_an_open_revocation_too() {
    let mut readings = reading();
    readings.revoke(&[of(0)]);
    assert_eq!(readings.lose(&[of(1)]), vec![of(0), of(1)]);
    assert_eq!(readings.release(&[of(0)]), None);
    assert_eq!(readings.accept("plays", 1, 50), None);
}

#[test]
fn a_position_beyond_the_last_record_is_told_once() {
    let mut readings = reading();
    readings.accept("plays", 0, 14);
    assert_eq!(drained(&mut readings, Some(15)), Vec::<i64>::new());
    assert_eq!(drained(&mut readings, Some(18)), vec![18]);
    assert_eq!(drained(&mut readings, Some(18)), Vec::<i64>::new());
    assert_eq!(readings.accept("plays", 0, 17), None);
}

#[test]
fn the_position_of_the_reading_before_is_not_taken_for_this_one() {
    let mut readings = reading();
    readings.accept("plays", 0, 99);
    readings.begin(&start(0, 10, 2));
    assert_eq!(drained(&mut readings, Some(100)), Vec::<i64>::new());
    assert!(!readings.positions_are_ours(&[of(0)]));
    assert_eq!(drained(&mut readings, None), Vec::<i64>::new());
    assert!(readings.positions_are_ours(&[of(0)]));
    assert_eq!(drained(&mut readings, Some(11)), vec![11]);
}

#[test]
fn hints_only_move_partitions_of_ours_forward_until_they_are_granted_anew() {
    let mut readings = reading();
    assert_eq!(readings.raise_hints(vec![(of(0), 5), (of(9), 5)]), vec![(of(0), 5)]);
    assert!(readings.raise_hints(vec![(of(0), 5), (of(0), 4)]).is_empty());
    readings.revoke(&[of(0)]);
    assert_eq!(readings.raise_hints(vec![(of(0), 6)]), vec![(of(0), 6)]);
    readings.release(&[of(0)]);
    assert!(readings.raise_hints(vec![(of(0), 7)]).is_empty());
    readings.grant(&[of(0)]);
    assert_eq!(readings.raise_hints(vec![(of(0), 2)]), vec![(of(0), 2)]);
}
