import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, unknownSettings } from '#config';

const problemsOf = (env: Record<string, string>, readFile?: (path: string) => string): readonly string[] => {
  try {
    readConfig(env, readFile);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('readConfig', () => {
  it('has a default for everything that must be set', () => {
    expect(readConfig({})).toMatchObject({
      TELLTALE_HOST: '127.0.0.1',
      TELLTALE_PORT: 4319,
      TELLTALE_OTLP_HTTP_PORT: 4318,
      TELLTALE_OTLP_GRPC_PORT: 4317,
      TELLTALE_DATA_DIR: './data',
      TELLTALE_RETENTION_DAYS: 30,
    });
  });

  it('takes an empty value as not set', () => {
    expect(readConfig({ TELLTALE_PORT: '', CLICKHOUSE_URL: '' })).toMatchObject({ TELLTALE_PORT: 4319 });
  });

  it('lists all problems at once', () => {
    expect(
      problemsOf({
        TELLTALE_PORT: '-1',
        TELLTALE_RETENTION_DAYS: '0',
        CLICKHOUSE_DATABASE: 'a; DROP',
        CLICKHOUSE_CLUSTER: "x'y",
      }),
    ).toHaveLength(4);
  });

  it('reads a secret from a file, and refuses both ways at once', () => {
    const file = () => 'http://127.0.0.1:9/hook\n';
    expect(readConfig({ SLACK_WEBHOOK_URL_FILE: '/run/secret' }, file).SLACK_WEBHOOK_URL).toBe(
      'http://127.0.0.1:9/hook',
    );
    expect(problemsOf({ SLACK_WEBHOOK_URL_FILE: '/a', SLACK_WEBHOOK_URL: 'http://127.0.0.1/' }, file)[0]).toContain(
      'not both',
    );
    const missing = () => {
      throw Object.assign(new Error('no'), { code: 'ENOENT' });
    };
    expect(problemsOf({ CLICKHOUSE_PASSWORD_FILE: '/a' }, missing)[0]).toContain('cannot read /a (ENOENT)');
  });

  it('never repeats the value of a secret', () => {
    expect(problemsOf({ SLACK_WEBHOOK_URL: 'hunter2' }).join()).not.toContain('hunter2');
  });

  it('takes no password inside an address, and repeats none', () => {
    for (const url of ['http://bob:hunter2@db:8123', 'ftp://bob:hunter2@db']) {
      const problems = problemsOf({ CLICKHOUSE_URL: url }).join();
      expect(problems).toContain('CLICKHOUSE_URL');
      expect(problems).not.toContain('hunter2');
    }
  });

  it('wants an address to listen on', () => {
    expect(problemsOf({ TELLTALE_HOST: 'x y' })[0]).toContain('TELLTALE_HOST');
    expect(problemsOf({ TELLTALE_HOST: '::1' })).toEqual([]);
  });

  it('wants a server for a cluster', () => {
    expect(problemsOf({ CLICKHOUSE_CLUSTER: 'main' })[0]).toContain('CLICKHOUSE_URL');
  });
});

it('names settings that look like ours and are not', () => {
  expect(
    unknownSettings({
      TELLTALE_PROT: '1',
      TELLTALE_PORT: '1',
      OTHER: '1',
      CLICKHOUSE_X: '1',
      TELLTALE_OTLP_GRPC_PORT: '1',
    }),
  ).toEqual(['TELLTALE_PROT']);
});

describe('the settings of mail and of what may be called', () => {
  it('are lists with commas between', () => {
    const config = readConfig({
      TELLTALE_MAIL_TO: 'a@acme.example, b@acme.example,',
      TELLTALE_OUTBOUND_ALLOW: 'hooks.internal,10.0.0.0/8, fd00::/8,::1,127.0.0.1',
      TELLTALE_MAIL_FROM: 'Telltale <alerts@acme.example>',
      SMTP_URL: 'smtps://me:p%40ss@mail.acme.example:465?tls.rejectUnauthorized=false',
    });
    expect(config.TELLTALE_MAIL_TO).toEqual(['a@acme.example', 'b@acme.example']);
    expect(config.TELLTALE_OUTBOUND_ALLOW).toHaveLength(5);
  });

  it.each([
    ['SMTP_URL', 'http://mail.acme.example'],
    ['SMTP_URL', 'smtp://me:hunter2@mail:port'],
    ['TELLTALE_MAIL_TO', 'ops'],
    ['TELLTALE_MAIL_TO', 'ops@acme.example\r\nBcc: x@acme.example'],
    ['TELLTALE_MAIL_FROM', 'nobody'],
    ['TELLTALE_MAIL_FROM', 'a@acme.example\r\nBcc: x@acme.example'],
    ['TELLTALE_OUTBOUND_ALLOW', '10.0.0.0/33'],
    ['TELLTALE_OUTBOUND_ALLOW', '300.1.1.1'],
    ['TELLTALE_OUTBOUND_ALLOW', 'fd00::/129'],
    ['TELLTALE_OUTBOUND_ALLOW', 'https://x.example'],
  ])('are checked: %s=%j', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
    expect(problems[0]).not.toContain('hunter2');
  });
});

describe('a model for summaries', () => {
  it('has a price of two numbers, a budget that is none below zero, and a key that is never repeated', () => {
    const price = readConfig({ TELLTALE_SUMMARY_PRICE: '0.40/1.60' }).TELLTALE_SUMMARY_PRICE;
    expect(price).toEqual({ inputUsd: 0.4, outputUsd: 1.6 });
    expect(readConfig({ TELLTALE_SUMMARY_PRICE: '' }).TELLTALE_SUMMARY_PRICE).toBeUndefined();
    for (const wrong of ['1', '1/', '-1/2', '1/2/3', 'free'])
      expect(problemsOf({ TELLTALE_SUMMARY_PRICE: wrong })[0]).toContain('0.40/1.60');
    expect(problemsOf({ TELLTALE_SUMMARY_DAILY_USD: '-1' })).toHaveLength(1);
    expect(problemsOf({ OPENAI_API_KEY: 'sk with spaces' }).join()).not.toContain('with spaces');
    expect(readConfig({ OPENAI_API_KEY_FILE: '/run/key' }, () => 'sk-1\n').OPENAI_API_KEY).toBe('sk-1');
  });
});
