// Figures as people write them, read back: what a sentence claims, with how exact it can be. Knows nothing of the template.

export interface Claimed {
  readonly value: number;
  /** Half of the last digit that is written. */
  readonly give: number;
}

export const DURATION = String.raw`\d+ h \d\d min|\d+ d \d\d h|\d+ min \d+ s|\d+(?:\.\d+)? (?:ns|µs|ms|s)`;
const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** ms */
export function readDuration(text: string): Claimed {
  const parts = [...text.matchAll(/(\d+(?:\.(\d+))?) (ns|µs|ms|s|min|h|d)/g)];
  let value = 0;
  let give = 0;
  for (const [, figure = '', decimals = '', unit = ''] of parts) {
    value += Number(figure) * (UNIT_MS[unit] as number);
    give = 0.5 * 10 ** -decimals.length * (UNIT_MS[unit] as number);
  }
  return { value, give };
}

export const COST = String.raw`under \$0\.0001|\$[\d,]+(?:\.\d+)?`;

export const isCost = (text: string, usd: number): boolean => {
  if (text.startsWith('under')) return usd > 0 && usd < 0.0001;
  const figure = text.slice(1).replaceAll(',', '');
  const decimals = figure.split('.')[1]?.length ?? 0;
  return Math.abs(Number(figure) - usd) <= 0.5 * 10 ** -decimals * 1.0001;
};

export const isDuration = (text: string, ms: number): boolean => {
  const { value, give } = readDuration(text);
  return Math.abs(value - ms) <= give * 1.01 + 1e-9;
};

/** A share with as many digits as it is written with. */
export const isShare = (text: string, value: number): boolean => {
  const decimals = text.split('.')[1]?.length ?? 0;
  return Math.abs(Number(text) - value) <= 0.5 * 10 ** -decimals * 1.0001;
};

export const COUNT = String.raw`once|twice|[\d,]+ times`;
export const readCount = (text: string | undefined): number =>
  text === undefined || text === 'once' ? 1 : text === 'twice' ? 2 : Number.parseInt(text.replaceAll(',', ''), 10);

export const readNumber = (text: string): number => Number(text.replaceAll(',', ''));
