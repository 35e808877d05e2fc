// Every setting once: its type, its default, one sentence. Read once at start; no other file reads the environment.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const port = (fallback: number) =>
  z.coerce.number('a port is a number from 0 to 65535 (0 takes a free one)').int().min(0).max(65535).default(fallback);

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'an address that starts with http:// or https://' })
  .refine(
    (url) => !/^[^/]*\/\/[^/]*@/.test(url),
    'no user or password inside the address; they have settings of their own',
  )
  .transform((url) => url.replace(/\/+$/, ''));

/** Addresses or names in one line, separated by commas. */
const commaList = <T extends z.ZodType<string, string>>(entry: T, maxEntries: number) =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(entry).max(maxEntries));

// A host name, an address, or a network as address/bits.
const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\/(?:[12]?\d|3[0-2]))?$/;
const V6 = /^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?:\/(?:\d|[1-9]\d|1[01]\d|12[0-8]))?$/;
const HOST = /^(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const hostOrNetwork = z
  .string()
  .refine((text) => V4.test(text) || V6.test(text) || HOST.test(text), 'hosts, addresses or networks like 10.0.0.0/8');
const hostName = z.string().regex(HOST, 'host names without a port, separated by commas');
/** Whether the runtime knows the zone. (The same check as in domain/local-time.ts: settings import no other module.) */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

/** The settings, by the name of their environment variable. `secret` ones may also come from a file, `NAME_FILE`. */
export const SETTINGS = {
  TELLTALE_DATA_DIR: {
    shape: z.string().min(1).default('./data'),
    is: 'Data directory: the embedded engine, the spool and the quarantine.',
  },
  TELLTALE_HOST: {
    shape: z
      .string()
      .regex(/^[A-Za-z0-9._:-]+$/, 'a host name or an IP address')
      .default('127.0.0.1'),
    is: 'Address to listen on.',
  },
  TELLTALE_OPEN: {
    shape: z.enum(['0', '1']).default('0'),
    is: '1 allows listening on an address that other machines can reach, although there is no login.',
  },
  TELLTALE_ALLOWED_HOSTS: {
    shape: commaList(hostName, 100),
    is: 'Host names that requests may use besides the one of TELLTALE_PUBLIC_URL, separated by commas.',
  },
  TELLTALE_PORT: { shape: port(4319), is: 'Port of the UI and the API; 0 takes a free one.' },
  TELLTALE_OTLP_HTTP_PORT: { shape: port(4318), is: 'Port of OTLP over HTTP; 0 takes a free one.' },
  TELLTALE_OTLP_GRPC_PORT: { shape: port(4317), is: 'Port of OTLP over gRPC; 0 takes a free one.' },
  TELLTALE_PUBLIC_URL: {
    shape: httpUrl.optional(),
    is: 'URL at which users open Telltale in a browser; used in links.',
  },
  TELLTALE_SECRET_KEY: {
    shape: z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}=$/, '32 random bytes in base64, as `openssl rand -base64 32` makes them')
      .optional(),
    is: 'Key that encrypts the secrets of channels; without it, secret.key in the data directory is used and created when missing.',
    secret: true,
  },
  TELLTALE_RETENTION_DAYS: {
    shape: z.coerce.number('a number of days').int().min(1).max(3650).default(30),
    is: 'Days after which spans are deleted.',
  },
  TELLTALE_SPOOL_MAX_MIB: {
    shape: z.coerce.number('a number of MiB').int().min(1).max(1_048_576).default(1024),
    is: 'Size of the spool in MiB above which senders get 503.',
  },
  TELLTALE_SPOOL_MIN_FREE_MIB: {
    shape: z.coerce.number('a number of MiB').int().min(0).max(1_048_576).default(500),
    is: 'Free disk space in MiB below which senders get 503.',
  },
  TELLTALE_SPOOL_FLUSH_MS: {
    shape: z.coerce.number('a number of milliseconds').int().min(1).max(60_000).default(1000),
    is: 'Age in milliseconds at which spooled rows are inserted, however few.',
  },
  TELLTALE_REDACT: {
    shape: z.enum(['secrets', 'personal', 'off']).default('secrets'),
    is: 'What is masked before it is stored: secrets (keys, tokens, passwords, card numbers), personal (those, and mail addresses, IBANs and US social security numbers), or off (nothing).',
  },
  TELLTALE_TIMEZONE: {
    shape: z.string().refine(isTimeZone, 'an IANA time zone, for example Europe/Paris').default('UTC'),
    is: 'Time zone of the days that the daily digest covers.',
  },
  TELLTALE_DIGEST_AT: {
    shape: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day, HH:MM')
      .default('08:00'),
    is: 'Local time from which the digest of the day before is written and mailed.',
  },
  TELLTALE_LOG_LEVEL: {
    shape: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    is: 'Lowest severity that is logged.',
  },
  CLICKHOUSE_URL: {
    shape: httpUrl.optional(),
    is: 'URL of a ClickHouse server; without it the embedded engine is used.',
  },
  CLICKHOUSE_USER: { shape: z.string().default('default'), is: 'User on the ClickHouse server.' },
  CLICKHOUSE_PASSWORD: { shape: z.string().default(''), is: 'Password on the ClickHouse server.', secret: true },
  CLICKHOUSE_DATABASE: {
    shape: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'letters, digits and underscores, not starting with a digit')
      .default('telltale'),
    is: 'Database on the ClickHouse server; created when missing.',
  },
  CLICKHOUSE_CLUSTER: {
    shape: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'letters, digits, dots, dashes and underscores')
      .optional(),
    is: 'Cluster name; tables are then replicated and created on the whole cluster.',
  },
  SLACK_WEBHOOK_URL: {
    shape: httpUrl.optional(),
    is: 'Slack incoming webhook for alerts.',
    secret: true,
  },
  TELLTALE_PING_URL: {
    shape: httpUrl.optional(),
    is: "URL requested after each successful tick of the detector (a dead man's switch: the service behind it notices when requests stop).",
    secret: true,
  },
  SMTP_URL: {
    shape: z
      .string()
      .regex(/^smtps?:\/\/[^/\s]+\S*$/, 'an address like smtp://user:password@host:587, or smtps://')
      .refine((url) => URL.canParse(url), 'an address; a password with special characters must be URL-encoded')
      .optional(),
    is: 'Mail server for alerts and digests: smtp://user:password@host:587, or smtps://.',
    secret: true,
  },
  TELLTALE_MAIL_FROM: {
    shape: z
      .string()
      .regex(/^(?:[^<>@\r\n]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/, 'an address, or Name <address>')
      .optional(),
    is: 'Sender of mails; without it the user of SMTP_URL when that is an address.',
  },
  TELLTALE_MAIL_TO: {
    shape: commaList(z.email('mail addresses separated by commas'), 20),
    is: 'Mail addresses that receive alerts and the digest, separated by commas.',
  },
  TELLTALE_MAIL_DOMAINS: {
    shape: commaList(
      z
        .string()
        .regex(
          /^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9-]{2,63}$/,
          'mail domains like example.org, separated by commas',
        )
        .transform((domain) => domain.toLowerCase()),
      50,
    ),
    is: 'Domains whose addresses may be sent digests and added as recipients, separated by commas; when set, they cannot be changed in the UI.',
  },
  OPENAI_API_KEY: {
    shape: z
      .string()
      .regex(/^[\x21-\x7e]{1,500}$/, 'a key of printable characters without spaces')
      .optional(),
    is: 'API key of the LLM that writes summaries; without it they are written by rule.',
    secret: true,
  },
  OPENAI_BASE_URL: {
    shape: httpUrl.optional(),
    is: 'Base URL of an OpenAI-compatible server, with its /v1; used as it is.',
  },
  TELLTALE_SUMMARY_MODEL: {
    shape: z
      .string()
      .regex(/^[A-Za-z0-9._:/@-]{1,120}$/, 'the name of a model')
      .default('gpt-4.1-mini'),
    is: 'LLM that writes summaries when OPENAI_API_KEY is set.',
  },
  TELLTALE_SUMMARY_DAILY_USD: {
    shape: z.coerce.number('US dollars, like 0.50').min(0).max(100_000).default(1),
    is: 'US dollars that the LLM may cost a day (UTC).',
  },
  TELLTALE_SUMMARY_PRICE: {
    shape: z
      .string()
      .regex(/^\d{1,6}(?:\.\d{1,6})?\/\d{1,6}(?:\.\d{1,6})?$/, 'two prices like 0.40/1.60')
      .transform((text) => {
        const [inputUsd = 0, outputUsd = 0] = text.split('/').map(Number);
        return { inputUsd, outputUsd };
      })
      .optional(),
    is: 'US dollars per million tokens in/out, like 0.40/1.60 (0/0 = free); required for models whose price Telltale does not know.',
  },
  TELLTALE_OUTBOUND_ALLOW: {
    shape: commaList(hostOrNetwork, 100),
    is: 'Hosts and networks that are not public but may be called when entered in the UI or the API, separated by commas.',
  },
} as const satisfies Record<string, { shape: z.ZodType; is: string; secret?: boolean }>;

