// Stored rows become what the API shows: '' means absent, ids are hex, times are ISO with nanoseconds.
import { ERROR_MESSAGE_MAX_CHARS, type SpanDetail, type SpanKind, type SpanRow } from '#contracts/span';
import { headOf } from '#domain/clip';
import { readMark } from '#domain/run/marks';
import type { SpanFacts } from '#domain/run/span-facts';
import { decodeAttributes, decodeEvents, decodeLinks, decodeScopeAttributes } from './attributes.ts';
import type { Cell, Cells, DETAIL_COLUMNS, FACT_COLUMNS, ROW_COLUMNS } from './span-columns.ts';

const NO_PARENT = '0000000000000000';
const OTEL_KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUS_CODES = ['unset', 'ok', 'error'] as const;

const text = (cell: Cell): string => String(cell ?? '');
const textOrNull = (cell: Cell): string | null => (cell === '' || cell === null ? null : String(cell));
/** Of a long text as much as is shown. */
const beginningOf = (cell: Cell): string | null => headOf(text(cell), ERROR_MESSAGE_MAX_CHARS) || null;
const numberOrNull = (cell: Cell): number | null => (cell === null ? null : Number(cell));
const texts = (cell: Cell): string[] => (Array.isArray(cell) ? [...cell] : []);
/** `2026-11-20 14:32:07.123456789`, which the engine writes in UTC, as ISO 8601. */
export const isoTime = (cell: Cell): string => `${text(cell).replace(' ', 'T')}Z`;
const parentOf = (cell: Cell): string | null => (cell === NO_PARENT ? null : text(cell));

export function toSpanFacts(cells: Cells<typeof FACT_COLUMNS>): SpanFacts {
  return {
    spanId: text(cells.spanId),
    parentSpanId: parentOf(cells.parentId),
    name: text(cells.name),
    kind: text(cells.kind) as SpanKind,
    service: text(cells.service),
    agent: textOrNull(cells.agent),
    sessionId: textOrNull(cells.sessionId),
    userId: textOrNull(cells.userId),
    startTime: isoTime(cells.startTime),
    endTime: isoTime(cells.endTime),
    receivedAtMs: Number(cells.receivedAtMs),
    flags: Number(cells.flags),
    otelKind: Number(cells.otelKind),
    isError: cells.isError === 1,
    errorType: textOrNull(cells.errorType),
    errorMessage: beginningOf(cells.errorMessage),
    model: textOrNull(cells.model),
    tokensIn: numberOrNull(cells.tokensIn),
    tokensOut: numberOrNull(cells.tokensOut),
    costUsd: numberOrNull(cells.costUsd),
    toolName: textOrNull(cells.toolName),
    decisionName: textOrNull(cells.decisionName),
    decisionChoice: textOrNull(cells.decisionChoice),
    confidence: numberOrNull(cells.confidence),
    threshold: numberOrNull(cells.threshold),
    retryAttempt: numberOrNull(cells.retryAttempt),
    escalationTarget: textOrNull(cells.escalationTarget),
    decisionOutcome: textOrNull(cells.decisionOutcome),
    decisionOptions: texts(cells.decisionOptions),
    confidenceSource: textOrNull(cells.confidenceSource),
    stopReason: textOrNull(cells.stopReason),
    reason: beginningOf(cells.reason),
    marks: texts(cells.marks).map(readMark),
  };
}

export function toSpanRow(cells: Cells<typeof ROW_COLUMNS>): SpanRow {
  return {
    spanId: text(cells.spanId),
    parentSpanId: parentOf(cells.parentId),
    name: text(cells.name),
    kind: text(cells.kind) as SpanKind,
    service: text(cells.service),
    agent: textOrNull(cells.agent),
    startTime: isoTime(cells.startTime),
    durationMs: Number(cells.durationNs) / 1e6,
    isError: cells.isError === 1,
    errorType: textOrNull(cells.errorType),
    errorMessage: beginningOf(cells.errorMessage),
    fingerprint: textOrNull(cells.fingerprint),
    model: textOrNull(cells.model),
    provider: textOrNull(cells.provider),
    tokensIn: numberOrNull(cells.tokensIn),
    tokensOut: numberOrNull(cells.tokensOut),
    tokensCached: numberOrNull(cells.tokensCached),
    tokensReasoning: numberOrNull(cells.tokensReasoning),
    costUsd: numberOrNull(cells.costUsd),
    toolName: textOrNull(cells.toolName),
    decision: toDecision(cells),
    retryAttempt: numberOrNull(cells.retryAttempt),
    escalationTarget: textOrNull(cells.escalationTarget),
    stopReason: textOrNull(cells.stopReason),
    reason: beginningOf(cells.reason),
    marks: texts(cells.marks).map(readMark),
  };
}

function toDecision(cells: Cells<typeof ROW_COLUMNS>): SpanRow['decision'] {
  if (cells.kind !== 'decision' && cells.decisionName === '') return null;
  return {
    name: text(cells.decisionName) || text(cells.name),
    choice: textOrNull(cells.decisionChoice),
    options: texts(cells.decisionOptions),
    confidence: numberOrNull(cells.confidence),
    confidenceSource: textOrNull(cells.confidenceSource),
    threshold: numberOrNull(cells.threshold),
    outcome: textOrNull(cells.decisionOutcome),
  };
}

export function toSpanDetail(cells: Cells<typeof DETAIL_COLUMNS>): SpanDetail {
  const elsewhere = { I: text(cells.input), O: text(cells.output) };
  return {
    ...toSpanRow(cells),
    traceId: text(cells.traceId),
    endTime: isoTime(cells.endTime),
    otelKind: OTEL_KINDS[Number(cells.otelKind)] ?? 'unspecified',
    statusCode: STATUS_CODES[Number(cells.statusCode)] ?? 'unset',
    statusMessage: text(cells.statusMessage),
    sessionId: textOrNull(cells.sessionId),
    userId: textOrNull(cells.userId),
    serviceVersion: textOrNull(cells.serviceVersion),
    agentVersion: textOrNull(cells.agentVersion),
    toolCallId: textOrNull(cells.toolCallId),
    input: textOrNull(cells.input),
    output: textOrNull(cells.output),
    inputSource: textOrNull(cells.input) === null ? null : 'span',
    outputSource: textOrNull(cells.output) === null ? null : 'span',
    decisionReasoning: textOrNull(cells.decisionReasoning),
    decisionOptionDetails: textOrNull(cells.decisionOptionDetails),
    decisionAction: textOrNull(cells.decisionAction),
    attributes: decodeAttributes(
      texts(cells.attributeKeys),
      text(cells.attributeTypes),
      texts(cells.attributeValues),
      elsewhere,
    ),
    resource: decodeAttributes(texts(cells.resourceKeys), text(cells.resourceTypes), texts(cells.resourceValues)),
    scope: {
      name: text(cells.scopeName),
      version: text(cells.scopeVersion),
      attributes: decodeScopeAttributes(text(cells.scopeAttributes)),
    },
    events: decodeEvents(text(cells.events)),
    links: decodeLinks(text(cells.links)),
    finishReasons: [],
    prompt: null,
    evaluations: [],
    logs: [],
    logsTruncated: false,
    receivedAt: isoTime(cells.receivedAt),
  };
}
