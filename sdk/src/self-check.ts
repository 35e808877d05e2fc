// Checks once, with an empty export, whether the receiver can be reached and accepts our key; a Telltale says in its
// answer that it also accepts records of open steps.
import { ACCEPTS_HEADER, ACCEPTS_OPEN_STEPS } from './attributes.ts';
import { describeFailure } from './describe-failure.ts';
import type { Settings } from './settings.ts';
import type { Post } from './transport.ts';

export interface Receiver {
  /** Why spans will not arrive; null when they will, as far as is known. */
  problem: string | null;
  isReachable: boolean;
  acceptsOpenSteps: boolean;
}

// Any other answer may be due to the empty request or be temporary: the exporter retries and counts lost spans.
const PROBLEMS: Readonly<Record<number, string>> = {
  401: 'it asks for a login (401): check `headers` or OTEL_EXPORTER_OTLP_HEADERS',
  403: 'it refuses this key (403): check `headers` or OTEL_EXPORTER_OTLP_HEADERS',
  404: 'there is nothing at this address (404): check `endpoint` or OTEL_EXPORTER_OTLP_ENDPOINT',
  405: 'this address takes no spans (405): check `endpoint` or OTEL_EXPORTER_OTLP_ENDPOINT',
  421: 'it does not answer to this host name (421): check `endpoint` or OTEL_EXPORTER_OTLP_ENDPOINT',
  502: 'a proxy answers and reaches nothing behind it (502)',
  504: 'a proxy answers and reaches nothing behind it (504)',
};

/** An empty export is a valid OTLP request and stores nothing. Never rejects. */
export async function checkReceiver(post: Post, { url, protocol }: Settings): Promise<Receiver> {
  const isJson = protocol === 'http/json';
  try {
    const { status, headers } = await post(
      url,
      isJson ? 'application/json' : 'application/x-protobuf',
      isJson ? '{"resourceSpans":[]}' : '',
    );
    const accepts = String(headers[ACCEPTS_HEADER] ?? '').split(/\s*,\s*/);
    const problem = PROBLEMS[status] ?? null;
    return { problem, isReachable: true, acceptsOpenSteps: problem === null && accepts.includes(ACCEPTS_OPEN_STEPS) };
  } catch (error) {
    return { problem: describeFailure(error), isReachable: false, acceptsOpenSteps: false };
  }
}
