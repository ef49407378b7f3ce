/**
 * Which SDKs run on which Nodes: what is in `sdk/`, in the versions that are installed.
 *
 * Invariant: a package that says it needs a newer Node is not run on an older one, and the table says so.
 */
import { existsSync, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import type { ProviderName } from '../../examples/provider/ledger.ts'

/** One SDK in one version. */
export interface Sdk {
  file: string
  title: string
  provider: ProviderName
  packages: Readonly<Record<string, string>>
  /** Versions of the packages, in the order of the title. */
  version: string
  /** The oldest major of Node that all its packages accept. */
  needs: number
}

export interface NodeVersion {
  major: number
  version: string
  path: string
}

const folder = new URL('node_modules/', import.meta.url)

/** Every SDK in every installed major. */
export async function listSdks(): Promise<Sdk[]> {
  const files = (await readdir(new URL('sdk/', import.meta.url))).filter((name) => name.endsWith('.mjs'))
  const lists = await Promise.all(
    files.sort().map(async (name) => {
      const { title, provider, majors } = await import(new URL(`sdk/${name}`, import.meta.url).href)
      return (majors as Sdk['packages'][]).map((packages): Sdk => {
        const manifests = Object.values(packages).map(readManifest)
        return {
          file: name.replace('.mjs', ''),
          title,
          provider,
          packages,
          version: manifests.map(({ version }) => version).join(' + '),
          needs: Math.max(...manifests.map(({ engines }) => lowest(engines?.node))),
        }
      })
    }),
  )
  return lists.flat()
}

/** The Nodes that are installed beside the SDKs; the one that runs this where there are none. */
export function listNodes(): NodeVersion[] {
  const found = [20, 22, 24, 26].flatMap((major) => {
    const path = new URL(`node${major}/bin/node`, folder)
    if (!existsSync(path)) return []
    return [{ major, version: readManifest(`node${major}`).version.replace(/^v/, ''), path: path.pathname }]
  })
  if (found.length > 0) return found
  const version = process.versions.node
  return [{ major: Number.parseInt(version, 10), version, path: process.execPath }]
}

function readManifest(name: string): { version: string; engines?: { node?: string } } {
  return JSON.parse(readFileSync(new URL(`${name}/package.json`, folder), 'utf8'))
}

/** `>=22.19.0` → 22; 0 where a package does not say. */
function lowest(range = ''): number {
  const majors = [...range.matchAll(/(\d+)(?:\.\d+)*/g)].map(([, major]) => Number(major))
  return majors.length === 0 ? 0 : Math.min(...majors)
}
