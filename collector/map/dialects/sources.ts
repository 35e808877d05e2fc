// Sources that several tables share: a path in a JSON attribute, an attribute with one significant value.
import type { Source } from './dialect.ts';
import { firstAmount, firstText } from './json-value.ts';

/** The first text under one of the paths of a JSON attribute. */
export const textIn = (key: string, ...paths: readonly string[]): Source => ({
  key,
  read: (value) => firstText(value.json(), ...paths),
});

/** The first number under one of the paths of a JSON attribute. */
export const amountIn = (key: string, ...paths: readonly string[]): Source => ({
  key,
  read: (value) => firstAmount(value.json(), ...paths),
});

/** Fills the column (with 1) when the attribute has this text, without regard to case. */
export const isText = (key: string, text: string): Source => ({
  key,
  read: (value) => (value.text().toLowerCase() === text ? 1 : null),
});

/** Fills the column (with 1) when the attribute is this number or more. */
export const isAtLeast = (key: string, least: number): Source => ({
  key,
  read: (value) => ((value.number() ?? Number.NEGATIVE_INFINITY) >= least ? 1 : null),
});
