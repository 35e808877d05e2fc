// Answers about error patterns, and what people change of them.
import { randomUUID } from 'node:crypto';
import { API } from '#contracts/api';
import { ACKS, MUTES } from '#contracts/mute';
import {
  ALIASES,
  PATTERN_DISMISSALS,
  PATTERN_NOTES,
  PATTERN_REMARKS,
  type PatternNotes,
} from '#contracts/pattern-notes';
import { TelltaleError } from '#domain/errors';
import { canonicalOf, mergeChanges } from '#domain/pattern/aliases';
import { pageOfPatterns } from '#domain/pattern/page-of-patterns';
import type { PatternWords } from '#storage/read-patterns';
import { type Put, putSettings } from '#storage/settings';
import { withStoredNames } from '#storage/stored-names';
import { findPattern, readPatternDetail } from './pattern-detail.ts';
import {
  dismissalId,
  incidentsOf,
  type PatternDeps,
  type PatternState,
  readPatternState,
  suggestMerges,
  toPattern,
} from './pattern-state.ts';
import { type Route, route } from './route.ts';

const DAY_MS = 86_400_000;
const STEPS = 24;

export function patternRoutes(deps: PatternDeps): Route[] {
  const { db, projectId, patterns, now } = deps;

  /** Reads what holds, works out what to set, sets it. Replies with the pattern to look at. */
  async function change(
    asked: string,
    by: string,
    putsOf: (state: PatternState, words: PatternWords) => readonly Put[] | Promise<readonly Put[]>,
    lookAt: (words: PatternWords) => string = ({ fingerprint }) => fingerprint,
  ) {
    const state = await readPatternState(deps);
    const words = await findPattern(deps, state, asked);
    await putSettings(db, projectId, await putsOf(state, words), by, now());
    return { fingerprint: lookAt(words) };
  }

  return [
    route(API.listPatterns, async (_params, query) => {
      const state = await readPatternState(deps);
      const toMs = query.to ?? state.nowMs;
      const range = { fromMs: query.from ?? toMs - DAY_MS, toMs, steps: STEPS };
      const found = await patterns.list(range, state.aliases);
      return {
        ...pageOfPatterns(
          found.patterns.map((row) => toPattern(state, row)),
          withStoredNames(query),
        ),
        isCut: found.isCut,
        suggestions: suggestMerges(state, found.patterns),
        from: new Date(found.fromMs).toISOString(),
        to: new Date(found.toMs).toISOString(),
        stepMs: found.stepMs,
      };
    }),
    route(API.getPattern, ({ fingerprint }, query) => readPatternDetail(deps, fingerprint, query)),
    route(API.resolvePattern, ({ fingerprint }, { by }, { note }) =>
      change(fingerprint, by, (state, words) => {
        const versions = words.seen.map(({ version }) => version);
        const at = new Date(state.nowMs).toISOString();
        return [notes(state, words, { resolved: { at, by, versions } }), ...remark(words, note)];
      }),
    ),
    route(API.reopenPattern, ({ fingerprint }, { by }, { note }) =>
      change(fingerprint, by, (state, words) => [notes(state, words, { resolved: null }), ...remark(words, note)]),
    ),
    route(API.assignPattern, ({ fingerprint }, { by }, { assignee }) =>
      change(fingerprint, by, (state, words) => [notes(state, words, { assignee })]),
    ),
    route(API.notePattern, ({ fingerprint }, { by }, { text }) =>
      change(fingerprint, by, (_state, words) => remark(words, text)),
    ),
    route(API.mutePattern, ({ fingerprint }, { by }, { minutes, why }) =>
      change(fingerprint, by, (state, words) => {
        const at = new Date(state.nowMs).toISOString();
        const until = minutes === null ? null : new Date(state.nowMs + minutes * 60_000).toISOString();
        // Each member, because an incident names the one that failed.
        return state.membersOf(words.fingerprint).map((member) => ({
          of: MUTES,
          id: `pattern-${member}`,
          value: { scope: { kind: 'pattern', fingerprint: member }, until, by, why, at },
        }));
      }),
    ),
    route(API.unmutePattern, ({ fingerprint }, { by }) =>
      change(fingerprint, by, (state, words) => {
        const members = state.membersOf(words.fingerprint);
        return state.mutes
          .filter(({ value: { scope } }) => scope.kind === 'pattern' && members.includes(scope.fingerprint))
          .map(({ id }) => ({ of: MUTES, id, value: null }));
      }),
    ),
    route(API.ackPattern, ({ fingerprint }, { by }, { note }) =>
      change(fingerprint, by, (state, words) =>
        incidentsOf(state, state.membersOf(words.fingerprint))
          .filter(({ status, ack }) => status !== 'resolved' && ack === null)
          .map(({ id }) => ({ of: ACKS, id, value: { by, note, at: new Date(state.nowMs).toISOString() } })),
      ),
    ),
    route(API.mergePatterns, ({ fingerprint }, { by }, { fingerprints }) =>
      change(fingerprint, by, async (state, words) => {
        await mustExist(state, fingerprints);
        return [...mergeChanges(state.aliases, words.fingerprint, fingerprints)].map(([id, of]) => ({
          of: ALIASES,
          id,
          value: of === null ? null : { of },
        }));
      }),
    ),
    route(API.splitPattern, ({ fingerprint }, { by }, { fingerprints }) =>
      change(fingerprint, by, (state, words) => {
        const wrong = fingerprints.find(
          (each) => each === words.fingerprint || canonicalOf(state.aliases, each) !== words.fingerprint,
        );
        if (wrong !== undefined) {
          throw new TelltaleError('bad_request', `${wrong} is not merged into ${words.fingerprint}`, {
            hint: 'Only patterns that were merged into this one can be taken out: the `members` after the first.',
          });
        }
        // What was merged into one that leaves stays here.
        const stay = [...state.aliases].filter(([id, of]) => fingerprints.includes(of) && !fingerprints.includes(id));
        return [
          ...fingerprints.map((id) => ({ of: ALIASES, id, value: null })),
          ...stay.map(([id]) => ({ of: ALIASES, id, value: { of: words.fingerprint } })),
        ];
      }),
    ),
    route(API.dismissPatternSuggestion, ({ fingerprint }, { by }, { fingerprints }) =>
      change(fingerprint, by, (_state, words) => {
        const all = [...new Set([words.fingerprint, ...fingerprints])].sort();
        if (all.length < 2) throw new TelltaleError('bad_request', 'fingerprints: name at least one other pattern');
        return [{ of: PATTERN_DISMISSALS, id: dismissalId(all), value: { fingerprints: all } }];
      }),
    ),
  ];

  async function mustExist(state: PatternState, fingerprints: readonly string[]): Promise<void> {
    const all = [...new Set(fingerprints.flatMap((each) => state.membersOf(each)))];
    const known = await patterns.readWords(all, new Map());
    const unknown = fingerprints.find((each) => !known.has(each));
    if (unknown !== undefined) throw new TelltaleError('pattern_not_found', `There is no error pattern ${unknown}.`);
  }
}

function notes(state: PatternState, { fingerprint }: PatternWords, over: Partial<PatternNotes>): Put {
  const before = state.notes.get(fingerprint) ?? { assignee: null, resolved: null };
  return { of: PATTERN_NOTES, id: fingerprint, value: { ...before, ...over } };
}

function remark({ fingerprint }: PatternWords, text: string): Put[] {
  if (text === '') return [];
  return [{ of: PATTERN_REMARKS, id: `${fingerprint}/${randomUUID()}`, value: { fingerprint, text } }];
}
