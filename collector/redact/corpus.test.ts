// How many secrets are found, by kind, and how often something ordinary is taken for one; SECURITY.md says the same.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { maskSecrets } from '#domain/run/facts/mask-secrets';
import { HAND_WRITTEN, ordinaryLines } from '../../test/support/ordinary-lines.ts';
import { toolsOf } from '../../test/support/secret-corpus.ts';
import { FRAMES, isFound, score } from '../../test/support/secret-score.ts';
import { type RedactMode, Redactor } from './redactor.ts';

function masked(text: string, mode: RedactMode = 'secrets'): string {
  const bytes = Buffer.from(text);
  new Redactor(mode, Buffer.alloc(32, 7)).text(bytes, 0, bytes.length);
  return bytes.toString();
}

const EACH = 40;
const scores = score(masked, EACH);
const LINES = 20_000;
const lines = ordinaryLines(LINES);
/** By the owner's word numbers are never masked by a name: `"password": 12345` stays. */
const MISSED_ON_PURPOSE = ['JSON number under password'];

/** The figures as SECURITY.md has them. */
function figures(): string {
  const hits = lines.filter((line) => masked(line) !== line).length;
  const percent = ({ found, all }: { found: number; all: number }) => `${Math.floor((found / all) * 1000) / 10} %`;
  const rows = ['forms', 'providers'].map((group) => {
    const list = scores.filter((each) => each.group === group);
    const partly = list.filter(({ found, all }) => found < all);
    const whole = list.filter(({ found, all }) => found === all);
    const rest = partly.map((each) => `${each.name} ${percent(each)}`).join(', ');
    return `| ${group} | ${list.filter(isFound).length} of ${list.length} | ${whole.map(({ name }) => name).join(', ')} | ${rest || '–'} |`;
  });
  return [
    `${scores.filter(isFound).length} of ${scores.length} kinds are found, in ${FRAMES.length} frames each (${FRAMES.map(([name]) => name).join(', ')}); ${hits} of ${LINES.toLocaleString('en')} ordinary lines are changed.`,
    '',
    '| | found | all samples | some samples |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

describe('secrets of 88 kinds', () => {
  it('are found, but for at most three kinds', () => {
    expect(scores).toHaveLength(88);
    const missed = scores.filter((each) => !isFound(each));
    expect(missed.map(({ name }) => name)).toEqual(MISSED_ON_PURPOSE);
  });

  it('are found the same in summaries, by the same rule', () => {
    const other = score(maskSecrets, 20);
    expect(other.filter((each) => !isFound(each)).map(({ name }) => name)).toEqual(MISSED_ON_PURPOSE);
  });

  it('are found as often as SECURITY.md says', () => {
    expect(readFileSync('SECURITY.md', 'utf8')).toContain(figures());
  });
});

describe('ordinary lines', () => {
  it('are left alone, those near a rule by hand', () => {
    for (const line of HAND_WRITTEN) expect(masked(line)).toBe(line);
  });

  it.each(['secrets', 'personal'] as const)('are left alone but for five in ten thousand, with %s', (mode) => {
    const hits = lines.filter((line) => masked(line, mode) !== line);
    expect(hits.length / LINES, hits.slice(0, 5).join('\n')).toBeLessThanOrEqual(0.0005);
  });
});

const t = toolsOf(20_261_125);

describe('a secret', () => {
  it('that begins a text is found, whatever byte precedes the text in the message', () => {
    for (let before = 0; before < 128; before++) {
      for (const secret of [`4111 1111 1111 1111`, `sk-${t.word(40)}`, `ghp_${t.word(36)}`, `password=${t.word(20)}`]) {
        const bytes = Buffer.concat([Buffer.from([before]), Buffer.from(secret)]);
        new Redactor('secrets', Buffer.alloc(32, 7)).text(bytes, 1, bytes.length);
        expect(bytes.toString()).not.toContain(secret.slice(-8));
      }
    }
  });

  const NAMES =
    'authorization set-cookie password passwd secret api_key api-key apiKey private_key privateKey credential credentials otp DB_PASSWORD x-api-key refreshToken client.secret'.split(
      ' ',
    );
  it.each(NAMES)('under the name %s is found, in JSON and in JSON inside JSON', (name) => {
    for (let i = 0; i < 50; i++) {
      const word = t.word(14);
      expect(masked(JSON.stringify({ a: 1, [name]: `${word}=` }))).not.toContain(word);
      expect(masked(JSON.stringify({ body: JSON.stringify({ [name]: `a=${word}`, b: 'x' }) }))).not.toContain(word);
    }
  });
});

function iban(country: string, length: number): string {
  const account = t.chars('0123456789', length - 4);
  const number = [...`${account}${country}00`].map((char) => Number.parseInt(char, 36)).join('');
  return `${country}${String(98n - (BigInt(number) % 97n)).padStart(2, '0')}${account}`;
}

const PERSONAL: Record<string, () => string> = {
  email: () => `${t.word(5)}.${t.word(4)}+${t.int(99)}@${t.hex(6)}.${t.pick(['com', 'co.uk', 'org'])}`,
  iban: () => {
    const one = iban(t.pick(['DE', 'ES', 'PL']), 22 + t.int(5));
    return t.random() < 0.5 ? one : (one.match(/.{1,4}/g) ?? []).join(' ');
  },
  ssn: () => `${1 + t.int(5)}${t.chars('0123456789', 2)}-${t.chars('123456789', 2)}-${t.chars('123456789', 4)}`,
};

it.each(Object.entries(PERSONAL))(
  'personal data of kind %s is found where it was asked for, and left where not',
  (_kind, make) => {
    let [found, all] = [0, 0];
    for (let i = 0; i < 60; i++) {
      for (const [name, frame] of FRAMES) {
        if (name === 'encoded') continue;
        const one = make();
        all++;
        if (!masked(frame(one), 'personal').includes(one.slice(-8))) found++;
      }
    }
    expect(found / all).toBeGreaterThanOrEqual(0.99);
    const one = make();
    expect(masked(`it is ${one} here`)).toContain(one);
  },
);
