/** Every snippet of the page about frameworks compiles against the package and the real frameworks. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGE = readFileSync(join(ROOT, 'docs/frameworks.md'), 'utf8')
const CODE = [...PAGE.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ''], index) => ({
  file: `s${index}.ts`,
  code,
  title:
    PAGE.slice(0, PAGE.indexOf(code))
      .match(/^## .+$/gm)
      ?.at(-1)
      ?.slice(3) ?? '',
}))
/** What must not compile, to see that faults are seen. */
const WRONG = `import { spanmeter } from '@spanmeter/middleware/express'\nspanmeter({ tenant: (req) => req.header })\n`

let folder: string
let faults: string

beforeAll(async () => {
  mkdirSync(join(ROOT, 'middleware/node_modules'), { recursive: true })
  folder = mkdtempSync(join(ROOT, 'middleware/node_modules/.docs-'))
  for (const { file, code } of CODE) writeFileSync(join(folder, file), `${code}\nexport {}\n`)
  writeFileSync(join(folder, 'wrong.ts'), WRONG)
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.base.json'),
      compilerOptions: {
        noEmit: true,
        composite: false,
        isolatedDeclarations: false,
        declaration: false,
        experimentalDecorators: true,
        allowImportingTsExtensions: true,
        rewriteRelativeImportExtensions: false,
      },
      include: ['*.ts'],
    }),
  )
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  const compile = promisify(execFile)(process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    '-p',
    folder,
    '--pretty',
    'false',
  ])
  faults = await compile.then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  )
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('finds a snippet for every entry of the table', () => {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'middleware/package.json'), 'utf8'))
  const entries = [...PAGE.matchAll(/^\|.*`(@spanmeter\/middleware\/\w+)` \|/gm)].map(
    ([, entry]) => entry as string,
  )
  expect(entries).toHaveLength(8)
  for (const entry of entries) {
    expect(exports).toHaveProperty([entry.replace('@spanmeter/middleware', '.')])
    expect(
      PAGE.split('```').filter((part, index) => index % 2 === 1 && part.includes(entry)),
    ).not.toHaveLength(0)
  }
})

it('sees what does not compile', () => {
  expect(faults.split('\n').filter((line) => line.includes('wrong.ts('))).toHaveLength(1)
})

it.each(CODE)('$title: $file compiles', ({ file }) => {
  expect(faults.split('\n').filter((line) => line.includes(`${file}(`))).toEqual([])
})
