use super::*;
use crate::position::Epoch;

fn claimed(next_offset: i64, halted: Option<&str>) -> Claimed {
    Claimed {
        halted: halted.map(str::to_owned),
        ..Claimed::new(Epoch(1), next_offset)
    }
}

/// One partition whose log holds the offsets 10 to 19.
fn verdict(on_gap: OnGap, claimed: Claimed, anew: Option<&str>) -> (Verdict, String) {
    let partition = TopicPartition::new("plays", 0);
    let marks = Watermarks {
        low_offset: 10,
        end_offset: 20,
    };
    let positions = Positions {
        stored: BTreeMap::from([(partition.clone(), claimed)]),
        marks: BTreeMap::from([(partition.clone(), marks)]),
        anew: anew.map(|why| (partition, why.to_owned())).into_iter().collect(),
    };
    let findings = judge(on_gap, &positions);
    assert_eq!(findings.len(), 1);
    (findings[0].verdict, findings[0].found.clone())
}

#[test]
fn a_position_from_the_first_offset_to_the_end_is_right() {
    for next_offset in [10, 15, 20] {
        assert_eq!(verdict(OnGap::Halt, claimed(next_offset, None), None).0, Verdict::Ok);
    }
}

#[test]
fn a_position_outside_the_log_or_that_stands_still_fails() {
    assert_eq!(verdict(OnGap::Halt, claimed(9, None), None).0, Verdict::Fail);
    assert_eq!(verdict(OnGap::Skip, claimed(9, None), None).0, Verdict::Warn);
    let anew = verdict(OnGap::Skip, claimed(15, None), Some("the topic was made anew"));
    assert_eq!(anew, (Verdict::Fail, "plays[0]: the topic was made anew".to_owned()));
    let (stands, found) = verdict(OnGap::Halt, claimed(15, Some("flood: 500 in a row")), None);
    assert_eq!(stands, Verdict::Fail);
    assert_eq!(found, "plays[0] stands still: flood: 500 in a row");
}

#[test]
fn a_position_of_a_partition_that_is_not_there_is_told() {
    let positions = Positions {
        stored: BTreeMap::from([(TopicPartition::new("plays", 7), claimed(1, None))]),
        ..Positions::default()
    };
    let findings = judge(OnGap::Halt, &positions);
    assert_eq!(findings[0].verdict, Verdict::Warn);
    assert!(findings[0].found.starts_with("plays[7]"));
}

#[test]
fn a_group_that_has_read_nothing_yet_is_right() {
    let marks = BTreeMap::from([(
        TopicPartition::new("plays", 0),
        Watermarks {
            low_offset: 0,
            end_offset: 0,
        },
    )]);
    let positions = Positions {
        marks,
        ..Positions::default()
    };
    let findings = judge(OnGap::Halt, &positions);
    assert_eq!(findings[0].verdict, Verdict::Ok);
    assert!(findings[0].found.starts_with("0 within the log, 1 of"));
}
