// Plays the demo against the receiver of OTEL_EXPORTER_OTLP_ENDPOINT (default http://localhost:4318), and prints the result.
import { runDemo } from './demo.ts';

const { OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint = 'http://localhost:4318', TELLTALE_PUBLIC_URL: uiUrl } = process.env;
const result = await runDemo({ otlpEndpoint, uiUrl, log: (line) => console.error(line) });
console.log(JSON.stringify(result));
