/**
 * Serves the page: the document, its script and its style.
 *
 * Invariant: the browser runs nothing and asks nobody but this address; files with a hash in their name are
 * kept for ever, the document is asked for every time.
 */
import { loadPage, type PageAsset } from '@spanmeter/dashboards'
import { type Context, Hono } from 'hono'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // uPlot and the page size elements through the style property, which needs no exception.
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Creates the routes of the page. The page is made ready when it is first asked for. */
export function createPageRoutes(load: () => Promise<PageAsset[]> = loadPage): Hono {
  const app = new Hono()
  let loading: Promise<Map<string, PageAsset>> | undefined
  const assets = () => {
    loading ??= load().then((list) => new Map(list.map((asset) => [asset.path, asset])))
    loading.catch(() => {
      loading = undefined
    })
    return loading
  }
  app.get('/', async (c) => send(c, (await assets()).get('/')))
  app.get('/d/:uid', async (c) => send(c, (await assets()).get('/')))
  app.get('/d/:uid/:slug', async (c) => send(c, (await assets()).get('/')))
  app.get('/favicon.svg', async (c) => send(c, (await assets()).get('/favicon.svg')))
  app.get('/favicon.ico', async (c) => send(c, (await assets()).get('/favicon.svg')))
  app.get('/assets/:name', async (c) => send(c, (await assets()).get(c.req.path)))
  return app
}

function send(c: Context, asset: PageAsset | undefined): Response | Promise<Response> {
  if (!asset) return c.notFound()
  c.header('ETag', asset.etag)
  c.header('Vary', 'Accept-Encoding')
  c.header('X-Content-Type-Options', 'nosniff')
  c.header(
    'Cache-Control',
    asset.path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  )
  if (asset.path === '/') {
    c.header('Content-Security-Policy', POLICY)
    c.header('Referrer-Policy', 'no-referrer')
    c.header('Cross-Origin-Opener-Policy', 'same-origin')
  }
  if (sameTag(c.req.header('if-none-match'), asset.etag)) return c.body(null, 304)
  c.header('Content-Type', asset.type)
  const accepted = c.req.header('accept-encoding') ?? ''
  if (/\bbr\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(accepted)) return encoded(c, 'br', asset.brotli)
  if (/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(accepted)) return encoded(c, 'gzip', asset.gzip)
  return c.body(new Uint8Array(asset.body))
}

function encoded(c: Context, encoding: string, body: Buffer): Response {
  c.header('Content-Encoding', encoding)
  return c.body(new Uint8Array(body))
}

/** True when `If-None-Match` names the tag, or any. */
export function sameTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}
