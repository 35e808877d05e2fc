// The declared scope of an agent: its purpose and its limits.
import type { TargetType } from './attributes.ts';
import type { EscalationContext } from './escalation-context.ts';
import { faultInPrices, type ModelPrices } from './prices.ts';
import type { Limits, StopConditions } from './scope-limits.ts';
import type { AnySchema } from './scope-schema.ts';
import type { Stop } from './scope-stop.ts';

/** Something an agent may call, with what it does in words for the scope document. */
export interface Callable {
  name: string;
  does?: string | undefined;
}

/** The scope of an agent: its purpose and its limits. */
export interface AgentDefinition<Accepts extends AnySchema = AnySchema, Produces extends AnySchema = AnySchema> {
  name: string;
  version?: string | undefined;
  /** Its purpose in a sentence or two, for people. */
  purpose?: string | undefined;
  /** The input it accepts: a zod schema, any other Standard Schema, or anything with `safeParse`. Other input stops it before it starts. */
  accepts?: Accepts | undefined;
  /** The output it returns. Other output is withheld. */
  produces?: Produces | undefined;
  /** The tools and agents it may call. Any other call stops it. */
  mayCall: readonly (string | Callable)[];
  limits?: Limits | undefined;
  /**
   * What models cost, by name. With them the tokens that `llm` steps and observed clients report count against
   * `limits.costUsd`, and the spans carry the cost. A reported cost takes precedence. Inner agents use them too.
   */
  prices?: ModelPrices | undefined;
  /** Conditions by their description. They are checked before every step and at the end. One that throws counts as met. */
  stopWhen?: StopConditions | undefined;
  /** Who is notified when it is stopped. */
  escalateTo?: string | AgentEscalation | undefined;
}

/** Who is notified when an agent is stopped, and how. */
export interface AgentEscalation {
  target: string;
  /** Default human. */
  targetType?: TargetType | undefined;
  /** What they are asked to do. Default: a sentence that fits the condition. */
  asked?: string | undefined;
  /** Sends the message or opens the ticket; gets all that is needed to decide. It runs outside the agent's limits. */
  notify?: ((context: EscalationContext, stop: Stop) => unknown) | undefined;
}

export function nameOf(callable: string | Callable): string {
  return typeof callable === 'string' ? callable : callable.name;
}

export function targetOf(to: string | AgentEscalation): { target: string; targetType: TargetType } {
  return typeof to === 'string'
    ? { target: to, targetType: 'human' }
    : { target: to.target, targetType: to.targetType ?? 'human' };
}

/** setTimeout takes no more: about 24.8 days. */
const MAX_TIME_MS = 2_147_483_647;

/** @throws TypeError when the definition itself is wrong */
export function expectSound({ name, mayCall, limits = {}, prices, stopWhen = {} }: AgentDefinition): void {
  if (typeof name !== 'string' || name.trim() === '') throw new TypeError('defineAgent: the agent needs a name.');
  const refuse = (what: string): never => {
    throw new TypeError(`defineAgent ${name}: ${what}`);
  };
  if (!Array.isArray(mayCall)) refuse('mayCall must list the tools and agents it may call; [] means none.');
  for (const [what, value] of Object.entries({ limits, stopWhen }))
    if (typeof value !== 'object' || value === null) refuse(`${what} must be an object.`);
  for (const [limit, value] of Object.entries(limits)) {
    if (value === undefined) continue;
    if (!['steps', 'costUsd', 'timeMs'].includes(limit))
      refuse(`${limit} is no limit; there are steps, costUsd and timeMs.`);
    if (typeof value !== 'number' || !(value > 0)) refuse(`limits.${limit} must be a number above 0.`);
    if (limit === 'timeMs' && value > MAX_TIME_MS) refuse(`limits.timeMs must be at most ${MAX_TIME_MS} (24 days).`);
  }
  const fault = prices === undefined ? null : faultInPrices(prices);
  if (fault !== null) refuse(`${fault}.`);
  for (const [words, holds] of Object.entries(stopWhen)) {
    if (typeof holds !== 'function') refuse(`the stop condition "${words}" must be a function.`);
  }
}
