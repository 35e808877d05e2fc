// What every channel is given and what it answers. A channel is one file with one `send`.

/** One alert, in words and facts, before a channel gives it a form. Texts come from spans: hostile until escaped. */
export interface AlertMessage {
  readonly incidentId: string;
  readonly agent: string;
  readonly step: string;
  readonly errorType: string;
  /** The error message with numbers and ids masked. */
  readonly message: string;
  readonly count: number;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  /** null while it is still going on. */
  readonly resolvedAt: Date | null;
  /** At most three runs to look at. */
  readonly examples: readonly { readonly traceId: string; readonly url: string }[];
  /** What to do first, in one sentence. */
  readonly firstStep: string;
  /** An earlier attempt may have come through. */
  readonly mayRepeat: boolean;
}

export type Outcome =
  | { readonly kind: 'sent' }
  /**
   * Worth another try. `afterMs` is set when the receiver named a time; the channel then rests that long.
   * `mayHaveArrived` when no answer came, or came too late to know.
   */
  | {
      readonly kind: 'retry';
      readonly afterMs: number | null;
      readonly mayHaveArrived: boolean;
      readonly reason: string;
    }
  /** Trying again cannot help; `reason` says what to do. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface Channel {
  readonly name: string;
  /** Sends one message. Never rejects, and never names a secret in a reason. */
  send(message: AlertMessage): Promise<Outcome>;
}
