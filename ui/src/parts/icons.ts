// The icons, as paths on a 16 × 16 grid. Kinds and states differ by shape, never by color alone.

export interface IconPath {
  readonly d: string;
  /** Stroke width when it is not 1.5. */
  readonly stroke?: number;
  readonly filled?: boolean;
}

const ring = (cx: number, cy: number, r: number): IconPath => ({
  d: `M${cx - r} ${cy}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
});
const line = (d: string, stroke?: number): IconPath => (stroke === undefined ? { d } : { d, stroke });

export const ICONS = {
  brand: [line('M4 1.5v13', 1.6), { d: 'M4 3.2c3-1.7 5 1.5 9.5-.6-1 2.6-1 2.6 0 4.6C9 9 7 5.8 4 7.6z', filled: true }],
  runs: [line('M2.5 4h5M5 8h6M8.5 12h5')],
  incident: [line('M8 2.2 14.2 13H1.8zM8 6.5v3M8 11.2v.1')],
  digest: [line('M2 4h12v8.5H2zM2.3 4.4 8 9l5.7-4.6')],
  settings: [line('M2 4.5h5.5M11.5 4.5H14M2 11.5h2.5M8.5 11.5H14'), ring(9.5, 4.5, 2), ring(6.5, 11.5, 2)],
  search: [ring(7, 7, 4.3), line('m10.3 10.3 3.4 3.4')],
  sun: [
    ring(8, 8, 2.8),
    line(
      'M8 1.6v1.6M8 12.8v1.6M1.6 8h1.6M12.8 8h1.6M3.5 3.5l1.1 1.1M11.4 11.4l1.1 1.1M12.5 3.5l-1.1 1.1M4.6 11.4l-1.1 1.1',
    ),
  ],
  agent: [line('M8 1.8 13.4 5v6L8 14.2 2.6 11V5z'), ring(8, 8, 1.6)],
  llm: [line('M2.5 3h11v7.5H8L5 13.2v-2.7H2.5zM5.3 5.8h5.4M5.3 8h3.4')],
  tool: [line('M9.8 6.2 3 13M13.6 4.6a3.4 3.4 0 0 1-4.7 3.1 3.4 3.4 0 0 1 2.7-5.3L10 4.3l1.7 1.7z')],
  retrieval: [ring(9.6, 9, 3.2), line('m12 11.4 2 2M2 4h9M2 7.5h3M2 11h3')],
  embedding: [
    ring(4, 4, 1.4),
    ring(12, 6, 1.4),
    ring(6, 12, 1.4),
    line('M5.4 4.3 10.6 5.7M4.4 5.4 5.7 10.6M7.2 11.2 11 7.1'),
  ],
  decision: [line('M2.5 8h3l3.2-4h4.8M5.5 8l3.2 4h4.8'), line('m11.8 2.3 1.8 1.7-1.8 1.7')],
  guardrail: [line('M8 1.8 13 3.6v4.2c0 3-2.2 5.2-5 6.4-2.8-1.2-5-3.4-5-6.4V3.6z')],
  evaluator: [line('M2.5 4.2 3.8 5.5 6 3M2.5 10.7 3.8 12 6 9.5M8.5 4.5h5M8.5 11h5')],
  handoff: [line('M2.5 4.5v7M5 8h8.2M10 4.8 13.2 8 10 11.2')],
  escalation: [line('M8 14V7M5.2 9.4 8 6.6l2.8 2.8'), ring(8, 3.2, 1.7)],
  other: [ring(8, 8, 5.4), line('M5.5 8h.1M8 8h.1M10.5 8h.1')],
  ok: [line('m3 8.4 3.2 3.2L13 4.8', 1.8)],
  error: [line('m4 4 8 8M12 4l-8 8', 1.8)],
  running: [line('M8 2.5a5.5 5.5 0 1 1-5.5 5.5', 1.8)],
  stalled: [ring(8, 8, 5.6), line('M6.4 5.8v4.4M9.6 5.8v4.4', 1.6)],
  chevron: [line('m6 3.8 4.2 4.2L6 12.2')],
  down: [line('M3.8 6 8 10.2 12.2 6')],
  close: [line('m4.5 4.5 7 7M11.5 4.5l-7 7')],
  copy: [line('M5.5 5.5h8v8h-8zM10.5 3.5v-1h-8v8h1')],
  link: [
    line(
      'M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2A2.6 2.6 0 0 0 9 3.3l-.8.8M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l.8-.8',
    ),
  ],
  patterns: [line('M2.5 12.5h11M4.5 12.5v-3M7 12.5V6M9.5 12.5V3M12 12.5V8')],
  mute: [line('M4 11V7a4 4 0 0 1 6.5-3.1M12 7v4l1 1.2H5M6.8 14h2.4M2.5 2.5l11 11')],
  clock: [ring(8, 8, 5.8), line('M8 4.6V8l2.4 1.4')],
  fold: [line('M3 8h10M8 2v3.5M6.2 4 8 5.6 9.8 4M8 14v-3.5M6.2 12 8 10.4 9.8 12')],
  keyboard: [line('M1.8 4h12.4v8H1.8zM4.5 6.7h.1M7 6.7h.1M9.4 6.7h.1M11.8 6.7h.1M5.5 9.5h5')],
} as const satisfies Record<string, readonly IconPath[]>;
export type IconName = keyof typeof ICONS;
