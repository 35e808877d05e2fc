// What the SDK doubted: its `telltale.warning` events, and a confidence that is recorded but is none.
import type { Attributes, SpanDetail, SpanEvent } from '#contracts/span';

export interface Warning {
  readonly code: string;
  readonly message: string;
}

const valueAt = (attributes: Attributes, key: string) => (Object.hasOwn(attributes, key) ? attributes[key] : undefined);
const textAt = (attributes: Attributes, key: string): string => {
  const value = valueAt(attributes, key);
  return typeof value === 'string' ? value : '';
};

/** The warnings of a span; one without words speaks by its code. */
export function warningsOf(events: readonly SpanEvent[]): Warning[] {
  return events
    .filter((event) => event.name === 'telltale.warning')
    .map(({ attributes }) => {
      const code = textAt(attributes, 'telltale.warning.code') || 'warning';
      return { code, message: textAt(attributes, 'telltale.warning.message') || code };
    });
}

/** What stands as confidence in the attributes when it could not be taken as one, for example `1.7`; else null. */
export function refusedConfidence(span: Pick<SpanDetail, 'decision' | 'attributes'>): string | null {
  if (span.decision === null || span.decision.confidence !== null) return null;
  const value = valueAt(span.attributes, 'telltale.decision.confidence.value');
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? String(value) : null;
}
