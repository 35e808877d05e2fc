// Notes every minute what the collector took and refused, so that digests can say when none was running.
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Database } from '#storage/database';
import { type IntakeCounts, noteIntake } from '#storage/intake';
import type { Counters } from '../collector/counters.ts';
import { REJECTIONS } from '../collector/otlp/validate-span.ts';

const EVERY_MS = 60_000;
/** While storage is away the notes wait: a day of them. The oldest go first. */
const MAX_WAITING = 1440;

export interface NoteIntakeDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly counters: Counters;
  /** Attributes left out of spans since the start. */
  readonly droppedAttributes: () => number;
  readonly now: () => number;
  readonly log: Pick<Logger, 'warn'>;
}

/** Begins at once; `close` leaves a last note. */
export function startNotingIntake(deps: NoteIntakeDeps): { close(): Promise<void> } {
  const process = randomUUID();
  const waiting: { atMs: number; counts: IntakeCounts }[] = [];
  let running: Promise<void> | null = null;

  const flush = async () => {
    try {
      for (let note = waiting[0]; note !== undefined; note = waiting[0]) {
        await noteIntake(deps.db, deps.projectId, process, note.atMs, note.counts);
        waiting.shift();
      }
    } catch (error) {
      deps.log.warn({ err: error }, 'what came in could not be noted; it is tried again in a minute');
    }
  };
  const note = () => {
    waiting.push({ atMs: deps.now(), counts: countsOf(deps) });
    if (waiting.length > MAX_WAITING) waiting.shift();
    running ??= flush().finally(() => {
      running = null;
    });
    return running;
  };
  const timer = setInterval(() => void note(), EVERY_MS);
  timer.unref();
  void note();
  return {
    async close() {
      clearInterval(timer);
      await note();
    },
  };
}

/** Only what no repeat can mend counts as refused: whoever was told to wait sends again. */
function countsOf({ counters: { spans, logs }, droppedAttributes }: NoteIntakeDeps): IntakeCounts {
  const refused = (reasons: ReadonlyMap<string, number>) =>
    [...reasons].reduce((sum, [reason, rows]) => (reason in REJECTIONS ? sum + rows : sum), 0);
  return {
    received: spans.received,
    rejected: refused(spans.rejected) + refused(logs.rejected),
    quarantined: spans.quarantined + logs.quarantined,
    droppedAttributes: droppedAttributes(),
  };
}
