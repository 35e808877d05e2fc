// Open steps as an OTLP/JSON request of log records. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
import type { HrTime } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { STANDARD, TELLTALE } from './attributes.ts';
import { now } from './clock.ts';

export interface OpenStepRecord {
  span: ReadableSpan;
  isFirst: boolean;
  /** undefined = it does not wait. */
  waitingFor: string | undefined;
}

type Attribute = {
  key: string;
  value: { stringValue: string } | { boolValue: boolean } | { doubleValue: number } | { intValue: string };
};

/** The attributes that are copied from a step's span. */
const COPIED = [
  TELLTALE.STEP_KIND,
  STANDARD.AGENT_NAME,
  STANDARD.AGENT_VERSION,
  STANDARD.SESSION_ID,
  STANDARD.USER_ID,
] as const;

/**
 * @param clean the user's masks
 * @param intervalS seconds until the process says so again
 * @param lostCount spans that this process has lost so far
 */
export function openStepRequest(
  resource: Resource,
  records: readonly OpenStepRecord[],
  intervalS: number,
  clean: (text: string, key: string) => string,
  lostCount: number,
): string {
  const observedTimeUnixNano = nanoseconds(now());
  const logRecords = records.map(({ span, isFirst, waitingFor }) => {
    const { traceId, spanId } = span.spanContext();
    const attributes: Attribute[] = [
      text(TELLTALE.OPEN_STEP_NAME, clean(span.name, 'name')),
      { key: TELLTALE.OPEN_STEP_INTERVAL, value: { doubleValue: intervalS } },
      { key: TELLTALE.OPEN_STEP_FIRST, value: { boolValue: isFirst } },
    ];
    if (lostCount > 0) attributes.push({ key: TELLTALE.LOST_OF_PROCESS, value: { intValue: String(lostCount) } });
    const parent = span.parentSpanContext?.spanId;
    if (parent !== undefined) attributes.push(text(TELLTALE.OPEN_STEP_PARENT, parent));
    if (waitingFor !== undefined) {
      attributes.push(text(TELLTALE.WAITING_FOR, clean(waitingFor, TELLTALE.WAITING_FOR)));
    }
    for (const key of COPIED) {
      const value = span.attributes[key];
      if (typeof value === 'string') attributes.push(text(key, clean(value, key)));
    }
    return {
      timeUnixNano: nanoseconds(span.startTime),
      observedTimeUnixNano,
      severityNumber: 9,
      severityText: 'INFO',
      eventName: TELLTALE.OPEN_STEP_EVENT,
      traceId,
      spanId,
      attributes,
    };
  });
  return JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: resourceTexts(resource) },
        scopeLogs: [{ scope: { name: '@telltale/sdk' }, logRecords }],
      },
    ],
  });
}

function resourceTexts({ attributes }: Resource): Attribute[] {
  return Object.entries(attributes).flatMap(([key, value]) => (typeof value === 'string' ? [text(key, value)] : []));
}

const text = (key: string, stringValue: string): Attribute => ({ key, value: { stringValue } });

const nanoseconds = ([seconds, nanos]: HrTime): string => `${seconds}${String(nanos).padStart(9, '0')}`;
