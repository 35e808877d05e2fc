// Whether Telltale answers at all, learnt from every question that any page asks.

class Reach {
  /** Epoch ms since when nobody answers; null while someone does. */
  silentSince = $state<number | null>(null);
  /** Grows when answers come again, so that failed questions are asked once more. */
  recoveries = $state(0);

  answered(): void {
    if (this.silentSince === null) return;
    this.silentSince = null;
    this.recoveries++;
  }

  silent(): void {
    this.silentSince ??= Date.now();
  }
}

export const reach = new Reach();
