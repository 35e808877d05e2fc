// docs/settings.md as text, generated from config.ts.
import { SETTINGS } from '#config';

export interface Setting {
  readonly name: string;
  /** The default as it would be written in the environment; empty for none. */
  readonly fallback: string;
  readonly is: string;
  readonly secret: boolean;
}

/** Every setting, in the order of config.ts. */
export const settings: readonly Setting[] = Object.entries(SETTINGS).map(([name, setting]) => ({
  name,
  fallback: String(setting.shape.parse(undefined) ?? ''),
  is: setting.is,
  secret: 'secret' in setting,
}));

const INTRODUCTION = `# Settings

<!-- Generated from config.ts. Write it again with: npm test -- test/docs.test.ts -u -->

Settings are environment variables, all optional, read once at start. When some are invalid, Telltale does not start and names all of them. \`npx telltale doctor\` checks them together with storage and ports.

No \`.env\` file is read by default. To use one, copy \`deploy/.env.example\` to \`deploy/.env\` and start with \`node --env-file=deploy/.env deploy/start.mjs up\`. A setting marked with * may also come from a file: set \`NAME_FILE\` to its path.

| Setting | Default | Meaning |
|---|---|---|
`;

const row = ({ name, fallback, is, secret }: Setting) =>
  `| \`${name}\`${secret ? ' *' : ''} |${fallback === '' ? '' : ` \`${fallback}\``} | ${is} |\n`;

/** The whole document. */
export const settingsDocument = (): string => INTRODUCTION + settings.map(row).join('');
