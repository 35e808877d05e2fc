// F24, F26 and F28: ticks that take too long, starts at every minute, and a clock that jumps.
import type { Database } from '#storage/database';
import { propertyRuns } from '../support/tier.ts';
import { MINUTE, tickMinutes, withDetectors } from './detector-world.ts';
import type { Fault } from './fault.ts';

/**
 * Counts the ticks that run at once: each begins with reading the cursor and ends with writing it. (Queries say nothing:
 * one tick may have several.)
 * @param gate every query waits for it
 */
function countTicks(db: Database, gate: () => Promise<void>): { readonly db: Database; most(): number } {
  let running = 0;
  let most = 0;
  return {
    db: {
      ...db,
      async query(sql, ...rest) {
        if (sql.includes("kind = 'cursor'")) most = Math.max(most, ++running);
        await gate();
        return db.query<never>(sql, ...rest);
      },
      async insertRows(table, rows) {
        await db.insertRows(table, rows);
        if (rows.some(({ kind }) => kind === 'cursor')) running--;
      },
    },
    most: () => most,
  };
}

export const slowTicks: Fault = {
  name: 'F24',
  breaks: 'a tick takes three intervals while the next ones are due; the process is stopped for five minutes',
  async run(short) {
    const rounds = short ? 2 : 20;
    return withDetectors(async (newWorld) => {
      const world = await newWorld();
      let gate: Promise<void> = Promise.resolve();
      const watched = countTicks(world.db, () => gate);
      const alerting = world.start({ db: watched.db });
      for (let round = 0; round < rounds; round++) {
        await world.burst(`slow-${round}`, round * 1000);
        let open = () => {};
        gate = new Promise((resolve) => {
          open = resolve;
        });
        const ticks = [alerting.tick()];
        for (let late = 0; late < 3; late++) {
          world.clock.advance(MINUTE);
          // Errors that arrive while the tick waits.
          await world.burst(`meanwhile-${round}-${late}`, round * 1000 + 100 * (late + 1));
          ticks.push(alerting.tick());
        }
        open();
        await Promise.all(ticks);
        // The process was stopped: five minutes without a tick.
        world.clock.advance(5 * MINUTE);
        await alerting.tick();
      }
      await tickMinutes(world, alerting, 25, short ? propertyRuns(5, 1) : 1);
      const { incidents, unnotified } = await world.notified();
      const missed = rounds * 4 - incidents;
      return {
        ok: missed === 0 && unnotified === 0 && watched.most() === 1,
        figures: { ticksHeldUp: rounds, ticksAtOnce: watched.most(), patterns: rounds * 4, missed, unnotified },
      };
    });
  },
};

export const startsEachMinute: Fault = {
  name: 'F26',
  breaks: 'the detector is started anew after each of the ten errors, and at every minute until the end',
  async run(short) {
    const rounds = short ? 1 : 10;
    const every = short ? propertyRuns(5, 1) : 1;
    return withDetectors(async (newWorld) => {
      let wrong = 0;
      for (let round = 0; round < rounds; round++) {
        const world = await newWorld();
        for (let error = 1; error <= 10; error++) {
          world.clock.advance(MINUTE);
          await world.insert([{ fingerprint: 'f', trace: error, endedMs: world.clock.now() }]);
          await world.start().tick();
        }
        for (let minute = 0; minute < 55; minute += every) await tickMinutes(world, world.start(), every, every);
        const { incidents, opened, resolved } = await world.notified();
        if (incidents !== 1 || opened !== 1 || resolved !== 1 || world.slack.posts.length !== 2) wrong++;
      }
      return {
        ok: wrong === 0,
        figures: { rounds, startsPerRound: 10 + 55 / every, roundsWithOtherThanOneBeginAndOneEnd: wrong },
      };
    });
  },
};

export const jumpingClock: Fault = {
  name: 'F28',
  breaks: 'the clock of the detector jumps an hour forward and back while a pattern begins, goes on and ends',
  async run(short) {
    const jumps = short ? [-31] : [-60, -31, -5, 5, 31, 60];
    const moments = short ? [5] : [0, 5, 20];
    return withDetectors(async (newWorld) => {
      const wrong: string[] = [];
      for (const jump of jumps)
        for (const when of moments) {
          const world = await newWorld();
          const alerting = world.start();
          const jumpAt = async (minute: number, every = 1) => {
            if (minute === when) world.clock.advance(jump * MINUTE);
            await tickMinutes(world, alerting, every, every);
          };
          await alerting.tick();
          for (let minute = 0; minute < 10; minute++) {
            await jumpAt(minute);
            const one = { fingerprint: 'f', trace: minute, endedMs: world.clock.now() };
            await world.insert([one, { ...one, trace: 50 + minute }]);
          }
          // Until window and recovery have passed by the clock since the newest error, which a jump back leaves in the
          // future, and a jump forward brings nearer when it comes after that error.
          const last = Math.max(30, 80 - (jump < 0 || when >= 10 ? jump : 0));
          // The jump of short runs is over by then.
          const every = short ? propertyRuns(10, 1) : 1;
          for (let minute = 10; minute < last; minute += every) await jumpAt(minute, every);
          const { incidents, unnotified, unresolved } = await world.notified();
          // An hour forward may end one and begin another; nothing else makes two.
          const most = jump > 15 && when < 10 ? 2 : 1;
          const posts = world.slack.posts.length;
          if (incidents < 1 || incidents > most || unnotified > 0 || unresolved > 0 || posts > incidents * 2)
            wrong.push(JSON.stringify({ jump, when, incidents, most, unnotified, unresolved, posts }));
        }
      return {
        ok: wrong.length === 0,
        figures: { jumps: jumps.length * moments.length, wrong: wrong.length },
        notes: wrong.join('; '),
      };
    });
  },
};
