/**
 * The package as it is published: a few files of JavaScript for each module system, their declarations, and a
 * `package.json` without what only this repository needs.
 *
 * Invariant: what the entries share is one chunk in each module system, so that loading several entries loads it
 * once; the edge entry's chunks hold nothing of Node. OpenTelemetry's API is in it, because its forty files take long to load:
 * the oldest release that we know, which can read what every later one has registered.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin, transform } from 'esbuild'

type Conditions = { [condition: string]: string | Conditions }
interface Manifest {
  exports: Record<string, string | Conditions>
  [field: string]: unknown
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCE = '@spanmeter/source'
const FORMATS = { esm: 'module', cjs: 'commonjs' } as const
const TARGET = 'node20.19'
/** Fields of the manifest that mean nothing to whoever installs it. */
const OURS = ['private', 'files', 'scripts', 'devDependencies', 'size-limit']

/** What `@opentelemetry/api` is in the bundle. */
const API = dirname(fileURLToPath(import.meta.resolve('opentelemetry-api-oldest/package.json')))
const bundledApi: Plugin = {
  name: 'opentelemetry-api',
  setup({ onResolve }) {
    onResolve({ filter: /^@opentelemetry\/api$/ }, () => ({
      path: join(API, 'build/esm/index.js'),
      sideEffects: false,
    }))
  },
}

const manifest: Manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

/** Source files of the entries, from `src` on. */
function entries(): string[] {
  return Object.values(manifest.exports).flatMap((conditions) => {
    const source = typeof conditions === 'string' ? undefined : conditions[SOURCE]
    return typeof source === 'string' ? [source.replace('./src/', '')] : []
  })
}

/** Writes the JavaScript of both module systems into `folder`. */
export async function bundle(folder: string): Promise<void> {
  const result = await build({
    entryPoints: entries().map((entry) => join(ROOT, 'src', entry)),
    outbase: join(ROOT, 'src'),
    outdir: join(folder, 'esm'),
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: TARGET,
    packages: 'external',
    plugins: [bundledApi],
    chunkNames: 'chunks/[name]-[hash]',
    legalComments: 'none',
  })
  for (const [format, type] of Object.entries(FORMATS)) {
    rmSync(join(folder, format), { recursive: true, force: true })
    write(join(folder, format, 'package.json'), `${JSON.stringify({ type })}\n`)
  }
  for (const { path, text } of result.outputFiles) {
    write(path, text)
    const { code } = await transform(text, { format: 'cjs', platform: 'node', target: TARGET })
    write(join(folder, 'cjs', relative(join(folder, 'esm'), path)), code)
  }
}

/** Copies the declarations that the entries reach. @param types where the compiler put them all */
export function copyDeclarations(types: string, folder: string): void {
  const reached = new Set<string>()
  const visit = (file: string) => {
    if (reached.has(file)) return
    reached.add(file)
    const text = readFileSync(join(types, file), 'utf8')
    for (const [, specifier = ''] of text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) {
      visit(join(dirname(file), specifier.replace(/\.[jt]s$/, '.d.ts')))
    }
  }
  for (const entry of entries()) visit(entry.replace(/\.ts$/, '.d.ts'))
  for (const file of reached) {
    const text = readFileSync(join(types, file), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/gm, '')
    for (const format of Object.keys(FORMATS)) write(join(folder, format, file), text)
  }
}

/** Writes the manifest for who installs the package from `folder`. */
export function writeManifest(folder: string): void {
  const published: Manifest = JSON.parse(JSON.stringify(manifest), (_key, value) => {
    if (typeof value === 'string') return value.replace(/^\.\/dist\//, './')
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const { [SOURCE]: _, ...rest } = value
    return rest
  })
  for (const field of OURS) delete published[field]
  published.sideEffects = ['./*/register.js']
  write(join(folder, 'package.json'), `${JSON.stringify(published, undefined, 2)}\n`)
  cpSync(join(ROOT, '../LICENSE'), join(folder, 'LICENSE'))
  write(join(folder, 'THIRD-PARTY-NOTICES'), notices())
}

/** Whose work is in the bundle, and under which terms. */
function notices(): string {
  const prices = readFileSync(join(ROOT, 'src/pricing/price-book.gen.ts'), 'utf8')
  const terms = /The MIT License[\s\S]*?(?= \*\/)/.exec(prices)?.[0].replaceAll(/^ \* ?/gm, '') ?? ''
  if (terms === '') throw new Error('cannot write the notices: the price book does not say its terms')
  const apache = readFileSync(join(API, 'LICENSE'), 'utf8')
  return `Price data of @pydantic/genai-prices\n\n${terms}\n@opentelemetry/api, Copyright The OpenTelemetry Authors\n\n${apache}`
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

if (import.meta.filename === process.argv[1]) {
  const folder = join(ROOT, 'dist')
  const types = join(ROOT, 'build')
  if (!existsSync(join(types, 'index.d.ts'))) {
    throw new Error(`cannot build the package: no declarations in ${readdirSync(ROOT)}; run npm run build`)
  }
  await bundle(folder)
  copyDeclarations(types, folder)
  writeManifest(folder)
}
