/** `spanmeter migrate`: the store of a directory is made, is up to date then, and what fails is a sentence. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../src/cli/command.ts'
import { readConfig } from '../src/config/read.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-migrate-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function migrate(
  env: Record<string, string>,
  ...argv: string[]
): Promise<{ code: number | undefined; text: string }> {
  let text = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      done()
    },
  })
  const code = await runCommand(['migrate', ...argv], {
    ...{ stdout: sink, stderr: sink, stdoutIsTerminal: false, stderrIsTerminal: false },
    ...{ env: {}, now: () => 0, config: () => readConfig(env) },
  })
  return { code, text }
}

test('a store is made, then it is up to date', async () => {
  const env = { SPANMETER_DATA_DIR: join(directory, 'data') }
  const first = await migrate(env)
  expect(first).toEqual({
    code: 0,
    text: expect.stringMatching(/^embedded ClickHouse in .*\nmigrated: 0001_create_spans, /),
  })
  expect(await migrate(env)).toEqual({
    code: 0,
    text: expect.stringMatching(/^embedded ClickHouse in .*: up to date\n$/),
  })
})

test('what fails is one sentence without a password', async () => {
  const away = await migrate({ CLICKHOUSE_URL: 'http://user:canary@127.0.0.1:9/x' })
  expect(away).toEqual({
    code: 1,
    text: expect.stringMatching(/^cannot use ClickHouse at http:\/\/127\.0\.0\.1:9: .*\n$/),
  })
  expect(away.text).not.toContain('canary')
  await writeFile(join(directory, 'file'), '')
  expect((await migrate({ SPANMETER_DATA_DIR: join(directory, 'file') })).code).toBe(1)
  expect(await migrate({}, '--force')).toMatchObject({
    code: 2,
    text: expect.stringMatching(/^cannot migrate: Unknown option/),
  })
})
