//! A small customer database: households whose people change their minds, their numbers and their names.

use fastrand::Rng;

use super::phone::Phone;
use super::poison::Poison;
use super::row::{Answer, COLUMNS, KEY_COLUMNS, Row, TABLE};
use super::settings::Settings;
use crate::produce::dms::{self, Change, ColumnType, Definition, Numbers, Transaction};

/// Most people of a household that is there from the beginning.
const HOUSEHOLD: u32 = 3;
/// Id of the first user.
const FIRST_USER: u64 = 100_001;
/// Ids of another seed lie that far behind.
const SEED: u64 = 1_000_000_000;
/// How many seeds have ids of their own.
const SEEDS: u64 = 1_000;

/// The database.
#[derive(Clone, Debug)]
pub struct Database {
    task: dms::Settings,
    first_user: u64,
    users: u64,
    numbers: u64,
    households: Vec<Household>,
    /// The next row of the full load: household and person.
    loaded: (usize, usize),
}

/// People who may share numbers; nobody else does. So what is about one number is about one household.
#[derive(Clone, Debug, Default)]
struct Household {
    rows: Vec<Row>,
    /// Rows that were deleted: some come back.
    gone: Vec<Row>,
}

impl Database {
    /// A database with the users that are there from the beginning, each with a number of its own.
    pub(super) fn new(settings: &Settings, rng: &mut Rng) -> Self {
        let seed = settings.task.seed.wrapping_sub(1) % SEEDS;
        let mut database = Self {
            task: settings.task.clone(),
            first_user: FIRST_USER + seed * SEED,
            users: 0,
            numbers: 0,
            households: Vec::new(),
            loaded: (0, 0),
        };
        let now = settings.task.start.saturating_mul(1_000_000);
        let mut left = settings.users;
        while left > 0 {
            let people = rng.u32(1..=HOUSEHOLD).min(left);
            left -= people;
            let rows = (0..people).map(|_| database.newcomer(rng, now));
            let rows = rows.collect();
            database.households.push(Household {
                rows,
                gone: Vec::new(),
            });
        }
        database
    }

    fn next_user(&mut self) -> u64 {
        self.users += 1;
        self.first_user + self.users - 1
    }

    fn next_phone(&mut self) -> Phone {
        self.numbers += 1;
        Phone::nth(self.numbers - 1)
    }

    fn newcomer(&mut self, rng: &mut Rng, now: i64) -> Row {
        let user = self.next_user();
        let phone = self.next_phone();
        let mut row = Row::new(rng, user, phone);
        let answer = any(rng);
        row.answer(rng, self.task.numbers, answer, now);
        row
    }

    fn act(&mut self, rng: &mut Rng, now: i64, transaction: &mut Transaction<Row>) {
        let action = rng.u8(0..100);
        let index = rng.usize(0..=self.households.len());
        if action < 6 || index == self.households.len() {
            transaction.order = self.households.len() as u64;
            let row = self.newcomer(rng, now);
            transaction.push(None, Some(row.clone()));
            self.households.push(Household {
                rows: vec![row],
                gone: Vec::new(),
            });
            return;
        }
        transaction.order = index as u64;
        let mut household = std::mem::take(&mut self.households[index]);
        self.act_in(rng, now, action, &mut household, transaction);
        self.households[index] = household;
    }

    fn act_in(
        &mut self,
        rng: &mut Rng,
        now: i64,
        action: u8,
        household: &mut Household,
        transaction: &mut Transaction<Row>,
    ) {
        let numbers = self.task.numbers;
        let moves = self.task.rows_move();
        let shares = self.task.has_order();
        if household.rows.is_empty() {
            return household.come_back(rng, numbers, now, transaction);
        }
        let index = rng.usize(0..household.rows.len());
        match action {
            // Somebody else in the house, perhaps with the same number.
            6..=13 => {
                let mut row = self.newcomer(rng, now);
                if shares && rng.bool() {
                    row.set_phone(rng, household.rows[index].phone().clone());
                }
                transaction.push(None, Some(row.clone()));
                household.rows.push(row);
            }
            14..=21 => {
                let row = household.rows.swap_remove(index);
                transaction.push(Some(row.clone()), None);
                household.gone.push(row);
            }
            22..=27 => household.come_back(rng, numbers, now, transaction),
            28..=35 if moves => {
                let user = household.rows[index].user();
                let phone = household.another(rng, user);
                let phone = phone.unwrap_or_else(|| self.next_phone());
                let row = &mut household.rows[index];
                transaction.update(row, |row| row.set_phone(rng, phone));
            }
            36..=38 if moves => {
                let phone = household.rows[index].phone().clone();
                let row = &mut household.rows[index];
                transaction.update(row, |row| row.set_phone(rng, phone));
            }
            39..=42 if moves => {
                let user = self.next_user();
                let row = &mut household.rows[index];
                transaction.update(row, |row| row.set_user(user));
            }
            43..=49 => household.answer(rng, numbers, index, Answer::Unclear, now, transaction),
            50..=57 => {
                let answer = any(rng);
                household.answer(rng, numbers, index, answer, now, transaction);
            }
            // Most often, and where rows do not move.
            _ => {
                let answer = if household.rows[index].is_in() {
                    Answer::No
                } else {
                    Answer::Yes
                };
                household.answer(rng, numbers, index, answer, now, transaction);
            }
        }
    }
}

