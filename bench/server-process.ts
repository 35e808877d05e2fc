// The program under measurement, as a user starts it: CPU from the system, progress from its own API.
import { readFile } from 'node:fs/promises';
import { sleep } from '../test/faults/settle.ts';
import { type RunningTelltale, startTelltale } from '../test/support/app.ts';

/** What the kernel counts CPU in (sysconf _SC_CLK_TCK); 100 on every Linux in use. */
const TICKS_PER_SECOND = 100;

interface Progress {
  readonly acked: number;
  readonly inserted: number;
  readonly spooled: number;
}

/** Starts Telltale with the settings it has by default. */
export const startServer = (dataDir: string): Promise<RunningTelltale> =>
  startTelltale({ dataDir, env: { TELLTALE_SPOOL_FLUSH_MS: '1000', TELLTALE_SPOOL_MIN_FREE_MIB: '500' } });

/** CPU seconds that the process has used so far, all threads. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  // The name in brackets may hold spaces; user and system time are the 12th and 13th field behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

export async function progressOf(apiUrl: string): Promise<Progress> {
  const { spans } = (await (await fetch(`${apiUrl}/api/status`)).json()) as { spans: Progress };
  return spans;
}

/** Resolves when all is in storage and the process does nothing more, merges included. */
export async function settled(app: RunningTelltale): Promise<void> {
  while ((await progressOf(app.apiUrl)).spooled > 0) await sleep(100);
  for (let quiet = 0; quiet < 3; ) {
    const before = await cpuSecondsOf(app.pid);
    await sleep(1000);
    quiet = (await cpuSecondsOf(app.pid)) - before < 0.08 ? quiet + 1 : 0;
  }
}
