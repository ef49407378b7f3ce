/** AWS's SDK for Bedrock, over HTTP/2: converse and invoke, whole and as event streams. */
import { broken, items, leave } from '../observe.mjs'

export const title = '@aws-sdk/client-bedrock-runtime'
export const provider = 'aws.bedrock'
export const majors = [{ bedrock: 'bedrock3' }]

export async function open({ load, packages, url, arrived }) {
  const aws = await load(packages.bedrock)
  const client = new aws.BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: url,
    credentials: { accessKeyId: 'local', secretAccessKey: 'secret' },
    maxAttempts: 1,
  })
  const ask = (text, more = {}) => ({
    modelId: 'amazon.nova-pro-v1:0',
    messages: [{ role: 'user', content: [{ text }] }],
    ...more,
  })
  const invoke = (content) => ({
    modelId: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
    contentType: 'application/json',
    body: JSON.stringify({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 500,
      messages: [{ role: 'user', content }],
    }),
  })
  const decoder = new TextDecoder()
  return {
    converse: () => client.send(new aws.ConverseCommand(ask('Where is my parcel?'))),
    'converse cut': () =>
      client.send(new aws.ConverseCommand(ask('Long.', { inferenceConfig: { maxTokens: 5 } }))),
    converseStream: async () =>
      items((await client.send(new aws.ConverseStreamCommand(ask('Tell me.')))).stream),
    invoke: async () => {
      const answer = await client.send(new aws.InvokeModelCommand(invoke('Where is it?')))
      return { ...answer, body: decoder.decode(answer.body) }
    },
    invokeStream: async () => {
      const answer = await client.send(new aws.InvokeModelWithResponseStreamCommand(invoke('Tell me.')))
      return (await items(answer.body)).map(({ chunk }) => decoder.decode(chunk.bytes))
    },
    'unknown model': () =>
      broken(() => client.send(new aws.ConverseCommand(ask('Hi.', { modelId: 'no.such-model-v1:0' })))),
    throttled: () => broken(() => client.send(new aws.ConverseCommand(ask('[provider: error=429]')))),
    aborted: () =>
      broken(() =>
        leave(arrived, (abortSignal) =>
          client.send(new aws.ConverseCommand(ask('[provider: latency=60000]')), { abortSignal }),
        ),
      ),
    'stream broken': () =>
      broken(async () => {
        const answer = await client.send(new aws.ConverseStreamCommand(ask('[provider: tokens=9, fail=4]')))
        return await items(answer.stream)
      }),
  }
}
