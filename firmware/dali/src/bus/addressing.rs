//! The giving of short addresses: finds who is there, who has none, and who shares one.
//!
//! Gear throws a random number of 24 bits; the lowest is searched by halving ("is yours not above
//! this?", IEC 62386-102, special commands), given its address, and withdrawn; then the next lowest. One
//! gear takes about 4 s, a full bus four minutes, at the times of the standard.

use super::{Answer, Bus, Fault, Line, Reply, TRIES};
use crate::frame::{Address, Among, Command, Order, Short, Special};

/// Random address of gear that has never thrown one.
const NEVER: u32 = 0xFF_FFFF;

/// Throwing takes gear up to 100 ms. A frame and the silence before it take 30 ms, so four frames that
/// mean nothing are a wait, and no clock is needed.
const THROW_FRAMES: u8 = 4;

/// Searches of one run: every gear three times. A search fails when frames are lost. At 4 s each they end
/// before gear gives up by itself, after 15 min.
const SEARCHES_MAX: u8 = 192;

/// A set of short addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Members(pub u64);

/// What a run of [`Bus::give_addresses`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Addressed {
    /// Who has answered with an address of its own at the end.
    pub found: Members,
    /// Gear that had no address and has one now.
    pub named: u8,
    /// Gear that had somebody else's address and has its own now.
    pub moved: u8,
    /// Gear that was found and could not be given an address: none was free, or it would not say so.
    pub left: u8,
    /// False if the search was given up with gear still calling, or somebody who was there at the
    /// beginning was not found: run it again.
    pub complete: bool,
}

impl Members {
    /// Whether it is one.
    pub const fn has(self, short: Short) -> bool {
        self.0 >> short.number() & 1 == 1
    }

    /// How many.
    pub const fn count(self) -> u8 {
        // At most 64.
        self.0.count_ones() as u8
    }

    /// In ascending order.
    pub fn iter(self) -> impl Iterator<Item = Short> {
        Short::all().filter(move |&short| self.has(short))
    }

    fn add(&mut self, short: Short) {
        self.0 |= 1 << short.number();
    }

    fn first_outside(self) -> Option<Short> {
        // 64 if there is none, which is no address.
        Short::new(self.0.trailing_ones() as u8)
    }
}

/// Where a run stands.
struct Run {
    done: Addressed,
    /// Addresses that somebody has, found in this run or not.
    taken: Members,
    /// Random address found last. They come in ascending order.
    last: Option<u32>,
    /// The search address that gear has heard.
    search: Option<u32>,
}

