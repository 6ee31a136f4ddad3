//! An allocator that can watch one thread: it keeps what is freed, or counts what is held. And a
//! look at the stack that is not in use any more.
//!
//! The one place of this package that needs `unsafe`: neither can be written without.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::mem::MaybeUninit;
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
/// Copies of the stack.
static STACKS: Mutex<Notes> = Mutex::new(Notes::EMPTY);
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

/// What memory was before it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A block that was freed.
    Freed,
    /// A block that was made and never freed.
    Lost,
    /// Stack that calls had used and that was not in use any more.
    Stack,
}

/// Runs `deed` and keeps all that it frees; then hands each block to `look`, and the stack as it
/// was whenever [`keep_stack`] was called.
pub(crate) fn keep(deed: impl FnOnce(), mut look: impl FnMut(Place, &[u8])) {
    let _alone = KEEPING.lock();
    for notes in [&MADE, &FREED, &STACKS] {
        notes.lock().expect("notes").length = 0;
    }
    WATCH.set(Watch::Keep);
    deed();
    WATCH.set(Watch::Off);
    let (made, freed) = (MADE.lock().expect("notes"), FREED.lock().expect("notes"));
    let mut gone: Vec<_> = freed.all().to_vec();
    gone.sort_unstable();
    for (address, length) in &gone {
        look(Place::Freed, read(*address, *length));
    }
    for (address, length) in made.all() {
        if gone.binary_search(&(*address, *length)).is_err() {
            look(Place::Lost, read(*address, *length));
        }
    }
    for (address, length) in STACKS.lock().expect("notes").all() {
        look(Place::Stack, read(*address, *length));
        let copy = core::ptr::with_exposed_provenance_mut(*address);
        // SAFETY: `keep_stack` made this block, with this layout.
        unsafe { System.dealloc(copy, BELOW) };
    }
}

/// As much of the stack as is kept: deeper than any call here goes with a secret.
const BELOW: Layout = Layout::new::<[u8; 48 * 1024]>();

/// While a deed is watched, keeps a copy of what lies on the stack below the caller: what calls
/// have left there that have returned.
#[inline(never)]
pub(crate) fn keep_stack() {
    if watch() != Watch::Keep {
        return;
    }
    let below = MaybeUninit::<[u8; BELOW.size()]>::uninit();
    // Nobody writes to it, and the compiler does not know.
    let below = black_box(&below);
    // SAFETY: the layout has a size.
    let copy = unsafe { System.alloc(BELOW) };
    assert!(!copy.is_null(), "memory for a copy of the stack");
    // SAFETY: both are as long, and `copy` is new. What is copied is memory of this thread, with
    // whatever is in it.
    unsafe { core::ptr::copy_nonoverlapping(below.as_ptr().cast(), copy, BELOW.size()) };
    note(&STACKS, copy, BELOW);
}

fn read(address: usize, length: usize) -> &'static [u8] {
    let block = core::ptr::with_exposed_provenance(address);
    // SAFETY: the allocator made this block, of this length and zeroed, and never gives it away; or
    // `keep_stack` did and filled it.
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
