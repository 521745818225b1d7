//! What the agent counts, under the names that Prometheus reads. Each is defined once, here.

use metrics::{
    Counter, Gauge, Histogram, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::collections::BTreeMap;

/// Counters and gauges, made once so that counting on the hot path is one atomic addition.
pub struct Metrics {
    recorder: metrics_exporter_prometheus::PrometheusRecorder,
    rendered: PrometheusHandle,
    refused: BTreeMap<&'static str, u64>,
    /// Frames that were decoded.
    pub frames_received: Counter,
    /// Frames that had been seen before.
    pub frames_duplicate: Counter,
    /// Frames in committed transactions.
    pub frames_committed: Counter,
    /// Frames that nodes gave up or that never came.
    pub frames_lost: Counter,
    /// Frames that came after all.
    pub frames_recovered: Counter,
    /// Frames of nodes that no configuration knows.
    pub frames_unclaimed: Counter,
    /// Transactions committed.
    pub commits: Counter,
    /// Commits that failed and were tried again.
    pub commits_failed: Counter,
    /// Times a polled meter was read.
    pub meter_reads: Counter,
    /// Times the agent connected to the broker.
    pub broker_connections: Counter,
    /// `down/ack` published.
    pub acks_sent: Counter,
    /// `down/desired` published.
    pub desired_sent: Counter,
    /// Rows handled and not committed yet.
    pub rows_waiting: Gauge,
    /// Nodes heard from lately.
    pub nodes_heard: Gauge,
    /// 1 while connected to the broker.
    pub broker_connected: Gauge,
    /// From the first row of a batch to its commit.
    pub commit_seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// A registry of its own, so that two agents in one process count apart.
    pub fn new() -> Self {
        let buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0];
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &buckets)
            // Only an empty list is refused, and this one is not.
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let rendered = recorder.handle();
        metrics::with_local_recorder(&recorder, describe);
        let make = || Self {
            rendered: rendered.clone(),
            refused: BTreeMap::new(),
            frames_received: counter!("campus_frames_received_total"),
            frames_duplicate: counter!("campus_frames_duplicate_total"),
            frames_committed: counter!("campus_frames_committed_total"),
            frames_lost: counter!("campus_frames_lost_total"),
            frames_recovered: counter!("campus_frames_recovered_total"),
            frames_unclaimed: counter!("campus_frames_unclaimed_total"),
            commits: counter!("campus_commits_total"),
            commits_failed: counter!("campus_commits_failed_total"),
            meter_reads: counter!("campus_meter_reads_total"),
            broker_connections: counter!("campus_broker_connections_total"),
            acks_sent: counter!("campus_acks_sent_total"),
            desired_sent: counter!("campus_desired_sent_total"),
            rows_waiting: gauge!("campus_rows_waiting"),
            nodes_heard: gauge!("campus_nodes_heard"),
            broker_connected: gauge!("campus_broker_connected"),
            commit_seconds: histogram!("campus_commit_seconds"),
            recorder: PrometheusBuilder::new().build_recorder(),
        };
        let mut metrics = metrics::with_local_recorder(&recorder, make);
        metrics.recorder = recorder;
        metrics
    }

    /// Counts one refused payload under its reason.
    pub fn refuse(&mut self, reason: &'static str) {
        *self.refused.entry(reason).or_default() += 1;
        metrics::with_local_recorder(&self.recorder, || {
            counter!("campus_payloads_refused_total", "reason" => reason).increment(1);
        });
    }

    /// Refused payloads by reason, since the start.
    pub fn refused(&self) -> &BTreeMap<&'static str, u64> {
        &self.refused
    }

    /// What renders the text format; cheap to clone.
    pub fn rendered(&self) -> PrometheusHandle {
        self.rendered.clone()
    }
}

fn describe() {
    describe_counter!("campus_frames_received_total", "Frames decoded");
    describe_counter!("campus_frames_duplicate_total", "Frames that had been seen before");
    describe_counter!("campus_frames_committed_total", "Frames in committed transactions");
    describe_counter!("campus_frames_lost_total", "Frames given up by nodes, or that never came");
    describe_counter!("campus_frames_recovered_total", "Frames that came after they were lost");
    describe_counter!(
        "campus_frames_unclaimed_total",
        "Frames of nodes that no configuration knows"
    );
    describe_counter!("campus_payloads_refused_total", "Payloads refused, by reason");
    describe_counter!("campus_commits_total", "Transactions committed");
    describe_counter!("campus_commits_failed_total", "Commits that failed and were tried again");
    describe_counter!("campus_meter_reads_total", "Times a polled meter was read");
    describe_counter!("campus_broker_connections_total", "Connections made to the broker");
    describe_counter!("campus_acks_sent_total", "down/ack published");
    describe_counter!("campus_desired_sent_total", "down/desired published");
    describe_gauge!("campus_rows_waiting", "Rows handled and not committed yet");
    describe_gauge!("campus_nodes_heard", "Nodes heard from lately");
    describe_gauge!("campus_broker_connected", "1 while connected to the broker");
    describe_histogram!("campus_commit_seconds", "From the first row of a batch to its commit");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_rendered_under_its_name_and_reason() {
        let mut metrics = Metrics::new();
        metrics.frames_received.increment(3);
        metrics.refuse("not_json");
        metrics.refuse("not_json");
        let text = metrics.rendered().render();
        assert!(text.contains("campus_frames_received_total 3"), "{text}");
        assert!(text.contains("campus_payloads_refused_total{reason=\"not_json\"} 2"), "{text}");
        assert_eq!(metrics.refused()["not_json"], 2);
    }
}
