// The version of this package, for messages. package.test.ts compares it with package.json.

export const SDK_VERSION = '0.1.0';
