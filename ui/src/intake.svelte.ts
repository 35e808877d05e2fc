// What the collector receives, polled from the status endpoint: counters, a rate, and whether Telltale answers.
import type { Status } from '#contracts/status';
import { api } from './api.ts';
import { poll } from './poll.ts';
import { reach } from './reach.svelte.ts';
import { Resource } from './resource.svelte.ts';

const POLL_MS = 10_000;
const FAST_POLL_MS = 2_000;

class Intake {
  readonly resource = new Resource<Status>();
  /** Spans per second between the last two answers; null before there are two. */
  perSecond = $state<number | null>(null);
  /** Epoch ms since when Telltale has not answered; null while it does. */
  readonly unreachableSince: number | null = $derived(reach.unreachableSince);

  readonly rejected: number = $derived(
    Object.values(this.resource.data?.spans.rejected ?? {}).reduce((sum, count) => sum + count, 0),
  );

  start(): () => void {
    void this.refresh();
    return poll(
      () => this.refresh(),
      () => POLL_MS,
    );
  }

  /** Polls every two seconds, for the first-run page. @returns a function that stops it */
  watchClosely(): () => void {
    void this.refresh();
    return poll(
      () => this.refresh(),
      () => FAST_POLL_MS,
    );
  }

  async refresh(): Promise<void> {
    const before = this.resource.data;
    const at = this.resource.loadedAt;
    await this.resource.load((signal) => api.getStatus({ signal }));
    const now = this.resource.data;
    if (this.resource.failure !== null) return;
    if (before === null || at === null || now === null || now === before) return;
    const seconds = ((this.resource.loadedAt ?? at) - at) / 1000;
    const received = now.spans.received - before.spans.received;
    // A restart sets the counters back to zero: no rate then.
    this.perSecond = seconds > 0 && received >= 0 ? received / seconds : null;
  }
}

export const intake = new Intake();
