// A log line that any sender can cause at will: written at most once a minute, with the number of lines left out.
const EVERY_MS = 60_000;

export interface Log {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The same log, where each message appears at most once a minute. */
export function sampledLog(log: Log, now: () => number): Log {
  const seen = new Map<string, { atMs: number; leftOut: number }>();
  const line = (level: 'warn' | 'error') => (fields: object, message: string) => {
    const last = seen.get(message);
    if (last !== undefined && now() - last.atMs < EVERY_MS) {
      last.leftOut++;
      return;
    }
    seen.set(message, { atMs: now(), leftOut: 0 });
    log[level](last === undefined || last.leftOut === 0 ? fields : { ...fields, leftOut: last.leftOut }, message);
  };
  return { warn: line('warn'), error: line('error') };
}
