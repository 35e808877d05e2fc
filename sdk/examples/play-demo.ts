// Plays the demo against the receiver of OTEL_EXPORTER_OTLP_ENDPOINT (default http://localhost:4318), and prints the result.
import { DemoError, runDemo } from './demo.ts';

const { OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint = 'http://localhost:4318', TELLTALE_PUBLIC_URL: uiUrl } = process.env;
try {
  const result = await runDemo({ otlpEndpoint, uiUrl, log: (line) => console.error(line) });
  console.log(JSON.stringify(result));
} catch (error) {
  if (!(error instanceof DemoError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
