//! Reads the vector files: `# Source: ...` first, then entries of `name = value` lines, a blank line between entries.

/// One entry of a vector file.
#[derive(Debug)]
pub(crate) struct Entry<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Entry<'a> {
    /// All entries of a file.
    pub(crate) fn read(file: &'a str) -> Vec<Self> {
        assert!(
            file.starts_with("# Source: "),
            "a vector file names its source first"
        );
        let lines = file
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect::<Vec<_>>();
        let entries = lines
            .split(|line| line.is_empty())
            .filter(|lines| !lines.is_empty());
        entries
            .map(|lines| Self(lines.iter().map(|line| field(line)).collect()))
            .collect()
    }

    /// The value of a field, when there is one.
    pub(crate) fn find(&self, name: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, value)| *value)
    }

    /// The text of a field.
    pub(crate) fn text(&self, name: &str) -> &'a str {
        self.find(name)
            .unwrap_or_else(|| panic!("no field {name} in {self:?}"))
    }

    /// The bytes of a field.
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        hex(self.text(name))
    }
}

/// The bytes that pairs of hexadecimal digits stand for.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let pair = str::from_utf8(pair).expect("hexadecimal digits");
            u8::from_str_radix(pair, 16).expect("hexadecimal digits")
        })
        .collect()
}

fn field(line: &str) -> (&str, &str) {
    line.split_once(" =")
        .map(|(name, value)| (name, value.trim_start()))
        .expect("name = value")
}
