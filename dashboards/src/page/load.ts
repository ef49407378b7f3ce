/**
 * The files of the page: script, style and document, ready to be sent.
 *
 * Invariant: a checkout always serves what its sources say (built in memory, a fraction of a second); the
 * published package serves what was built when it was published.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { BRAND } from './brand.ts'

/** A file of the page. */
export interface PageAsset {
  /** Address, beginning with a slash; `/` is the document. Names of other files contain their hash. */
  readonly path: string
  readonly type: string
  readonly body: Buffer
  readonly gzip: Buffer
  readonly brotli: Buffer
  readonly etag: string
}

/** The text of the page's two bundles. */
export interface PageBundle {
  readonly script: string
  readonly style: string
}

/** Builds or reads the page. Throws when its sources do not compile. */
export async function loadPage(): Promise<PageAsset[]> {
  const { script, style } = import.meta.url.endsWith('.ts')
    ? await (await import('./build.ts')).buildPage()
    : await readBundle()
  const scriptPath = `/assets/page.${hash(script).slice(0, 10)}.js`
  const stylePath = `/assets/page.${hash(style).slice(0, 10)}.css`
  return await Promise.all([
    asset('/', 'text/html; charset=utf-8', documentText(scriptPath, stylePath)),
    asset(scriptPath, 'text/javascript; charset=utf-8', script),
    asset(stylePath, 'text/css; charset=utf-8', style),
    asset('/favicon.svg', 'image/svg+xml', FAVICON),
  ])
}

async function readBundle(): Promise<PageBundle> {
  const read = (name: string) => readFile(new URL(`../page-bundle/${name}`, import.meta.url), 'utf8')
  const [script, style] = await Promise.all([read('page.js'), read('page.css')])
  return { script, style }
}

async function asset(path: string, type: string, text: string): Promise<PageAsset> {
  const body = Buffer.from(text)
  const [zipped, brotli] = await Promise.all([
    promisify(gzip)(body, { level: 9 }),
    promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  ])
  return { path, type, body, gzip: zipped, brotli, etag: `"${hash(text).slice(0, 20)}"` }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/**
 * The document: no script or style of its own, so that the content policy can forbid them. What the script draws takes the
 * place of the head that is there at once.
 */
function documentText(script: string, style: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="What your services spend on paid APIs">
<title>Spanmeter</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${style}">
<script src="${script}" defer></script>
</head>
<body>
<div id="page"><div class="top"><header class="toolbar"><a class="brand" href="/" aria-label="Spanmeter"><svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8"/><path d="${BRAND}"/></svg><span>Spanmeter</span></a></header></div></div>
<noscript>This page draws its charts with JavaScript. The same numbers are at /api/v1/analytics/billing.</noscript>
</body>
</html>
`
}

const FAVICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#3b5bdb"/><g fill="#fff"><rect x="7" y="17" width="4.5" height="8" rx="1.5"/><rect x="13.75" y="12" width="4.5" height="13" rx="1.5" opacity=".85"/><rect x="20.5" y="7" width="4.5" height="18" rx="1.5" opacity=".7"/></g></svg>
`
