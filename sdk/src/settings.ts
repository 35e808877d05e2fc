// The settings of start(): options in code first, then the OTEL_* variables, then defaults. Read once, at start().

import { STANDARD } from './attributes.ts';
import { DEFAULT_LAST_SEND_MS } from './end-budget.ts';
import { type Mask, safeMask } from './mask.ts';

/** Options of `start()`. Everything is optional; what is left out comes from the OTEL_* variables. */
export interface StartOptions {
  /** Name of this service (`service.name`). Default: OTEL_SERVICE_NAME, then OTEL_RESOURCE_ATTRIBUTES. */
  service?: string | undefined;
  /** Version of this service (`service.version`). */
  version?: string | undefined;
  /** Where it runs, such as `production` (`deployment.environment.name`). */
  environment?: string | undefined;
  /** Base address of the OTLP receiver; `/v1/traces` is added. Default http://localhost:4318. */
  endpoint?: string | undefined;
  /** Extra headers for every export, such as an API key. They are added to OTEL_EXPORTER_OTLP_HEADERS. */
  headers?: Record<string, string> | undefined;
  /** False keeps inputs, outputs, messages and reasoning out of the spans. Default true; the environment can turn it off too. */
  captureContent?: boolean | undefined;
  /** Longest text kept per attribute, in UTF-16 units; head and tail stay. Default 65,536. */
  maxContentLength?: number | undefined;
  /** Applied to every text before it leaves the process: contents, attributes, names, error messages, stacks. */
  mask?: Mask | undefined;
  /**
   * Whether runs and long steps say that they have begun, so that a Telltale shows what is running, waiting or stalled.
   * Default: when the receiver says that it is a Telltale; others get spans only. Set true for a Telltale behind an
   * OpenTelemetry Collector, which then needs a logs pipeline.
   */
  announce?: boolean | undefined;
  /** Seconds between two signs of life of an open step. After four that did not come it counts as stalled. Default 10. */
  announceEvery?: number | undefined;
  /** False: do not check at start whether the receiver can be reached. Default true. */
  selfCheck?: boolean | undefined;
  /** False: do not send the last spans when the process ends, calls process.exit() or crashes. Default true. */
  flushOnExit?: boolean | undefined;
  /**
   * True: also send them on SIGTERM, SIGINT and SIGHUP, before anyone else handles the signal, for at most half a second;
   * what the signal does stays as it is. Default false: the SDK then listens to no signal.
   */
  flushOnSignal?: boolean | undefined;
  /** Where the SDK logs problems. Default: console.warn. */
  log?: ((line: string) => void) | undefined;
}

type Protocol = 'http/json' | 'http/protobuf';

export interface Settings {
  disabledBecause: string | null;
  /** Full address, with the signal path. */
  url: string;
  protocol: Protocol;
  headers: Record<string, string>;
  resource: Record<string, string>;
  captureContent: boolean;
  maxContentLength: number;
  /** Spans that may wait for export; more are dropped and counted. */
  maxQueueSize: number;
  /** Spans of one request at most. */
  maxBatchSize: number;
  /** Longest wait before a batch leaves. */
  batchDelayMs: number;
  /** Longest time that an export may take in the OTEL_BSP_* variables' view. */
  exportTimeoutMs: number;
  mask: Mask;
  hasMask: boolean;
  /** undefined = when the receiver is a Telltale. */
  announce: boolean | undefined;
  announceEveryMs: number;
  selfCheck: boolean;
  flushOnExit: boolean;
  /** How long a process that ends is held for its last spans. */
  lastSendMs: number;
  flushOnSignal: boolean;
  log: (line: string) => void;
}

type Env = Record<string, string | undefined>;

const DEFAULT_BASE = 'http://localhost:4318';
const DEFAULT_QUEUE_SIZE = 2048;
const DEFAULT_BATCH_SIZE = 512;
/** Someone may be watching live, and OpenTelemetry's default of 5 s is too long for that. */
const DEFAULT_DELAY_MS = 1_000;
const DEFAULT_EXPORT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_CONTENT = 65_536;
const DEFAULT_ANNOUNCE_S = 10;
const CONTENT_OFF = new Set(['false', '0', 'no', 'off', 'no_content', 'event_only']);

