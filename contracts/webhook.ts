// What a generic webhook receives: the body of each request, version 1. docs/webhook.md shows it as JSON Schema.
import { z } from 'zod';

const time = z.iso.datetime();
const text = z.string();

const alertShape = z
  .object({
    transition: z.enum(['opened', 'grown', 'spread', 'reminder', 'reopened', 'resolved']),
    incidentId: text,
    incidentKind: text.describe('pattern, loop, new_pattern, regression, provider, latency …'),
    title: text.describe('One line: what is happening.'),
    measure: text.describe('How many in how long, or what was measured against its baseline.'),
    agent: text,
    step: text,
    errorType: text,
    message: text.describe('The error message with numbers and ids masked.'),
    count: z.int(),
    traces: z.int().nullable().describe('Distinct runs; null when it is not known.'),
    firstSeen: time,
    lastSeen: time,
    resolvedAt: time.nullable().describe('null while it is going on.'),
    agents: z.array(text),
    versions: z.array(text),
    tools: z.array(text),
    models: z.array(text),
    examples: z.array(z.object({ traceId: text, url: text, headline: text.nullable() })).max(3),
    firstStep: text.describe('What to do first, in one sentence.'),
    urls: z
      .object({ incident: text, acknowledge: text, mute: text })
      .describe('Pages. To open one changes nothing: the page asks for a click.'),
  })
  .meta({ id: 'Alert' });

const common = {
  version: z.literal(1),
  id: text.describe('The same for every attempt at this message; also in the header idempotency-key.'),
  sentAt: time,
  mayRepeat: z.boolean().describe('An earlier attempt was not confirmed.'),
};

export const webhookPayloadSchema = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('alert'), alert: alertShape }),
  z.object({
    ...common,
    kind: z.literal('group'),
    title: text,
    total: z.int().describe('Incidents in this message.'),
    alerts: z.array(alertShape).max(5).describe('The worst of them.'),
    url: text.describe('Where all of them are listed.'),
  }),
  z.object({ ...common, kind: z.literal('test'), channelName: text, url: text }),
  z.object({ ...common, kind: z.literal('notice'), title: text, lines: z.array(text), url: text }),
]);
export type WebhookPayload = z.infer<typeof webhookPayloadSchema>;
export type WebhookAlert = z.infer<typeof alertShape>;
