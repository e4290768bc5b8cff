//! A small database of orders that is played at random, and its changes as they are written to its log.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use fastrand::Rng;

/// Ids of items, which are those of products.
const ITEMS: i64 = 4;
/// Changes that are known beforehand: of these one may come before those in front of it.
const AHEAD: usize = 6;

/// A value as the source writes it, and as the tables must have it.
pub(crate) type Spelling = (&'static str, Option<&'static str>);

pub(crate) const AMOUNTS: [Spelling; 8] = [
    ("300.00", Some("N:300")),
    ("\"0.10\"", Some("N:0.1")),
    ("1.0E+2", Some("N:100")),
    ("99999999999999999999.99", Some("N:99999999999999999999.99")),
    ("-0.0", Some("N:0")),
    (
        "12345678901234567890.123456789012345678",
        Some("N:12345678901234567890.123456789012345678"),
    ),
    ("null", None),
    ("7", Some("N:7")),
];
pub(crate) const TEXTS: [Spelling; 6] = [
    ("\"New\"", Some("S:New")),
    ("\"Picked\"", Some("S:Picked")),
    ("\"Zo\\u00eb \u{6771}\"", Some("S:Zoë 東")),
    ("\"\"", Some("S:")),
    ("12", Some("S:12")),
    ("null", None),
];

/// A row's primary key: an order, and the item if it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) order: i64,
    pub(crate) item: Option<i64>,
}

/// What a row has beside its key: places in [`AMOUNTS`] and [`TEXTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Values {
    pub(crate) amount: usize,
    pub(crate) text: usize,
    /// Tells all writes of a row apart.
    pub(crate) mark: u32,
}

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Load(Values),
    Insert(Values),
    Update(Values),
    /// An update that has changed the key from this one.
    Move(Key, Values),
    Delete,
}

/// A change of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) key: Key,
    pub(crate) what: What,
    /// Place in the log: of the change in its transaction, and of that.
    pub(crate) place: (u32, u32),
    pub(crate) style: Style,
}

/// How the records of a history are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    /// Whether the place in the log is told.
    pub(crate) has_details: bool,
    /// What records of one partition key have in common.
    pub(crate) partition: Partition,
    /// Positions of PostgreSQL's log, not of MySQL's.
    pub(crate) is_postgresql: bool,
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

/// A database being played.
#[derive(Debug)]
struct Database {
    style: Style,
    /// Ids of orders are 1 to this: so few that much happens to each.
    orders: i64,
    rows: BTreeMap<Key, Values>,
    transaction: u32,
    mark: u32,
    /// Changes that have not been sent.
    ahead: VecDeque<Change>,
    /// Changes that have been sent.
    sent: Vec<Change>,
}

thread_local! {
    /// The database of the history that is being drawn.
    static DATABASE: RefCell<Option<Database>> = const { RefCell::new(None) };
}

/// The next change that comes to the stream.
pub(crate) fn next_change(random: &mut Rng) -> Change {
    DATABASE.with_borrow_mut(|database| {
        let database = database.get_or_insert_with(|| Database::new(random));
        database.next(random)
    })
}

/// Changes of one order, in the order of the log.
pub(crate) fn of_one_order(random: &mut Rng, count: usize) -> Vec<Change> {
    let mut database = Database {
        orders: 1,
        ..Database::new(random)
    };
    database.style.has_details = true;
    database.style.partition = Partition::Transaction;
    database.rows.clear();
    database.ahead.clear();
    while database.ahead.len() < count {
        database.transaction(random);
    }
    database.ahead.into()
}

/// The changes of the history are drawn: the next one has another database. Tells how this one's records are keyed.
pub(crate) fn end() -> Option<Partition> {
    DATABASE.take().map(|database| database.style.partition)
}

impl Database {
    /// Some rows are there and are loaded.
    fn new(random: &mut Rng) -> Self {
        let has_details = random.u8(0..5) != 0;
        let partition = match random.u8(0..4) {
            0 => Partition::Table,
            2.. if has_details => Partition::Transaction,
            _ => Partition::Row,
        };
        let mut database = Self {
            style: Style {
                has_details,
                partition,
                is_postgresql: random.bool(),
            },
            orders: random.i64(1..=3),
            rows: BTreeMap::new(),
            transaction: 0,
            mark: 0,
            ahead: VecDeque::new(),
            sent: Vec::new(),
        };
        for _ in 0..random.usize(0..6) {
            let key = database.key(random);
            if !database.rows.contains_key(&key) {
                let values = database.values(random);
                database.happens(key, What::Load(values), (0, 0));
            }
        }
        database
    }

    /// Mostly in the order of the log. Without places in it nothing but the order on the stream tells which of two
    /// changes is the later one.
    fn next(&mut self, random: &mut Rng) -> Change {
        if self.style.has_details && !self.sent.is_empty() && random.u8(0..10) == 0 {
            // A task that is restarted sends its last changes again.
            return self.sent[random.usize(0..self.sent.len())];
        }
        while self.ahead.len() < AHEAD {
            self.transaction(random);
        }
        let jumps = self.style.has_details && random.u8(0..3) == 0;
        let index = if jumps { random.usize(0..AHEAD) } else { 0 };
        let change = self.ahead.remove(index).expect("as many are ahead");
        self.sent.push(change);
        change
    }

    fn transaction(&mut self, random: &mut Rng) {
        self.transaction += 1;
        for number in 1..=random.u32(1..4) {
            let place = (self.transaction, number);
            let key = self.key(random);
            let is_there = self.rows.contains_key(&key);
            let values = self.values(random);
            match (is_there, random.u8(0..8)) {
                (false, _) => self.happens(key, What::Insert(values), place),
                (true, 0..4) => self.happens(key, What::Update(values), place),
                (true, 4 | 5) => self.happens(key, What::Delete, place),
                (true, _) => {
                    let to = self.new_key(key, random);
                    if !self.rows.contains_key(&to) {
                        self.rows.remove(&key);
                        self.happens(to, What::Move(key, values), place);
                    }
                }
            }
        }
    }

    fn happens(&mut self, key: Key, what: What, place: (u32, u32)) {
        match what {
            What::Delete => _ = self.rows.remove(&key),
            What::Load(values)
            | What::Insert(values)
            | What::Update(values)
            | What::Move(_, values) => _ = self.rows.insert(key, values),
        }
        self.ahead.push_back(Change {
            key,
            what,
            place,
            style: self.style,
        });
    }

    fn values(&mut self, random: &mut Rng) -> Values {
        self.mark += 1;
        Values {
            amount: random.usize(0..AMOUNTS.len()),
            text: random.usize(0..TEXTS.len()),
            mark: self.mark,
        }
    }

    fn key(&self, random: &mut Rng) -> Key {
        let order = random.i64(1..=self.orders);
        let item = (random.u8(0..3) != 0).then(|| random.i64(1..=ITEMS));
        Key { order, item }
    }

    /// Another key of the same table.
    fn new_key(&self, key: Key, random: &mut Rng) -> Key {
        let order = random.i64(1..=self.orders);
        let item = key.item.map(|_| random.i64(1..=ITEMS));
        Key { order, item }
    }
}
