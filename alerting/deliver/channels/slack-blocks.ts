// The form of a message in Slack: Block Kit, within Slack's limits (50 blocks, 3,000 characters a section).
import type { IncomingWebhookSendArguments } from '@slack/webhook';
import type { AlertMessage, GroupMessage, Message, NoticeMessage, TestMessage } from './channel.ts';
import { earliest, errorsIn, groupTitle, someOf, TOP, titleOf } from './lines.ts';
import { fields, header, inert, link, SECTION_MAX_CHARS, section, slackTime } from './slack-text.ts';

type SlackMessage = Exclude<Message, { kind: 'digest' }>;

/** A message for an incoming webhook. */
export function toSlackMessage(message: SlackMessage): IncomingWebhookSendArguments {
  const { text, blocks } = layOut(message);
  return {
    // Shown in notifications, where blocks are not.
    text: inert(message.mayRepeat ? `(possible repeat) ${text}` : text, 500),
    unfurl_links: false,
    blocks: message.mayRepeat
      ? [...blocks, section('_(possible repeat)_ Slack did not confirm an earlier attempt.')]
      : blocks,
  };
}

interface Layout {
  readonly text: string;
  readonly blocks: NonNullable<IncomingWebhookSendArguments['blocks']>;
}

function layOut(message: SlackMessage): Layout {
  switch (message.kind) {
    case 'alert':
      return alert(message);
    case 'group':
      return group(message);
    case 'test':
      return test(message);
    case 'notice':
      return notice(message);
  }
}

function alert(message: AlertMessage): Layout {
  const { measure, traces, resolvedAt, urls } = message;
  const runs = traces === null ? '' : ` in ${traces} ${traces === 1 ? 'run' : 'runs'}`;
  const over = resolvedAt === null ? '' : ` Over since ${slackTime(resolvedAt)}.`;
  const links = [
    link(urls.incident, 'Open the incident'),
    ...(resolvedAt === null ? [link(urls.acknowledge, 'Acknowledge'), link(urls.mute, 'Mute')] : []),
  ];
  return {
    text: `${titleOf(message)}: ${measure}, ${message.agent} ${message.errorType} ${message.message}`,
    blocks: [
      header(titleOf(message)),
      section(`*${inert(measure, 500)}*${runs}, since ${slackTime(message.firstSeen)}.${over}`),
      ...fields([
        ['Agent', message.agents.length > 1 ? someOf(message.agents) : message.agent || '(none)'],
        ['Step', message.step],
        ['Error', message.errorType],
        ['Versions', someOf(message.versions)],
        ['Tools', someOf(message.tools)],
        ['Models', someOf(message.models)],
      ]),
      ...(message.message === '' ? [] : [section(`\`\`\`${inert(message.message, SECTION_MAX_CHARS - 6)}\`\`\``)]),
      section(`*Example runs:* ${examples(message)}`),
      ...(resolvedAt === null ? [section(`*First step:* ${inert(message.firstStep, 500)}`)] : []),
      section(links.join(' · ')),
    ],
  };
}

function examples({ examples: runs }: AlertMessage): string {
  if (runs.length === 0) return 'none is stored any more';
  return runs
    .slice(0, 3)
    .map(({ traceId, url, headline }) => {
      const name = link(url, `run ${traceId.slice(0, 8)}`);
      return headline === null ? `\n• ${name}` : `\n• ${name} ${inert(headline, 200)}`;
    })
    .join('');
}

function group(message: GroupMessage): Layout {
  const { parts, url } = message;
  const shown = parts.slice(0, TOP).map((part) => {
    const agent = inert(part.agent, 100) || 'no agent';
    return `\n• ${link(part.urls.incident, titleOf(part))} ${agent}, since ${slackTime(part.firstSeen)}`;
  });
  const rest = parts.length - shown.length;
  return {
    text: `${groupTitle(message)}: ${errorsIn(parts)}`,
    blocks: [
      header(groupTitle(message)),
      section(`*${errorsIn(parts)}*, since ${slackTime(earliest(parts))}.`),
      section(`*The worst:*${shown.join('')}`),
      section(link(url, rest > 0 ? `All of them, with ${rest} more` : 'All of them')),
    ],
  };
}

function test({ channelName, url }: TestMessage): Layout {
  const text = `Test of the channel ${channelName}`;
  return {
    text,
    blocks: [header(text), section(`Telltale can reach you here; nothing is wrong. ${link(url, 'Settings')}`)],
  };
}

function notice({ title, lines, url }: NoticeMessage): Layout {
  return {
    text: title,
    blocks: [header(title), section([...lines.map((line) => inert(line, 500)), link(url, 'See')].join('\n'))],
  };
}
