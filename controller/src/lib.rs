//! Every decision about rooms and energy: pure, no clock, no I/O.
