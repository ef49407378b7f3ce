/**
 * OpenTelemetry as most Node services start it. The collector's address comes from the standard
 * `OTEL_EXPORTER_OTLP_ENDPOINT` (default `http://localhost:4318`, which is where Spanmeter listens).
 */
import { NodeSDK } from '@opentelemetry/sdk-node'

export const telemetry = new NodeSDK({ serviceName: 'chat-api', metricReaders: [], logRecordProcessors: [] })
telemetry.start()
