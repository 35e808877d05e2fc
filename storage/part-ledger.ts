// The ledger of parts: what was stored at the last look, so that the next one can say what has gone. Pure. An insert
// has a number in its table (its block), and every part names the first and the last of those it holds. Merges join
// neighboring parts, so whatever was stored is in the range of an active part for as long as it has not expired,
// however many copies of spans merges remove (docs/decisions/0086).
import type { DetachedPart, PartName, StoredPart, StoredParts, StoredTable } from './parts.ts';
import { parsePartName } from './parts.ts';
import { RETENTION_TABLES } from './retention.ts';

/** A part as the ledger has it. */
export interface LedgerPart extends PartName {
  readonly name: string;
  readonly rows: number;
  readonly expiresAtS: number | null;
  /** The retention that `expiresAtS` was computed with; null when rows do not expire. */
  readonly retentionDays: number | null;
  readonly hash: string;
}

export interface MissingPart extends LedgerPart {
  readonly table: string;
  /** ISO 8601 */
  readonly foundAt: string;
}

interface LedgerTable {
  readonly id: string;
  readonly parts: readonly LedgerPart[];
}

export interface Ledger {
  readonly tables: ReadonlyMap<string, LedgerTable>;
  readonly missing: readonly MissingPart[];
  /** Detached parts that an operator has accepted, as table/name. */
  readonly accepted: readonly string[];
}

export const EMPTY_LEDGER: Ledger = { tables: new Map(), missing: [], accepted: [] };

export interface Look {
  readonly nowMs: number;
  /**
   * The parts that were on disk before the engine was opened, by the id of their table; null = it was running before, so
   * what it says is taken.
   */
  readonly onDisk: ReadonlyMap<string, readonly string[]> | null;
  /** The setting of this process, for RETENTION_TABLES. A table's own may be shorter: the smaller one counts. */
  readonly retentionDays: number;
}

const DAY_S = 86_400;
/** Clocks and the engine's own rounding. */
const EXPIRY_MARGIN_S = 2 * 3600;

/**
 * The ledger after a look at what is stored: what has gone is added to `missing`, what came back or has expired is taken
 * from it, and what is stored now is what the next look expects.
 */
export function lookAt(ledger: Ledger, stored: StoredParts, look: Look): Ledger {
  const foundAt = new Date(look.nowMs).toISOString();
  const tables = new Map(stored.tables.map((table) => [table.name, table]));
  const isOver = (part: LedgerPart, table: string) => {
    const setDays = RETENTION_TABLES.includes(table) ? look.retentionDays : Number.POSITIVE_INFINITY;
    return hasExpired(part, look.nowMs, Math.min(setDays, tables.get(table)?.retentionDays ?? setDays));
  };
  const gone = [...ledger.tables].flatMap(([table, { id, parts }]) => {
    // Made anew, for example by a restore: its parts have other names, and nothing can be said.
    if (tables.get(table)?.id !== id) return [];
    const active = stored.parts.filter((part) => part.table === table && part.isActive && part.rows > 0);
    const onDisk = look.onDisk?.get(id);
    const whole = onDisk === undefined ? active : wholeOnDisk(table, onDisk, stored);
    const isHeld = (part: PartName, by: readonly PartName[]) => by.some((one) => holds(one, part));
    return (
      parts
        // A merge that ran since the engine was opened proves nothing by itself: with a part lost before, it joins the
        // neighbors and spans the gap. What is held now has to be in something that was on disk.
        .filter((part) => !isOver(part, table) && !(isHeld(part, active) && isHeld(part, whole)))
        .map((part) => ({ ...part, table, foundAt }))
    );
  });
  const isSameTable = (name: string) => !tables.has(name) || tables.get(name)?.id === ledger.tables.get(name)?.id;
  const missing = [...ledger.missing, ...gone].filter(
    (part) => isSameTable(part.table) && !isOver(part, part.table) && !cameBack(part, stored.parts),
  );
  const detached = new Set(stored.detached.map(keyOf));
  return {
    // A table that is gone may be restored.
    tables: new Map([
      ...ledger.tables,
      ...stored.tables.map((table): [string, LedgerTable] => [
        table.name,
        { id: table.id, parts: entriesOf(table, stored, ledger) },
      ]),
    ]),
    missing,
    accepted: ledger.accepted.filter((key) => detached.has(key)),
  };
}

export const keyOf = ({ table, name }: { readonly table: string; readonly name: string }): string => `${table}/${name}`;

/** @param nowDays the retention that holds now; a shorter one counts at once, a longer one does not */
function hasExpired({ expiresAtS, retentionDays }: LedgerPart, nowMs: number, nowDays: number): boolean {
  if (expiresAtS === null || retentionDays === null) return false;
  const shortenedS = Math.max(0, retentionDays - nowDays) * DAY_S;
  return expiresAtS - shortenedS - EXPIRY_MARGIN_S <= nowMs / 1000;
}

const holds = (outer: PartName, inner: PartName) =>
  outer.partition === inner.partition && outer.firstBlock <= inner.firstBlock && outer.lastBlock >= inner.lastBlock;

/** What the engine could load of the parts that it found. */
function wholeOnDisk(table: string, names: readonly string[], { detached }: StoredParts): PartName[] {
  const broken = new Set(detached.filter((part) => part.table === table).map(({ bareName }) => bareName));
  return names.filter((name) => !broken.has(name)).flatMap((name) => parsePartName(name) ?? []);
}

/** The very same files: block numbers are given again after the last part of a table was lost. */
const cameBack = (missing: MissingPart, parts: readonly StoredPart[]) =>
  parts.some(({ table, name, hash }) => table === missing.table && name === missing.name && hash === missing.hash);

