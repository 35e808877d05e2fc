// The resident memory of a process, now and at its largest.
import { readFile } from 'node:fs/promises';

/** MiB; 0 when the process is gone. */
export async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}

export interface MemoryWatch {
  /** The most seen so far, MiB. */
  readonly maxMib: number;
  stop(): void;
}

/** Looks five times a second. */
export function watchMemory(pid: number): MemoryWatch {
  let maxMib = 0;
  const timer = setInterval(async () => {
    maxMib = Math.max(maxMib, await residentMib(pid));
  }, 200);
  return {
    get maxMib() {
      return Math.round(maxMib);
    },
    stop: () => clearInterval(timer),
  };
}
