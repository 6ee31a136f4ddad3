//! An input as a script: who the two ends are, and what is done with their words.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | [`Setup`] |
//! | 1 | after how many uses randomness fails; 0: never |
//! | the rest | [`Act`]s: a byte that says which, and what it needs |
//!
//! Every input is a script: numbers are taken modulo what there is, and what is missing is zero.

use super::Setup;

/// What a fuzzer's bytes mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// What the two ends are willing to do.
    pub setup: Setup,
    /// After how many uses randomness fails; 0: never.
    pub dice: u8,
    /// What happens, in order. When it is done all goes on honestly to the end.
    pub acts: Vec<Act>,
}

/// Most acts of a script.
const ACTS: usize = 48;

/// One thing that happens. 'The next message' is the next thing that the honest peer has said and the victim has not
/// heard: a handshake message, a ChangeCipherSpec, an alert, or a record of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The next messages arrive as they were said.
    Pass(u8),
    /// A byte of the next message is changed.
    Change(u16, u8),
    /// It ends after so many bytes; its header says so if it is mended.
    Cut(u16, bool),
    /// It is longer by so many bytes; its header says so if it is mended.
    Stretch(u8, bool),
    /// One of its extensions is changed.
    Extension(u8, Deed),
    /// It never arrives.
    Omit,
    /// It arrives twice.
    Repeat,
    /// The one after it arrives before it.
    Swap,
    /// It arrives in two records, with something in between.
    Split(u16, Between),
    /// So many messages more arrive in the same record.
    Merge(u8),
    /// It arrives as a record of another type.
    Retype(u8),
    /// It arrives without protection, keys or not.
    Bare,
    /// All that was said arrives with a byte changed under its real tags.
    Spoil(u16, u8),
    /// A message that nobody has said arrives: the number of a template.
    Say(u8),
    /// A record that nobody has sent arrives.
    Record(u8, Vec<u8>),
    /// Bytes that are no record arrive.
    Raw(Vec<u8>),
    /// The transport ends.
    End,
    /// From now on so many bytes arrive at a time; 0: all.
    Trickle(u8),
    /// Time passes: so many seconds, cubed.
    Wait(u8),
    /// The owner of one end does something.
    Owner(bool, Wish),
}

/// What is done to an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It is not there.
    Remove,
    /// It is there twice.
    Double,
    /// It is empty.
    Empty,
    /// It is of another type.
    Rename(u16),
    /// It is in front.
    First,
}

/// What stands between two halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// Nothing.
    Nothing,
    /// A handshake record without content.
    Empty,
    /// A ChangeCipherSpec.
    ChangeCipherSpec,
    /// A warning.
    Warning,
    /// Application data.
    Data,
}

/// What the owner of a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Sends so many bytes.
    Write(u16),
    /// Sends so many bytes early.
    WriteEarly(u16),
    /// Changes keys, and has the peer do so too.
    UpdateKeys(bool),
    /// Asks for a certificate; demands one.
    Request(bool),
    /// Exports key material.
    Export(u8),
    /// Pads records to a multiple of this.
    Pad(u8),
    /// Says goodbye.
    Close,
    /// Sends nothing for now, or all again.
    Hold(bool),
    /// Refuses to answer the question that is open the longest.
    Refuse,
    /// Parts the connection into its halves.
    Part,
}

impl Script {
    /// The script that these bytes are.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let mut tape = Tape(bytes);
        let setup = Setup(u32::from_be_bytes([(); 4].map(|()| tape.byte())));
        let dice = tape.byte();
        let mut acts = Vec::new();
        while !tape.0.is_empty() && acts.len() < ACTS {
            acts.push(tape.act());
        }
        Self { setup, dice, acts }
    }

    /// The bytes that this script is read from.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = self.setup.0.to_be_bytes().to_vec();
        out.push(self.dice);
        for act in &self.acts {
            act.write(&mut out);
        }
        out
    }
}

impl Act {
    fn write(&self, out: &mut Vec<u8>) {
        let word = |at: u16| at.to_be_bytes();
        match self {
            Self::Pass(count) => out.extend([0, *count]),
            Self::Change(at, mask) => out.extend([1, word(*at)[0], word(*at)[1], *mask]),
            Self::Cut(at, mends) => out.extend([2, word(*at)[0], word(*at)[1], (*mends).into()]),
            Self::Stretch(by, mends) => out.extend([3, *by, (*mends).into()]),
            Self::Extension(which, deed) => {
                out.extend([4, *which]);
                match deed {
                    Deed::Remove => out.push(0),
                    Deed::Double => out.push(1),
                    Deed::Empty => out.push(2),
                    Deed::Rename(name) => out.extend([3, word(*name)[0], word(*name)[1]]),
                    Deed::First => out.push(4),
                }
            }
            Self::Omit => out.push(5),
            Self::Repeat => out.push(6),
            Self::Swap => out.push(7),
            Self::Split(at, between) => {
                out.extend([8, word(*at)[0], word(*at)[1], *between as u8]);
            }
            Self::Merge(count) => out.extend([9, *count]),
            Self::Retype(kind) => out.extend([10, *kind]),
            Self::Bare => out.push(11),
            Self::Spoil(at, mask) => out.extend([12, word(*at)[0], word(*at)[1], *mask]),
            Self::Say(which) => out.extend([13, *which]),
            Self::Record(kind, body) => {
                out.extend([14, *kind, body.len() as u8]);
                out.extend(body);
            }
            Self::Raw(body) => {
                out.extend([15, body.len() as u8]);
                out.extend(body);
            }
            Self::End => out.push(16),
            Self::Trickle(count) => out.extend([17, *count]),
            Self::Wait(count) => out.extend([18, *count]),
            Self::Owner(of_victim, wish) => {
                out.extend([19, (*of_victim).into()]);
                wish.write(out);
            }
        }
    }
}

