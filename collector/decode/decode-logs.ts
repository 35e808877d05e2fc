// ExportLogsServiceRequest, from bytes to rows of a block in one pass over the records.
// https://github.com/open-telemetry/opentelemetry-proto: collector/logs/v1 and logs/v1
import { LogBlock } from '#storage/log-block';
import { OpenStepBlock } from '#storage/open-step-block';
import { Rules } from '../map/dialects/rules.ts';
import type { FieldWire } from '../map/fields/field-wire.ts';
import { Keys } from '../map/fields/keys.ts';
import { LogFields } from '../map/fields/log-fields.ts';
import { ResourceContext } from '../map/fields/resource-context.ts';
import { writeLog } from '../map/write-log.ts';
import { isOpenStep, writeOpenStep } from '../map/write-open-step.ts';
import { Redactor } from '../redact/redactor.ts';
import { Wire } from '../wire/wire.ts';
import type { Batch } from './codec.ts';
import { RequestBlocks } from './request-blocks.ts';
import { runAtOnce, runInSlices, type Slicing, timeSlices } from './slices.ts';
import type { Rejection } from './validate-span.ts';
import { type RequestVisitor, type Steps, walkRequest } from './walk-request.ts';

export interface DecodedLogs {
  /** Records now in the block. */
  accepted: number;
  /** Records now in the block of open steps. */
  openSteps: number;
  /** Records left out, by reason. Protobuf leaves none out; see `logsJsonToProtobuf`. */
  rejected: Partial<Record<Rejection, number>>;
}

export interface SlicedLogs {
  blocks: LogBlock[];
  stepBlocks: OpenStepBlock[];
  decoded: DecodedLogs;
}

/** Where records go. */
interface LogTarget {
  block(): LogBlock;
  /** The records that say a step is open; null = they are records like others. */
  steps(): OpenStepBlock | null;
}

export class LogsDecoder {
  readonly #redactor: Redactor;
  readonly #keys: Keys;
  /** What `decode` uses again and again: it is done before anything else runs. */
  readonly #visitor = new LogVisitor();

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
  decode(bytes: Buffer, batch: Batch, block: LogBlock, openSteps: OpenStepBlock | null = null): DecodedLogs {
    const before = block.rows;
    const openBefore = openSteps?.rows ?? 0;
    try {
      runAtOnce(this.#steps(this.#visitor, bytes, batch, { block: () => block, steps: () => openSteps }));
    } catch (error) {
      block.truncate(before);
      openSteps?.truncate(openBefore);
      throw error;
    }
    this.#redactor.stats.cutNames += block.takeCutNames() + (openSteps?.takeCutNames() ?? 0);
    return { accepted: block.rows - before, openSteps: (openSteps?.rows ?? 0) - openBefore, rejected: {} };
  }

  /**
   * As decode, into blocks of its own and in slices, so that a large request does not block the event loop.
   * @param takesOpenSteps whether records that say a step is open go to blocks of their own
   * @throws as decode; RefusedError 413 also when the rows take too much memory together
   */
  async decodeInSlices(
    bytes: Buffer,
    batch: Batch,
    takesOpenSteps = false,
    slicing: Slicing = timeSlices,
  ): Promise<SlicedLogs> {
    const logs = new RequestBlocks(
      () => new LogBlock(),
      (block) => block.bytes,
      'log records',
    );
    const open = new RequestBlocks(
      () => new OpenStepBlock(),
      (block) => block.bytes,
      'log records',
    );
    const target = { block: () => logs.current, steps: () => (takesOpenSteps ? open.current : null) };
    const steps = this.#steps(new LogVisitor(), bytes, batch, target);
    await runInSlices(steps, slicing, () => {
      logs.grow();
      open.grow();
    });
    const [blocks, stepBlocks] = [logs.all(), open.all()];
    for (const block of [...blocks, ...stepBlocks]) this.#redactor.stats.cutNames += block.takeCutNames();
    return { blocks, stepBlocks, decoded: { accepted: rowsOf(blocks), openSteps: rowsOf(stepBlocks), rejected: {} } };
  }

  #steps(visitor: LogVisitor, bytes: Buffer, batch: Batch, target: LogTarget): Steps {
    visitor.begin(batch, target);
    return walkRequest(new Wire(bytes, this.#redactor, this.#keys), visitor, 'log records');
  }
}

const rowsOf = (blocks: readonly { readonly rows: number }[]): number =>
  blocks.reduce((sum, { rows }) => sum + rows, 0);

/** Writes each record into the block at hand. */
class LogVisitor implements RequestVisitor<FieldWire> {
  readonly #log = new LogFields();
  readonly #resource = new ResourceContext();
  #target: LogTarget | null = null;

  begin(batch: Batch, target: LogTarget): void {
    this.#target = target;
    this.#resource.begin(batch.projectId, batch.receivedAtMs);
  }

  beginResource(): void {
    this.#resource.clearResource();
  }
  resource(wire: FieldWire, stop: number): void {
    this.#resource.readResource(wire, stop);
  }
  endResource(wire: FieldWire): void {
    this.#resource.resourceRead(wire);
  }
  beginScope(): void {
    this.#resource.clearScope();
  }
  scope(wire: FieldWire, stop: number): void {
    this.#resource.readScope(wire, stop);
  }

  record(wire: FieldWire, stop: number): void {
    const { block, steps } = this.#target as LogTarget;
    if (wire.redactor !== null) wire.redactor.sender = this.#resource.service;
    this.#log.read(wire, stop);
    const openSteps = steps();
    if (openSteps !== null && isOpenStep(wire, this.#log)) writeOpenStep(wire, this.#log, this.#resource, openSteps);
    else writeLog(wire, this.#log, this.#resource, block());
  }
}
