// Masks of the application, applied to every text of a span before it leaves the process.
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

/**
 * Returns the text to send in place of `text`. `key` is the attribute's name, or the field's inside recorded content.
 * It may see a text twice, alone and as part of JSON, so what it returns should stay as it is when masked again.
 */
export type Mask = (text: string, key: string) => string;

/** A mask that throws, or returns no text, must not let the text through. */
const FAILED = '[mask failed]';

/** `mask` that never throws. Without one texts stay as they are. */
export function safeMask(mask: Mask | undefined): Mask {
  if (mask === undefined) return (text) => text;
  return (text, key) => {
    try {
      const masked: unknown = mask(text, key);
      return typeof masked === 'string' ? masked : FAILED;
    } catch {
      return FAILED;
    }
  };
}

/** The span as it is sent: like the given one, with its texts masked. */
export function maskedSpan(span: ReadableSpan, mask: Mask): ReadableSpan {
  const status =
    span.status.message === undefined ? span.status : { ...span.status, message: mask(span.status.message, 'status') };
  return Object.create(span, {
    name: { value: mask(span.name, 'name') },
    status: { value: status },
    attributes: { value: maskedAttributes(span.attributes, mask) },
    events: {
      value: span.events.map((event) => ({
        ...event,
        ...(event.attributes === undefined ? {} : { attributes: maskedAttributes(event.attributes, mask) }),
      })),
    },
  }) as ReadableSpan;
}

function maskedAttributes(attributes: Attributes, mask: Mask): Attributes {
  const masked: Attributes = {};
  for (const key of Object.keys(attributes)) masked[key] = maskedValue(attributes[key], key, mask);
  return masked;
}

function maskedValue(value: AttributeValue | undefined, key: string, mask: Mask): AttributeValue | undefined {
  if (typeof value === 'string') return mask(value, key);
  if (!Array.isArray(value)) return value;
  return value.map((item) => (typeof item === 'string' ? mask(item, key) : item)) as AttributeValue;
}
