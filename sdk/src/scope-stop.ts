// Why a run was stopped: the one error that ends it, and how it is recorded on a span.
import type { Span } from '@opentelemetry/api';
import { type StopReason, TELLTALE } from './attributes.ts';
import { brand } from './brand.ts';
import { isContentCaptured } from './content.ts';
import { isA } from './read.ts';

/** The reasons for which a defined agent is stopped. */
export type ScopeStopReason = Extract<
  StopReason,
  | 'input_out_of_scope'
  | 'output_out_of_scope'
  | 'tool_not_permitted'
  | 'max_steps'
  | 'budget'
  | 'timeout'
  | 'stop_condition'
  | 'user_abort'
>;

/** Why a run was stopped. */
export interface Stop {
  reason: ScopeStopReason;
  /** The condition in words, such as `cost limit reached: 0.06 of 0.05 USD`. */
  detail: string;
  /** The tool or agent that was refused. */
  refused?: string | undefined;
  /** What did not fit the schema, one line each. */
  issues?: readonly string[] | undefined;
}

/** Foreseen reasons are no failures: the agent did what its scope says. The other reasons are errors of the run. */
const FORESEEN: ReadonlySet<ScopeStopReason> = new Set(['input_out_of_scope', 'stop_condition', 'user_abort']);

/**
 * Thrown into a run that is stopped, by the step that may not start. It may be caught to clean up; the run stays
 * stopped, and every further step throws it again. `name` is the reason, so that error types distinguish them.
 */
export class AgentStopped extends Error {
  override readonly name: ScopeStopReason;
  readonly stop: Stop;
  /** The agent that is stopped. */
  readonly agent: string;

  static {
    brand(AgentStopped, 'AgentStopped');
  }

  constructor(agent: string, stop: Stop) {
    super(`${agent} stopped: ${recordedDetail(stop)}`);
    this.name = stop.reason;
    this.agent = agent;
    this.stop = stop;
  }
}

const ownWords = new WeakSet<Stop>();

/** A stop whose detail is the agent's own text. */
export function inOwnWords(stop: Stop): Stop {
  ownWords.add(stop);
  return stop;
}

/** The detail as it may be recorded: without issues of a schema and the agent's own text when contents are not captured. */
export function recordedDetail(stop: Stop): string {
  if (isContentCaptured()) return stop.detail;
  if (stop.reason === 'input_out_of_scope') return 'the input is outside its scope';
  if (stop.reason === 'output_out_of_scope') return 'the output is not what it may give back';
  return ownWords.has(stop) ? 'it stopped itself' : stop.detail;
}

export function isFailure(stop: Stop): boolean {
  return !FORESEEN.has(stop.reason);
}

/** The attributes of a stopped span. */
export function stopAttributes(stop: Stop): Record<string, unknown> {
  return {
    [TELLTALE.STOP_REASON]: stop.reason,
    [TELLTALE.STOP_DETAIL]: recordedDetail(stop),
    [TELLTALE.SCOPE_ISSUES]: stop.issues === undefined || !isContentCaptured() ? undefined : [...stop.issues],
  };
}

/**
 * Marks a step that was not run, or was left, because its agent stopped. Returns true when that is all there is to say:
 * the stop is an error of the run, not of every step that it ends. Only a call outside the permitted list is one itself.
 * @param refused the name of the step when it was not run
 */
export function markStopped(span: Span, thrown: unknown, refused: string | undefined): boolean {
  if (!isA(thrown, AgentStopped)) return false;
  const detail = refused === undefined ? {} : { [TELLTALE.STOP_DETAIL]: `not run: ${thrown.message}` };
  span.setAttributes({ [TELLTALE.STOP_REASON]: thrown.stop.reason, ...detail });
  return refused === undefined || thrown.stop.refused !== refused;
}
