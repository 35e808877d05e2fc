// Sends waiting spans without waiting for the answer: for spans that are useful only while they are new.
import { currentPipeline } from './start.ts';

/** Starts sending the ended spans now instead of with the next batch. Never throws, and keeps no process alive. */
export function sendSoon(): void {
  currentPipeline()?.sendSoon();
}
