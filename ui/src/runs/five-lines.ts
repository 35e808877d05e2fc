// The five lines that send a first decision, the settings of any OpenTelemetry client, and their highlighting.

/** The endpoint of the SDK when none is configured. */
const DEFAULT_ENDPOINT = 'http://localhost:4318';

/** @param endpoint where the collector listens, for example `http://localhost:4318` */
export const fiveLines = (endpoint: string): string =>
  `import { start, agent, decide } from '@telltale/sdk';
start({ service: 'support-api'${endpoint === DEFAULT_ENDPOINT ? '' : `, endpoint: '${endpoint}'`} });
await agent('refund-desk', { sessionId: 's-1' }, async () => {
  const d = await decide('refund_route', { input: 'Order 48213 is late', options: ['auto_refund', 'manual_review'], threshold: 0.7 },
    () => ({ choice: 'auto_refund', confidence: 0.82, confidenceSource: 'self_reported', reasoning: 'Small amount, old customer' }));
});`;

/** Only spans are taken: the exporters of metrics and logs would report a 404 again and again. */
export const otelLines = (endpoint: string): string =>
  `OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}
OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
OTEL_METRICS_EXPORTER=none
OTEL_LOGS_EXPORTER=none`;

export interface CodeToken {
  readonly text: string;
  readonly is: 'plain' | 'keyword' | 'string' | 'number';
}

const TOKEN = /('(?:[^'\\]|\\.)*')|\b(import|from|await|async|const)\b|(?<![\w:./-])(\d+(?:\.\d+)?)/g;

/** Highlights the sample code above; not a general parser. */
export function highlight(code: string): CodeToken[] {
  const tokens: CodeToken[] = [];
  let at = 0;
  for (const match of code.matchAll(TOKEN)) {
    if (match.index > at) tokens.push({ text: code.slice(at, match.index), is: 'plain' });
    tokens.push({
      text: match[0],
      is: match[1] !== undefined ? 'string' : match[2] !== undefined ? 'keyword' : 'number',
    });
    at = match.index + match[0].length;
  }
  if (at < code.length) tokens.push({ text: code.slice(at), is: 'plain' });
  return tokens;
}
