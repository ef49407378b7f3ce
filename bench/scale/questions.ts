/**
 * Every question that the API answers with numbers of a period, as addresses.
 *
 * Invariant: the routes are those of the OpenAPI text, so a new one is measured from its first day. What does not
 * read the store, or hands out all of it, is named here and left out, as is what needs an id of something.
 */
import { createApi, openApiDocument } from '@spanmeter/collector/questions'

/** Prices come from memory; export and stream hand out calls for as long as somebody listens. */
const LEFT_OUT = new Set(['/api/v1/pricing', '/api/v1/export', '/api/v1/stream'])
const DIMENSIONS = ['model', 'tenant', 'agent', 'user', 'conversation', 'run', 'feature', 'meter']

/** One question. */
export interface Question {
  /** Stable, for figures: the path without what all have in common, and what is asked. */
  name: string
  path: string
}

interface Parameter {
  name: string
  required?: boolean
}

/** All questions about the last 30 days, of everyone and of the largest tenant. */
export function questions(tenant: string): Question[] {
  const document = openApiDocument(createApi({ reader: {} as never, now: () => new Date() }))
  const all: Question[] = []
  for (const [path, { get }] of Object.entries(document.paths ?? {})) {
    if (LEFT_OUT.has(path)) continue
    const parameters = (get?.parameters ?? []) as Parameter[]
    const has = (name: string) => parameters.some((parameter) => parameter.name === name)
    if (path.includes('{') && !path.startsWith('/api/v1/tenants/')) continue
    const short = path.replace('/api/v1/', '').replace('/{id}', '')
    const base = path.replace('{id}', tenant) + (has('period') ? '?period=last_30d' : '?')
    const needs = (name: string) => parameters.some((one) => one.name === name && one.required === true)
    const kinds = needs('by') ? DIMENSIONS.map((by) => [`/${by}`, `&by=${by}`] as const) : [['', ''] as const]
    for (const [kind, query] of kinds) {
      if (!needs('tenant_id')) all.push({ name: `${short}${kind}`, path: base + query })
      if (has('tenant_id'))
        all.push({ name: `${short}${kind}@tenant`, path: `${base}${query}&tenant_id=${tenant}` })
    }
  }
  return all
}
