/**
 * Runs the local provider by itself: `npm run provider -w examples -- --help`.
 *
 * Invariant: the only file of the provider that reads the process.
 */
import { parseArgs } from 'node:util'
import { startProvider } from './server.ts'

const { values } = parseArgs({
  options: {
    'openai-port': { type: 'string', default: '0' },
    'anthropic-port': { type: 'string', default: '0' },
    seed: { type: 'string', default: 'spanmeter' },
    latency: { type: 'string', default: '180' },
    'per-token': { type: 'string', default: '6' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(`A local OpenAI and Anthropic, with a ledger of what they would bill at GET /__ledger.

  --openai-port N, --anthropic-port N   where to listen on 127.0.0.1 (default: free ports)
  --seed TEXT        fixes every token count and id
  --latency MS       before the first byte of an answer (default 180)
  --per-token MS     between two tokens of a stream (default 6)`)
} else {
  const provider = await startProvider({
    ports: { openai: Number(values['openai-port']), anthropic: Number(values['anthropic-port']) },
    seed: values.seed,
    pace: { latency: Number(values.latency), perToken: Number(values['per-token']) },
  })
  console.log(`OpenAI listening on ${provider.openaiUrl}`)
  console.log(`Anthropic listening on ${provider.anthropicUrl}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void provider.close())
}
