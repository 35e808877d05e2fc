// A message as the JSON that a generic webhook receives (contracts/webhook.ts). Texts are one line each and bounded.
import type { WebhookAlert, WebhookPayload } from '#contracts/webhook';
import type { AlertMessage, Message } from './channel.ts';
import { groupTitle, TOP, titleOf } from './lines.ts';
import { plainText } from './plain-text.ts';

const LIST_MAX = 20;
const names = (values: readonly string[]) => values.slice(0, LIST_MAX).map((value) => plainText(value, 200));

export function toPayload(message: Exclude<Message, { kind: 'digest' }>, nowMs: number): WebhookPayload {
  const common = {
    version: 1,
    id: message.messageId,
    sentAt: new Date(nowMs).toISOString(),
    mayRepeat: message.mayRepeat,
  } as const;
  switch (message.kind) {
    case 'alert':
      return { ...common, kind: 'alert', alert: toAlert(message) };
    case 'group': {
      const { parts, url } = message;
      const alerts = parts.slice(0, TOP).map(toAlert);
      return { ...common, kind: 'group', title: groupTitle(message), total: parts.length, alerts, url };
    }
    case 'test':
      return { ...common, kind: 'test', channelName: plainText(message.channelName, 100), url: message.url };
    case 'notice': {
      const lines = message.lines.map((line) => plainText(line, 500));
      return { ...common, kind: 'notice', title: plainText(message.title, 200), lines, url: message.url };
    }
  }
}

function toAlert(message: AlertMessage): WebhookAlert {
  const { transition, incidentId, incidentKind, count, traces, examples, urls } = message;
  return {
    transition,
    incidentId,
    incidentKind,
    title: plainText(titleOf(message), 200),
    measure: plainText(message.measure, 300),
    agent: plainText(message.agent, 200),
    step: plainText(message.step, 200),
    errorType: plainText(message.errorType, 200),
    message: plainText(message.message, 2000),
    count,
    traces,
    firstSeen: message.firstSeen.toISOString(),
    lastSeen: message.lastSeen.toISOString(),
    resolvedAt: message.resolvedAt?.toISOString() ?? null,
    agents: names(message.agents),
    versions: names(message.versions),
    tools: names(message.tools),
    models: names(message.models),
    examples: examples.slice(0, 3).map(({ traceId, url, headline }) => ({
      traceId,
      url,
      headline: headline === null ? null : plainText(headline, 200),
    })),
    firstStep: plainText(message.firstStep, 300),
    urls: { ...urls },
  };
}
