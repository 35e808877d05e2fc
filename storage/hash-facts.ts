// Names the facts of a run by their content, so that a stored summary says which facts it is about.
import { createHash } from 'node:crypto';
import type { RunFacts } from '#contracts/run-facts';

/** SHA-256 of the facts as they are stored, 64 hex digits. */
export function hashFacts(facts: RunFacts): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
