//! flat.
