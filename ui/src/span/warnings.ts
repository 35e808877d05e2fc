// Warnings of the SDK: its `telltale.warning` events, and a recorded confidence that is not a probability.
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

/** The warnings of a span; one without a message shows its code. */
export function warningsOf(events: readonly SpanEvent[]): Warning[] {
  return events
    .filter((event) => event.name === 'telltale.warning')
    .map(({ attributes }) => {
      const code = textAt(attributes, 'telltale.warning.code') || 'warning';
      return { code, message: textAt(attributes, 'telltale.warning.message') || code };
    });
}

/** The recorded confidence when it is not a valid one, for example `1.7`; else null. */
export function refusedConfidence(span: Pick<SpanDetail, 'decision' | 'attributes'>): string | null {
  if (span.decision === null || span.decision.confidence !== null) return null;
  const value = valueAt(span.attributes, 'telltale.decision.confidence.value');
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? String(value) : null;
}
