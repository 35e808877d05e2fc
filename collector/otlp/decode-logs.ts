// ExportLogsServiceRequest, from bytes to rows of a block in one pass over the records.
// https://github.com/open-telemetry/opentelemetry-proto: collector/logs/v1 and logs/v1
import type { LogBlock } from '#storage/log-block';
import type { OpenStepBlock } from '#storage/open-step-block';
import { Rules } from '../dialects/rules.ts';
import { Redactor } from '../redact/redactor.ts';
import { writeLog } from '../write-log.ts';
import { isOpenStep, writeOpenStep } from '../write-open-step.ts';
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
  /** Records now in the block of open steps. */
  openSteps: number;
  /** Records left out, by reason. Protobuf leaves none out; see `logsJsonToProtobuf`. */
  rejected: Partial<Record<Rejection, number>>;
}

export class LogsDecoder {
  readonly #redactor: Redactor;
  readonly #keys: Keys;
  readonly #log = new LogFields();
  readonly #resource = new ResourceContext();
  #seen = 0;
  #openSteps: OpenStepBlock | null = null;

  constructor(rules = new Rules(), redactor = new Redactor()) {
    this.#redactor = redactor;
    this.#keys = new Keys(rules, redactor);
  }

  /**
   * Appends the records of one request to the block. Secrets are masked in `bytes` itself. Synchronous: nothing else
   * touches the block meanwhile.
   * @param openSteps takes the records that say a step is open; without it they are records like others
   * @throws MalformedError when the bytes are no such message, RefusedError 413 when it holds too many records; the
   * block is as it was before
   */
  decode(
    bytes: Buffer,
    batch: { projectId: string; receivedAtMs: number },
    block: LogBlock,
    openSteps: OpenStepBlock | null = null,
  ): DecodedLogs {
    const before = block.rows;
    const openBefore = openSteps?.rows ?? 0;
    this.#openSteps = openSteps;
    try {
      const wire = new Wire(bytes, this.#redactor, this.#keys);
      this.#seen = 0;
      this.#resource.begin(batch.projectId, batch.receivedAtMs);
      eachBlock(wire, bytes.length, 1, (stop) => this.#resourceLogs(wire, stop, block));
    } catch (error) {
      block.truncate(before);
      openSteps?.truncate(openBefore);
      throw error;
    } finally {
      this.#openSteps = null;
    }
    this.#redactor.stats.cutNames += block.takeCutNames() + (openSteps?.takeCutNames() ?? 0);
    return { accepted: block.rows - before, openSteps: (openSteps?.rows ?? 0) - openBefore, rejected: {} };
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
      if (this.#openSteps !== null && isOpenStep(wire, this.#log)) {
        writeOpenStep(wire, this.#log, this.#resource, this.#openSteps);
      } else writeLog(wire, this.#log, this.#resource, block);
    });
  }
}