type Settings = { readonly [K in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[K]['shape']> };
export interface Config extends Settings {}

/** The settings are wrong; `problems` names every one of them, one sentence each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `${problems.length === 1 ? 'One setting is' : `${problems.length} settings are`} wrong:\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads and checks the settings. An empty value counts as not set.
 * @param env the environment
 * @param readFile how to read `NAME_FILE`, for tests
 * @throws ConfigError with all problems at once; values of secrets are never repeated in it
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const secret = 'secret' in setting;
    let raw = env[name] || undefined;
    const file = secret ? env[`${name}_FILE`] || undefined : undefined;
    if (raw !== undefined && file !== undefined) {
      problems.push(`${name}: set either ${name} or ${name}_FILE, not both.`);
      continue;
    }
    if (file !== undefined) {
      try {
        raw = readFile(file).trim() || undefined;
      } catch (error) {
        problems.push(`${name}_FILE: cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? 'error'}).`);
        continue;
      }
    }
    const parsed = setting.shape.safeParse(raw);
    if (parsed.success) values[name] = parsed.data;
    else {
      const got = secret ? '(value not shown)' : JSON.stringify(raw?.replace(/\/\/[^/]*@/, '//…@'));
      problems.push(
        `${name}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}; got ${got}. ${setting.is}`,
      );
    }
  }
  if (values.CLICKHOUSE_CLUSTER !== undefined && values.CLICKHOUSE_URL === undefined) {
    problems.push('CLICKHOUSE_CLUSTER: needs CLICKHOUSE_URL; the embedded engine has no cluster.');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as unknown as Config;
}

/** Names in the environment that look like settings and are not. They are often misspelled, so a start warns about them. */
export function unknownSettings(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env).filter((name) => name.startsWith('TELLTALE_') && !(name.replace(/_FILE$/, '') in SETTINGS));
}
