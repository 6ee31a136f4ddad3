//! The one door to every check of this project.
fn main() {}
