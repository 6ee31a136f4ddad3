//! An allocator that can watch one thread: it keeps what is freed, or counts what is held.
//!
//! The one place of this package that needs `unsafe`: an allocator cannot be written without.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Mutex;

/// What is done with the memory of a thread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Watch {
    /// Nothing.
    Off,
    /// Freed blocks are kept and noted.
    Keep,
    /// Bytes are counted.
    Count,
}

thread_local! {
    static WATCH: Cell<Watch> = const { Cell::new(Watch::Off) };
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
    static BLOCKS: Cell<usize> = const { Cell::new(0) };
}

/// Blocks by address and length, in memory that is not allocated.
struct Notes {
    blocks: [(usize, usize); 1 << 16],
    length: usize,
}

impl Notes {
    const EMPTY: Self = Self {
        blocks: [(0, 0); 1 << 16],
        length: 0,
    };

    fn add(&mut self, address: usize, length: usize) {
        assert!(self.length < self.blocks.len(), "too many blocks to watch");
        self.blocks[self.length] = (address, length);
        self.length += 1;
    }

    fn all(&self) -> &[(usize, usize)] {
        &self.blocks[..self.length]
    }
}

static MADE: Mutex<Notes> = Mutex::new(Notes::EMPTY);
static FREED: Mutex<Notes> = Mutex::new(Notes::EMPTY);
/// One thread at a time keeps what it frees.
static KEEPING: Mutex<()> = Mutex::new(());

struct Watching;

#[global_allocator]
static ALLOCATOR: Watching = Watching;

// SAFETY: memory comes from `System` and goes back to it with the layout that it came with, or
// never.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that all of it may be read later.
        // SAFETY: the caller's promises are those that `System` asks for.
        let block = unsafe { System.alloc_zeroed(layout) };
        match watch() {
            Watch::Off => {}
            Watch::Keep => note(&MADE, block, layout),
            Watch::Count => count(signed(layout.size())),
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match watch() {
            Watch::Off => {}
            Watch::Keep => return note(&FREED, block, layout),
            Watch::Count => count(-signed(layout.size())),
        }
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Off while a thread ends and its locals are gone.
fn watch() -> Watch {
    WATCH.try_with(Cell::get).unwrap_or(Watch::Off)
}

fn note(notes: &Mutex<Notes>, block: *mut u8, layout: Layout) {
    let mut notes = notes.lock().expect("notes");
    notes.add(block.addr(), layout.size());
}

fn signed(size: usize) -> isize {
    isize::try_from(size).expect("a size")
}

fn count(change: isize) {
    HELD.set(HELD.get() + change);
    MOST.set(MOST.get().max(HELD.get()));
    BLOCKS.set(BLOCKS.get() + usize::from(change > 0));
}

/// Runs `deed` and keeps all that it frees; then hands each block to `look`, with whether it was
/// freed, or made and never freed.
pub(crate) fn keep(deed: impl FnOnce(), mut look: impl FnMut(bool, &[u8])) {
    let _alone = KEEPING.lock();
    for notes in [&MADE, &FREED] {
        notes.lock().expect("notes").length = 0;
    }
    WATCH.set(Watch::Keep);
    deed();
    WATCH.set(Watch::Off);
    let (made, freed) = (MADE.lock().expect("notes"), FREED.lock().expect("notes"));
    let mut gone: Vec<_> = freed.all().to_vec();
    gone.sort_unstable();
    for (address, length) in &gone {
        look(true, read(*address, *length));
    }
    for (address, length) in made.all() {
        if gone.binary_search(&(*address, *length)).is_err() {
            look(false, read(*address, *length));
        }
    }
}

fn read(address: usize, length: usize) -> &'static [u8] {
    let block = core::ptr::with_exposed_provenance(address);
    // SAFETY: the allocator made this block, of this length and zeroed, and never gives it away.
    unsafe { core::slice::from_raw_parts(block, length) }
}

/// What a deed did with memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    /// The most bytes that were held at once, over what was held before.
    pub(crate) most: isize,
    /// Blocks that were made.
    pub(crate) blocks: usize,
}

/// Counts what `deed` holds, over what was held before.
pub(crate) fn counted<T>(deed: impl FnOnce() -> T) -> (T, Counted) {
    HELD.set(0);
    MOST.set(0);
    BLOCKS.set(0);
    WATCH.set(Watch::Count);
    let done = deed();
    WATCH.set(Watch::Off);
    let counted = Counted {
        most: MOST.get(),
        blocks: BLOCKS.get(),
    };
    (done, counted)
}

/// How many bytes a counted deed holds now.
pub(crate) fn held() -> isize {
    HELD.get()
}
