// A second, ordinary OpenTelemetry set-up with its own provider, exporter and receiver, as an application may have one.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { type OtlpSink, openSink } from './otlp-sink.ts';

export interface OtherSetup {
  sink: OtlpSink;
  provider: NodeTracerProvider;
  close: () => Promise<void>;
}

/** Registers it globally, as NodeSDK and most vendors do. */
export async function registerOther(): Promise<OtherSetup> {
  const sink = await openSink();
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'the-application' }),
    spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter({ url: `${sink.url}/v1/traces` }))],
  });
  provider.register();
  return {
    sink,
    provider,
    close: async () => {
      await provider.shutdown();
      await sink.close();
    },
  };
}
