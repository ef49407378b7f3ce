/**
 * Plays the calls of one SDK, one after the other, and tells its parent what a program sees of each.
 *
 * Invariant: knows nothing of Spanmeter, except where it is asked to install it after the client was made.
 */
import { get } from 'node:http'
import { errorOf } from './observe.mjs'

/** @param load `import` or `require`: the module system in which the SDK and the middleware are loaded */
export async function play(load) {
  const { file, packages, url, ledger, install } = JSON.parse(process.argv[2])
  const sdk = await import(`./sdk/${file}.mjs`)
  const read = async () => JSON.parse(await text(ledger))
  const arrived = {
    count: async () => (await read()).length,
    /** Resolves once one more call has come than there were, and the provider works on it. */
    async after(count) {
      while (!((await read())[count]?.billed.inputUncached > 0))
        await new Promise((next) => setTimeout(next, 5))
    },
  }
  const calls = await sdk.open({ load, packages, url, arrived })
  const middleware = install && (await load('@spanmeter/middleware'))
  middleware?.install(install)
  for (const [name, call] of Object.entries(calls)) {
    const { makes = 1, unread = false, run } = typeof call === 'function' ? { run: call } : call
    let outcome
    try {
      outcome = { returned: await run() }
    } catch (error) {
      outcome = { failed: errorOf(error), stack: String(error?.stack) }
    }
    await new Promise((next) => setImmediate(next))
    await new Promise((resolve) => process.send({ name, makes, unread, outcome: plain(outcome) }, resolve))
  }
  // What was left a moment ago is over once the provider knows of it; what nobody ends is not waited for.
  for (let round = 0; round < 50 && (await read()).some(({ endedAt }) => endedAt === undefined); round++) {
    await new Promise((next) => setTimeout(next, 20))
  }
  await middleware?.shutdown()
  // Some SDKs leave a stream open that they were told to leave: nothing ends such a process but a signal.
  process.send({ done: true }, () => process.kill(process.pid, 'SIGTERM'))
}

/** As JSON, with what JSON leaves out. */
function plain(value) {
  return JSON.stringify(value, (_key, item) => {
    if (typeof item === 'bigint') return `${item}n`
    if (item instanceof Map || item instanceof Headers) return Object.fromEntries(item)
    return ArrayBuffer.isView(item) && !(item instanceof DataView)
      ? Buffer.from(item.buffer).toString('base64')
      : item
  })
}

function text(address) {
  return new Promise((resolve, reject) => {
    get(address, { agent: false }, async (response) => {
      let body = ''
      for await (const chunk of response.setEncoding('utf8')) body += chunk
      resolve(body)
    }).on('error', reject)
  })
}
