// The ledger against a model of a table: whatever inserts, merges, expiry, kills and restarts do, nothing is said to be
// missing; and what is taken away while the engine is stopped is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../test/support/tier.ts';
import {
  acceptLosses,
  damageOf,
  EMPTY_LEDGER,
  type Ledger,
  type Look,
  lookAt,
  parseLedger,
  writeLedger,
} from './part-ledger.ts';
import { type DetachedPart, parsePartName, type StoredPart, type StoredParts } from './parts.ts';

const DAY_S = 86_400;
const RETENTION_DAYS = 3;
const TABLE = { name: 'spans', id: '1', retentionDays: RETENTION_DAYS };

/** One table as the engine treats it. */
class Model {
  nowS = 20 * DAY_S;
  /** Names of parts when the engine was opened. */
  onDisk: readonly string[] = [];
  nextBlock = 1;
  parts: StoredPart[] = [];
  detached: DetachedPart[] = [];
  #hash = 0;
  readonly #replacedAtS = new Map<string, number>();

  stored(): StoredParts {
    return { tables: [TABLE], parts: this.parts, detached: this.detached };
  }
  look(isStart: boolean): Look {
    return {
      nowMs: this.nowS * 1000,
      onDisk: isStart ? new Map([[TABLE.id, this.onDisk]]) : null,
      retentionDays: RETENTION_DAYS,
    };
  }
  #add(part: Pick<StoredPart, 'partition' | 'firstBlock' | 'lastBlock' | 'rows' | 'expiresAtS'>, level: number): void {
    const name = `${part.partition}_${part.firstBlock}_${part.lastBlock}_${level}`;
    this.parts.push({ ...part, table: 'spans', name, isActive: true, hash: `${this.#hash++}` });
  }
  insert(rows: number): void {
    const partition = String(20261100 + (Math.floor(this.nowS / DAY_S) % 30));
    const block = this.nextBlock++;
    this.#add(
      { partition, firstBlock: block, lastBlock: block, rows, expiresAtS: this.nowS + RETENTION_DAYS * DAY_S },
      0,
    );
  }
  /** Neighbors in a partition become one; copies among their rows go. */
  merge(at: number, count: number): void {
    const active = this.parts.filter((part) => part.isActive).sort((a, b) => a.firstBlock - b.firstBlock);
    const first = active[at % Math.max(1, active.length)];
    const group = active
      .filter((part) => part.partition === first?.partition && part.firstBlock >= first.firstBlock)
      .slice(0, count);
    if (first === undefined || group.length < 2) return;
    const last = group.at(-1) as StoredPart;
    for (const part of group) {
      this.#replace(part, { isActive: false });
      this.#replacedAtS.set(part.name, this.nowS);
    }
    const sum = group.reduce((all, { rows }) => all + rows, 0);
    this.#add(
      {
        partition: first.partition,
        firstBlock: first.firstBlock,
        lastBlock: last.lastBlock,
        rows: Math.max(1, Math.floor(sum / 2)),
        expiresAtS: Math.max(...group.map((part) => part.expiresAtS ?? 0)),
      },
      this.parts.length,
    );
  }
  #replace(part: StoredPart, change: Partial<StoredPart>): void {
    this.parts = this.parts.map((one) => (one === part ? { ...one, ...change } : one));
  }
  /** Parts whose rows are all expired go; what merges replaced goes after eight minutes. */
  pass(seconds: number): void {
    this.nowS += seconds;
    this.parts = this.parts.filter(
      (part) =>
        (part.expiresAtS ?? 0) > this.nowS &&
        (part.isActive || (this.#replacedAtS.get(part.name) ?? 0) > this.nowS - 480),
    );
  }
  /** All of it is stopped, and starts again. */
  restart(seconds: number): void {
    this.nowS += seconds;
    this.onDisk = this.parts.map(({ name }) => name);
    // What merges replaced may be cleared away at once.
    if (seconds % 2 === 0) this.parts = this.parts.filter(({ isActive }) => isActive);
    // Numbers go on after the last part that is there.
    this.nextBlock = 1 + Math.max(0, ...this.parts.map(({ lastBlock }) => lastBlock));
  }
}

type Step = readonly [what: 'insert' | 'merge' | 'pass' | 'look' | 'restart', a: number, b: number];
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('insert', 'insert', 'merge', 'pass', 'look', 'restart'),
  fc.nat(9),
  fc.integer({ min: 2, max: 5 }),
);

