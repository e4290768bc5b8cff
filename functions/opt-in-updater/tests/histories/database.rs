//! A small database of consent that is played at random, and its changes as they are written to its log.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use fastrand::Rng;

/// Numbers: how the source may spell each, E.164 and country.
pub(crate) const PHONES: [(&[&str], &str, &str); 4] = [
    (
        &["\"+12065550100\"", "\"(206) 555-0100\"", "12065550100"],
        "+12065550100",
        "US",
    ),
    (
        &["\"206.555.0101\"", "\"+1 206 555 0101\""],
        "+12065550101",
        "US",
    ),
    (
        &["\"+44 20 7946 0018\"", "\"011 44 20 7946 0018\""],
        "+442079460018",
        "GB",
    ),
    (
        &["\"+1 604 555 0100\"", "16045550100.0"],
        "+16045550100",
        "CA",
    ),
];
/// Users.
pub(crate) const USERS: usize = 3;
/// What the source may say, and whether it is a yes.
pub(crate) const ANSWERS: [(&str, bool); 10] = [
    ("1", true),
    ("\"1\"", true),
    ("true", true),
    ("\"Yes\"", true),
    ("0", false),
    ("\"0\"", false),
    ("false", false),
    ("null", false),
    ("\"maybe\"", false),
    ("2", false),
];
/// Changes that are known beforehand: of these one may come before those in front of it.
const AHEAD: usize = 6;

/// A row's primary key: places of the user and of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) user: usize,
    pub(crate) phone: usize,
}

/// What happened to a row; places in [`ANSWERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Load(usize),
    Insert(usize),
    Update(usize),
    /// An update that has changed the key from this one.
    Move(Key, usize),
    Delete,
}

impl What {
    /// Whether it is a yes; `None` for a row that is gone.
    pub(crate) fn answer(self) -> Option<bool> {
        match self {
            Self::Load(answer)
            | Self::Insert(answer)
            | Self::Update(answer)
            | Self::Move(_, answer) => Some(ANSWERS[answer].1),
            Self::Delete => None,
        }
    }
}

/// A change of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) key: Key,
    pub(crate) what: What,
    /// Place in the log: the transaction, and the change in it. 0 for a row that is loaded.
    pub(crate) place: (u32, u32),
    pub(crate) partition: Partition,
    /// Tells all changes apart.
    pub(crate) mark: u32,
    /// Which spelling of the number is written.
    pub(crate) spelling: usize,
}

/// What records of one partition key have in common: their order is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Partition {
    /// The table, as DMS does it unless it is told otherwise.
    Table,
    /// The row.
    Row,
    /// The transaction: the changes of a row come in any order.
    Transaction,
}

#[derive(Debug)]
struct Database {
    partition: Partition,
    phones: usize,
    rows: BTreeMap<Key, bool>,
    transaction: u32,
    ahead: VecDeque<Change>,
}

thread_local! {
    static PLAYED: RefCell<Option<Database>> = const { RefCell::new(None) };
    static MADE: RefCell<Vec<Change>> = const { RefCell::new(Vec::new()) };
}

/// The change of this mark.
pub(crate) fn made(mark: usize) -> Change {
    MADE.with_borrow(|made| made[mark])
}

/// The next change of the history that is being drawn on this thread.
pub(crate) fn next_change(random: &mut Rng) -> Change {
    PLAYED.with_borrow_mut(|played| {
        let database = played.get_or_insert_with(|| Database::new(random));
        database.next(random)
    })
}

/// Ends the history that is being drawn: the next change is of another one.
pub(crate) fn end() -> Option<Partition> {
    let played = PLAYED.take()?;
    Some(played.partition)
}

/// Changes of one number only, by all users.
pub(crate) fn of_one_number(random: &mut Rng, count: usize) -> Vec<Change> {
    end();
    let mut database = Database::new(random);
    (database.phones, database.partition) = (1, Partition::Transaction);
    (0..count).map(|_| database.next(random)).collect()
}

impl Database {
    fn new(random: &mut Rng) -> Self {
        let partitions = [Partition::Table, Partition::Row, Partition::Transaction];
        Self {
            partition: random.choice(partitions).unwrap(),
            phones: random.usize(1..=PHONES.len()),
            rows: BTreeMap::new(),
            transaction: 0,
            ahead: VecDeque::new(),
        }
    }

    fn next(&mut self, random: &mut Rng) -> Change {
        while self.ahead.len() < AHEAD {
            self.play(random);
        }
        let is_ordered = self.partition != Partition::Transaction;
        let at = if is_ordered {
            0
        } else {
            random.usize(0..AHEAD)
        };
        self.ahead.remove(at).unwrap()
    }

    /// One transaction.
    fn play(&mut self, random: &mut Rng) {
        let key = self.key(random);
        let answer = random.usize(0..ANSWERS.len());
        if self.transaction == 0 {
            // What was there before.
            for phone in 0..self.phones {
                if random.bool() {
                    let key = Key {
                        user: phone % USERS,
                        phone,
                    };
                    let answer = random.usize(0..ANSWERS.len());
                    self.rows.insert(key, true);
                    self.log(random, key, What::Load(answer), 0);
                }
            }
        }
        self.transaction += 1;
        let mut to = key;
        if !self.rows.contains_key(&key) {
            self.rows.insert(key, true);
            self.log(random, key, What::Insert(answer), 1);
        } else if random.u8(0..5) == 0 {
            self.rows.remove(&key);
            self.log(random, key, What::Delete, 1);
        } else {
            to = self.key(random);
            let is_move = random.u8(0..4) == 0 && !self.rows.contains_key(&to);
            if is_move {
                self.rows.remove(&key);
                self.rows.insert(to, true);
                self.log(random, to, What::Move(key, answer), 1);
            } else {
                self.log(random, key, What::Update(answer), 1);
            }
        }
        // A statement that changes rows of several users, whose changes the source does not number.
        let others = (0..USERS).map(|user| Key { user, ..key });
        let others: Vec<Key> = others
            .filter(|other| ![key, to].contains(other) && self.rows.contains_key(other))
            .collect();
        if random.u8(0..6) == 0 {
            for other in others {
                let answer = random.usize(0..ANSWERS.len());
                self.log(random, other, What::Update(answer), 1);
            }
        }
    }

    fn key(&self, random: &mut Rng) -> Key {
        Key {
            user: random.usize(0..USERS),
            phone: random.usize(0..self.phones),
        }
    }

    fn log(&mut self, random: &mut Rng, key: Key, what: What, number: u32) {
        let mark = MADE.with_borrow(Vec::len);
        let change = Change {
            key,
            what,
            place: (self.transaction, number),
            partition: self.partition,
            mark: u32::try_from(mark).unwrap(),
            spelling: random.usize(0..6),
        };
        MADE.with_borrow_mut(|made| made.push(change));
        self.ahead.push_back(change);
    }
}
