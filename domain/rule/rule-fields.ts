// The numbers of each kind of rule: what they mean, their limits and their defaults. The shape of a rule, the form that
// edits it and the docs all come from here. Plain data.

export const FIELD_UNITS = ['count', 'minutes', 'hours', 'days', 'times', 'share', 'usd', 'seconds'] as const;
export type FieldUnit = (typeof FIELD_UNITS)[number];

export interface RuleField {
  readonly label: string;
  /** One sentence for whoever sets it. */
  readonly help: string;
  readonly unit: FieldUnit;
  /** Both allowed. A share is 0..1. */
  readonly min: number;
  readonly max: number;
  /** null: the rule works it out from its other numbers. */
  readonly default: number | null;
  /** Values are multiples of it; left out where any number will do. */
  readonly multipleOf?: number;
}

type Limits = Pick<RuleField, 'min' | 'max'>;
const COUNT: Limits = { min: 1, max: 10_000 };

const count = <D extends number | null>(label: string, help: string, initial: D, limits: Limits = COUNT) =>
  ({ label, help, unit: 'count', ...limits, default: initial, multipleOf: 1 }) as const;

const minutes = (label: string, help: string, initial: number, limits: Limits = { min: 1, max: 1440 }) =>
  ({ label, help, unit: 'minutes', ...limits, default: initial, multipleOf: 1 }) as const;

const hours = (label: string, help: string, initial: number) =>
  ({ label, help, unit: 'hours', min: 1, max: 720, default: initial, multipleOf: 1 }) as const;

const times = (help: string, initial: number, label = 'Times the baseline') =>
  ({ label, help, unit: 'times', min: 1, max: 100, default: initial }) as const;

const window = (initial: number) => minutes('Within', 'They must fit into this much time.', initial);
/** Shares and medians move slowly, so they are evaluated every five minutes. */
const slowWindow = (initial: number) =>
  ({
    ...minutes('Over the last', 'How much time is evaluated together.', initial, { min: 10, max: 1440 }),
    multipleOf: 5,
  }) as const;
const recoverAfterMinutes = (initial: number) =>
  minutes('Over after', 'How long it must stay quiet before the incident is over.', initial, { min: 5, max: 1440 });
const minShare = (initial: number) =>
  ({
    label: 'At least',
    help: 'A smaller share never fires, however small the baseline is.',
    unit: 'share',
    min: 0.001,
    max: 1,
    default: initial,
  }) as const;
const baselineDays = {
  label: 'Baseline of the last',
  help: 'The days that the baseline is computed from.',
  unit: 'days',
  min: 1,
  max: 28,
  default: 7,
  multipleOf: 1,
} as const;
const FACTOR = 'How many times the baseline it must be, beyond chance.';

export const RULE_FIELDS = {
  similar_errors: {
    threshold: count('Similar errors', 'How many errors of one pattern fire.', 10, { min: 2, max: 10_000 }),
    windowMinutes: window(30),
    minTraces: count('In at least', 'In fewer runs it is reported as a loop in a run.', 3, { min: 1, max: 1000 }),
    baselineFactor: times('Against the same half hour of the last seven days, once three of them are known.', 3),
    recoverBelow: count('Recovering below', 'Errors in the window below which it is recovering.', null),
    recoverAfterMinutes: recoverAfterMinutes(15),
  },
  new_pattern: {
    learnHours: hours('Learn for', 'In its first hours a project has only new patterns: none of them fire.', 24),
    minErrors: count('Errors', 'How many errors of a pattern never seen before fire.', 3),
    minTraces: count('In at least', 'In how many runs they must be.', 2, { min: 1, max: 1000 }),
  },
  regression: {
    afterHours: hours('Quiet for', 'How long a pattern must have been resolved before its return fires.', 24),
  },
  error_share: {
    windowMinutes: slowWindow(60),
    minRuns: count('Runs', 'With fewer runs in the window nothing is said.', 20, { min: 5, max: 100_000 }),
    minFailed: count('Failed runs', 'With fewer failed runs nothing is said.', 5),
    minShare: minShare(0.05),
    factor: times(FACTOR, 3),
    baselineDays,
    recoverAfterMinutes: recoverAfterMinutes(15),
  },
  low_confidence: {
    windowMinutes: slowWindow(120),
    minDecisions: count('Decisions', 'With fewer decisions nothing is said.', 30, { min: 10, max: 100_000 }),
    minShare: minShare(0.1),
    factor: times(FACTOR, 2),
    baselineDays,
    recoverAfterMinutes: recoverAfterMinutes(30),
  },
  escalation_rate: {
    windowMinutes: slowWindow(120),
    minRuns: count('Runs', 'With fewer runs in the window nothing is said.', 30, { min: 5, max: 100_000 }),
    minShare: minShare(0.1),
    factor: times(FACTOR, 2),
    baselineDays,
    recoverAfterMinutes: recoverAfterMinutes(30),
  },
  stalled_runs: {
    threshold: count('Lost runs', 'How many runs of one agent fell silent without an end.', 3),
    windowMinutes: window(30),
    recoverAfterMinutes: recoverAfterMinutes(15),
  },
  schema_drift: {
    threshold: count('Answers', 'How many answers of one step had another shape than before.', 3),
    minTraces: count('In at least', 'In how many runs they must be.', 2, { min: 1, max: 1000 }),
    windowMinutes: window(60),
    recoverAfterMinutes: recoverAfterMinutes(60),
  },
  cost: {
    windowMinutes: slowWindow(60),
    minRuns: count('Runs', 'With fewer runs in the window nothing is said.', 20, { min: 1, max: 100_000 }),
    minCostUsd: {
      label: 'At least',
      help: 'A smaller sum never fires.',
      unit: 'usd',
      min: 0.01,
      max: 1_000_000,
      default: 1,
    },
    factor: times('Against the median of the same weekday and time, over four weeks.', 3),
    recoverAfterMinutes: recoverAfterMinutes(30),
  },
  latency: {
    windowMinutes: slowWindow(60),
    minRuns: count('Runs', 'With fewer runs in the window nothing is said.', 30, { min: 20, max: 100_000 }),
    minSeconds: {
      label: 'At least',
      help: 'A shorter p95 never fires.',
      unit: 'seconds',
      min: 0.01,
      max: 86_400,
      default: 2,
    },
    factor: times('Against the median of the same weekday and time, over four weeks.', 2),
    recoverAfterMinutes: recoverAfterMinutes(30),
  },
  dead_letters: {
    threshold: count('Dead letters', 'How many pieces of work of one step were given up.', 1),
    windowMinutes: window(30),
    recoverAfterMinutes: recoverAfterMinutes(15),
  },
  circuit_open: {
    threshold: count('Steps', 'How many steps met the open circuit.', 1),
    windowMinutes: window(15),
    recoverAfterMinutes: recoverAfterMinutes(10),
  },
} as const satisfies Record<string, Record<string, RuleField>>;

export type RuleKind = keyof typeof RULE_FIELDS;
export const RULE_KINDS = Object.keys(RULE_FIELDS) as readonly RuleKind[];
