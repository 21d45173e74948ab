//! Numbers as people read them.

/// With a space between groups of three digits: `1 234 567`. What is no number of things is 0.
pub(super) fn grouped(number: impl TryInto<u64>) -> String {
    group(&number.try_into().unwrap_or(0).to_string())
}

/// So many of a thing: `1 letter`, `2 letters`.
pub(super) fn counted(number: impl TryInto<u64>, thing: &str) -> String {
    let number = number.try_into().unwrap_or(0);
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", grouped(number))
}

/// As [`grouped`], rounded.
pub(super) fn grouped_round(number: f64) -> String {
    group(&format!("{:.0}", number.max(0.0)))
}

fn group(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// So many per second, grouped and without a fraction; 0 where no time has passed.
pub(super) fn rate(count: u64, elapsed: std::time::Duration) -> String {
    let per_second = u128::from(count) * 1000 / elapsed.as_millis().max(1);
    grouped(u64::try_from(per_second).unwrap_or(u64::MAX))
}

/// Seconds with one digit after the point: `9.8 s`.
pub(super) fn seconds(elapsed: std::time::Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}

/// As people say it, in the two largest units: `12 s`, `3 min 46 s`, `2 h 5 min`, `3 d 4 h`.
pub(super) fn span(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min {} s", seconds % 60),
        3_600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_span_of_time_has_its_two_largest_units() {
        let cases = [
            (0, "0 s"),
            (59, "59 s"),
            (226, "3 min 46 s"),
            (7_500, "2 h 5 min"),
            (273_600, "3 d 4 h"),
        ];
        for (seconds, text) in cases {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn digits_are_grouped_by_three_from_the_right() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1000, "1 000"),
            (12_345, "12 345"),
            (1_234_567, "1 234 567"),
        ];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(grouped(-1_i64), "0");
        assert_eq!(counted(1_u64, "letter"), "1 letter");
        assert_eq!(counted(1_001_u64, "letter"), "1 001 letters");
        assert_eq!(grouped_round(1234.5678), "1 235");
    }

    #[test]
    fn a_rate_survives_a_time_too_short_to_measure() {
        assert_eq!(rate(5_000, Duration::from_millis(2_500)), "2 000");
        assert_eq!(rate(7, Duration::ZERO), "7 000");
        assert_eq!(seconds(Duration::from_millis(9_849)), "9.8 s");
    }
}
