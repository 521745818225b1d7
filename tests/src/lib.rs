//! Whole-system tests: real brokers, real clients, faults.
