// F18: senders that send again: the same request, at once and after a crash, and its spans in another batch.
import { startTelltale } from '../support/app.ts';
import { encodeRequest } from '../support/otlp-proto.ts';
import { requestOf, span } from '../support/otlp-server.ts';
import { countInApi } from './check.ts';
import type { Fault } from './fault.ts';
import { send } from './send.ts';
import { drained, kill, withFolder } from './settle.ts';

const SPANS = 5;
const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');

export const duplicates: Fault = {
  name: 'F18',
  breaks: 'every request sent five times, three at once, one after a kill, and its spans once more in another batch',
  run: (short) =>
    withFolder(async (dataDir) => {
      const traces = Array.from({ length: short ? 5 : 50 }, (_, index) => hex(index + 1, 32));
      const spansOf = (traceId: string) =>
        Array.from({ length: SPANS }, (_, index) => span({ traceId, spanId: traceId.slice(-8) + hex(index + 1, 8) }));
      const notAcked: number[] = [];
      let requests = 0;
      let app = await startTelltale({ dataDir });
      const sendSpans = async (spans: unknown[]) => {
        requests++;
        const { status } = await send(app.otlpUrl, encodeRequest(requestOf(...spans)));
        if (status !== 200) notAcked.push(status);
      };
      try {
        for (const traceId of traces) {
          await Promise.all([1, 2, 3].map(() => sendSpans(spansOf(traceId))));
          await sendSpans(spansOf(traceId));
        }
        await kill(app);
        app = await startTelltale({ dataDir });
        for (const traceId of traces) await sendSpans(spansOf(traceId));
        await sendSpans(traces.flatMap(spansOf));
        await drained(app.apiUrl);
        let countedOnce = 0;
        for (const traceId of traces) if ((await countInApi(app.apiUrl, traceId)) === SPANS) countedOnce++;
        return {
          ok: countedOnce === traces.length && notAcked.length === 0,
          figures: { requests, notAcked: notAcked.length, traces: traces.length, countedOnce },
        };
      } finally {
        await app.close();
      }
    }),
};
