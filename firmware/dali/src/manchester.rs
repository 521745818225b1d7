//! How a frame looks on the wire, and which edges are a frame.
