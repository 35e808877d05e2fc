// One body to /v1/traces, with any headers: its status and answer. Status 0 = no whole answer came.
export interface Answer {
  readonly status: number;
  readonly text: string;
}

export async function send(otlpUrl: string, body: Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  try {
    const reply = await fetch(`${otlpUrl}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', ...headers },
      body: new Uint8Array(body),
    });
    return { status: reply.status, text: await reply.text() };
  } catch (error) {
    return { status: 0, text: String((error as Error).cause ?? error) };
  }
}
