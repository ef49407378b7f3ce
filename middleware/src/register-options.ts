/**
 * Options of a service that is instrumented without a code change, from environment variables.
 *
 * Invariant: pure; all faults are told at once.
 */
import type { SpanmeterOptions } from './meter.ts'

/** Where Spanmeter's collector listens, and any OTLP receiver, unless told otherwise. */
const DEFAULT_ENDPOINT = 'http://127.0.0.1:4318'

/**
 * Reads `SPANMETER_ENDPOINT`, `SPANMETER_TOKEN`, `SPANMETER_HEADERS`, `SPANMETER_SERVICE`, `SPANMETER_ENVIRONMENT`,
 * `SPANMETER_HOSTS`, and of OpenTelemetry's `OTEL_SERVICE_NAME`, `OTEL_EXPORTER_OTLP_ENDPOINT` and, for that endpoint alone,
 * `OTEL_EXPORTER_OTLP_HEADERS`.
 *
 * @throws {Error} listing every variable that cannot be used
 */
export function readOptions(env: Readonly<Record<string, string | undefined>>): SpanmeterOptions {
  const faults: string[] = []
  const read = (name: string) => env[name]?.trim() || undefined
  const options: SpanmeterOptions = {}

  let headers = pairs('SPANMETER_HEADERS', read('SPANMETER_HEADERS'), faults, () => '<secret>')
  const token = read('SPANMETER_TOKEN')
  const endpoint = read('SPANMETER_ENDPOINT')
  if (endpoint !== undefined) {
    if (token !== undefined) options.token = token
    options.endpoint = endpoint
    if (!isHttp(endpoint)) faults.push(`SPANMETER_ENDPOINT=${endpoint} is no http(s) URL`)
  } else {
    // A host's own exporter may speak gRPC to that address; what is sent from here is HTTP.
    const otlp =
      read('OTEL_EXPORTER_OTLP_PROTOCOL') === 'grpc' ? undefined : read('OTEL_EXPORTER_OTLP_ENDPOINT')
    const given = otlp !== undefined && isHttp(otlp)
    options.fallbackEndpoint = given ? otlp : DEFAULT_ENDPOINT
    // a key goes to whom it is for and nowhere else: ours to Spanmeter, OpenTelemetry's headers to its endpoint
    if (!given && token !== undefined) options.token = token
    const name = 'OTEL_EXPORTER_OTLP_HEADERS'
    if (given) headers ??= pairs(name, read(name), faults, () => '<secret>', decoded)
  }
  const service = read('SPANMETER_SERVICE') ?? read('OTEL_SERVICE_NAME')
  if (service !== undefined) options.service = service
  const environment = read('SPANMETER_ENVIRONMENT')
  if (environment !== undefined) options.environment = environment
  if (headers) options.headers = headers
  const hosts = pairs('SPANMETER_HOSTS', read('SPANMETER_HOSTS'), faults, (pair) => pair)
  if (hosts) options.hosts = hosts

  if (faults.length > 0) {
    throw new Error(`cannot read the environment: ${faults.join('; ')}; correct or unset what is named`)
  }
  return options
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

/** `name=value,name=value` */
function pairs(
  variable: string,
  text: string | undefined,
  faults: string[],
  show: (pair: string) => string,
  take: (value: string) => string = (value) => value,
): Record<string, string> | undefined {
  if (text === undefined) return undefined
  const found: Record<string, string> = {}
  for (const pair of text.split(',').map((part) => part.trim())) {
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
    if (at > 0 && value !== '') found[name] = take(value)
    else if (pair !== '') faults.push(`${variable} has ${show(pair)} where name=value is expected`)
  }
  return found
}

/** OpenTelemetry's headers are percent-encoded (W3C baggage); what is not is taken as it stands. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