impl<L: Line> Bus<L> {
    /// Everybody who answers to a short address. About 10 s for an empty bus.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn members(&mut self) -> Result<Members, Fault> {
        let mut members = Members::default();
        for short in Short::all() {
            if self.any(Address::Short(short), Command::QueryGearPresent).await? {
                members.add(short);
            }
        }
        Ok(members)
    }

    /// Addresses that several share: they cannot agree on their random address. Two that never threw one
    /// are not told apart so; [`Bus::give_addresses`] to all does.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn shared(&mut self, among: Members) -> Result<Members, Fault> {
        let mut shared = Members::default();
        for short in among.iter() {
            if self.random(short).await? == Answer::Garbled {
                shared.add(short);
            }
        }
        Ok(shared)
    }

    /// The random address of one gear.
    async fn random(&mut self, short: Short) -> Result<Answer<u32>, Fault> {
        let questions =
            [Command::QueryRandomHigh, Command::QueryRandomMiddle, Command::QueryRandomLow];
        let mut random = 0;
        for question in questions {
            match self.ask(Address::Short(short), question).await? {
                Answer::Value(byte) => random = random << 8 | u32::from(byte),
                Answer::Nothing => return Ok(Answer::Nothing),
                Answer::Garbled => return Ok(Answer::Garbled),
            }
        }
        Ok(Answer::Value(random))
    }

    /// Gives everybody `among` the gear an address of its own. Who has one that nobody else has keeps it;
    /// of several with one address, the first found keeps it.
    ///
    /// # Errors
    /// The line does not work. The gear is told that the giving has ended, if it can be told.
    pub async fn give_addresses(&mut self, among: Among) -> Result<Addressed, Fault> {
        let taken = self.members().await?;
        let mut run = Run { done: Addressed::default(), taken, last: None, search: None };
        let end = self.run(among, &mut run).await;
        self.say(Order::Special(Special::Terminate)).await?;
        let expected = match among {
            Among::All => taken.0,
            Among::Unaddressed => 0,
            Among::Short(short) => taken.0 & 1 << short.number(),
        };
        run.done.complete &= expected & !run.done.found.0 == 0;
        end.map(|()| run.done)
    }

    async fn run(&mut self, among: Among, run: &mut Run) -> Result<(), Fault> {
        // Who misses one of these would be missed by the whole run.
        for _ in 0..2 {
            self.say(Order::Special(Special::Initialise(among))).await?;
        }
        self.throw(run).await?;
        for _ in 0..SEARCHES_MAX {
            let Some(random) = self.lowest(run).await? else {
                run.done.complete = true;
                return Ok(());
            };
            if run.last == Some(random) {
                // It did not hear that it should withdraw.
                self.say(Order::Special(Special::Withdraw)).await?;
                continue;
            }
            match self.ask_order(Order::Special(Special::QueryShort)).await? {
                Answer::Value(byte) if random != NEVER => {
                    let has = Short::of_byte(byte);
                    if !self.is_settled(run, has, random).await? {
                        self.settle(run, has).await?;
                    }
                    self.say(Order::Special(Special::Withdraw)).await?;
                    run.last = Some(random);
                }
                // A reply was lost, and the search went wrong.
                Answer::Nothing => {}
                // Several threw the same, or did not hear that they should throw.
                _ => self.throw(run).await?,
            }
        }
        Ok(())
    }

    /// New random addresses for everybody who takes part.
    async fn throw(&mut self, run: &mut Run) -> Result<(), Fault> {
        for _ in 0..2 {
            self.say(Order::Special(Special::Randomise)).await?;
        }
        for _ in 0..THROW_FRAMES {
            self.say(Order::Special(Special::Ping)).await?;
        }
        run.last = None;
        Ok(())
    }

    /// The lowest random address of who has not withdrawn; it is the search address then.
    async fn lowest(&mut self, run: &mut Run) -> Result<Option<u32>, Fault> {
        // Whatever got lost before: all three bytes are said anew.
        run.search = None;
        if !self.compare(run, NEVER).await? {
            return Ok(None);
        }
        let (mut low, mut high) = (0, NEVER);
        while low < high {
            let middle = low.midpoint(high);
            if self.compare(run, middle).await? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        run.search = None;
        self.search(run, low).await?;
        Ok(Some(low))
    }

    async fn compare(&mut self, run: &mut Run, with: u32) -> Result<bool, Fault> {
        self.search(run, with).await?;
        self.anybody(Order::Special(Special::Compare)).await
    }

    /// Says the bytes of the search address that differ from the last.
    async fn search(&mut self, run: &mut Run, address: u32) -> Result<(), Fault> {
        let [_, high, middle, low] = address.to_be_bytes();
        let differ = run.search.map_or(u32::MAX, |last| last ^ address).to_be_bytes();
        let orders =
            [Special::SearchHigh(high), Special::SearchMiddle(middle), Special::SearchLow(low)];
        for (order, differs) in orders.into_iter().zip(&differ[1..]) {
            if *differs != 0 {
                self.say(Order::Special(order)).await?;
            }
        }
        run.search = Some(address);
        Ok(())
    }

    /// Whether the selected gear is the one that was found with this address before, and has only not heard
    /// that it should withdraw. It would lose its address if it were taken for a second one.
    async fn is_settled(
        &mut self,
        run: &Run,
        has: Option<Short>,
        random: u32,
    ) -> Result<bool, Fault> {
        match has.filter(|&short| run.done.found.has(short)) {
            Some(short) => Ok(self.random(short).await? == Answer::Value(random)),
            None => Ok(false),
        }
    }

    /// The selected gear keeps its address, or gets a free one.
    async fn settle(&mut self, run: &mut Run, has: Option<Short>) -> Result<(), Fault> {
        if let Some(short) = has.filter(|&short| !run.done.found.has(short)) {
            run.done.found.add(short);
            run.taken.add(short);
            return Ok(());
        }
        let Some(free) = run.taken.first_outside() else {
            run.done.left += 1;
            return Ok(());
        };
        for _ in 0..TRIES {
            self.say(Order::Special(Special::ProgramShort(Some(free)))).await?;
            if self.send(Order::Special(Special::VerifyShort(free))).await? != Reply::Nothing {
                run.taken.add(free);
                run.done.found.add(free);
                match has {
                    Some(_) => run.done.moved += 1,
                    None => run.done.named += 1,
                }
                return Ok(());
            }
        }
        // It may have heard and not be heard: the address is not used for another.
        run.taken.add(free);
        run.done.left += 1;
        Ok(())
    }
}
