// The display name of a step: an empty one would leave nothing to read or to click.
import type { SpanRow } from '#contracts/span';

export const NO_NAME = '(no name)';

export const stepName = (span: Pick<SpanRow, 'name'>): string => (span.name.trim() === '' ? NO_NAME : span.name);

/** The tool's name where it is known: it is more specific than the span's. */
export const toolOrStepName = (span: Pick<SpanRow, 'name' | 'toolName'>): string => span.toolName || stepName(span);
