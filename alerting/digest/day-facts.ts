// What a digest is written from: the stored facts of a day or week, before anything is put into words.
import type { DigestForm, DigestNumbers } from '#contracts/digest';
import type { LocalDate, Period } from '#domain/local-time';
import type { RunFigures, UnreadRun } from '#domain/run/run-figures';
import type { SummedUp } from '#domain/run/summarize-run';
import type { Intake } from '#storage/intake';
import type { DoubtfulDecision } from '#storage/read-digest-decisions';
import type { DeadLetters, NewPattern } from '#storage/read-digest-trouble';

/** Which digest: of which project, day and zone. */
export interface DigestOf {
  readonly projectId: string;
  /** The local day; of a week its last. */
  readonly date: LocalDate;
  readonly form: DigestForm;
  readonly timeZone: string;
}

/** What a digest says about an incident. */
export interface IncidentFacts {
  readonly id: string;
  readonly title: string;
  readonly isOpen: boolean;
  readonly count: number;
  /** Different runs; null when not known. */
  readonly runs: number | null;
  readonly fingerprint: string | null;
  readonly agent: string;
  /** ms since 1970 */
  readonly openedAtMs: number;
  readonly resolvedAtMs: number | null;
  readonly resolvedBy: string | null;
  readonly ackBy: string | null;
  /** Messages that went out about it. */
  readonly messageCount: number;
  /** One sentence of what was measured, or the error's own words. */
  readonly words: string;
  readonly isMuted: boolean;
}

/** Why a run is worth reading. */
export type StoryReason = 'failed' | 'handed_over' | 'dearest' | 'longest';

export interface DayFacts {
  readonly of: DigestOf;
  readonly period: Period;
  /** When it was counted, ms since 1970. */
  readonly writtenAtMs: number;
  readonly numbers: DigestNumbers;
  /** Decisions below their threshold or near it. */
  readonly doubtfulCount: number;
  /** The most doubtful first. */
  readonly doubtful: readonly DoubtfulDecision[];
  readonly usual: { readonly of: number; readonly numbers: DigestNumbers | null };
  readonly costByAgent: RunFigures['costByAgent'];
  /** Runs of the period that have not ended. */
  readonly open: readonly SummedUp[];
  /** Runs that wait for someone now, whenever they began. */
  readonly waiting: readonly SummedUp[];
  readonly newPatterns: readonly NewPattern[];
  readonly deadLetters: readonly DeadLetters[];
  /** Those open at the end, and those that ended in the period; newest first. */
  readonly incidents: readonly IncidentFacts[];
  readonly stories: readonly { readonly why: StoryReason; readonly of: SummedUp }[];
  /** When the day's budget of the LLM writer was used up, ms since 1970; null = it sufficed, or none is set up. */
  readonly budgetUsedUpMs: number | null;
  /** null: no collector has noted anything yet. */
  readonly intake: Intake | null;
  /** What is known of damage to stored data, as a sentence; null = none. */
  readonly damage: string | null;
  /** What could not be read; the facts above are then empty, not known to be none. */
  readonly missing: readonly MissingPart[];
  /** Runs that could not be read. */
  readonly unread: readonly UnreadRun[];
}

/** A part of the facts, or a section of the digest, that failed by itself. */
export const DIGEST_PARTS = {
  runs: 'how many runs there were, how they ended and what they cost',
  decisions: 'the decisions',
  usual: 'what is usual',
  waiting: 'runs that wait for someone',
  new: 'new kinds of error',
  dead_letters: 'dead letters',
  incidents: 'incidents',
  stories: 'the runs worth reading',
  budget: 'whether the budget of the LLM writer sufficed',
  intake: 'what the collector received and refused',
  aliases: 'which kinds of error people merged',
  needs_you: 'the section of what needs you',
  resolved: 'the section of what ended',
  numbers: 'the section of figures',
  costs: 'the section of costs',
} as const;

export interface MissingPart {
  readonly part: keyof typeof DIGEST_PARTS;
  /** One line, without secrets. */
  readonly reason: string;
}
