// A real SMTP server in this process that keeps what it accepted, and misbehaves as real ones do.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** What it does with the next mails. `drop_after_250` accepts, says so, and ends the connection at once. */
export type SmtpMood =
  | 'ok'
  | 'refuse_connection'
  | 'hang_at_greeting'
  | 'refuse_login'
  | 'refuse_sender'
  | 'busy'
  | 'unknown_receiver'
  | 'busy_after_data'
  | 'refuse_after_data'
  | 'hang_after_data'
  | 'drop_in_data'
  | 'drop_after_250';

export interface ReceivedMail {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly raw: string;
  readonly mail: ParsedMail;
}

export interface FakeSmtp {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Accepted mails, oldest first. */
  readonly mails: readonly ReceivedMail[];
  connections(): number;
  answerWith(mood: SmtpMood): void;
  /** Whether it stops answering at some stage now. */
  isHanging(): boolean;
  close(): Promise<void>;
}

export interface FakeSmtpOptions {
  /** Offers STARTTLS with a self-signed certificate. */
  readonly tls?: boolean;
  readonly mood?: SmtpMood;
}

const USER = 'telltale@mail.example';
const PASSWORD = 'p4ss/w@rd:x';

export async function startFakeSmtp({ tls = false, mood: first = 'ok' }: FakeSmtpOptions = {}): Promise<FakeSmtp> {
  const mails: ReceivedMail[] = [];
  let mood = first;
  let connections = 0;
  const sockets = new Set<Socket>();
  const says = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });
  const dropAll = () => {
    for (const socket of sockets) socket.destroy();
  };

  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    logger: false,
    ...(tls ? {} : { disabledCommands: ['STARTTLS'] }),
    onConnect(_session, done) {
      connections++;
      if (mood === 'hang_at_greeting') return;
      done(mood === 'refuse_connection' ? says(554, '5.7.1 no service for you') : null);
    },
    onAuth({ username, password }, _session, done) {
      const isRight = username === USER && password === PASSWORD && mood !== 'refuse_login';
      if (isRight) return done(null, { user: USER });
      done(says(535, `5.7.8 no login for ${USER} with ${PASSWORD}`));
    },
    onMailFrom(_address, _session, done) {
      if (mood === 'busy') return done(says(451, '4.3.0 busy, try later'));
      done(mood === 'refuse_sender' ? says(553, '5.7.1 not your address') : null);
    },
    onRcptTo({ address }, _session, done) {
      done(mood === 'unknown_receiver' || address.startsWith('nobody@') ? says(550, '5.1.1 no such user') : null);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (mood === 'drop_in_data') dropAll();
      });
      stream.on('end', () => {
        if (mood === 'hang_after_data') return;
        if (mood === 'busy_after_data') return done(says(451, '4.3.0 try later'));
        if (mood === 'refuse_after_data') return done(says(554, '5.6.0 looks like spam'));
        const raw = Buffer.concat(chunks);
        const { mailFrom, rcptTo } = session.envelope;
        const envelope = {
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
        };
        void simpleParser(raw).then((mail) => {
          mails.push({ envelope, raw: raw.toString('utf8'), mail });
          done(null, '2.0.0 queued as 4F2A');
          if (mood === 'drop_after_250') setImmediate(dropAll);
        });
      });
    },
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  listening.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  return {
    url: `smtp://${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`,
    user: USER,
    password: PASSWORD,
    mails,
    connections: () => connections,
    isHanging: () => mood.startsWith('hang'),
    answerWith(next) {
      mood = next;
    },
    close() {
      dropAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
