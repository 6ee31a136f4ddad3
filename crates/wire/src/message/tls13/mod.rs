//! The messages that only TLS 1.3 has, or has in this form (RFC 8446 section 4).
