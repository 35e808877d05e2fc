// Sends what waits without being waited for: for spans that are of use only while they are new.
import { currentPipeline } from './start.ts';

/** Starts sending the ended spans now instead of with the next batch. Never throws, and keeps no process alive. */
export function sendSoon(): void {
  currentPipeline()?.sendSoon();
}
