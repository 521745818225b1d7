//! What one lighting zone does: occupancy, requests, priorities; the same code in agent and node.
