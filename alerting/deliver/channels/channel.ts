// What every channel is given and what it answers. A channel is one file with one `send`.
import type { ChannelType, Receives } from '#contracts/channel';

/** An example run, with one line of what happened in it when that is known. */
export interface ExampleRun {
  readonly traceId: string;
  readonly url: string;
  readonly headline: string | null;
}

interface Common {
  /** The same for every attempt at this message on this channel; receivers that can recognise a repeat get it. */
  readonly messageId: string;
  /** An earlier attempt may have come through. */
  readonly mayRepeat: boolean;
}

/** Why a notification is sent now; `spread`: to another agent or version. */
export type AlertTransition = 'opened' | 'grown' | 'spread' | 'reminder' | 'reopened' | 'resolved';

/** One incident, in words and facts, before a channel gives it a form. Texts come from spans: hostile until escaped. */
export interface AlertMessage extends Common {
  readonly kind: 'alert';
  readonly transition: AlertTransition;
  readonly incidentId: string;
  /** `pattern`, `loop`, `new_pattern`, `latency` … (contracts/incident.ts). */
  readonly incidentKind: string;
  /** What is happening, in one line: "12 similar errors in lookup_order". */
  readonly title: string;
  /** How many in how long, or the measured value against its baseline: one sentence without a full stop. */
  readonly measure: string;
  readonly agent: string;
  readonly step: string;
  readonly errorType: string;
  /** The error message with numbers and ids masked; empty where the incident is of no single error. */
  readonly message: string;
  readonly count: number;
  /** Distinct runs; null when it is not known. */
  readonly traces: number | null;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  /** null while it is still going on. */
  readonly resolvedAt: Date | null;
  /** All that were hit, most first. */
  readonly agents: readonly string[];
  readonly versions: readonly string[];
  readonly tools: readonly string[];
  readonly models: readonly string[];
  /** At most three example runs. */
  readonly examples: readonly ExampleRun[];
  /** What to do first, in one sentence. */
  readonly firstStep: string;
  readonly urls: {
    readonly incident: string;
    /** Open the incident and ask for a click there: to open a link never changes anything. */
    readonly acknowledge: string;
    readonly mute: string;
  };
}

/** Several incidents in one message; a channel shows at most five of them and says how many there are. */
export interface GroupMessage extends Common {
  readonly kind: 'group';
  /** At least two, the worst first. */
  readonly parts: readonly AlertMessage[];
  /** Where all of them are listed. */
  readonly url: string;
}

/** The daily digest: mail only. Text and HTML say the same; HTML is already escaped. */
export interface DigestMessage extends Common {
  readonly kind: 'digest';
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** One reader, or null for all of the channel's. */
  readonly to: string | null;
  /** Where the reader ends it: https, or mailto. */
  readonly unsubscribeUrl: string | null;
}

/** A user checks whether the channel works. */
export interface TestMessage extends Common {
  readonly kind: 'test';
  readonly channelName: string;
  readonly url: string;
}

/** Something about Telltale itself: a channel failed, the detector does not run. */
export interface NoticeMessage extends Common {
  readonly kind: 'notice';
  readonly title: string;
  /** What it means and what to do, one sentence each. */
  readonly lines: readonly string[];
  readonly url: string;
}

export type Message = AlertMessage | GroupMessage | DigestMessage | TestMessage | NoticeMessage;

export type Outcome =
  /** `said`: the receiver's own words, on one line, without a secret. */
  | { readonly kind: 'sent'; readonly said?: string }
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
  /**
   * Trying again cannot help; `reason` says what to do. `disables` when no other message can go out here either,
   * until someone repairs the channel.
   */
  | { readonly kind: 'failed'; readonly reason: string; readonly disables: boolean };

export interface Channel {
  /** `console`, `env-slack`, `env-email`, or the id of a stored one. */
  readonly id: string;
  readonly type: ChannelType;
  /** Display name. */
  readonly name: string;
  /** Sends one message. Rejects only when it cannot be written; never names a secret in a reason. */
  send(message: Message): Promise<Outcome>;
}

/** The channels that exist now; read at each tick, because users change them while Telltale runs. @public */
export interface ChannelDirectory {
  /**
   * All of them: those of the environment, the stored ones and the console. `enabled` is false when someone turned
   * it off or its receiver refuses for good.
   * @throws StorageError
   */
  list(): Promise<readonly ListedChannel[]>;
  /** Records that the receiver refuses for good, until someone repairs the channel. @throws StorageError */
  disable(id: string, because: string): Promise<void>;
}

export interface ListedChannel {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly receives: Receives;
  readonly channel: Channel;
}
