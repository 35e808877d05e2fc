// How the requests of a signal become rows: what a codec offers, and what it may fail with.
/** Nothing was stored because it could not be taken now. The same request may succeed later. */
export class UnavailableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnavailableError';
  }
}

export interface Batch {
  readonly projectId: string;
  readonly receivedAtMs: number;
}

export interface Decoded {
  /** Rows now in the block. */
  accepted: number;
  /** Rows left out, by reason. */
  rejected: Readonly<Partial<Record<string, number>>>;
  /** Rows that are not stored because another one replaces them (pending spans). */
  readonly superseded?: number;
  /** Rows that went to another table, and when they are on disk. */
  readonly elsewhere?: { readonly rows: number; readonly durable: Promise<void> };
}

/** A JSON request as protobuf; rows that have no protobuf form are left out, by reason. */
export interface ProtobufForm {
  readonly bytes: Buffer;
  readonly rejected: Readonly<Partial<Record<string, number>>>;
}

/** How a signal's requests become rows. */
export interface SignalCodec<Block> {
  /** `traces` or `logs`: part of a request's identity. */
  readonly signal: string;
  /** What a row is called in messages. */
  readonly noun: string;
  /** @throws MalformedError */
  toProtobuf(body: Buffer): ProtobufForm | Promise<ProtobufForm>;
  /** Appends rows; the block is as before when it throws. @throws MalformedError, RefusedError, UnavailableError */
  decode(bytes: Buffer, batch: Batch, block: Block): Decoded;
  /** As decode, into blocks of its own and in slices that others run between: for large requests. */
  decodeInSlices(bytes: Buffer, batch: Batch): Promise<{ blocks: Block[]; decoded: Decoded }>;
  /** One sentence for each reason. */
  readonly explanations: Readonly<Record<string, string>>;
}
