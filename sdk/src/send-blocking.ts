// The last spans of a process that calls process.exit(): nothing asynchronous runs any more, so a short-lived child
// process sends them while this one waits.
import { spawnSync } from 'node:child_process';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { maskedSpan } from './mask.ts';
import type { Settings } from './settings.ts';

const SEND = `
const { url, headers, body, timeoutMs } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(timeoutMs) }).then(
  (reply) => process.exit(reply.ok ? 0 : 1),
  () => process.exit(1),
);`;

/** Whether the receiver took them. A receiver that is sent a span twice keeps it once (the ids are the same). */
export function sendBlocking(settings: Settings, spans: ReadableSpan[], timeoutMs: number): boolean {
  // Elsewhere process.execPath is no Node that runs a script.
  if (process.versions.bun !== undefined || process.versions.electron !== undefined) return false;
  const masked = settings.hasMask ? spans.map((span) => maskedSpan(span, settings.mask)) : spans;
  const bytes = JsonTraceSerializer.serializeRequest(masked);
  if (bytes === undefined) return false;
  const { env } = process;
  const headers = { ...environmentHeaders(env), ...settings.headers, 'content-type': 'application/json' };
  const certificate = env.OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE ?? env.OTEL_EXPORTER_OTLP_CERTIFICATE;
  const { status } = spawnSync(process.execPath, ['-e', SEND], {
    input: JSON.stringify({ url: settings.url, headers, body: new TextDecoder().decode(bytes), timeoutMs }),
    // What the application preloads is of no use there.
    env: { ...env, NODE_OPTIONS: '', ...(certificate === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificate }) },
    stdio: ['pipe', 'ignore', 'ignore'],
    // The answer is waited for as long as asked; starting a process may take a while on a busy machine.
    timeout: timeoutMs + 3_000,
    windowsHide: true,
  });
  return status === 0;
}

/** `key=value,key2=value2`, percent-encoded: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
function environmentHeaders(env: NodeJS.ProcessEnv): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const list of [env.OTEL_EXPORTER_OTLP_HEADERS, env.OTEL_EXPORTER_OTLP_TRACES_HEADERS]) {
    for (const pair of (list ?? '').split(',')) {
      const at = pair.indexOf('=');
      if (at > 0) headers[decode(pair.slice(0, at))] = decode(pair.slice(at + 1));
    }
  }
  return headers;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return text.trim();
  }
}
