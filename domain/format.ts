// Figures as they are written in sentences and on pages. Pure.

const NUMBER = new Intl.NumberFormat('en-US');
const trimmed = (n: number, decimals: number): string => n.toFixed(decimals).replace(/\.0+$/, '');

/** A duration in ms: `240 µs`, `6 ms`, `586 ms`, `1.42 s`, `19.8 s`, `3 min 12 s`, `1 h 04 min`, `2 d 03 h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown';
  if (ms < 0) return `−${formatDuration(-ms)}`;
  if (ms === 0) return '0 ms';
  if (ms < 0.001) return `${Math.round(ms * 1e6)} ns`;
  if (ms < 0.9995) return `${Math.round(ms * 1000)} µs`;
  if (ms < 9.95) return `${trimmed(ms, 1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(ms / 60_000);
  const pad = (n: number) => String(n).padStart(2, '0');
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.round(ms / 3_600_000);
  return `${Math.floor(hours / 24)} d ${pad(hours % 24)} h`;
}

export const formatExact = (n: number): string => NUMBER.format(n);

/** `1 step`, `1,204 steps`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${formatExact(n)} ${n === 1 ? one : many}`;

/** `once`, `twice`, `27 times`. */
export const times = (n: number): string => (n === 1 ? 'once' : n === 2 ? 'twice' : `${formatExact(n)} times`);

/** Dollars: `$0.0417` under 1, else two decimals. */
export function formatCost(usd: number): string {
  if (usd === 0) return '$0';
  if (usd < 0.0001) return `$${usd.toPrecision(2)}`;
  if (usd < 1) return `$${usd.toFixed(4)}`;
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/**
 * A confidence or threshold with two decimals. When rounding would make it equal to `beside` although it is not
 * (0.699 beside 0.70), it keeps more decimals: "0.70 / 0.70, below" would read as an error.
 */
export function formatShare(value: number, beside: number | null = null): string {
  for (let decimals = 2; decimals < 6; decimals++) {
    const text = value.toFixed(decimals);
    if (beside === null || value === beside || text !== beside.toFixed(decimals)) return text;
  }
  return String(value);
}
