// A spool of small rows, for faults that open thousands of them.
import { StorageError } from '#storage/database';
import { NativeBlock } from '#storage/native/block';
import { FixedColumn, StringColumn } from '#storage/native/columns';
import type { SignalCounters } from '../../collector/count/counters.ts';
import { Spool, type SpoolOptions } from '../../collector/spool/spool.ts';

/** Rows of a number and a text: a spool without the weight of spans. */
export class NoteBlock extends NativeBlock<{ number: FixedColumn; text: StringColumn }> {
  constructor() {
    super({ number: new FixedColumn('UInt32', 4), text: new StringColumn() });
  }
  get bytes(): number {
    return this.columns.text.bytes;
  }
  add(number: number, text: string): void {
    this.columns.number.sink.u32(number);
    this.columns.text.text(text);
  }
}

const nothing = async () => {};
/** Takes everything and forgets it. */
export const NO_QUARANTINE: SpoolOptions['quarantine'] = {
  putRows: nothing,
  putBytes: nothing,
  putFile: nothing,
  putLost: nothing,
};

/** A spool whose storage is down, unless set otherwise. */
export const openSpool = (dir: string, counters: SignalCounters, over: Partial<SpoolOptions>) =>
  Spool.open({
    dir,
    tables: { notes: counters },
    maxBytes: 1 << 30,
    minFreeBytes: 0,
    flushMs: 60_000,
    firstFlushMs: 60_000,
    insert: async () => {
      throw new StorageError('down', { retryable: true });
    },
    onFailed: () => {},
    quarantine: NO_QUARANTINE,
    log: { warn: () => {}, error: () => {} },
    now: Date.now,
    ...over,
  });
