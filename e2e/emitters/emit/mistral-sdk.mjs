/** Mistral's own package, its telemetry switched on. */
import { Mistral } from 'mistral2'
import { configureTelemetry } from 'mistral2/extra/observability'

export const packages = ['mistral2']
export const gaps = {}

export async function emit({ urls }) {
  const client = new Mistral({
    apiKey: 'sk-local',
    serverURL: urls.mistral_ai,
    retryConfig: { strategy: 'none' },
  })
  await configureTelemetry(client, 'global')
  const ask = (content, model = 'mistral-small-latest') => ({ model, messages: [{ role: 'user', content }] })
  await client.chat.complete(ask('Where is my parcel?'))
  for await (const _event of await client.chat.stream(ask('Tell me.')));
  await client.chat.complete(ask('Hi.', 'no-such-model')).catch(() => undefined)
  await client.embeddings.create({ model: 'mistral-embed', inputs: ['one', 'two'] })
}
