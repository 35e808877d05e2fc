// What every fault that runs the program needs: a folder and a ledger, kill -9, and the comparison at the end.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { propertyRuns } from '../support/tier.ts';
import { checkLedger, type Verdict, wrongInApi } from './check.ts';
import type { FaultResult } from './fault.ts';

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Gives a data directory and a ledger, and removes both. */
export async function withFolder(
  work: (dataDir: string, ledger: string) => Promise<FaultResult>,
): Promise<FaultResult> {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-fault-'));
  const ledger = join(folder, 'ledger');
  await writeFile(ledger, '');
  try {
    return await work(join(folder, 'data'), ledger);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Kills at once and waits until the process is gone. */
export async function kill(app: RunningTelltale): Promise<void> {
  try {
    if (!app.hasEnded()) process.kill(app.pid, 'SIGKILL');
  } catch {
    // It is gone already: a failpoint was quicker.
  }
  await app.close();
}

interface Spans {
  readonly received: number;
  readonly acked: number;
  readonly inserted: number;
  readonly spooled: number;
  readonly quarantined: number;
  readonly lost: number;
  readonly deduplicated: number;
  readonly rejected: Readonly<Record<string, number>>;
}

interface Status {
  readonly spans: Spans;
  readonly spool: { readonly unchecked: { readonly files: number } } | null;
}

/** Waits until nothing waits in the spool. @throws after `withinMs` */
export async function drained(apiUrl: string, withinMs = 180_000): Promise<Spans> {
  let spans: Spans | null = null;
  await until(
    'the spool is empty',
    async () => {
      const status = (await (await fetch(`${apiUrl}/api/status`)).json()) as Status;
      spans = status.spans;
      // What an earlier process left is counted as rows only once it is checked.
      return spans.spooled === 0 && (status.spool?.unchecked.files ?? 0) === 0;
    },
    withinMs,
  );
  return spans as unknown as Spans;
}

/** Asks until it is so. @throws when it is not after `withinMs`, which only ends a hang, saying what */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, withinMs = 180_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`after ${withinMs / 1000} s it is not so: ${what}`);
    await sleep(50);
  }
}

export interface WholeVerdict extends Verdict {
  readonly quarantined: number;
  readonly countersAddUp: string;
  readonly wrongInApi: number;
}

type Answers = Omit<WholeVerdict, keyof Verdict>;

/** How many traces the API is asked for: each is a few queries. */
export const asked = (short: boolean) => (short ? propertyRuns(20, 100) : 100);

/** Waits until nothing waits in the spool, adds up the counters and asks the API for at most so many traces. */
export async function askRunning(apiUrl: string, ledger: string, most: number): Promise<Answers> {
  const spans = await drained(apiUrl);
  const rejected = Object.values(spans.rejected).reduce((sum, rows) => sum + rows, 0);
  const addUp =
    spans.received === spans.acked + rejected &&
    spans.acked === spans.inserted + spans.spooled + spans.quarantined + spans.lost + spans.deduplicated;
  return {
    quarantined: spans.quarantined,
    countersAddUp: addUp ? 'yes' : `no: ${JSON.stringify(spans)}`,
    wrongInApi: await wrongInApi(ledger, apiUrl, most),
  };
}

/** Starts once more, waits until nothing waits in the spool, asks the API, stops, and compares. */
export async function settleAndCheck(dataDir: string, ledger: string, short = false): Promise<WholeVerdict> {
  const app = await startTelltale({ dataDir });
  try {
    const answers = await askRunning(app.apiUrl, ledger, asked(short));
    await app.close();
    return { ...(await checkLedger(ledger, dataDir)), ...answers };
  } finally {
    await app.close();
  }
}

/** Whether the promise held; a run in which nothing was acknowledged shows nothing. */
export const kept = (verdict: WholeVerdict) =>
  verdict.acked > 0 &&
  verdict.lost === 0 &&
  verdict.rowsTwice === 0 &&
  verdict.quarantined === 0 &&
  verdict.countersAddUp === 'yes' &&
  verdict.wrongInApi === 0;
