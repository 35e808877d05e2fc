// The severity of a log record as a word.
import type { SpanLog } from '#contracts/span';

const LEVELS = ['Trace', 'Debug', 'Info', 'Warn', 'Error', 'Fatal'];

/** The word the sender chose, else that of its number: SeverityNumber counts four steps per level, from 1. */
export const severityOf = (log: Pick<SpanLog, 'severityText' | 'severityNumber'>): string =>
  log.severityText || LEVELS[Math.ceil(log.severityNumber / 4) - 1] || 'Log';
