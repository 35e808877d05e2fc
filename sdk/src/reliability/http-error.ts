// An HTTP answer that is an error, with what a caller needs to decide whether to try again.
import { brand } from '../brand.ts';
import { isContentCaptured } from '../content.ts';
import { at } from '../read.ts';
import { cut } from '../safe-json.ts';

const MAX_BODY = 500;

/**
 * Named after its status, so that a 429 and a 500 are different errors to whoever counts them. Its message holds the body
 * only while contents are captured: messages end up in spans, logs and dead letters.
 */
export class HttpError extends Error {
  override readonly name: string;
  readonly status: number;
  readonly headers: Headers;
  /** The first 500 characters of the answer; empty when it was not read. */
  readonly body: string;

  static {
    brand(HttpError, 'HttpError');
  }

  constructor(status: number, headers: Headers = new Headers(), body = '', what = '') {
    const shown = body !== '' && isContentCaptured() ? `: ${body}` : '';
    super(`${what === '' ? '' : `${what} `}answered ${status}${shown}`);
    this.name = `HTTP ${status}`;
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** Reads the answer's text; a body that cannot be read leaves it empty. @throws TypeError for what is no Response */
  static async from(response: Response, what = ''): Promise<HttpError> {
    if (typeof at(response, 'text') !== 'function')
      throw new TypeError('HttpError.from takes a Response. Call it as await HttpError.from(response)');
    const text = await response.text().catch(() => '');
    return new HttpError(response.status, response.headers, cut(text.trim(), MAX_BODY), what);
  }
}
