// Which span and which agent we are in, across async work. We keep our own AsyncLocalStorage, so that nothing global is
// registered, and mirror it into the global context manager when another set-up has one: parents join both ways.
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, context, createContextKey, trace } from '@opentelemetry/api';
import type { StepFrame } from './step-frame.ts';

/** What every span inside an agent carries. */
export interface AgentScope {
  agentName?: string | undefined;
  agentVersion?: string | undefined;
  sessionId?: string | undefined;
  userId?: string | undefined;
  /** The step we are in. */
  frame?: StepFrame | undefined;
}

const AGENT_SCOPE = createContextKey('telltale agent scope');
const own = new AsyncLocalStorage<Context>();

/** The context that new spans take their parent from. */
export function activeContext(): Context {
  const shared = context.active();
  const ours = own.getStore();
  // No span in the shared one: nobody registered a manager, or only after our span began.
  if (ours === undefined || trace.getSpan(shared) === undefined) return ours ?? shared;
  if (shared.getValue(AGENT_SCOPE) !== undefined) return shared;
  return shared.setValue(AGENT_SCOPE, ours.getValue(AGENT_SCOPE));
}

/** Runs `fn` with `active` as the context, for everything it calls and awaits. */
export function runWith<T>(active: Context, fn: () => T): T {
  return own.run(active, () => context.with(active, fn));
}

export function agentScope(from: Context): AgentScope {
  const scope = from.getValue(AGENT_SCOPE);
  return isScope(scope) ? scope : {};
}

export function withAgentScope(base: Context, scope: AgentScope): Context {
  return base.setValue(AGENT_SCOPE, scope);
}

function isScope(value: unknown): value is AgentScope {
  return typeof value === 'object' && value !== null;
}
