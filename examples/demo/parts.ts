/**
 * The processes of the demo: which file each is, what it needs to know, and when it is ready.
 *
 * Invariant: they are started in the order in which they need each other's addresses, and stopped so that
 * whoever sends is gone before whoever receives.
 */
import { type Child, startChild } from './child.ts'

/** Where the parts answer. */
export interface PartUrls {
  collector: string
  chat: string
  docs: string
}

const LISTENING = /listen(?:s|ing) on (http:\/\/\S+?)\/?$/i
const HERE = import.meta.url
/** A machine under load takes its time to start a ClickHouse. */
const COLLECTOR_TIMEOUT_MS = 60_000
const TIMEOUT_MS = 30_000

/**
 * Starts all parts and resolves when all are ready.
 *
 * @param children collects every process the moment it exists, so that the caller can stop it whatever happens
 * @param announce hears of each part that is ready
 * @throws {StartError} when a part does not start
 */
export async function startParts(options: {
  environment: Record<string, string | undefined>
  port: number
  dataDir: string
  children: Child[]
  announce: (what: string, urls: string[], child: Child) => void
}): Promise<PartUrls> {
  const { environment, port, dataDir, children, announce } = options
  const start = async (what: string, child: Child): Promise<string[]> => {
    children.push(child)
    const urls = await child.ready
    announce(what, urls, child)
    return urls
  }

  const [[collector = ''], providers] = await Promise.all([
    start(
      'collector',
      startChild({
        name: 'collector',
        file: new URL('../../collector/src/main.ts', HERE),
        env: {
          ...environment,
          SPANMETER_PORT: String(port),
          SPANMETER_HOST: '127.0.0.1',
          SPANMETER_DATA_DIR: dataDir,
          SPANMETER_CONFIG: undefined,
        },
        ready: [LISTENING],
        timeout: COLLECTOR_TIMEOUT_MS,
      }),
    ),
    start(
      'local provider, OpenAI and Anthropic on the wire',
      startChild({
        name: 'provider',
        file: new URL('../provider/main.ts', HERE),
        env: environment,
        ready: [/OpenAI listening on (\S+)/, /Anthropic listening on (\S+)/],
        timeout: TIMEOUT_MS,
      }),
    ),
  ])
  const env = serviceEnvironment(environment, collector, providers)
  const service = (name: string, folder: string) => {
    const file = new URL(`../${folder}/main.ts`, HERE)
    return startChild({ name, file, env, ready: [LISTENING], timeout: TIMEOUT_MS })
  }
  const [[chat = ''], [docs = '']] = await Promise.all([
    start('chat-api, metered through its own OpenTelemetry', service('chat-api', 'hono-chat')),
    start('docs-api, metered through `endpoint` alone', service('docs-api', 'hono-endpoint')),
  ])
  return { collector, chat, docs }
}

/** What the example services read: addresses, and keys that only the local provider knows. */
function serviceEnvironment(
  environment: Record<string, string | undefined>,
  collectorUrl: string,
  [openaiUrl, anthropicUrl]: readonly string[],
): Record<string, string | undefined> {
  return {
    ...environment,
    PORT: '0',
    SPANMETER_ENDPOINT: collectorUrl,
    OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
    OTEL_BSP_SCHEDULE_DELAY: '1000',
    OPENAI_BASE_URL: openaiUrl,
    OPENAI_API_KEY: 'sk-local',
    ANTHROPIC_BASE_URL: anthropicUrl,
    ANTHROPIC_API_KEY: 'sk-local',
  }
}
