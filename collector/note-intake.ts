// Notes every minute what the collector took, refused and cut, so that digests can say when none was running, and
// /api/skipped what was skipped and why.
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Skip } from '#contracts/skipped';
import type { Database } from '#storage/database';
import { type IntakeCounts, noteIntake } from '#storage/intake';
import { noteSkips } from '#storage/skips';
import type { Counters } from './count/counters.ts';
import { REJECTIONS } from './decode/validate-span.ts';

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

export interface IntakeNotes {
  /** Notes at once what was skipped since the last note, for a reader who asks now. */
  noteSkips(): Promise<void>;
  /** Leaves a last note. */
  close(): Promise<void>;
}

/** Begins at once. */
export function startNotingIntake(deps: NoteIntakeDeps): IntakeNotes {
  const process = randomUUID();
  const waiting: { atMs: number; counts: IntakeCounts; skips: readonly Skip[] }[] = [];
  let running: Promise<void> | null = null;

  const flush = async () => {
    try {
      for (let note = waiting[0]; note !== undefined; note = waiting[0]) {
        await noteIntake(deps.db, deps.projectId, process, note.atMs, note.counts);
        await noteSkips(deps.db, deps.projectId, note.skips);
        if (waiting[0] === note) waiting.shift();
      }
    } catch (error) {
      deps.log.warn({ err: error }, 'intake counts could not be recorded; will retry in a minute');
    }
  };
  const note = () => {
    waiting.push({ atMs: deps.now(), counts: countsOf(deps), skips: deps.counters.skips.take() });
    if (waiting.length > MAX_WAITING) {
      // Not the one that is being written.
      waiting.splice(running === null ? 0 : 1, 1);
      deps.log.warn(
        { waiting: MAX_WAITING },
        'storage has been unavailable for more than a day; dropped the intake counts of the oldest minute',
      );
    }
    running ??= flush().finally(() => {
      running = null;
    });
    return running;
  };
  const timer = setInterval(() => void note(), EVERY_MS);
  timer.unref();
  void note();
  return {
    noteSkips: async () => (deps.counters.skips.isEmpty ? undefined : note()),
    async close() {
      clearInterval(timer);
      await note();
    },
  };
}

/** Only what a retry cannot fix counts as refused: retryable requests are sent again. */
function countsOf({ counters: { spans, logs }, droppedAttributes }: NoteIntakeDeps): IntakeCounts {
  const refused = (reasons: ReadonlyMap<string, number>) =>
    [...reasons].reduce((sum, [reason, rows]) => (reason in REJECTIONS ? sum + rows : sum), 0);
  return {
    received: spans.received + logs.received,
    rejected: refused(spans.rejected) + refused(logs.rejected),
    quarantined: spans.quarantined + logs.quarantined,
    lost: spans.lost + logs.lost,
    droppedAttributes: droppedAttributes(),
  };
}
