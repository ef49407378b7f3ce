/**
 * The package as it is published, in a folder of its own, and programs that use it with plain Node.
 *
 * Invariant: only processes that were started here are signalled, and each has a deadline.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle, writeManifest } from '../../scripts/bundle.ts'

const MIDDLEWARE = fileURLToPath(new URL('../..', import.meta.url))
const DEADLINE = 25_000

export interface Program {
  /** Resolves when it has printed `text`. @throws {Error} when it ends instead */
  printed(text: string): Promise<void>
  signal(name: NodeJS.Signals): void
  /** How it ended: exit code or signal, and what it printed. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string; errors: string }>
}

export interface BuiltPackage {
  /** Where it is, as an installed package. */
  folder: string
  /** Runs a program's source; `app.mjs` is an ES module, `app.cjs` is not. */
  run(file: string, source: string, options?: { env?: Record<string, string>; flags?: string[] }): Program
  remove(): void
}

/** Makes the package as `npm run build` does, next to nothing else. */
export async function buildPackage(): Promise<BuiltPackage> {
  const cache = join(MIDDLEWARE, 'node_modules')
  mkdirSync(cache, { recursive: true })
  const root = mkdtempSync(join(cache, '.built-'))
  const installed = join(root, 'node_modules/@spanmeter/middleware')
  mkdirSync(installed, { recursive: true })
  await bundle(installed)
  writeManifest(installed)
  let programs = 0
  const children = new Set<ChildProcess>()
  return {
    folder: installed,
    run(file, source, { env = {}, flags = [] } = {}) {
      const path = join(root, `${programs++}-${file}`)
      writeFileSync(path, source)
      // Without the test runner's own conditions, so that packages resolve as they do for users.
      const { NODE_OPTIONS: _, ...clean } = process.env
      const child = spawn(process.execPath, [...flags, path], {
        cwd: root,
        env: { ...clean, ...env } as NodeJS.ProcessEnv,
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: DEADLINE,
        killSignal: 'SIGKILL',
      })
      children.add(child)
      return watch(child)
    },
    remove() {
      for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function watch(child: ChildProcess): Program {
  let output = ''
  let errors = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended: Program['ended'] = new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, output, errors }))
  })
  return {
    ended,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => output.includes(text) && resolve()
        look()
        child.stdout?.on('data', look)
        void ended.then(() => reject(new Error(`ended without printing ${text}:\n${output}\n${errors}`)))
      }),
    signal: (name) => void child.kill(name),
  }
}
