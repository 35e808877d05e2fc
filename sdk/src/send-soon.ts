// Sends what waits without being waited for: for spans that are of use only while they are new.
import { flush } from './start.ts';

let isSending = false;
let isAskedAgain = false;

/**
 * Starts sending the ended spans now instead of with the next batch. One sending at a time: the exporter refuses more
 * than a few at once, and those spans would be lost. Never throws.
 */
export function sendSoon(): void {
  if (isSending) {
    isAskedAgain = true;
    return;
  }
  isSending = true;
  isAskedAgain = false;
  void flush().finally(() => {
    isSending = false;
    if (isAskedAgain) sendSoon();
  });
}