/** Merges options, environment and defaults. Never throws: unusable values are logged through `log` and replaced. */
export function readSettings(options: StartOptions, env: Env): Settings {
  const log = options.log ?? ((line: string) => console.warn(line));
  return {
    disabledBecause: disabledBecause(env),
    url: exportUrl(options.endpoint, env, log),
    protocol: protocolFrom(env, log),
    headers: { ...options.headers },
    resource: resourceFrom(options),
    captureContent: options.captureContent !== false && !contentIsOff(env),
    maxContentLength: positive(options.maxContentLength) ?? DEFAULT_MAX_CONTENT,
    maxQueueSize: positive(Number(text(env, 'OTEL_BSP_MAX_QUEUE_SIZE'))) ?? DEFAULT_QUEUE_SIZE,
    maxBatchSize: positive(Number(text(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE'))) ?? DEFAULT_BATCH_SIZE,
    batchDelayMs: positive(Number(text(env, 'OTEL_BSP_SCHEDULE_DELAY'))) ?? DEFAULT_DELAY_MS,
    exportTimeoutMs: positive(Number(text(env, 'OTEL_BSP_EXPORT_TIMEOUT'))) ?? DEFAULT_EXPORT_TIMEOUT_MS,
    mask: safeMask(options.mask),
    hasMask: options.mask !== undefined,
    announce: options.announce,
    announceEveryMs: seconds(options.announceEvery, DEFAULT_ANNOUNCE_S) * 1000,
    selfCheck: options.selfCheck !== false,
    flushOnExit: options.flushOnExit !== false,
    lastSendMs: positive(Number(text(env, 'TELLTALE_FLUSH_ON_EXIT_MS'))) ?? DEFAULT_LAST_SEND_MS,
    flushOnSignal: options.flushOnSignal === true,
    log: (line) => quietLog(log, line),
  };
}

function disabledBecause(env: Env): string | null {
  if (text(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return 'OTEL_SDK_DISABLED is true';
  if (text(env, 'OTEL_TRACES_EXPORTER') === 'none') return 'OTEL_TRACES_EXPORTER is none';
  return null;
}

/** The signal's own variable is a full address; the general one and the option are a base that gets the path. */
function exportUrl(endpoint: string | undefined, env: Env, log: (line: string) => void): string {
  const candidates: Array<[string, string | undefined]> = [
    ['endpoint', endpoint === undefined ? undefined : withPath(endpoint)],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', text(env, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', withPath(text(env, 'OTEL_EXPORTER_OTLP_ENDPOINT'))],
  ];
  for (const [name, value] of candidates) {
    if (value === undefined) continue;
    if (isHttpUrl(value)) return value;
    log(`[telltale] ${name} "${value}" is not an http(s) address, so it is not used.`);
  }
  return `${DEFAULT_BASE}/v1/traces`;
}

function withPath(base: string | undefined): string | undefined {
  if (base === undefined) return undefined;
  const trimmed = base.trim().replace(/\/+$/, '');
  return trimmed.endsWith('/v1/traces') ? trimmed : `${trimmed}/v1/traces`;
}

function isHttpUrl(value: string): boolean {
  try {
    return /^https?:$/.test(new URL(value).protocol);
  } catch {
    return false;
  }
}

function protocolFrom(env: Env, log: (line: string) => void): Protocol {
  const asked = text(env, 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? text(env, 'OTEL_EXPORTER_OTLP_PROTOCOL');
  if (asked === undefined || asked === 'http/json') return 'http/json';
  if (asked === 'http/protobuf') return asked;
  log(
    `[telltale] Protocol "${asked}" is not supported: spans go as http/json. If the endpoint is a gRPC port (4317), point OTEL_EXPORTER_OTLP_ENDPOINT at the HTTP port (4318).`,
  );
  return 'http/json';
}

function resourceFrom(options: StartOptions): Record<string, string> {
  const named: Array<[string, string | undefined]> = [
    [STANDARD.SERVICE_NAME, options.service],
    [STANDARD.SERVICE_VERSION, options.version],
    [STANDARD.DEPLOYMENT_ENVIRONMENT, options.environment],
  ];
  return Object.fromEntries(named.filter((pair): pair is [string, string] => Boolean(pair[1])));
}

function contentIsOff(env: Env): boolean {
  const value = text(env, 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT');
  return value !== undefined && CONTENT_OFF.has(value.toLowerCase());
}

/** OpenTelemetry treats an empty variable as unset. */
function text(env: Env, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) && value > 0 ? Math.floor(value) : undefined;
}

/** Between a quarter of a second and five minutes. */
function seconds(value: number | undefined, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(300, Math.max(0.25, value)) : fallback;
}

function quietLog(log: (line: string) => void, line: string): void {
  try {
    log(line);
  } catch {
    // The agent's own logger failed; there is no better place to say it.
  }
}