function entriesOf(table: StoredTable, { parts }: StoredParts, ledger: Ledger): LedgerPart[] {
  const before = new Map(ledger.tables.get(table.name)?.parts.map((part) => [part.name, part]));
  return (
    parts
      .filter((part) => part.table === table.name && part.isActive && part.rows > 0)
      // A retention that this part was not yet written with: when it expires is not known.
      .filter(({ expiresAtS }) => expiresAtS !== null || table.retentionDays === null)
      .map(({ name, rows, expiresAtS, hash, partition, firstBlock, lastBlock }) => {
        const known = before.get(name);
        const retentionDays = known?.expiresAtS === expiresAtS ? (known?.retentionDays ?? null) : table.retentionDays;
        return { name, rows, expiresAtS, retentionDays, hash, partition, firstBlock, lastBlock };
      })
  );
}

/** Rows that cannot be read, of one table and partition. */
export interface Damage {
  readonly table: string;
  /** `2026-11-30`, `2026-11`, or null where the table has no such partitions. */
  readonly period: string | null;
  /** As far as the ledger knows; null = not known. */
  readonly rows: number | null;
  readonly part: string;
  /** `missing`: its files are gone. `detached`: put aside by the engine as broken, or by someone. */
  readonly kind: 'missing' | 'detached';
  /** The engine's word for a detached part. */
  readonly reason: string;
}

/** What is missing now: parts that are gone, and parts put aside whose rows no active part holds. */
export function damageOf({ missing, accepted }: Ledger, { parts, detached }: StoredParts): Damage[] {
  const aside = detached.filter((part) => !accepted.includes(keyOf(part)) && !isStillStored(part, missing, parts));
  const explains = (part: DetachedPart, lost: MissingPart) =>
    part.table === lost.table && part.blocks !== null && holds(part.blocks, lost);
  return [
    ...aside.map((part): Damage => {
      const lost = missing.filter((one) => explains(part, one));
      return {
        table: part.table,
        period: periodOf(part.blocks),
        rows: lost.length === 0 ? null : lost.reduce((sum, { rows }) => sum + rows, 0),
        part: part.name,
        kind: 'detached',
        reason: part.reason,
      };
    }),
    ...missing
      .filter((lost) => !aside.some((part) => explains(part, lost)))
      .map(({ table, name, rows, ...blocks }): Damage => {
        return { table, period: periodOf(blocks), rows, part: name, kind: 'missing', reason: '' };
      }),
  ];
}

/** After a broken merge the engine takes the parts it was made of, where they are still on disk. */
function isStillStored(
  { table, blocks }: DetachedPart,
  missing: readonly MissingPart[],
  parts: readonly StoredPart[],
): boolean {
  if (blocks === null || missing.some((lost) => lost.table === table && holds(blocks, lost))) return false;
  const { partition, firstBlock, lastBlock } = blocks;
  const isHeld = (block: number) =>
    parts.some(
      (part) =>
        part.table === table && part.isActive && holds(part, { partition, firstBlock: block, lastBlock: block }),
    );
  return isHeld(firstBlock) && isHeld(lastBlock);
}

function periodOf(blocks: PartName | null): string | null {
  const day = /^(\d{4})(\d\d)(\d\d)?$/.exec(blocks?.partition ?? '');
  return day === null ? null : day.slice(1).filter(Boolean).join('-');
}

/** The ledger with all that is known to be missing accepted: nothing is said of it any more. */
export function acceptLosses(ledger: Ledger, stored: StoredParts): Ledger {
  return { ...ledger, missing: [], accepted: stored.detached.map(keyOf) };
}

type Row = readonly [name: string, rows: number, expiresAtS: number, retentionDays: number, hash: string];
const toRow = (part: LedgerPart): Row => [
  part.name,
  part.rows,
  part.expiresAtS ?? 0,
  part.retentionDays ?? 0,
  part.hash,
];

/** As text, a line per part. */
export function writeLedger({ tables, missing, accepted }: Ledger): string {
  const lines = [...tables].flatMap(([table, { id, parts }]) => [
    JSON.stringify({ table, id }),
    ...parts.map((part) => JSON.stringify(toRow(part))),
  ]);
  const lost = missing.map((part) =>
    JSON.stringify({ missing: toRow(part), table: part.table, foundAt: part.foundAt }),
  );
  return `${[JSON.stringify({ ledger: 1, accepted }), ...lines, ...lost, '"end"'].join('\n')}\n`;
}

/** @throws Error when the text is no whole ledger */
export function parseLedger(text: string): Ledger {
  const [head, ...lines] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  if (head?.ledger !== 1 || lines.pop() !== 'end') throw new Error('not a whole ledger of parts');
  const tables = new Map<string, { id: string; parts: LedgerPart[] }>();
  const missing: MissingPart[] = [];
  let current: LedgerPart[] = [];
  for (const line of lines) {
    if (Array.isArray(line)) current.push(fromRow(line as unknown as Row));
    else if ('missing' in line) missing.push({ ...fromRow(line.missing), table: line.table, foundAt: line.foundAt });
    else {
      current = [];
      tables.set(line.table, { id: line.id, parts: current });
    }
  }
  return { tables, missing, accepted: head.accepted };
}

function fromRow([name, rows, expiresAtS, retentionDays, hash]: Row): LedgerPart {
  const blocks = parsePartName(name);
  if (blocks === null) throw new Error(`not the name of a part: ${name}`);
  return { ...blocks, name, rows, expiresAtS: expiresAtS || null, retentionDays: retentionDays || null, hash };
}
