// The current span and agent, across async work. We keep our own AsyncLocalStorage, so that nothing global of
// OpenTelemetry is registered, and mirror it into the global context manager when another set-up has one: parents join
// both ways.
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, context, createContextKey, type Span, trace } from '@opentelemetry/api';
import { shared } from './shared-state.ts';
import type { StepFrame } from './step-frame.ts';

/** What every span inside an agent carries. */
export interface AgentScope {
  agentName?: string | undefined;
  agentVersion?: string | undefined;
  sessionId?: string | undefined;
  userId?: string | undefined;
  /** The step we are in. */
  frame?: StepFrame | undefined;
  /** The trace of the nearest span around that this SDK records. */
  recordedTraceId?: string | undefined;
}

/** Our context, and what the global context manager made of it. */
interface Entered {
  readonly active: Context;
  /** The span that the global manager showed right after it was given `active`. */
  shown: Span | undefined;
}

// A process-wide symbol: contexts of another copy of the SDK are recognized.
const AGENT_SCOPE = createContextKey('telltale agent scope');
const entered = () => shared('contexts', () => new AsyncLocalStorage<Entered>());

/** The context that new spans take their parent from. */
export function activeContext(): Context {
  const global = context.active();
  const ours = entered().getStore();
  const shown = trace.getSpan(global);
  // No span in the global one: nobody registered a manager, or only after our span began.
  if (ours === undefined || shown === undefined) return ours?.active ?? global;
  const { active } = ours;
  const scoped =
    global.getValue(AGENT_SCOPE) === undefined ? global.setValue(AGENT_SCOPE, active.getValue(AGENT_SCOPE)) : global;
  const own = trace.getSpan(active);
  // dd-trace's manager puts its own active span over every context. While it is still the same as when our step began, no
  // span was started inside our step, and ours is the parent.
  return own !== undefined && isSame(shown, ours.shown) && !isSame(shown, own) ? trace.setSpan(scoped, own) : scoped;
}

/** Runs `fn` with `active` as the context, for everything it calls and awaits. */
export function runWith<T>(active: Context, fn: () => T): T {
  const ours: Entered = { active, shown: undefined };
  return entered().run(ours, () =>
    context.with(active, () => {
      ours.shown = trace.getSpan(context.active());
      return fn();
    }),
  );
}

/** Managers may wrap a span anew each time they are asked. */
function isSame(a: Span, b: Span | undefined): boolean {
  if (a === b) return true;
  if (b === undefined) return false;
  const [one, other] = [a.spanContext(), b.spanContext()];
  return one.spanId === other.spanId && one.traceId === other.traceId;
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
