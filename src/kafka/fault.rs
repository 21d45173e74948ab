//! What an error of the client means for the pipeline.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// What has to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Some partition's position is outside its log.
    PositionsInDoubt,
    /// The client goes on trying by itself.
    Unavailable(RDKafkaErrorCode, String),
    /// Bytes in the log of some partition are no records; reading on would lose those that they were.
    Unreadable(String),
    /// Reading on cannot work.
    Fatal(String),
}

/// Judges an error from a poll; `reason` is the client's longer text for it, with names in it.
pub(super) fn judge(error: &KafkaError, reason: Option<String>) -> Fault {
    use RDKafkaErrorCode as Code;
    let code = error.rdkafka_error_code().unwrap_or(Code::Unknown);
    let text = reason.unwrap_or_else(|| error.to_string());
    match code {
        _ if matches!(error, KafkaError::MessageConsumptionFatal(_)) => Fault::Fatal(text),
        Code::Fatal => Fault::Fatal(text),
        Code::AutoOffsetReset | Code::OffsetOutOfRange => Fault::PositionsInDoubt,
        // the client would go on behind them, and they would be lost in silence
        Code::BadMessage | Code::BadCompression | Code::NotImplemented => Fault::Unreadable(format!(
            "records in the log cannot be read and must not be skipped: {text}; repair or remove them on the broker"
        )),
        _ => Fault::Unavailable(code, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RDKafkaErrorCode as Code;

    #[test]
    fn errors_without_coordinates_put_all_positions_in_doubt() {
        for code in [Code::AutoOffsetReset, Code::OffsetOutOfRange] {
            assert_eq!(
                judge(&KafkaError::MessageConsumption(code), None),
                Fault::PositionsInDoubt
            );
        }
    }

    #[test]
    fn what_the_client_cannot_get_over_is_fatal() {
        let fenced = KafkaError::MessageConsumptionFatal(Code::FencedInstanceId);
        assert_eq!(
            judge(&fenced, Some("fenced".to_owned())),
            Fault::Fatal("fenced".to_owned())
        );
        let fault = judge(&KafkaError::MessageConsumption(Code::Fatal), None);
        assert!(matches!(fault, Fault::Fatal(_)), "{fault:?}");
    }

    #[test]
    fn records_that_the_client_would_pass_over_are_unreadable() {
        for code in [Code::BadMessage, Code::BadCompression, Code::NotImplemented] {
            let fault = judge(&KafkaError::MessageConsumption(code), None);
            assert!(matches!(fault, Fault::Unreadable(_)), "{code:?}");
        }
    }

    #[test]
    fn everything_else_is_an_outage_with_the_longer_text() {
        let error = KafkaError::MessageConsumption(Code::UnknownTopicOrPartition);
        let fault = judge(&error, Some("topic plays is not there".to_owned()));
        let text = "topic plays is not there".to_owned();
        assert_eq!(fault, Fault::Unavailable(Code::UnknownTopicOrPartition, text));
    }
}
