// Whether Telltale answers at all, as seen by the requests of every page.

class Reach {
  /** Epoch ms since when Telltale has not answered; null while it does. */
  unreachableSince = $state<number | null>(null);
  /** Incremented when Telltale answers again, so that failed requests are retried. */
  recoveries = $state(0);

  answered(): void {
    if (this.unreachableSince === null) return;
    this.unreachableSince = null;
    this.recoveries++;
  }

  failed(): void {
    this.unreachableSince ??= Date.now();
  }
}

export const reach = new Reach();
