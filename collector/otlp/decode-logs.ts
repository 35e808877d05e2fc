// ExportLogsServiceRequest, from bytes to rows of a block in one pass over the records.
// https://github.com/open-telemetry/opentelemetry-proto: collector/logs/v1 and logs/v1
import type { LogBlock } from '#storage/log-block';
import { Rules } from '../dialects/rules.ts';
import { Redactor } from '../redact/redactor.ts';
import { writeLog } from '../write-log.ts';
import { Keys } from './keys.ts';
import { LogFields } from './log-fields.ts';
import { RefusedError } from './refused.ts';
import { ResourceContext } from './resource-context.ts';
import type { Rejection } from './validate-span.ts';
import { eachBlock, Wire } from './wire.ts';

/** Decoding holds the thread that serves everyone. */
const MAX_RECORDS = 100_000;

export interface DecodedLogs {
  /** Records now in the block. */
  accepted: number;
  /** Records left out, by reason. Protobuf leaves none out; see `logsJsonToProtobuf`. */
  rejected: Partial<Record<Rejection, number>>;
}

export class LogsDecoder {
  readonly #redactor: Redactor;
  readonly #keys: Keys;
  readonly #log = new LogFields();
  readonly #resource = new ResourceContext();
  #seen = 0;

  constructor(rules = new Rules(), redactor = new Redactor()) {
    this.#redactor = redactor;
    this.#keys = new Keys(rules, redactor);
  }

  /**
   * Appends the records of one request to the block. Secrets are masked in `bytes` itself. Synchronous: nothing else touches the block meanwhile.
   * @throws MalformedError when the bytes are no such message, RefusedError 413 when it holds too many records; the
   * block is as it was before
   */
  decode(bytes: Buffer, batch: { projectId: string; receivedAtMs: number }, block: LogBlock): DecodedLogs {
    const before = block.rows;
    try {
      const wire = new Wire(bytes, this.#redactor, this.#keys);
      this.#seen = 0;
      this.#resource.begin(batch.projectId, batch.receivedAtMs);
      eachBlock(wire, bytes.length, 1, (stop) => this.#resourceLogs(wire, stop, block));
    } catch (error) {
      block.truncate(before);
      throw error;
    }
    return { accepted: block.rows - before, rejected: {} };
  }

  #resourceLogs(wire: Wire, end: number, block: LogBlock): void {
    this.#resource.clearResource();
    // The resource usually comes first, but need not.
    const start = wire.at;
    eachBlock(wire, end, 1, (stop) => this.#resource.readResource(wire, stop));
    wire.at = start;
    eachBlock(wire, end, 2, (stop) => this.#scopeLogs(wire, stop, block));
  }

  #scopeLogs(wire: Wire, end: number, block: LogBlock): void {
    this.#resource.clearScope();
    const start = wire.at;
    eachBlock(wire, end, 1, (stop) => this.#resource.readScope(wire, stop));
    wire.at = start;
    eachBlock(wire, end, 2, (stop) => {
      if (++this.#seen > MAX_RECORDS) {
        throw new RefusedError(413, `More than ${MAX_RECORDS} log records in one request; send smaller batches.`);
      }
      this.#log.read(wire, stop);
      writeLog(wire, this.#log, this.#resource, block);
    });
  }
}
