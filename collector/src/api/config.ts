/**
 * `GET /api/v1/config` and `POST /api/v1/config/reload`: the configuration that holds, and taking a new one.
 *
 * Invariant: no secret leaves; a configuration that cannot be used changes nothing, and all of its faults are told.
 */
import { Hono } from 'hono'
import { type ConfigChanges, withoutSecrets } from '../config/changes.ts'
import { ConfigError } from '../config/error.ts'
import type { CollectorConfig } from '../config/schema.ts'
import { problem } from './problem.ts'

export interface ConfigRoutesOptions {
  /** As it holds now. */
  config: () => CollectorConfig
  /** Reads it again and takes it over. Throws `ConfigError`. */
  reload: () => Promise<ConfigChanges>
}

/** Creates both routes; for administrators. */
export function createConfigRoutes({ config, reload }: ConfigRoutesOptions): Hono {
  const app = new Hono()
  app.get('/api/v1/config', (c) => {
    c.header('Cache-Control', 'no-store')
    return c.json(withoutSecrets(config()))
  })
  app.post('/api/v1/config/reload', async (c) => {
    try {
      const { changed, needRestart } = await reload()
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
  })
  return app
}
