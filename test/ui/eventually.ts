// Waits for a condition on a page as long as a slow machine needs; vitest's own second is too short for one.
import { expect } from 'vitest';

/** As `expect.poll`; the minute only ends what hangs. */
export const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000, interval: 50 });
