// An HTTP answer that is an error, with what a caller needs to decide whether to try again.
import { brand } from '../brand.ts';
import { cut } from '../safe-json.ts';

const MAX_BODY = 500;

/** Named after its status, so that a 429 and a 500 are different errors to whoever counts them. */
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
    super([what, `answered ${status}`, body === '' ? '' : `: ${body}`].filter(Boolean).join(' ').replace(' : ', ': '));
    this.name = `HTTP ${status}`;
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** Reads the answer's text; a body that cannot be read leaves it empty. */
  static async from(response: Response, what = ''): Promise<HttpError> {
    const text = await response.text().catch(() => '');
    return new HttpError(response.status, response.headers, cut(text.trim(), MAX_BODY), what);
  }
}
