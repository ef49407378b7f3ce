/**
 * Whether a path is an endpoint's, and which model it names.
 *
 * Invariant: no allocation before a path fits, because every call to a known host comes by here; a regular
 * expression only where a path has more than one unknown part.
 */

/** Matches paths against one endpoint's `path`. */
export interface PathPattern {
  /** `undefined` where the path is another's; else the model that it names, or `''` where it names none. */
  match(path: string): string | undefined
}

const MODEL = '{model}'

/** @param path end of a path, with at most one `{model}`, see `Endpoint.path` */
export function compilePath(path: string): PathPattern {
  if (/\{(?:id|job|model[+-])\}/.test(path)) return compileExpression(path)
  const at = path.indexOf(MODEL)
  if (at < 0) return { match: (candidate) => (candidate.endsWith(path) ? '' : undefined) }
  const before = path.slice(0, at)
  const after = path.slice(at + MODEL.length)
  return {
    match(candidate) {
      if (!candidate.endsWith(after)) return undefined
      const end = candidate.length - after.length
      const start = candidate.lastIndexOf('/', end - 1) + 1
      if (start >= end || start < before.length) return undefined
      if (!candidate.startsWith(before, start - before.length)) return undefined
      return decode(candidate.slice(start, end))
    },
  }
}

/** Several segments of a model begin with a name, not with the version of an API. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  '{id}': '[^/]+',
  '{job}': '[^/]+',
  '{model}': '([^/]+)',
  // What has a dash is no collection of an API (`/models`).
  '{model-}': '([^/]*-[^/]*)',
  '{model+}': '((?!v\\d)[^/]+(?:/[^/]+)+)',
}

function compileExpression(path: string): PathPattern {
  const parts = path.split(/(\{id\}|\{job\}|\{model[+-]?\})/)
  const source = parts.map((part) => PLACEHOLDERS[part] ?? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  // A model of several segments would swallow any prefix: such a path has none.
  const expression = new RegExp(`${path.includes('{model+}') ? '^' : ''}${source.join('')}$`)
  return {
    match(candidate) {
      const found = expression.exec(candidate)
      return found ? decode(found[1] ?? '') : undefined
    },
  }
}

function decode(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
