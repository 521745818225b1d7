//! Real sockets and a real pseudo terminal, against servers whose frames are not made by our code.
