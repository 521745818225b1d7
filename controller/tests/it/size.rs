//! How much memory and time a large campus takes.
