/**
 * A headless Chromium on any Linux that Node runs on: the one inside an npm package, with the libraries that a
 * bare machine lacks.
 *
 * Invariant: the browser talks to loopback only, and the caller ends it.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/** A Chromium of this machine instead, for example `/usr/bin/chromium`. */
const OWN = 'SPANMETER_CHROMIUM'

/** Changes with what is unpacked, so that an older copy is left alone. */
const LAYOUT = 2

/** Starts it. Throws when it cannot be unpacked or does not start. */
export async function launchBrowser(): Promise<Browser> {
  const own = process.env[OWN]
  const { executablePath, env } = own === undefined ? await unpack() : { executablePath: own, env: {} }
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--font-render-hinting=none',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
    // Without a language Chromium reports one that no formatter takes.
    env: { ...stringsOf(process.env), LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8', ...env },
  })
}

/** Unpacks the package's browser once for this machine; several processes may do so at the same time. */
async function unpack(): Promise<{ executablePath: string; env: Record<string, string> }> {
  const manifest = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const version = /"version": "([^"]+)"/.exec(
    await readFile(join(dirname(manifest), '../../package.json'), 'utf8'),
  )?.[1]
  const directory = join(tmpdir(), `spanmeter-chromium-${version}-${LAYOUT}`)
  if (!existsSync(directory)) {
    const staging = `${directory}.${process.pid}`
    await mkdir(staging, { recursive: true })
    await unpackTo(staging)
    await writeFile(join(staging, 'fonts/fonts.conf'), fontConfiguration(directory))
    // Whole or not at all: whoever is second throws its copy away.
    await rename(staging, directory).catch(() => rm(staging, { recursive: true, force: true }))
  }
  const libraries = [join(directory, 'al2023/lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':')
  return {
    executablePath: join(directory, 'chromium'),
    env: { LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: join(directory, 'fonts') },
  }
}

/**
 * Where fonts are. The package's own file names directories of the machine that it was made for; a Chromium that
 * finds no font at all ends itself at the first text.
 */
function fontConfiguration(directory: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(directory, 'fonts/fonts')}</dir>
  <cachedir>${join(directory, 'fonts-cache')}</cachedir>
</fontconfig>
`
}

/** The package unpacks into the temporary directory, and its libraries only where it believes to be a function. */
async function unpackTo(directory: string): Promise<void> {
  const before = {
    TMPDIR: process.env.TMPDIR,
    AWS_EXECUTION_ENV: process.env.AWS_EXECUTION_ENV,
    LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH,
    FONTCONFIG_PATH: process.env.FONTCONFIG_PATH,
  }
  Object.assign(process.env, { TMPDIR: directory, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' })
  try {
    const { default: packaged } = await import('@sparticuz/chromium')
    await packaged.executablePath()
  } catch (cause) {
    throw new Error(
      `cannot unpack Chromium into ${directory}: ${(cause as Error).message}; set ${OWN} to a browser of this machine`,
      { cause },
    )
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

function stringsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
