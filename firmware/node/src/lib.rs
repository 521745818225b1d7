//! The brain of a node: samples, reports, keeps until acknowledged, obeys, acts alone.
