//! The registry of counters and histograms, and the text of a scrape.

use super::metric::{BUILD_INFO, CATALOGUE, Kind, Source};
use super::status::Status;
use super::{gauges, intake, write};
use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use metrics_process::Collector;

/// What `ingest_build_info` says.
#[derive(Clone, Copy, Debug)]
pub struct Build<'a> {
    /// Version of this program.
    pub version: &'a str,
    /// Version of the Kafka client library.
    pub librdkafka: &'a str,
}

/// The metrics could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("metrics cannot be collected: {0}")]
pub struct MetricsError(#[from] BuildError);

/// The metrics of this process. Cloning gives the same ones.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: PrometheusHandle,
    process: Collector,
}

impl Metrics {
    /// Makes this process collect metrics, once in its life. Without it every call of this room
    /// that counts does nothing, which suits one-shot commands.
    pub fn install(build: Build<'_>) -> Result<Self, MetricsError> {
        let (recorder, metrics) = Self::new()?;
        metrics::set_global_recorder(recorder).map_err(|taken| MetricsError(taken.into()))?;
        metrics.start(build);
        Ok(metrics)
    }

    /// A registry with the right buckets that nothing reports to yet.
    pub(super) fn new() -> Result<(PrometheusRecorder, Self), MetricsError> {
        let mut builder = PrometheusBuilder::new();
        for metric in CATALOGUE {
            if let Kind::Histogram(buckets) = metric.kind {
                builder = builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets)?;
            }
        }
        let recorder = builder.build_recorder();
        let registry = recorder.handle();
        let process = Collector::default();
        Ok((recorder, Self { registry, process }))
    }

    /// Describes everything and sets to 0 what needs no topic.
    pub(super) fn start(&self, build: Build<'_>) {
        for metric in CATALOGUE.iter().filter(|metric| metric.source == Source::Registry) {
            match metric.kind {
                Kind::Counter => describe_counter!(metric.name, metric.unit, metric.help),
                Kind::Gauge => describe_gauge!(metric.name, metric.unit, metric.help),
                Kind::Histogram(_) => describe_histogram!(metric.name, metric.unit, metric.help),
            }
        }
        self.process.describe();
        intake::start();
        write::start();
        let labels = [
            ("version", build.version.to_owned()),
            ("librdkafka", build.librdkafka.to_owned()),
        ];
        gauge!(BUILD_INFO.name, &labels).set(1.0);
    }

    /// Everything, in the Prometheus text format 0.0.4.
    #[must_use]
    pub fn render(&self, status: &Status) -> String {
        self.process.collect();
        let mut text = self.registry.render();
        gauges::render(status, &mut text);
        text
    }

    /// Folds observations into their histograms. Between two calls each one takes 16 bytes, so
    /// this is due about once a second, scraped or not.
    pub fn fold(&self) {
        self.registry.run_upkeep();
    }
}
