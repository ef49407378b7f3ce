/**
 * The sender, in a process of its own: posts requests over kept-alive connections for a given time.
 *
 * Invariant: counts only spans whose request was answered with 200. Arguments: URL, milliseconds.
 */
import { Agent, request } from 'node:http'
import { createTemplate, renew, SPANS_PER_REQUEST, type Template } from './requests.ts'

const CONNECTIONS = 16
const [url = '', milliseconds = '0'] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
const templates = Array.from({ length: CONNECTIONS }, (_, i) => createTemplate(i, Date.now()))
let sent = 0
let spans = 0
const latencies: number[] = []
const startedAt = Date.now()
const cpuBefore = process.cpuUsage()
const started = performance.now()

function post({ body }: Template): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/x-protobuf', 'content-length': body.length },
    })
    call.on('response', (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    call.on('error', reject)
    call.end(body)
  })
}

async function connection(template: Template): Promise<void> {
  while (performance.now() - started < Number(milliseconds)) {
    renew(template, sent++, Date.now())
    const before = performance.now()
    const status = await post(template)
    if (status !== 200) throw new Error(`cannot go on: the collector answered ${status}`)
    latencies.push(performance.now() - before)
    spans += SPANS_PER_REQUEST
  }
}

await Promise.all(templates.map(connection))
agent.destroy()
latencies.sort((a, b) => a - b)
const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0
const { user, system } = process.cpuUsage(cpuBefore)
const cpuSeconds = (user + system) / 1e6
process.stdout.write(`${JSON.stringify({ spans, startedAt, cpuSeconds, p50: at(0.5), p99: at(0.99) })}\n`)
