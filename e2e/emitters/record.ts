/**
 * Records what the tools in `emit/` send: `npm run record -w e2e -- [NAME…]`. The recordings are what the
 * collector's tests replay.
 *
 * Invariant: a recording is what was sent, with long texts and vectors cut; the prompts are the ones in `calls.mjs`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Recording } from './recording.ts'
import { traceCalls } from './trace-calls.ts'

const HERE = new URL('.', import.meta.url)
const TARGET = new URL('../../collector/fixtures/emitters/', HERE)
/** Longer texts are prompts and answers. */
const LONGEST = 1500

const names = (await readdir(new URL('emit/', HERE))).map((file) => file.replace(/\.\w+$/, '')).sort()
const wanted = process.argv.slice(2)

for (const name of names.filter((one) => wanted.length === 0 || wanted.includes(one))) {
  const python = existsSync(new URL(`emit/${name}.py`, HERE))
  const { command, versions, gaps } = python ? readPython(name) : await readNode(name)
  const { exports, ledger } = await traceCalls({ name, ...(command ? { command } : {}) })
  const requests = exports.map(({ body }) => JSON.parse(body.toString(), cut))
  const recording: Recording = { name, versions, gaps, ledger: [...ledger], requests }
  await writeFile(new URL(`${name}.json`, TARGET), `${JSON.stringify(recording)}\n`)
  console.log(`${name}: ${ledger.length} calls, ${requests.length} exports`)
}

interface Told {
  versions: Record<string, string>
  gaps: Recording['gaps']
  command?: string[]
}

async function readNode(name: string): Promise<Told> {
  const { packages, gaps } = await import(new URL(`emit/${name}.mjs`, HERE).href)
  const versions = (packages as string[]).map((one): [string, string] => {
    const path = new URL(`node_modules/${one}/package.json`, HERE)
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    return [manifest.name, manifest.version]
  })
  return { versions: Object.fromEntries(versions), gaps }
}

/** A Python tool says what it is in a first line `# {"versions": …, "gaps": …}`. */
function readPython(name: string): Told {
  const file = new URL(`emit/${name}.py`, HERE)
  const [head = ''] = readFileSync(file, 'utf8').split('\n')
  const python = process.env.PYTHON ?? 'python3'
  return { ...JSON.parse(head.replace(/^#\s*/, '')), command: [python, fileURLToPath(file)] }
}

function cut(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && value.length > LONGEST && !value.startsWith('{"'))
    return `${value.slice(0, LONGEST)}…`
  const list = (value as { values?: unknown[] } | null)?.values
  return Array.isArray(list) && list.length > 8 ? { values: list.slice(0, 3) } : value
}
