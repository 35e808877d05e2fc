// What the collector is taking in, asked of the API's status again and again: counters, a rate, and whether anyone answers.
import type { Status } from '#contracts/status';
import { api } from './api.ts';
import { poll } from './poll.ts';
import { Question } from './question.svelte.ts';
import { reach } from './reach.svelte.ts';

const USUAL_MS = 10_000;
const CLOSE_MS = 2_000;

class Intake {
  readonly question = new Question<Status>();
  /** Spans per second between the last two answers; null before there are two. */
  perSecond = $state<number | null>(null);
  /** Epoch ms since when nobody answers; null while someone does. */
  readonly silentSince: number | null = $derived(reach.silentSince);

  readonly rejected: number = $derived(
    Object.values(this.question.answer?.spans.rejected ?? {}).reduce((sum, count) => sum + count, 0),
  );

  start(): () => void {
    void this.refresh();
    return poll(
      () => this.refresh(),
      () => USUAL_MS,
    );
  }

  /** Asks every two seconds, for the first-run page. @returns how to stop */
  watchClosely(): () => void {
    void this.refresh();
    return poll(
      () => this.refresh(),
      () => CLOSE_MS,
    );
  }

  async refresh(): Promise<void> {
    const before = this.question.answer;
    const at = this.question.answeredAt;
    await this.question.ask((signal) => api.getStatus({ signal }));
    const now = this.question.answer;
    if (this.question.failure !== null) return;
    if (before === null || at === null || now === null || now === before) return;
    const seconds = ((this.question.answeredAt ?? at) - at) / 1000;
    const received = now.spans.received - before.spans.received;
    // A restart sets the counters back to zero: no rate then.
    this.perSecond = seconds > 0 && received >= 0 ? received / seconds : null;
  }
}

export const intake = new Intake();