impl Wish {
    fn write(self, out: &mut Vec<u8>) {
        let long = |kind: u8, length: u16| {
            let [high, low] = length.to_be_bytes();
            vec![kind, high, low]
        };
        out.extend(match self {
            Self::Write(length) => long(0, length),
            Self::WriteEarly(length) => long(1, length),
            Self::UpdateKeys(asks) => vec![2, asks.into()],
            Self::Request(demands) => vec![3, demands.into()],
            Self::Export(length) => vec![4, length],
            Self::Pad(multiple) => vec![5, multiple],
            Self::Close => vec![6],
            Self::Hold(holds) => vec![7, holds.into()],
            Self::Refuse => vec![8],
            Self::Part => vec![9],
        });
    }
}

/// What is left of an input.
struct Tape<'a>(&'a [u8]);

impl Tape<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn word(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    fn yes(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = usize::from(self.byte()) % (most + 1);
        let (bytes, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        bytes.to_vec()
    }

    fn act(&mut self) -> Act {
        match self.byte() % 20 {
            0 => Act::Pass(self.byte()),
            1 => Act::Change(self.word(), self.byte()),
            2 => Act::Cut(self.word(), self.yes()),
            3 => Act::Stretch(self.byte(), self.yes()),
            4 => Act::Extension(self.byte(), self.deed()),
            5 => Act::Omit,
            6 => Act::Repeat,
            7 => Act::Swap,
            8 => Act::Split(self.word(), self.between()),
            9 => Act::Merge(self.byte()),
            10 => Act::Retype(self.byte()),
            11 => Act::Bare,
            12 => Act::Spoil(self.word(), self.byte()),
            13 => Act::Say(self.byte()),
            14 => Act::Record(self.byte(), self.bytes(64)),
            15 => Act::Raw(self.bytes(64)),
            16 => Act::End,
            17 => Act::Trickle(self.byte()),
            18 => Act::Wait(self.byte()),
            _ => Act::Owner(self.yes(), self.wish()),
        }
    }

    fn deed(&mut self) -> Deed {
        match self.byte() % 5 {
            0 => Deed::Remove,
            1 => Deed::Double,
            2 => Deed::Empty,
            3 => Deed::Rename(self.word()),
            _ => Deed::First,
        }
    }

    fn between(&mut self) -> Between {
        match self.byte() % 5 {
            0 => Between::Nothing,
            1 => Between::Empty,
            2 => Between::ChangeCipherSpec,
            3 => Between::Warning,
            _ => Between::Data,
        }
    }

    fn wish(&mut self) -> Wish {
        match self.byte() % 10 {
            0 => Wish::Write(self.word()),
            1 => Wish::WriteEarly(self.word()),
            2 => Wish::UpdateKeys(self.yes()),
            3 => Wish::Request(self.yes()),
            4 => Wish::Export(self.byte()),
            5 => Wish::Pad(self.byte()),
            6 => Wish::Close,
            7 => Wish::Hold(self.yes()),
            8 => Wish::Refuse,
            _ => Wish::Part,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let owner = |wish| Act::Owner(true, wish);
        let script = Script {
            setup: Setup(0x0102_0304),
            dice: 5,
            acts: vec![
                Act::Pass(1),
                Act::Change(0x0203, 4),
                Act::Cut(5, true),
                Act::Stretch(6, false),
                Act::Extension(7, Deed::Rename(0x0809)),
                Act::Extension(7, Deed::First),
                Act::Omit,
                Act::Repeat,
                Act::Swap,
                Act::Split(10, Between::Data),
                Act::Merge(11),
                Act::Retype(12),
                Act::Bare,
                Act::Spoil(13, 14),
                Act::Say(15),
                Act::Record(16, vec![17, 18]),
                Act::Raw(vec![19]),
                Act::End,
                Act::Trickle(20),
                Act::Wait(21),
                owner(Wish::Write(22)),
                owner(Wish::WriteEarly(23)),
                owner(Wish::UpdateKeys(true)),
                owner(Wish::Request(true)),
                owner(Wish::Export(24)),
                owner(Wish::Pad(25)),
                owner(Wish::Close),
                owner(Wish::Hold(true)),
                owner(Wish::Refuse),
                Act::Owner(false, Wish::Part),
            ],
        };
        assert_eq!(Script::read(&script.write()), script);
    }
}