/** A part that the engine found broken. */
const aside = (bareName: string) => ({
  table: 'spans',
  name: `broken-on-start_${bareName}`,
  bareName,
  reason: 'broken-on-start',
});

/** @returns the ledger as the last look left it */
function play(model: Model, steps: readonly Step[], from: Ledger = EMPTY_LEDGER): Ledger {
  let ledger = from;
  for (const [what, a, b] of steps) {
    if (what === 'insert') model.insert(a + 1);
    else if (what === 'merge') model.merge(a, b);
    else if (what === 'pass') model.pass(a * a * a * 400);
    else if (what === 'restart') model.restart(a);
    if (what === 'look' || what === 'restart') {
      // The engine merges as soon as it is open.
      if (what === 'restart' && b > 3) model.merge(a, b);
      ledger = parseLedger(writeLedger(lookAt(ledger, model.stored(), model.look(what === 'restart'))));
    }
  }
  return ledger;
}

describe('the ledger of parts', () => {
  it('misses nothing while the engine inserts, merges, expires and starts again', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const model = new Model();
        const ledger = play(model, steps);
        expect(damageOf(ledger, model.stored())).toEqual([]);
      }),
      { numRuns: propertyRuns(300, 5000) },
    );
  });

  it('names a part whose files went while the engine was stopped, with its rows, until it expires', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.nat(),
        fc.array(step, { maxLength: 20 }),
        (before, which, after) => {
          const model = new Model();
          model.insert(7);
          const ledger = play(model, [...before, ['look', 0, 2]]);
          const active = model.parts.filter(({ isActive }) => isActive);
          const lost = active[which % Math.max(1, active.length)];
          // What is about to expire may be gone already.
          if (lost === undefined || (lost.expiresAtS ?? 0) < model.nowS + DAY_S / 4) return;
          // With what it was made of: otherwise the engine takes that.
          const isOf = (part: StoredPart) =>
            part.partition === lost.partition && part.firstBlock >= lost.firstBlock && part.lastBlock <= lost.lastBlock;
          model.parts = model.parts.filter((part) => !isOf(part));
          model.restart(5);
          // Its neighbors may be one part before anyone looks.
          model.merge(which % 5, 5);
          const found = lookAt(ledger, model.stored(), model.look(true));
          const expected = { table: 'spans', part: lost.name, rows: lost.rows, kind: 'missing' };
          expect(damageOf(found, model.stored())).toMatchObject([expected]);
          const later = damageOf(play(model, after, found), model.stored());
          if (model.nowS < (lost.expiresAtS ?? 0) - DAY_S) expect(later).toMatchObject([expected]);
          model.pass(10 * DAY_S);
          expect(damageOf(play(model, [['look', 0, 2]], found), model.stored())).toEqual([]);
        },
      ),
      { numRuns: propertyRuns(300, 5000) },
    );
  });

  it('gives the rows of a broken part that the engine put aside, once', () => {
    const model = new Model();
    for (const rows of [10, 20, 30]) model.insert(rows);
    model.pass(100);
    const ledger = play(model, [['look', 0, 2]]);
    const [broken] = model.parts.splice(1, 1) as [StoredPart];
    model.detached.push({ ...aside(broken.name), blocks: broken });
    model.restart(5);
    // Its folder was there, and its neighbors are one part before anyone looks.
    model.onDisk = [...model.onDisk, broken.name];
    model.merge(0, 2);
    const found = lookAt(ledger, model.stored(), model.look(true));
    const damage = damageOf(found, model.stored());
    expect(damage).toMatchObject([{ kind: 'detached', rows: 20, period: '2026-11-20', reason: 'broken-on-start' }]);
    const accepted = acceptLosses(found, model.stored());
    expect(damageOf(accepted, model.stored())).toEqual([]);
    expect(damageOf(play(model, [['look', 0, 2]], accepted), model.stored())).toEqual([]);
  });

  it('does not know the rows of a broken part that came after the last look, and says nothing of one whose rows are there', () => {
    const model = new Model();
    model.insert(10);
    model.insert(20);
    const [first, second] = model.parts as [StoredPart, StoredPart];
    model.parts = [first];
    model.detached.push({ ...aside(second.name), blocks: second });
    const ledger = lookAt(EMPTY_LEDGER, model.stored(), model.look(true));
    expect(damageOf(ledger, model.stored())).toMatchObject([{ kind: 'detached', rows: null }]);
    // A merge that broke: what it was made of is taken in its place.
    model.parts = [first, second];
    model.detached = [];
    model.detached.push({ ...aside('20261120_1_2_1'), blocks: { ...first, firstBlock: 1, lastBlock: 2 } });
    model.restart(0);
    expect(damageOf(lookAt(ledger, model.stored(), model.look(true)), model.stored())).toEqual([]);
  });

  it('says nothing of a table that was made anew, of a shorter retention, or of files that were put back', () => {
    const model = new Model();
    model.insert(10);
    const ledger = play(model, [['look', 0, 2]]);
    const parts = model.parts;
    const without: StoredParts = { ...model.stored(), parts: [] };
    const missing = lookAt(ledger, without, model.look(true));
    expect(damageOf(missing, without)).toHaveLength(1);
    const anew = { ...without, tables: [{ ...TABLE, id: '2' }] };
    expect(damageOf(lookAt(ledger, anew, model.look(true)), anew)).toEqual([]);
    const shorter = { ...model.look(true), nowMs: (model.nowS + 1.5 * DAY_S) * 1000, retentionDays: 1 };
    expect(damageOf(lookAt(ledger, without, shorter), without)).toEqual([]);
    expect(damageOf(lookAt(missing, { ...without, parts }, model.look(true)), { ...without, parts })).toEqual([]);
    // A new part of the same name is another one: numbers are given again.
    const others = parts.map((part) => ({ ...part, hash: 'other' }));
    expect(damageOf(lookAt(missing, { ...without, parts: others }, model.look(false)), without)).toHaveLength(1);
  });

  it('goes by the shorter of the setting and the table, and by the table alone where the setting does not apply', () => {
    const model = new Model();
    model.insert(10);
    const ledger = play(model, [['look', 0, 2]]);
    const later = { ...model.look(true), nowMs: (model.nowS + 1.5 * DAY_S) * 1000 };
    const without = (name: string, retentionDays: number | null): StoredParts => ({
      tables: [{ ...TABLE, name, retentionDays }],
      parts: [],
      detached: [],
    });
    const lostOf = (from: Ledger, stored: StoredParts, look: Look) => damageOf(lookAt(from, stored, look), stored);
    // Another process has a shorter setting, or an operator changed the table.
    expect(lostOf(ledger, without('spans', 1), later)).toEqual([]);
    expect(lostOf(ledger, without('spans', 3), later)).toHaveLength(1);
    expect(lostOf(ledger, without('spans', null), later)).toHaveLength(1);
    // Kept for as long as it always was, whatever the setting.
    const tables = new Map([...ledger.tables].map(([, entry]) => ['set_aside', entry] as const));
    const setAside = { ...ledger, tables };
    expect(lostOf(setAside, without('set_aside', 3), { ...later, retentionDays: 1 })).toHaveLength(1);
    expect(lostOf(setAside, without('set_aside', 1), later)).toEqual([]);
  });

  it.each(['', '{"ledger":2}', '{"ledger":1,"accepted":[]}\n', 'null', '[]\n"end"'])(
    'refuses %j as a ledger',
    (text) => {
      expect(() => parseLedger(text)).toThrow();
    },
  );

  it('reads the names of parts', () => {
    expect(parsePartName('20261130_1_22_3')).toEqual({ partition: '20261130', firstBlock: 1, lastBlock: 22 });
    expect(parsePartName('all_5_5_0_9')).toEqual({ partition: 'all', firstBlock: 5, lastBlock: 5 });
    for (const name of ['', 'x', 'a_b_c_d', '../1_1_1_1']) expect(parsePartName(name)).toBeNull();
  });
});
