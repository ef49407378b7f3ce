/**
 * `GET` and `PUT /api/v1/config`, `POST /api/v1/config/reload`: the configuration that holds, and taking a new one.
 *
 * Invariant: no secret leaves; a configuration that cannot be used changes nothing, and all of its faults are told;
 * what is sent back as it was shown keeps its secrets.
 */
import { createHash } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ConfigChanges } from '../config/changes.ts'
import type { ConfigFile } from '../config/config-file.ts'
import { ConfigError } from '../config/error.ts'
import type { CollectorConfig } from '../config/schema.ts'
import { withoutSecrets } from '../config/secrets.ts'
import { problem } from './problem.ts'

export interface ConfigRoutesOptions {
  /** As it holds now. */
  config: () => CollectorConfig
  /** Reads it again and takes it over. Throws `ConfigError`. */
  reload: () => Promise<ConfigChanges>
  /** Where it is written; absent = nowhere. */
  configFile?: ConfigFile | undefined
}

const MOST_BYTES = 8 * 1024 * 1024

/** Creates the routes; for administrators. */
export function createConfigRoutes({ config, reload, configFile }: ConfigRoutesOptions): Hono {
  const app = new Hono()
  let last: Promise<unknown> = Promise.resolve()
  app.get('/api/v1/config', (c) => {
    c.header('Cache-Control', 'no-store')
    c.header('ETag', tagOf(config()))
    return c.json(withoutSecrets(config()))
  })
  const tooLarge = (c: Context) =>
    problem(c, 'bad-config', `cannot take a configuration of more than ${MOST_BYTES} bytes`)
  app.put('/api/v1/config', bodyLimit({ maxSize: MOST_BYTES, onError: tooLarge }), async (c) => {
    const text = await c.req.text()
    // one after the other: each is compared with what holds when it is its turn
    const turn = last.then(() => replace(c, text))
    last = turn.catch(() => {})
    return await turn
  })
  app.post('/api/v1/config/reload', (c) => answer(c, reload))
  return app

  async function replace(c: Context, text: string): Promise<Response> {
    if (configFile === undefined) {
      const detail =
        'cannot write the configuration: there is no file; name one in SPANMETER_CONFIG and start again'
      return problem(c, 'not-writable', detail)
    }
    const expected = c.req.header('if-match')
    if (expected !== undefined && expected !== '*' && expected !== tagOf(config()))
      return problem(c, 'changed', 'cannot replace the configuration: it has changed since; GET it again')
    const isTrial = c.req.query('dry_run') === 'true'
    return await answer(c, () => configFile.replace(text, { current: config(), reload, isTrial }))
  }
}

async function answer(c: Context, change: () => Promise<ConfigChanges>): Promise<Response> {
  try {
    const { changed, needRestart } = await change()
    return c.json({ changed, need_restart: needRestart })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const faults = error.faults.map((fault) => {
      const [, name = '', detail = fault] = /^([^:]+): (.*)$/s.exec(fault) ?? []
      return { name, detail }
    })
    const detail = `cannot use the changed configuration: ${error.faults.join('; ')}; the one before it holds`
    return problem(c, 'bad-config', detail, faults)
  }
}

function tagOf(config: CollectorConfig): string {
  return `"${createHash('sha256').update(JSON.stringify(config)).digest('base64url').slice(0, 22)}"`
}