impl Household {
    fn answer(
        &mut self,
        rng: &mut Rng,
        numbers: Numbers,
        index: usize,
        answer: Answer,
        now: i64,
        transaction: &mut Transaction<Row>,
    ) {
        let row = &mut self.rows[index];
        transaction.update(row, |row| row.answer(rng, numbers, answer, now));
    }

    /// A row that was deleted is there again, under the same key.
    fn come_back(
        &mut self,
        rng: &mut Rng,
        numbers: Numbers,
        now: i64,
        transaction: &mut Transaction<Row>,
    ) {
        if self.gone.is_empty() {
            return;
        }
        let mut row = self.gone.swap_remove(rng.usize(0..self.gone.len()));
        // Others may have come to have its key since.
        let is_taken = |other: &Row| other.user() == row.user() && other.phone() == row.phone();
        if self.rows.iter().any(is_taken) {
            return;
        }
        let answer = any(rng);
        row.answer(rng, numbers, answer, now);
        transaction.push(None, Some(row.clone()));
        self.rows.push(row);
    }

    /// The number of somebody else in the house that the user does not have, half of the time.
    fn another(&self, rng: &mut Rng, user: u64) -> Option<Phone> {
        let all = self.rows.iter().chain(&self.gone).map(Row::phone);
        let has = |phone: &Phone| {
            let mut own = self.rows.iter().filter(|row| row.user() == user);
            own.any(|row| row.phone() == phone)
        };
        let others: Vec<&Phone> = all.filter(|phone| !has(phone)).collect();
        let other = rng.choice(others)?;
        rng.bool().then(|| other.clone())
    }
}

/// Two in three say yes.
fn any(rng: &mut Rng) -> Answer {
    match rng.u8(0..12) {
        0..=7 => Answer::Yes,
        8..=10 => Answer::No,
        _ => Answer::Unclear,
    }
}

impl dms::Database for Database {
    type Row = Row;
    type Poison = Poison;
    const NAME: &'static str = "consent";
    const TASK: &'static str = "SLUICEGATEPRODUCESCONSENTAA";

    fn definitions(&self) -> Vec<Definition> {
        let kinds: [ColumnType; COLUMNS.len()] = [
            ("INT8", None),
            ("WSTRING", Some(32)),
            ("WSTRING", Some(8)),
            ("WSTRING", Some(32)),
        ];
        vec![Definition {
            table: TABLE,
            columns: COLUMNS.into_iter().zip(kinds).collect(),
            key_columns: KEY_COLUMNS,
        }]
    }

    fn next_load(&mut self, _: &mut Rng) -> Option<(Row, u64)> {
        loop {
            let (index, person) = self.loaded;
            let household = self.households.get(index)?;
            if let Some(row) = household.rows.get(person) {
                self.loaded.1 += 1;
                return Some((row.clone(), index as u64));
            }
            self.loaded = (index + 1, 0);
        }
    }

    fn transaction(&mut self, rng: &mut Rng, now: i64) -> Vec<Change<Row>> {
        let mut transaction = Transaction::default();
        // Some transactions are about several people, and now and then about one twice.
        let actions = if rng.u8(0..12) == 0 { 3 } else { 1 };
        for _ in 0..actions {
            self.act(rng, now, &mut transaction);
            transaction.next_statement();
        }
        while transaction.changes.is_empty() {
            self.act(rng, now, &mut transaction);
        }
        transaction.changes
    }

    fn nobody(&mut self, rng: &mut Rng, _: Poison, now: i64) -> Change<Row> {
        Change {
            before: None,
            after: Some(self.newcomer(rng, now)),
            statement: 0,
            // Of a number that nobody has.
            order: u64::MAX / 2 - self.numbers,
        }
    }
}
