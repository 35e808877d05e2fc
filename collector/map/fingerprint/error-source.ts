// Where the message of an error is found on a span that has neither an exception nor a status message. Pure.
import type { SpanKind } from '#contracts/span';

const MAX_RESULT_CHARS = 2000;

/**
 * What a failed span says of its error besides exception and status: the tool's result, the reason the model stopped,
 * the HTTP status. '' when it says nothing.
 * @param attribute the text of an attribute, '' when the span does not have it
 */
export function otherErrorText(kind: SpanKind, attribute: (key: string) => string): string {
  if (kind === 'tool') {
    for (const key of ['gen_ai.tool.call.result', 'output.value', 'ai.toolCall.result', 'traceloop.entity.output']) {
      const result = attribute(key);
      if (result !== '') return result.slice(0, MAX_RESULT_CHARS);
    }
  }
  const reason = attribute('gen_ai.response.finish_reasons') || attribute('ai.response.finishReason');
  if (reason !== '') return `finish_reason ${reason.slice(0, 200)}`;
  const status = attribute('http.response.status_code') || attribute('http.status_code');
  return status === '' ? '' : `status ${status.slice(0, 20)}`;
}
