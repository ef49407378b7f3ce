/**
 * Runs the local provider by itself: `npm run provider -w examples -- --port 9999`.
 *
 * Invariant: the only file of the provider that reads the process.
 */
import { parseArgs } from 'node:util'
import { startProvider } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9999' },
    seed: { type: 'string', default: 'spanmeter' },
    latency: { type: 'string', default: '180' },
    'per-token': { type: 'string', default: '6' },
  },
})
const provider = await startProvider({
  port: Number(values.port),
  seed: values.seed,
  pace: { latency: Number(values.latency), perToken: Number(values['per-token']) },
})
console.log(`provider listening on ${provider.url}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void provider.close())
