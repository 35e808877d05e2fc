// The time axis: the visible time range, its ticks in 1-2-5 steps, zoom and pan within the trace.

/** A part of the trace in ms since its start. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/** Zooming stops here: 50 µs. */
export const NARROWEST_MS = 0.05;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const COARSE = [1, 2, 5, 10, 20, 30]
  .map((n) => n * MINUTE)
  .concat([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((n) => n * HOUR));

/** The step between ticks: the smallest "round" one that gives at most `most` of them. */
export function tickStep(lengthMs: number, most: number): number {
  const raw = lengthMs / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const fine = [1, 2, 5, 10].map((n) => n * power).find((step) => step >= raw * 0.999999) ?? 10 * power;
  if (fine <= 20 * SECOND) return fine;
  return COARSE.find((step) => step >= raw) ?? fine;
}

export interface Tick {
  readonly atMs: number;
  /** 0..1 across the window. */
  readonly share: number;
  readonly label: string;
}

/** Ticks within the window, at most about `most` + 1. */
export function ticksOf(window: TimeRange, most: number): Tick[] {
  const length = window.end - window.start;
  const step = tickStep(length, most);
  const ticks: Tick[] = [];
  for (let n = Math.ceil(window.start / step - 1e-9); n * step <= window.end + step * 1e-9; n++) {
    const atMs = n * step;
    ticks.push({ atMs, share: (atMs - window.start) / length, label: tickLabel(atMs, step) });
  }
  return ticks;
}

/** `0`, `20 µs`, `200 ms`, `1.5 s`, `10 s`, `2 min`, `1 h 30 min`: as many decimals as the step needs. */
function tickLabel(atMs: number, stepMs: number): string {
  if (atMs === 0) return '0';
  const [unit, name] = atMs >= SECOND ? [SECOND, 's'] : stepMs >= 1 ? [1, 'ms'] : [0.001, 'µs'];
  if (stepMs >= MINUTE) {
    const minutes = Math.round(atMs / MINUTE);
    if (minutes < 60) return `${minutes} min`;
    return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }
  const decimals = Math.max(0, Math.ceil(-Math.log10(stepMs / unit) - 1e-9));
  return `${(atMs / unit).toFixed(Math.min(6, decimals))} ${name}`;
}

/** Keeps a window inside the trace and no narrower than `NARROWEST_MS` (or the trace, when that is shorter). */
export function clampWindow(window: TimeRange, lengthMs: number): TimeRange {
  const narrowest = Math.min(NARROWEST_MS, lengthMs);
  const length = Math.min(lengthMs, Math.max(narrowest, window.end - window.start));
  const start = Math.min(Math.max(0, window.start), lengthMs - length);
  return { start, end: start + length };
}

/** Zooms by `factor` (above 1: closer), keeping what is at `share` of the window in place. */
export function zoom(window: TimeRange, factor: number, share: number, lengthMs: number): TimeRange {
  const length = window.end - window.start;
  const next = Math.max(Math.min(NARROWEST_MS, lengthMs), length / factor);
  const at = window.start + share * length;
  return clampWindow({ start: at - share * next, end: at + (1 - share) * next }, lengthMs);
}

/** Moves the window by a part of its length. */
export function pan(window: TimeRange, share: number, lengthMs: number): TimeRange {
  const shift = (window.end - window.start) * share;
  return clampWindow({ start: window.start + shift, end: window.end + shift }, lengthMs);
}

/** `t=1200,3400` of the address; the whole trace when it is missing or makes no sense. */
export function windowOf(text: string | null, lengthMs: number): TimeRange {
  const [start, end] = (text ?? '').split(',').map(Number);
  const whole = { start: 0, end: lengthMs };
  if (start === undefined || end === undefined || !Number.isFinite(start) || !Number.isFinite(end)) return whole;
  return end > start ? clampWindow({ start, end }, lengthMs) : whole;
}

/** The window as written in the address; null when it is the whole trace. */
export function windowText(window: TimeRange, lengthMs: number): string | null {
  if (window.start <= 0 && window.end >= lengthMs) return null;
  const round = (ms: number) => String(Math.round(ms * 1000) / 1000);
  return `${round(window.start)},${round(window.end)}`;
}
