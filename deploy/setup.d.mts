// The types of setup.mjs, for the set-up of the tests.
export function build(): void;
