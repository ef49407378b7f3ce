/**
 * Spanmeter as a user runs it, on free ports and an empty directory: the real collector process with its
 * embedded ClickHouse, and both example services as processes of their own.
 *
 * Invariant: the services only know addresses from their environment, exactly as outside of a test.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startChild } from '../examples/demo/child.ts'
import { type Provider, startProvider } from '../examples/provider/server.ts'

const LISTENING = /listen(?:s|ing) on (http:\/\/\S+?)\/?$/i
const TIMEOUT_MS = 60_000
const GRACE_MS = 10_000

export interface Platform {
  provider: Provider
  collectorUrl: string
  /** Wiring → URL of the service that is wired so. */
  services: Record<'sdk-node' | 'endpoint', string>
  /** Stops both services, which makes them send what they still hold. */
  stopServices(): Promise<void>
  close(): Promise<void>
}

/** @throws {StartError} when a process does not start */
export async function startPlatform(): Promise<Platform> {
  const directory = await mkdtemp(join(tmpdir(), 'spanmeter-e2e-'))
  const provider = await startProvider({ seed: 'e2e' })
  const children: Child[] = []
  const start = (name: string, file: string, env: Record<string, string>): Child => {
    const url = new URL(`../${file}`, import.meta.url)
    const child = startChild({
      name,
      file: url,
      env: { ...process.env, ...env },
      ready: [LISTENING],
      timeout: TIMEOUT_MS,
    })
    children.push(child)
    return child
  }
  const close = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop(GRACE_MS)))
    await provider.close()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const collector = start('collector', 'collector/src/main.ts', {
      SPANMETER_PORT: '0',
      SPANMETER_HOST: '127.0.0.1',
      SPANMETER_DATA_DIR: directory,
    })
    const [collectorUrl = ''] = await collector.ready
    const env = {
      PORT: '0',
      SPANMETER_ENDPOINT: collectorUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
      OPENAI_BASE_URL: provider.openaiUrl,
      OPENAI_API_KEY: 'sk-local',
      ANTHROPIC_BASE_URL: provider.anthropicUrl,
      ANTHROPIC_API_KEY: 'sk-local',
    }
    const services = [
      start('chat-api', 'examples/hono-chat/main.ts', env),
      start('docs-api', 'examples/hono-endpoint/main.ts', env),
    ]
    const [[sdkNode = ''] = [], [endpoint = ''] = []] = await Promise.all(
      services.map((service) => service.ready),
    )
    return {
      provider,
      collectorUrl,
      services: { 'sdk-node': sdkNode, endpoint },
      stopServices: async () => {
        await Promise.all(services.map((service) => service.stop(GRACE_MS)))
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
